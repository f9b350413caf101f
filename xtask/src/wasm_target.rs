//! The wasm32 target: its standard library, and how cargo is made to build for it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::command::{self, program};

/// The page's target.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The page's flags, as `.cargo/config.toml` has them for whoever calls cargo or Trunk.
const FLAGS: [&str; 1] = ["--cfg=erase_components"];

/// Makes a call of cargo build for the target, with the page's flags and `more`.
pub fn aim(cargo: &mut Command, more: &[&str]) {
    cargo.args(["--target", TARGET]);
    flags(cargo, more);
}

/// Gives cargo, or what calls it, the page's flags and `more`.
///
/// In place of the user's `RUSTFLAGS`, which are meant for this machine's processor and would replace those of
/// `.cargo/config.toml`.
pub fn flags(cargo: &mut Command, more: &[&str]) {
    cargo.env("CARGO_ENCODED_RUSTFLAGS", [&FLAGS, more].concat().join("\u{1f}"));
}

/// Tells whether the toolchain has the target's standard library.
pub fn is_installed() -> bool {
    let folder = command::printed(program("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    let files = folder.and_then(|folder| fs::read_dir(Path::new(&folder)).ok());
    files.is_some_and(|mut files| {
        files.any(|file| file.is_ok_and(|file| file.file_name().to_string_lossy().starts_with("libstd-")))
    })
}

/// Adds the target to the toolchain, by rustup.
///
/// # Errors
/// When there is no rustup or it cannot reach its server.
pub fn install() -> Result<()> {
    let advice = "the page needs Rust's wasm32-unknown-unknown library. With rustup (https://rustup.rs) and the \
                  network, this command adds it; a Rust from elsewhere has it as a package (Debian: \
                  libstd-rust-dev-wasm32)";
    command::run(program("rustup").args(["target", "add", TARGET]), advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    #[test]
    fn the_flags_are_those_of_the_configuration() {
        let config = fs::read_to_string(workspace::root().join(".cargo/config.toml")).expect("it can be read");
        let flags = FLAGS.map(|flag| format!("\"{flag}\"")).join(", ");
        assert!(config.contains(&format!("[target.{TARGET}]\nrustflags = [{flags}]")), "{config}");
    }
}
