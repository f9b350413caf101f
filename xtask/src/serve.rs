//! `cargo xtask serve` and `cargo xtask build`: from a bare clone to a running Baton.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use clap::Args;

use crate::page::{self, Page};
use crate::report::Steps;
use crate::{command, wasm_target, workspace};

/// Sets up what is missing, builds the page and `baton`, and starts it; Ctrl-C ends it.
///
/// The first start takes some 5 minutes on 2 cores; the next ones take a second.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Passed on to `baton serve`, such as `--config other.json`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "BATON ARGUMENTS")]
    pub baton: Vec<OsString>,
}

/// Does all of `serve` but starting it.
#[derive(Debug, Args)]
pub struct BuildArguments {}

/// Sets up, builds and starts.
pub fn serve(arguments: &Arguments) -> Result<ExitCode> {
    let mut steps = Steps::new(4);
    build_all(&mut steps)?;
    steps.next("baton: starting it; Ctrl-C ends it");
    start(&arguments.baton)
}

/// Sets up and builds.
pub fn build(_: &BuildArguments) -> Result<ExitCode> {
    build_all(&mut Steps::new(3))?;
    Ok(ExitCode::SUCCESS)
}

/// Three steps: target, page, baton.
fn build_all(steps: &mut Steps) -> Result<()> {
    target(steps)?;
    page(steps)?;
    steps.next("baton: compiling it with the page inside; 2 minutes the first time, seconds when only the page is new");
    let mut build = command::cargo();
    // Changes with the page, so that the program is compiled again when files come or go.
    build.args(["build", "--release", "--package", "backend"]).env("BATON_PAGE", Page::new()?.contents()?.trim_end());
    command::run(&mut build, "baton does not compile; the lines above say why")?;
    steps.took();
    Ok(())
}

/// One step: the wasm32 target.
pub fn target(steps: &mut Steps) -> Result<()> {
    if wasm_target::is_installed() {
        steps.skip("Rust's wasm32 library: installed");
        return Ok(());
    }
    steps.next("Rust's wasm32 library: downloading it, a few seconds");
    wasm_target::install()?;
    steps.took();
    Ok(())
}

/// One step: the page.
pub fn page(steps: &mut Steps) -> Result<()> {
    let page = Page::new()?;
    if page.is_fresh()? {
        steps.skip("the page: nothing changed since it was built");
        return Ok(());
    }
    steps.next("the page: compiling it for the browser, small before fast; about 2 minutes the first time");
    page::fetch()?;
    page.build()?;
    steps.took();
    Ok(())
}

/// Becomes `baton serve`, so that no process stays between the terminal and the server.
fn start(arguments: &[OsString]) -> Result<ExitCode> {
    replace_by(&mut baton_command("release", arguments)?)
}

/// Returns `baton serve` as it was built into this folder of the target folder, with the workspace's configuration unless
/// `arguments` name another.
pub fn baton_command(folder: &str, arguments: &[OsString]) -> Result<Command> {
    let program = format!("baton{}", std::env::consts::EXE_SUFFIX);
    let mut baton = Command::new(workspace::target_dir()?.join(folder).join(program));
    baton.arg("serve").args(arguments);
    let names_config = |word: &OsString| word.to_string_lossy().starts_with("--config");
    if !arguments.iter().any(names_config) {
        baton.current_dir(workspace::root());
    }
    Ok(baton)
}

#[cfg(unix)]
fn replace_by(baton: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(baton.exec()).context("baton could not be started")
}

#[cfg(not(unix))]
fn replace_by(baton: &mut Command) -> Result<ExitCode> {
    let status = baton.status().context("baton could not be started")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
