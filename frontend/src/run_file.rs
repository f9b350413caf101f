//! A run as a text: JSON Lines, a header and then one event per line as the feed has it. Pure.
//!
//! Saved and opened by the Files dialog, carried by links and by pages that stand alone. [`cut`] chooses what goes in,
//! [`write`] writes it, [`read()`] takes it in again and tells what was wrong with it ([`Remark`]). The header is the
//! picture before the first event:
//!
//! ```json
//! {"baton":1,"scene":{…},"view":{…},"from":120,"cursor":131,"past":40}
//! ```
//!
//! `from` is the number of the last event that is in the picture already, `cursor` that of the last event that was on
//! the screen, `past` how long ago that was in milliseconds of the show. A reader passes over what it does not know.

pub mod cut;
mod read;
mod remark;

use serde::Serialize;
use shared::event::Event;
use shared::view::{ClusterView, Scene};

pub use read::{missing, read};
pub use remark::{Remark, Unusable};

/// The version of the format.
const VERSION: u64 = 1;
/// The longest text that is read, in bytes.
pub const SIZE_LIMIT: usize = 64 << 20;
/// The most lines that are read.
pub const LINE_LIMIT: usize = 100_000;
/// The most replicas that a cluster has.
const REPLICAS: usize = 9;

/// The moment that was on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// The number of the last event that had happened.
    pub seq: u64,
    /// Since when, in milliseconds of the show.
    pub past: u64,
}

/// A run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The cluster it ran on; `None` when the text had no header.
    pub scene: Option<Scene>,
    /// The picture before the first event.
    pub view: ClusterView,
    /// The number of the last event in that picture.
    pub from: u64,
    /// What was on the screen.
    pub cursor: Option<Moment>,
    /// Whether only the notes that the events are about are in it.
    pub partial: bool,
    /// What happened, in the order of the numbers.
    pub events: Vec<Event>,
}

impl Run {
    /// Returns the cluster, or what the events say of it when nothing else does.
    pub fn scene(&self) -> Scene {
        self.scene.clone().unwrap_or_else(|| read::scene_of(&self.events))
    }
}

/// The first line.
#[derive(Serialize)]
struct Header {
    baton: u64,
    scene: Option<Scene>,
    view: ClusterView,
    from: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<u64>,
    #[serde(skip_serializing_if = "is_zero")]
    past: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    partial: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands out a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Writes a run.
pub fn write(run: &Run) -> String {
    let header = Header {
        baton: VERSION,
        scene: run.scene.clone(),
        view: run.view.clone(),
        from: run.from,
        cursor: run.cursor.map(|cursor| cursor.seq),
        past: run.cursor.map_or(0, |cursor| cursor.past),
        partial: run.partial,
    };
    let mut text = line(&header);
    run.events.iter().for_each(|event| text.push_str(&line(event)));
    text
}

fn line(part: &impl Serialize) -> String {
    let mut line = serde_json::to_string(part).expect("keys are texts and numbers are whole");
    line.push('\n');
    line
}

#[cfg(test)]
mod tests;
