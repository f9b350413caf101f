//! Search: which events of the log meet what a person typed.
//!
//! Pure. [`query`] reads what was typed, [`meets`] asks it of one event, [`found`] keeps what was found as the log
//! grows: each event is looked at once for each query, whatever moves on the screen. The log itself is asked through
//! [`crate::playback::Playback::search`]; all but [`found`] is fetched when somebody searches.
//!
//! | term | events |
//! |---|---|
//! | `note:1` | about note 1 |
//! | `replica:2` | at replica 2, and messages from and to it |
//! | `client:gateway`, `client:r3` | of requests that came to the gateway, or straight to a replica |
//! | `client:ID` | of the request with this trace id |
//! | `kind:handoff` | of a kind: an accent of the page, or what the jumps stop at; the beginning of a word is enough |
//! | other words, `"in quotes"` | whose sentence or line of the step log has them |
//!
//! Several terms with one name mean any of them; all else must hold together.

pub mod found;
pub mod meets;
pub mod query;

pub use found::{Found, Matcher};
pub use query::{Client, Problem, Query, Sort};

#[cfg(test)]
mod tests;
