//! The first stage: cargo compiles the page for wasm32, ready to be split.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::{command, wasm_target};

/// The profile in the workspace's `Cargo.toml`.
const PROFILE: &str = "wasm";

/// Splitting needs to know which function refers to which.
const RELOCATIONS: &str = "-Clink-arg=--emit-relocs";

/// Compiles the page below `target` and returns its program.
///
/// # Errors
/// When the page does not compile.
pub fn program(target: &Path) -> Result<PathBuf> {
    let mut build = command::cargo();
    build.args(["build", "--offline", "--package", "frontend", "--bin", "frontend", "--features", "split"]);
    build.args(["--profile", PROFILE]);
    wasm_target::aim(&mut build, &[RELOCATIONS]);
    command::run(&mut build, "the page does not compile; the lines above say why")?;
    let program = target.join(wasm_target::TARGET).join(PROFILE).join("frontend.wasm");
    ensure!(program.is_file(), "cargo wrote no {}", program.display());
    Ok(program)
}
