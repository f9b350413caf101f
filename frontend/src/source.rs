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
