//! A standard library of the page's own: compiled for size, and without what panics say. A tenth less to download.
//!
//! It needs the library's source, which rustup brings, and flags of the compiler that are not stable yet. Where either is
//! missing the page is built with the library that came with the toolchain, works the same, and is that much larger.

use std::path::Path;
use std::process::Command;

use crate::command::{self, program};

/// What the compiler is told beside the page's other flags.
pub const FLAGS: &str = " -Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none";

/// Whether the source is there, by rustup when it was not.
pub fn is_there() -> bool {
    has_source()
        || (command::printed(program("rustup").args(["component", "add", "rust-src"])).is_some() && has_source())
}

fn has_source() -> bool {
    let root = command::printed(program("rustc").args(["--print", "sysroot"]));
    root.is_some_and(|root| Path::new(root.trim()).join("lib/rustlib/src/rust/library/Cargo.lock").is_file())
}

/// Makes a call of cargo, or of what calls it, compile the library too.
pub fn with(command: &mut Command) -> &mut Command {
    command.env("RUSTC_BOOTSTRAP", "1").env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
    command.env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size")
}
