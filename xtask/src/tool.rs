//! Command-line tools of one exact version: taken from `PATH` when it fits, otherwise built once into the cache.
//!
//! A tool is built beside its final folder and moved there in one rename, so that an interrupted build is never
//! taken for a whole one; what it had compiled is kept and the next try goes on from there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::report::Steps;
use crate::{cache, command, workspace};

/// A tool, and how it is built.
pub struct Tool {
    name: &'static str,
    package: &'static str,
    version: String,
    binaries: &'static [&'static str],
    /// Further arguments of `cargo install`.
    arguments: &'static [&'static str],
    /// The dev profile is enough for tools, and builds in a third of the time.
    opt_level: &'static str,
    takes: &'static str,
}

impl Tool {
    /// Trunk, which bundles the page. It needs no TLS, because all that it would download is there already.
    pub fn trunk() -> Tool {
        Tool {
            name: "Trunk",
            package: "trunk",
            version: "0.21.14".to_owned(),
            binaries: &["trunk"],
            arguments: &["--locked"],
            opt_level: "0",
            takes: "about 2 minutes",
        }
    }

    /// wasm-bindgen at the version of `Cargo.lock`: command and crate must fit exactly.
    ///
    /// Not `--locked`: its lock can name crates that a registry's mirror does not have yet.
    pub fn wasm_bindgen() -> Result<Tool> {
        Ok(Tool {
            name: "wasm-bindgen",
            package: "wasm-bindgen-cli",
            version: workspace::locked_version("wasm-bindgen")?,
            binaries: &["wasm-bindgen", "wasm-bindgen-test-runner"],
            arguments: &[],
            opt_level: "1",
            takes: "about 90 seconds",
        })
    }

    /// Finds the tool or builds it, as the next step.
    ///
    /// Returns the folder of its binaries, or `None` when those on `PATH` fit.
    ///
    /// # Errors
    /// When it cannot be built; the error says what to do.
    pub fn ensure(&self, steps: &mut Steps) -> Result<Option<PathBuf>> {
        let title = format!("{} {}", self.name, self.version);
        if self.fits(None) {
            steps.skip(&format!("{title}: the one on PATH"));
            return Ok(None);
        }
        let cache = cache::tools()?;
        let folder = cache.join(self.folder());
        if self.fits(Some(&folder)) {
            steps.skip(&format!("{title}: kept in {}", cache.display()));
        } else {
            let takes = self.takes;
            steps.next(&format!("{title}: building it once, {takes} on 2 cores; kept in {}", cache.display()));
            self.build(&cache, &folder)?;
            steps.took();
        }
        Ok(Some(folder.join("bin")))
    }

    /// Returns the name of its folder in the cache; another version is another folder.
    fn folder(&self) -> String {
        let name = self.binaries[0];
        format!("{name}-{}", self.version)
    }

    fn fits(&self, folder: Option<&Path>) -> bool {
        self.binaries.iter().all(|binary| {
            let program = folder.map_or_else(|| PathBuf::from(binary), |folder| folder.join("bin").join(binary));
            let version = command::printed(Command::new(program).arg("--version")).unwrap_or_default();
            version.split_whitespace().any(|word| word == self.version)
        })
    }

    fn build(&self, cache: &Path, folder: &Path) -> Result<()> {
        let _lock = cache::lock(cache, &self.folder())?;
        if self.fits(Some(folder)) {
            return Ok(());
        }
        let partial = cache.join(format!("{}.partial", self.folder()));
        fs::create_dir_all(&partial).with_context(|| format!("{} cannot be written", partial.display()))?;
        let advice = format!(
            "the lines above say why. It needs the crates registry and a C linker; run it again when that is \
             mended, what is compiled already is kept. Or put {} {} on PATH yourself",
            self.package, self.version
        );
        command::run(&mut self.install(&partial), &advice)?;
        publish(&partial, folder)?;
        ensure!(self.fits(Some(folder)), "{} was built, but does not run", folder.display());
        Ok(())
    }

    fn install(&self, partial: &Path) -> Command {
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
        command.env("CARGO_TARGET_DIR", partial.join("target"));
        command.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_PROFILE_DEV_OPT_LEVEL", self.opt_level);
        command.args(["install", self.package, "--version", &self.version, "--no-default-features", "--debug"]);
        command.args(self.arguments).arg("--root").arg(partial.join("root"));
        command
    }
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
    fn a_tool_of_another_version_does_not_fit() {
        let cargo = |version: &str| Tool { binaries: &["cargo"], version: version.to_owned(), ..Tool::trunk() };
        let printed = command::printed(Command::new("cargo").arg("--version")).expect("cargo runs these tests");
        let version = printed.split_whitespace().nth(1).expect("`cargo 1.95.0 (…)`");
        assert!(cargo(version).fits(None));
        assert!(!cargo("0.0.1").fits(None));
        assert!(!cargo(version).fits(Some(Path::new("/no/such/folder"))));
    }

    #[test]
    fn the_build_is_not_bent_by_the_workspace() {
        let partial = Path::new("/cache/trunk-0.21.14.partial");
        let command = Tool::trunk().install(partial);
        assert_eq!(command.get_current_dir(), Some(partial));
        let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
        assert!(words.join(" ").starts_with("install trunk --version 0.21.14 --no-default-features --debug --locked"));
    }
}
