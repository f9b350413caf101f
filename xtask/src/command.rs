//! Child processes: run to the end, and errors that say what to do.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// Returns cargo, in the workspace's folder, building for this machine unless told otherwise.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command.current_dir(workspace::root()).env_remove("CARGO_BUILD_TARGET");
    command
}

/// Returns a program, in the workspace's folder.
pub fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(workspace::root());
    command
}

/// Runs a command to its end, its output passed through.
///
/// # Errors
/// When it cannot be started or fails; the error ends with `advice`.
pub fn run(command: &mut Command, advice: &str) -> Result<()> {
    let status = command.stdin(Stdio::null()).status();
    finish(&line(command), status, advice)
}

fn finish(line: &str, status: io::Result<ExitStatus>, advice: &str) -> Result<()> {
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => bail!("`{line}` failed ({status}): {advice}"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let name = line.split(' ').next().unwrap_or(line);
            bail!("`{name}` was not found: {advice}")
        }
        Err(error) => Err(error).with_context(|| format!("`{line}` could not be started: {advice}")),
    }
}

/// Returns what a command prints, without the white space around it; `None` when it fails or does not exist.
pub fn printed(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

/// Returns where a program lies on `PATH`.
pub fn find(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(&file)).find(|program| program.is_file())
}

/// Puts folders in front of a child's `PATH`; this process and its other children keep theirs.
pub fn prepend_path(command: &mut Command, folders: &[PathBuf]) -> Result<()> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = folders.iter().cloned().chain(std::env::split_paths(&path));
    let path = std::env::join_paths(folders).context("a folder's name cannot be put on PATH")?;
    command.env("PATH", path);
    Ok(())
}

fn line(command: &Command) -> String {
    let name = PathBuf::from(command.get_program());
    let name = name.file_name().unwrap_or(command.get_program()).to_string_lossy().into_owned();
    let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
    std::iter::once(name).chain(words).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_and_a_failed_one_say_what_to_do() {
        let missing = run(&mut program("no-such-program-of-baton"), "install it").expect_err("it does not exist");
        assert_eq!(missing.to_string(), "`no-such-program-of-baton` was not found: install it");
        let failed = run(cargo().arg("no-such-command").stderr(Stdio::null()), "mend it").expect_err("it fails");
        assert!(failed.to_string().ends_with(": mend it"), "{failed}");
    }
}
