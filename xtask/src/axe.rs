//! axe-core, with which the browser tests look for what keeps people out: fetched once by npm into the cache folder.
//!
//! `axe/package-lock.json` names its version and its checksum, which npm compares.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::report::Steps;
use crate::{browser, cache, command};

const PACKAGE: &str = include_str!("../axe/package.json");
const LOCK: &str = include_str!("../axe/package-lock.json");
/// The name of its folder in the cache; the version is that of the two files.
const FOLDER: &str = "axe-core-4.14.1";

/// One step: axe-core. Returns its script, fetching it where it is missing.
///
/// # Errors
/// When it cannot be fetched; the error says what to do.
pub fn ensure(steps: &mut Steps) -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("AXE").map(PathBuf::from).filter(|path| path.is_file()) {
        steps.skip("axe-core: the one that AXE names");
        return Ok(named);
    }
    let cache = cache::tools()?;
    let script = cache.join(FOLDER).join("axe.min.js");
    if script.is_file() {
        steps.skip(&format!("axe-core: kept in {}", cache.display()));
        return Ok(script);
    }
    steps.next("axe-core: fetching it once by npm, some seconds");
    let _lock = cache::lock(&cache, FOLDER)?;
    if !script.is_file() {
        fetch(&cache)?;
    }
    steps.took();
    Ok(script)
}

fn fetch(cache: &std::path::Path) -> Result<()> {
    browser::ensure_program("npm")?;
    let partial = cache.join(format!("{FOLDER}.partial"));
    let cannot = || format!("{} cannot be written", partial.display());
    fs::create_dir_all(&partial).with_context(cannot)?;
    fs::write(partial.join("package.json"), PACKAGE).with_context(cannot)?;
    fs::write(partial.join("package-lock.json"), LOCK).with_context(cannot)?;
    let advice = "npm needs a way to its registry. Or name an axe.min.js of your own in the variable AXE";
    let mut npm = command::program("npm");
    npm.current_dir(&partial).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    command::run(&mut npm, advice)?;
    let folder = cache.join(FOLDER);
    fs::create_dir_all(&folder).with_context(cannot)?;
    fs::rename(partial.join("node_modules/axe-core/axe.min.js"), folder.join("axe.min.js")).with_context(cannot)?;
    fs::remove_dir_all(&partial).with_context(cannot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_that_of_the_version() {
        let version = FOLDER.trim_start_matches("axe-core-");
        for file in [PACKAGE, LOCK] {
            assert!(file.contains(&format!("\"axe-core\": \"{version}\"")));
        }
    }
}
