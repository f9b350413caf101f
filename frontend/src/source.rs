//! Everything that the page says to the outside and hears from it. No other module talks to the server.

pub mod build;
pub mod client;
pub mod clipboard;
pub mod deadline;
pub mod download;
pub mod live;
pub mod pack;
pub mod page_file;
pub mod pulse;
pub mod saved;
#[cfg(feature = "split")]
pub mod second_program;

/// Returns a path of the API as this page asks for it: from where it was loaded, because a proxy may show the server under a
/// path of its own.
fn from_here(path: &str) -> &str {
    path.strip_prefix('/').unwrap_or(path)
}
