//! The server from outside: real HTTP on free ports, real files, and where it matters real processes.
//!
//! Tests wait for replies, frames of the feed and lines of output, never for time to pass.

mod addresses;
mod api;
mod bad_input;
mod cluster;
mod connections;
#[cfg(unix)]
mod descriptors;
#[cfg(unix)]
mod documents;
mod durability;
mod endings;
mod events;
mod faults;
#[path = "../common/free_port.rs"]
mod free_port;
mod gate;
mod gateway;
mod guards;
mod history;
mod http;
mod identity;
mod input;
mod levels;
mod links;
mod load;
#[path = "../common/nginx.rs"]
mod nginx;
mod output;
mod parts;
mod picture;
mod ports;
mod process;
mod processes;
mod proxy;
mod raw;
mod size;
mod start;
mod transcripts;
mod watch;
