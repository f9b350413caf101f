//! The wasm32 standard library, which the page is compiled against.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::command::{self, program};

/// The page's target.
pub const TARGET: &str = "wasm32-unknown-unknown";

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
