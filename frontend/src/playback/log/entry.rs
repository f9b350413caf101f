//! What the log keeps of one event, and of one message on its way.

use shared::event::{Event, EventKind};
use shared::id::{MessageId, NoteId};
use shared::time::Micros;

use crate::kind::Kind;

/// One event of the log.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What happened.
    pub event: Event,
    /// When to show it, on the show clock.
    pub show: f64,
    /// Its accent.
    pub kind: Kind,
    /// How many events with a picture there are up to here, this one included.
    pub stops: u64,
    /// Whether it has a picture itself.
    pub is_stop: bool,
    /// For a client's request or reply: its place beside others on the same link.
    pub lane: i32,
    /// The note that it is about, if it is about one.
    pub note: Option<NoteId>,
    /// When it really happened; never before the one before it, whatever the clocks of several hosts say.
    pub real: Micros,
    /// What real time and how many silences have passed until it, from the snapshot on.
    pub passed: Passed,
}

/// Real time, as an exact speed shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Without the silences.
    pub busy: Micros,
    /// How many silences.
    pub silences: u32,
}

/// A message that left within the log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Passage {
    /// The place of its send event.
    pub sent: u64,
    /// When it leaves, on the show clock.
    pub start: f64,
    /// When it arrives or dies; `None` while the feed has not told.
    pub end: Option<f64>,
    /// The place of the event that says so.
    pub ended: Option<u64>,
    /// Whether it dies.
    pub lost: bool,
    /// Its place beside others that are on the same link at the same time.
    pub lane: i32,
    /// Whether it hands a primary role over.
    pub crown: bool,
}

/// Returns the message that an event is about.
#[allow(clippy::wildcard_enum_match_arm, reason = "only these are about a message")]
pub fn message_of(kind: &EventKind) -> Option<MessageId> {
    match kind {
        EventKind::Sent { message, .. }
        | EventKind::Received { message }
        | EventKind::Lost { message, .. }
        | EventKind::Ignored { message, .. } => Some(*message),
        EventKind::Gate(gate) => gate.message(),
        _ => None,
    }
}

/// Whether such an event is the end of a message.
pub fn ends_passage(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Received { .. } | EventKind::Lost { .. })
}
