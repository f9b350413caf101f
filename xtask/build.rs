//! Says what to type when the toolchain is older than the workspace needs. Cargo alone would only name the versions.

use std::process::Command;

/// The minor version of Rust that the workspace needs, as its `Cargo.toml` has it. This package names none, so that cargo
/// comes as far as this script.
const MANIFEST: &str = include_str!("../Cargo.toml");

#[allow(clippy::print_stdout, reason = "this is how a build script talks to Cargo")]
fn main() {
    println!("cargo::rerun-if-changed=../Cargo.toml");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let printed = Command::new(rustc).arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    let printed = String::from_utf8_lossy(&printed);
    let needed = MANIFEST.split("rust-version = \"").nth(1).and_then(minor).unwrap_or_default();
    let found = printed.split("rustc ").nth(1).and_then(minor).unwrap_or(needed);
    if found < needed {
        println!("cargo::error=Baton needs Rust 1.{needed} and this is 1.{found}. Type: rustup update stable");
    }
}

/// Reads the second number of a version.
fn minor(version: &str) -> Option<u32> {
    version.split(|character: char| !character.is_ascii_digit()).nth(1)?.parse().ok()
}
