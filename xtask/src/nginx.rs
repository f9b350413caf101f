//! nginx, behind which a test puts the server: found, or Debian's, unpacked into the cache folder.
//!
//! Its package is not installed, because that would start a web server on this machine.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::report::Steps;
use crate::{browser, cache, command};

const FOLDER: &str = "nginx";
const ADVICE: &str = "the tests of proxies need nginx. Install it, or name it in the variable NGINX";

/// One step: nginx. Returns where it lies, fetching it where that can be done.
///
/// # Errors
/// When it is missing and cannot be fetched; the error says what to do.
pub fn ensure(steps: &mut Steps) -> Result<PathBuf> {
    if let Some(found) = found() {
        steps.skip("nginx: installed");
        return Ok(found);
    }
    let cache = cache::tools()?;
    let program = cache.join(FOLDER).join("usr/sbin/nginx");
    if program.is_file() {
        steps.skip(&format!("nginx: kept in {}", cache.display()));
        return Ok(program);
    }
    steps.next("nginx: fetching Debian's once by apt-get, some seconds");
    let _lock = cache::lock(&cache, FOLDER)?;
    if !program.is_file() {
        unpack(&cache)?;
    }
    // A library of it may be missing.
    command::run(command::program(&program).arg("-v"), ADVICE)?;
    steps.took();
    Ok(program)
}

fn found() -> Option<PathBuf> {
    let named = std::env::var_os("NGINX").map(PathBuf::from).filter(|path| path.is_file());
    let installed = || Some(PathBuf::from("/usr/sbin/nginx")).filter(|path| path.is_file());
    named.or_else(|| command::find("nginx")).or_else(installed)
}

fn unpack(cache: &Path) -> Result<()> {
    let partial = cache.join(format!("{FOLDER}.partial"));
    let cannot = || format!("{} cannot be written", partial.display());
    if partial.exists() {
        fs::remove_dir_all(&partial).with_context(cannot)?;
    }
    fs::create_dir_all(&partial).with_context(cannot)?;
    browser::update_packages(ADVICE)?;
    command::run(command::program("apt-get").current_dir(&partial).args(["--quiet", "download", FOLDER]), ADVICE)?;
    let entries = fs::read_dir(&partial).with_context(cannot)?;
    let package = entries.filter_map(Result::ok).map(|entry| entry.path()).next().context("apt-get fetched nothing")?;
    command::run(command::program("dpkg-deb").arg("--extract").arg(&package).arg(&partial), ADVICE)?;
    fs::rename(&partial, cache.join(FOLDER)).with_context(cannot)
}
