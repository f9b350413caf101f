//! Chromium and its driver: found, or on Debian installed.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{self, program};
use crate::report::Steps;

/// What the browser tests need of Debian: the browser, its driver, and a font with Korean.
const PACKAGES: [&str; 3] = ["chromium", "chromium-driver", "fonts-noto-cjk"];

/// One step: the browser. Returns where its driver lies, installing what is missing where that can be done.
///
/// # Errors
/// When something is missing and cannot be installed; the error says what to install.
pub fn ensure(steps: &mut Steps) -> Result<PathBuf> {
    let missing = if is_debian() { missing_packages() } else { Vec::new() };
    if missing.is_empty() {
        steps.skip("Chromium and its driver: installed");
    } else {
        steps.next(&format!("{}: installing by apt-get, about a minute", missing.join(", ")));
        install(&missing)?;
        steps.took();
    }
    find().context(
        "the browser tests need Chromium (or Chrome) and the chromedriver of the same version. Install both and put \
         chromedriver on PATH, or name it in the variable CHROMEDRIVER",
    )
}

/// Installs the Debian package of a program that is missing.
///
/// # Errors
/// When it is missing and cannot be installed.
pub fn ensure_program(name: &'static str) -> Result<()> {
    if command::find(name).is_none() && is_debian() {
        install(&[name])?;
    }
    command::find(name).map(drop).with_context(|| format!("the tests need {name}; install it"))
}

fn find() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMEDRIVER").map(PathBuf::from).filter(|path| path.is_file());
    named.or_else(|| command::find("chromedriver"))
}

fn is_debian() -> bool {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    release.lines().any(|line| line == "ID=debian")
}

fn missing_packages() -> Vec<&'static str> {
    let installed = |package: &&str| {
        let status =
            command::printed(program("dpkg-query").args(["--show", "--showformat=${db:Status-Status}", package]));
        status.as_deref() == Some("installed")
    };
    PACKAGES.into_iter().filter(|package| !installed(package)).collect()
}

fn install(packages: &[&str]) -> Result<()> {
    let by_hand = format!("install them as root: apt-get update && apt-get install {}", packages.join(" "));
    update_packages(&by_hand)?;
    apt_get(&[&["install", "--yes", "--no-install-recommends"], packages].concat(), &by_hand)
}

/// Brings the list of Debian's packages up to date.
///
/// # Errors
/// When that cannot be done; the error ends with `advice`.
pub fn update_packages(advice: &str) -> Result<()> {
    apt_get(&["update"], advice)
}

fn apt_get(arguments: &[&str], advice: &str) -> Result<()> {
    let Some(sudo) = privilege() else { bail!("only root can run apt-get, and there is no sudo: {advice}") };
    let mut words = sudo.iter().chain(&["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]).chain(arguments);
    let mut command = Command::new(words.next().expect("the list above is not empty"));
    command.args(words).args(["--quiet", "-o", "DPkg::Lock::Timeout=300"]);
    command::run(&mut command, advice)
}

/// Returns what to put before a command that only root may run; `None` when there is nothing.
fn privilege() -> Option<&'static [&'static str]> {
    if command::printed(program("id").arg("-u")).as_deref() == Some("0") {
        Some(&[])
    } else {
        command::find("sudo").map(|_| &["sudo", "--non-interactive"] as &[&str])
    }
}
