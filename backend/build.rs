//! Tells Cargo when the embedded page has changed: the files, or whether there are any.
//!
//! Without a page there is no folder to watch. Whoever builds the page sets `BATON_PAGE` (to anything), so that a
//! binary that was built before gets the page too.

use std::path::Path;

fn main() {
    let mut watched = String::from("cargo::rerun-if-changed=build.rs\ncargo::rerun-if-env-changed=BATON_PAGE\n");
    if Path::new("../dist").exists() {
        watched.push_str("cargo::rerun-if-changed=../dist\n");
    }
    print_to_cargo(&watched);
}

#[allow(clippy::print_stdout, reason = "this is how a build script talks to Cargo")]
fn print_to_cargo(lines: &str) {
    print!("{lines}");
}
