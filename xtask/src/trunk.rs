//! Trunk at one exact version: taken from `PATH` when it fits, otherwise built once into the cache.
//!
//! It is built beside its final folder and moved there in one rename, so that an interrupted build is never taken for a
//! whole one; what it had compiled is kept and the next try goes on from there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::report::Steps;
use crate::{cache, command};

/// The version that the development page is tested with.
const VERSION: &str = "0.21.14";

/// One step: finds Trunk or builds it. Returns the folder that it lies in, or `None` when the one on `PATH` fits.
///
/// # Errors
/// When it cannot be built; the error says what to do.
pub fn ensure(steps: &mut Steps) -> Result<Option<PathBuf>> {
    let title = format!("Trunk {VERSION}");
    if fits(Path::new("trunk"), VERSION) {
        steps.skip(&format!("{title}: the one on PATH"));
        return Ok(None);
    }
    let cache = cache::tools()?;
    let folder = cache.join(format!("trunk-{VERSION}"));
    if is_in(&folder) {
        steps.skip(&format!("{title}: kept in {}", cache.display()));
    } else {
        steps.next(&format!("{title}: building it once, about 2 minutes on 2 cores; kept in {}", cache.display()));
        build(&cache, &folder)?;
        steps.took();
    }
    Ok(Some(folder.join("bin")))
}

fn is_in(folder: &Path) -> bool {
    fits(&folder.join("bin").join("trunk"), VERSION)
}

/// Whether a program runs and says that it is of this version.
fn fits(program: &Path, version: &str) -> bool {
    let printed = command::printed(Command::new(program).arg("--version")).unwrap_or_default();
    printed.split_whitespace().any(|word| word == version)
}

fn build(cache: &Path, folder: &Path) -> Result<()> {
    let _lock = cache::lock(cache, &format!("trunk-{VERSION}"))?;
    if is_in(folder) {
        return Ok(());
    }
    let partial = cache.join(format!("trunk-{VERSION}.partial"));
    fs::create_dir_all(&partial).with_context(|| format!("{} cannot be written", partial.display()))?;
    let advice = format!(
        "the lines above say why. It needs the crates registry and a C linker; run it again when that is mended, what is \
         compiled already is kept. Or put Trunk {VERSION} on PATH yourself"
    );
    command::run(&mut install(&partial), &advice)?;
    publish(&partial, folder)?;
    ensure!(is_in(folder), "{} was built, but does not run", folder.display());
    Ok(())
}

/// Returns the call of cargo that builds it: unoptimised, which is fast enough, and without TLS, because all that it would
/// download is there already.
fn install(partial: &Path) -> Command {
    let mut command = command::cargo();
    // Outside the workspace, and without what is meant for it: its profile, flags and target.
    command.current_dir(partial);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let prefixes = ["RUSTFLAGS", "CARGO_ENCODED_", "CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_TARGET_"];
        if prefixes.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    command.env("CARGO_TARGET_DIR", partial.join("target")).env("CARGO_PROFILE_DEV_DEBUG", "0");
    command.args(["install", "trunk", "--version", VERSION, "--no-default-features", "--debug", "--locked"]);
    command.arg("--root").arg(partial.join("root"));
    command
}

/// Moves a finished build to its place and removes what it was built with.
fn publish(partial: &Path, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{} cannot be replaced", folder.display()))?;
    }
    fs::rename(partial.join("root"), folder).with_context(|| format!("{} cannot be written", folder.display()))?;
    fs::remove_dir_all(partial).with_context(|| format!("{} cannot be removed", partial.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_does_not_fit() {
        let cargo = Path::new("cargo");
        let printed = command::printed(Command::new(cargo).arg("--version")).expect("cargo runs these tests");
        let version = printed.split_whitespace().nth(1).expect("`cargo 1.95.0 (…)`");
        assert!(fits(cargo, version));
        assert!(!fits(cargo, "0.0.1"));
        assert!(!fits(Path::new("/no/such/program"), version));
    }

    #[test]
    fn the_build_is_not_bent_by_the_workspace() {
        let partial = Path::new("/cache/trunk.partial");
        let command = install(partial);
        assert_eq!(command.get_current_dir(), Some(partial));
        let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
        assert!(
            words.join(" ").starts_with(&format!("install trunk --version {VERSION} --no-default-features --debug"))
        );
    }
}
