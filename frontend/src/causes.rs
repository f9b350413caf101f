//! Why an event happened: its chain of causes, back to the client's request; pure, called by [`crate::screen`].
//!
//! The feed does not name causes, but it tells enough to find them. A message is received because it was sent. What a
//! replica does, it does while it handles one thing that came to it, and all events of one handling carry the same time
//! by the server's clock: the cause is the arrival that the handling began with. What belongs to a client's request, and
//! happened while another arrival was handled, had waited for that one: then both are told. A handling that begins with
//! no arrival was begun by a timer, and is said to be. Nothing is guessed: where the log does not reach, the chain ends.

mod told;

use shared::event::{Event, EventKind, Why};
use shared::id::{MessageId, Node};

use crate::playback::{Entry, Log, message_of};

pub use told::{Story, Told, story};

/// How far back one handling is looked for: other nodes' events stand between its own.
const WINDOW: usize = 4_000;

/// One link of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// This event, by its place in the log, caused what stands before it in the chain.
    Because(u64),
    /// What stands before it in the chain had waited for this event.
    Awaited(u64),
    /// A timer ran out: no arrival caused it.
    Timer,
    /// Somebody asked for the other mode; the feed does not tell of that question.
    Asked,
    /// Somebody did it by hand at the gate.
    ByHand,
    /// The log does not reach back to the cause.
    Forgotten,
}

/// Returns the chain of causes of the event at `place`, the nearest first; empty for a beginning, such as a client's
/// request.
pub fn chain(log: &Log, place: u64) -> Vec<Link> {
    let mut chain = Vec::new();
    let mut here = Some(place);
    while let Some(place) = here {
        let links = causes(log, place);
        here = links.iter().rev().find_map(|link| match link {
            Link::Because(cause) => Some(*cause),
            Link::Awaited(_) | Link::Timer | Link::Asked | Link::ByHand | Link::Forgotten => None,
        });
        chain.extend(links);
    }
    chain
}

/// Returns the immediate causes of the event at `place`; the chain goes on from the last one.
fn causes(log: &Log, place: u64) -> Vec<Link> {
    let Some(entry) = log.entry(place) else { return vec![Link::Forgotten] };
    let event = &entry.event;
    if begins(&event.kind) {
        return Vec::new();
    }
    if let EventKind::Gate(_) | EventKind::Lost { why: Why::DroppedByHand, .. } = &event.kind {
        let sent = message_of(&event.kind).and_then(|message| sent_at(log, message));
        return [Link::ByHand].into_iter().chain(sent.map(Link::Because)).collect();
    }
    if let EventKind::Received { message } | EventKind::Lost { message, .. } = &event.kind {
        return vec![sent_at(log, *message).map_or(Link::Forgotten, Link::Because)];
    }
    if event.node == Node::Gateway {
        return vec![asked_before(log, place, event).map_or(Link::Forgotten, Link::Because)];
    }
    let own = asked_before(log, place, event);
    match (handling(log, place, event), own) {
        (Handling::Of(arrival), Some(own)) if arrival != own => vec![Link::Awaited(arrival), Link::Because(own)],
        (Handling::Of(arrival), _) => vec![Link::Because(arrival)],
        (Handling::Switch, _) => vec![Link::Asked],
        (Handling::Timer, Some(own)) => vec![Link::Timer, Link::Because(own)],
        (Handling::Timer, None) => vec![Link::Timer],
        (Handling::Unknown, _) => vec![Link::Forgotten],
    }
}

/// Returns the place at which a message was sent; `None` when the log does not reach back to it.
fn sent_at(log: &Log, message: MessageId) -> Option<u64> {
    log.passage(message).map(|passage| passage.sent).filter(|sent| log.entry(*sent).is_some())
}

/// What a replica was at when something happened.
enum Handling {
    /// It handled this arrival.
    Of(u64),
    /// It was asked to switch the mode.
    Switch,
    /// A timer had run out.
    Timer,
    /// The log does not reach back far enough.
    Unknown,
}

/// Returns what the replica of `event` was at: the events before it with the same time say so.
fn handling(log: &Log, place: u64, event: &Event) -> Handling {
    let mut is_switch = matches!(event.kind, EventKind::Froze { .. });
    for (place, earlier) in log.entries_before(place).take(WINDOW).filter(|(_, entry)| entry.event.node == event.node) {
        if earlier.event.at != event.at {
            return if is_switch { Handling::Switch } else { Handling::Timer };
        }
        if arrives(earlier) {
            return Handling::Of(place);
        }
        is_switch |= matches!(earlier.event.kind, EventKind::Froze { .. });
    }
    Handling::Unknown
}

/// Returns the latest thing that came to the same node for the same client's request.
fn asked_before(log: &Log, place: u64, event: &Event) -> Option<u64> {
    let places = log.trace(event.trace.as_ref()?);
    let before = places.get(..places.partition_point(|other| *other < place))?;
    let came = |place: &&u64| {
        let entry = log.entry(**place);
        entry.is_some_and(|entry| entry.event.node == event.node && comes_to(event.node, entry))
    };
    before.iter().rev().find(came).copied()
}

/// The gateway goes on when a message is lost; a replica does not, its timers do.
fn comes_to(node: Node, entry: &Entry) -> bool {
    arrives(entry) || (node == Node::Gateway && matches!(entry.event.kind, EventKind::Lost { .. }))
}

fn arrives(entry: &Entry) -> bool {
    matches!(entry.event.kind, EventKind::Received { .. }) || begins(&entry.event.kind)
}

/// Whether nothing that the feed knows of comes before such an event.
fn begins(kind: &EventKind) -> bool {
    matches!(kind, EventKind::ClientRequest { .. } | EventKind::Started { .. } | EventKind::Joined { .. })
}

#[cfg(test)]
mod tests;
