//! Where the workspace is, and where cargo builds it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Returns the folder of the top-level `Cargo.toml`.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace")
}

/// Returns the folder that cargo builds into; this program was built into it too.
pub fn target_dir() -> Result<PathBuf> {
    let program = std::env::current_exe().context("where this program lies is not known")?;
    let named = std::env::var_os("CARGO_BUILD_TARGET");
    target_of(&program, named.as_deref()).context("this program does not lie in a target folder")
}

/// `program` lies in `<target>/<profile>/`, or in `<target>/<triple>/<profile>/` when the environment names a triple.
fn target_of(program: &Path, named: Option<&OsStr>) -> Option<PathBuf> {
    let folder = program.ancestors().nth(2)?;
    let target = if named.is_some() && folder.file_name() == named { folder.parent()? } else { folder };
    Some(target.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_triple_in_the_environment_is_no_target_folder() {
        let check = |program: &str, named: Option<&str>, expected: &str| {
            assert_eq!(target_of(Path::new(program), named.map(OsStr::new)).as_deref(), Some(Path::new(expected)));
        };
        check("/clone/target/debug/xtask", None, "/clone/target");
        check("/clone/target/a-b-c/debug/xtask", Some("a-b-c"), "/clone/target");
        check("/elsewhere/debug/xtask", Some("a-b-c"), "/elsewhere");
    }

    #[test]
    fn the_workspace_is_found() {
        assert!(root().join("Cargo.lock").is_file());
        assert!(target_dir().expect("tests run from a target folder").is_dir());
    }
}
