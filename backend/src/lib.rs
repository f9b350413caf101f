//! The server `baton`: a gateway, the replicas that it passes requests to, and the feed of what they do.
//!
//! Called by `main.rs` and by the integration tests, which start clusters in their own process. The protocol
//! itself is `shared::replica`; nothing in this crate decides what a replica says.

pub mod answer;
pub mod collector;
pub mod console;
pub mod driver;
pub mod error;
pub mod feed;
pub mod folder;
pub mod gateway;
pub mod guard;
pub mod home;
pub mod http_client;
pub mod identity;
pub mod intake;
pub mod listen;
mod lock;
pub mod mailbox;
pub mod places;
pub mod presenter;
pub mod random;
pub mod replica_feed;
pub mod replica_http;
pub mod run;
pub mod secret;
pub mod server;
pub mod shares;
pub mod step_log;
pub mod store;
pub mod tally;
pub mod transport;
pub mod ui;
