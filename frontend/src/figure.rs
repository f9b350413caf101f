//! The textbook's figure of the protocol that is in force at the cursor, with the request at the cursor in it.
//!
//! Pure: which step is lit, which are done, how many messages each had, and who plays which part. [`drawing`] draws it.
//! Who plays which part is read from the whole request, so that no box changes its name under way.
//!
//! Source: van Steen & Tanenbaum, Distributed Systems, 4th ed., section 7.5, the figures of both protocols.

mod cast;
mod drawing;
mod notes;

use shared::config::Mode;
use shared::event::{EventKind, Step};
use shared::id::{Node, TraceId};
use shared::message::Parcel;
use shared::request::{Method, Request};

use crate::kind::Kind;
use crate::lang::en;
use crate::playback::{Entry, Playback};
use crate::screen::step_of;

pub use cast::Cast;
pub use drawing::svg;
pub use notes::notes;

/// The steps in the order of the legend.
pub const STEPS: [Step; 7] = [Step::W1, Step::W2, Step::W3, Step::W4, Step::W5, Step::R1, Step::R2];

/// How far a step is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// The event at the cursor belongs to it.
    Now,
    /// It has happened in this request.
    Done,
    /// It has not happened yet.
    #[default]
    Ahead,
}

impl State {
    /// Returns the name that style sheets and tests use.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Now => "now",
            State::Done => "done",
            State::Ahead => "ahead",
        }
    }
}

/// One step of the figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How far it is.
    pub state: State,
    /// How many messages of it have left in this request.
    pub messages: usize,
    /// The number of its first event among those with a picture, also while that is still to come on the screen.
    pub first: Option<u64>,
}

/// The figure at the cursor.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Which figure.
    pub mode: Mode,
    /// The request at the cursor, such as `PATCH /note/1`; `None` when the event there belongs to none.
    pub request: Option<String>,
    /// Who plays which part.
    pub cast: Cast,
    /// The steps, in the order of [`STEPS`].
    pub progress: [Progress; 7],
    /// The ends of the message at the cursor.
    pub ends: Option<(Node, Node)>,
    /// Whether a gateway passed the request on.
    pub passed_on: bool,
}

impl Figure {
    /// Returns how far a step is.
    pub fn of(&self, step: Step) -> Progress {
        let index = STEPS.iter().position(|other| *other == step);
        index.and_then(|index| self.progress.get(index)).copied().unwrap_or_default()
    }
}

/// Returns the legend of a step, in English.
pub fn legend(step: Step, mode: Mode) -> &'static str {
    let remote = mode == Mode::RemoteWrite;
    match step {
        Step::W1 => en("Write request"),
        Step::W2 if remote => en("Forward request to primary"),
        Step::W2 => en("Move item x to new primary"),
        Step::W3 if remote => en("Tell backups to update"),
        Step::W4 if !remote => en("Tell backups to update"),
        Step::W4 => en("Acknowledge update"),
        Step::W5 if !remote => en("Acknowledge update"),
        Step::W3 | Step::W5 => en("Acknowledge write completed"),
        Step::R1 => en("Read request"),
        Step::R2 => en("Response to read"),
    }
}

/// Returns the accent of a step.
pub fn kind(step: Step, mode: Mode) -> Kind {
    let remote = mode == Mode::RemoteWrite;
    match step {
        Step::W1 => Kind::Write,
        Step::W2 if remote => Kind::Write,
        Step::W2 => Kind::Move,
        Step::W3 if remote => Kind::Update,
        Step::W4 if !remote => Kind::Update,
        Step::W4 => Kind::Ack,
        Step::W5 if !remote => Kind::Ack,
        Step::W3 | Step::W5 | Step::R2 => Kind::Reply,
        Step::R1 => Kind::Read,
    }
}

/// Returns the figure at the cursor.
pub fn figure(playback: &Playback) -> Figure {
    let mode = playback.mode();
    let current = playback.current();
    let trace = current.and_then(|(_, entry)| entry.event.trace.clone());
    let entries = trace.as_ref().map(|trace| entries(playback, trace)).unwrap_or_default();
    let request = entries.iter().find_map(|(_, entry)| request_of(entry));
    let reads = request.is_some_and(|request| request.method == Method::Get);
    let letter = current.and_then(|(_, entry)| playback.letter(&entry.event));
    let here = current.map(|(place, _)| place);
    Figure {
        mode,
        request: request.map(|Request { method, path, .. }| [method.as_str(), " ", path].concat()),
        cast: Cast::of(&entries, playback, mode, reads),
        progress: STEPS.map(|step| progress(&entries, here, step, mode)),
        ends: letter.map(|letter| (letter.from, letter.to)).or_else(|| current.and_then(|(_, entry)| visit(entry))),
        passed_on: entries.iter().any(|(_, entry)| passes_on(entry)),
    }
}

/// Returns the events of a request that have a picture, with their places.
fn entries<'a>(playback: &'a Playback, trace: &TraceId) -> Vec<(u64, &'a Entry)> {
    let log = playback.log();
    log.trace(trace).iter().filter_map(|place| Some((*place, log.entry(*place)?))).collect()
}

fn progress(entries: &[(u64, &Entry)], here: Option<u64>, step: Step, mode: Mode) -> Progress {
    let mut progress = Progress::default();
    for (place, entry) in entries.iter().filter(|(_, entry)| step_of(&entry.event, mode) == Some(step)) {
        progress.first = progress.first.or(Some(entry.stops));
        if here.is_none_or(|here| *place > here) {
            break;
        }
        progress.state = if Some(*place) == here { State::Now } else { State::Done };
        progress.messages += usize::from(leaves(entry));
    }
    progress
}

/// Whether a message leaves with this event; a client's own ends are messages, too.
fn leaves(entry: &Entry) -> bool {
    matches!(entry.event.kind, EventKind::Sent { .. }) || visit(entry).is_some()
}

/// Returns the ends of a client's request or reply.
fn visit(entry: &Entry) -> Option<(Node, Node)> {
    let node = entry.event.node;
    if matches!(entry.event.kind, EventKind::ClientRequest { .. }) {
        return Some((Node::Clients, node));
    }
    matches!(entry.event.kind, EventKind::ClientReply { .. }).then_some((node, Node::Clients))
}

fn request_of(entry: &Entry) -> Option<&Request> {
    if let EventKind::ClientRequest { request } = &entry.event.kind {
        return Some(request);
    }
    let EventKind::Sent { parcel: Parcel::Request(request), .. } = &entry.event.kind else { return None };
    Some(request)
}

fn passes_on(entry: &Entry) -> bool {
    matches!(&entry.event.kind, EventKind::Sent { parcel: Parcel::Request(_), .. })
}

#[cfg(test)]
mod tests;
