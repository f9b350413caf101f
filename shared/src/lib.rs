//! Baton's core and everything that crosses the wire.
//!
//! The replication protocol is a sans-IO state machine ([`replica::Replica`]): inputs and the time go in,
//! outputs come out. The native server, the deterministic simulation (`sim`) and the page drive the same
//! code. Nothing here reads a clock, opens a socket or touches a file.
//!
//! With the feature `check`, which only tests switch on: the simulation and the checkers of histories.

pub mod address;
pub mod api;
pub mod clock;
pub mod config;
pub mod digest;
pub mod event;
pub mod excerpt;
pub mod gist;
pub mod guarantee;
mod hash;
#[cfg(feature = "check")]
pub mod history;
pub mod id;
pub mod json;
pub mod map;
pub mod merge;
pub mod message;
pub mod note;
pub mod pacing;
pub mod readers;
pub mod record;
pub mod recorder;
pub mod replica;
pub mod request;
pub mod rng;
pub mod rules;
pub mod session;
#[cfg(feature = "check")]
pub mod sim;
pub mod steplog;
pub mod texts;
pub mod time;
pub mod view;
