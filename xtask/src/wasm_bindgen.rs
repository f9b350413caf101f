//! The commands of wasm-bindgen: Trunk calls one, tests for wasm32 run in the other.
//!
//! They are two programs of this package, so `Cargo.lock` fixes their version, and they share what this program is made of.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::report::Steps;
use crate::{command, workspace};

/// The programs' names here, and those that others call them by.
const PROGRAMS: [(&str, &str); 2] = [("bindgen", "wasm-bindgen"), ("bindgen-test-runner", TEST_RUNNER)];
/// The one that runs tests.
const TEST_RUNNER: &str = "wasm-bindgen-test-runner";

/// One step: compiles the commands. Returns the folder that they lie in.
///
/// # Errors
/// When they do not compile.
pub fn ensure(steps: &mut Steps) -> Result<PathBuf> {
    steps.next("wasm-bindgen: compiling it, about a minute the first time");
    let mut build = command::cargo();
    // The whole workspace, so that crates have the same features as for `cargo test` and are not built again.
    build.args(["build", "--workspace", "--features", "xtask/wasm-bindgen"]);
    // What it says of old crates in wasm-bindgen's test runner nobody here can mend.
    build.env("CARGO_FUTURE_INCOMPAT_REPORT_FREQUENCY", "never");
    build.args(PROGRAMS.iter().flat_map(|(program, _)| ["--bin", program]));
    command::run(&mut build, "wasm-bindgen does not compile; the lines above say why")?;
    let target = workspace::target_dir()?;
    let folder = target.join("xtask").join("wasm-bindgen");
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be written", folder.display()))?;
    for (program, command) in PROGRAMS {
        let suffix = std::env::consts::EXE_SUFFIX;
        let (from, to) = (target.join("debug").join(program), folder.join(command));
        let copied = fs::copy(format!("{}{suffix}", from.display()), format!("{}{suffix}", to.display()));
        copied.with_context(|| format!("{} cannot be written", to.display()))?;
    }
    steps.took();
    Ok(folder)
}

/// One step: the same. Returns the program that runs tests for wasm32.
///
/// # Errors
/// When it does not compile.
pub fn test_runner(steps: &mut Steps) -> Result<PathBuf> {
    ensure(steps).map(|folder| folder.join(TEST_RUNNER))
}
