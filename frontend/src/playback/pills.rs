//! The messages under way at one moment of the show.
//!
//! Each pill is one pair of events of the feed. Clients emit no events, so a client's request is seen to leave at
//! the event of the node that took it (what it causes follows when it has landed), and a reply to land after the
//! event of the node that gave it.

use std::fmt;

use shared::config::Mode;
use shared::event::{EventKind, Step, Why};
use shared::id::{MessageId, Node};
use shared::pacing::{LOST_AT, Pace};
use shared::request::{Method, Reply};

use super::{Entry, Playback, ease};
use crate::kind::{Kind, Label, label, reply_text, request_label, step_name};

/// How long a lost message stays where it died, in milliseconds of the show.
const LINGER: f64 = 900.0;

/// Which message a pill is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PillKey {
    /// A message between two nodes that tell the feed.
    Message(MessageId),
    /// A client's request or reply, by the place of its event.
    Client(u64),
}

impl fmt::Display for PillKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PillKey::Message(id) => id.fmt(f),
            PillKey::Client(place) => write!(f, "client-{place}"),
        }
    }
}

/// A message under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Pill {
    /// Its name among those on the stage: that of its message, and another when it has died.
    pub name: String,
    /// Which message.
    pub key: PillKey,
    /// The sender.
    pub from: Node,
    /// The receiver.
    pub to: Node,
    /// Its accent.
    pub kind: Kind,
    /// Its words.
    pub label: Label,
    /// Whether it carries a crown.
    pub crown: bool,
    /// Its place beside others on the same link.
    pub lane: i32,
    /// When it leaves, on the show clock.
    pub start: f64,
    /// When it arrives or dies; `None` while the feed has not told.
    pub end: Option<f64>,
    /// Whether it dies on its way.
    pub lost: bool,
    /// While it waits at its sender's gate, first in its line: how many wait behind it on the same link.
    pub held: Option<usize>,
}

impl Pill {
    /// Returns how far along its way it is at `time`, 0 to 1.
    pub fn progress(&self, time: f64) -> f64 {
        if self.held.is_some() {
            return 0.0;
        }
        let gone = (time - self.start).max(0.0);
        match self.end {
            Some(end) => {
                let part = (gone / (end - self.start).max(1.0)).min(1.0);
                if self.lost { LOST_AT * part } else { ease(part) }
            }
            // Comes nearer and nearer to a place before the end, where it waits to be told of.
            None => 0.7 * gone / (gone + Pace::default().flight),
        }
    }

    /// Whether it has died and is still shown.
    pub fn is_dead(&self) -> bool {
        self.kind == Kind::Lost
    }
}

/// Returns the messages under way now.
pub fn pills(playback: &Playback) -> Vec<Pill> {
    let flights = playback.picture.view.flights.iter().filter(|(_, flight)| !flight.held);
    let flights = flights.filter_map(|(id, _)| message_pill(playback, *id));
    flights.chain(held(playback)).chain(lost(playback)).chain(visits(playback)).collect()
}

/// The messages that wait at a gate: the first of each link.
fn held(playback: &Playback) -> Vec<Pill> {
    let mut first: Vec<Pill> = Vec::new();
    for (id, flight) in playback.picture.view.held() {
        let way = (flight.from, flight.to);
        match first.iter_mut().find(|pill| (pill.from, pill.to) == way) {
            Some(pill) => pill.held = pill.held.map(|behind| behind + 1),
            None => first.extend(message_pill(playback, id).map(|pill| Pill { held: Some(0), lane: 0, ..pill })),
        }
    }
    for pill in &mut first {
        let behind = pill.held.unwrap_or_default().to_string();
        pill.name = [&pill.name, "-held-", &behind].concat();
    }
    first
}

fn message_pill(playback: &Playback, id: MessageId) -> Option<Pill> {
    let (event, parcel, passage) = playback.message(id)?;
    let EventKind::Sent { to, .. } = event.kind else { return None };
    Some(Pill {
        name: id.to_string(),
        key: PillKey::Message(id),
        from: event.node,
        to,
        kind: Kind::of_parcel(parcel, event.step),
        label: label(parcel, event.step, passage.crown),
        crown: passage.crown,
        lane: passage.lane,
        start: passage.start,
        end: passage.end,
        lost: passage.lost,
        held: None,
    })
}

/// Returns how many events are so young that [`pills`] may draw them: what it draws changes with these, the cursor and
/// the end of the log alone.
pub fn passing(playback: &Playback) -> (usize, usize) {
    let young = |time: f64| {
        let recent = playback.log.entries_before(playback.place);
        recent.take_while(|(_, entry)| playback.time - entry.show < time).count()
    };
    (young(LINGER), young(Pace::default().flight))
}

/// Messages that died a moment ago.
fn lost(playback: &Playback) -> impl Iterator<Item = Pill> {
    let recent = playback.log.entries_before(playback.place);
    let recent = recent.take_while(|(_, entry)| playback.time - entry.show < LINGER);
    recent.filter_map(|(_, entry)| {
        let EventKind::Lost { message, why } = entry.event.kind else { return None };
        // What is dropped at the gate dies there.
        let held = (why == Why::DroppedByHand).then_some(0);
        message_pill(playback, message).map(|pill| Pill {
            name: format!("{message}-lost"),
            kind: Kind::Lost,
            held,
            ..pill
        })
    })
}

/// Clients' requests and replies that left a moment ago.
fn visits(playback: &Playback) -> impl Iterator<Item = Pill> {
    let flight = Pace::default().flight;
    let recent = playback.log.entries_before(playback.place);
    let recent = recent.take_while(move |(_, entry)| playback.time - entry.show < flight);
    recent.filter_map(|(place, entry)| {
        let node = entry.event.node;
        if let EventKind::ClientRequest { request } = &entry.event.kind {
            return Some(visit(place, entry, (Node::Clients, node), request_label(request, entry.event.step)));
        }
        let EventKind::ClientReply { reply } = &entry.event.kind else { return None };
        Some(visit(place, entry, (node, Node::Clients), reply_label(entry, reply, playback)))
    })
}

fn reply_label(entry: &Entry, reply: &Reply, playback: &Playback) -> Label {
    let step = entry.event.step.unwrap_or_else(|| last_step(reply.method, playback.mode()));
    Label { step: Some(step_name(step)), text: reply_text(reply) }
}

/// Returns the step with which a request begins.
pub fn first_step(method: Method) -> Step {
    if method == Method::Get { Step::R1 } else { Step::W1 }
}

/// Returns the step with which a request ends.
pub fn last_step(method: Method, mode: Mode) -> Step {
    match (method, mode) {
        (Method::Get, _) => Step::R2,
        (_, Mode::RemoteWrite) => Step::W5,
        (_, Mode::LocalWrite) => Step::W3,
    }
}

fn visit(place: u64, entry: &Entry, (from, to): (Node, Node), label: Label) -> Pill {
    let (start, end) = (entry.show, Some(entry.show + Pace::default().flight));
    let key = PillKey::Client(place);
    let name = key.to_string();
    Pill {
        name,
        key,
        from,
        to,
        kind: entry.kind,
        label,
        crown: false,
        lane: entry.lane,
        start,
        end,
        lost: false,
        held: None,
    }
}
