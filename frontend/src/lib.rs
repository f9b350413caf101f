//! The page: a stage on which every message of the cluster is seen to travel.
//!
//! The screen is a function of the event log and a cursor ([`playback`]); where things stand is a function of
//! the stage's size ([`geometry`]). Both are plain Rust and tested without a browser. Only [`source`] talks to
//! the server, and only [`app`] connects the parts.

pub mod cards;
pub mod connection;
pub mod draft;
pub mod geometry;
pub mod kind;
pub mod playback;
pub mod timeline;
pub mod words;

/// x
pub fn start() {}
