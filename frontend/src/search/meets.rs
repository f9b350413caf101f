//! Whether one event meets a query.

use shared::event::EventKind;
use shared::id::{Node, ReplicaId};
use shared::steplog;

use super::found::Matcher;
use super::query::{Client, Query, Sort};
use crate::playback::mark::Mark;
use crate::playback::{Entry, Log, message_of};
use crate::words;

impl Query {
    /// Returns what asks this of each event.
    pub fn matcher(self) -> Matcher {
        Matcher::new(move |log, entry| self.meets(log, entry))
    }

    /// Whether an event of the log meets all terms; of those with one name, any.
    pub fn meets(&self, log: &Log, entry: &Entry) -> bool {
        any(&self.notes, |note| entry.note == Some(*note))
            && any(&self.replicas, |replica| takes_part(log, entry, *replica))
            && any(&self.clients, |client| comes_by(log, entry, client))
            && any(&self.sorts, |sort| is_of(log, entry, *sort))
            && (self.words.is_empty() || has(log, entry, &self.words))
    }
}

/// Whether nothing is asked, or one of it holds.
fn any<T>(asked: &[T], holds: impl Fn(&T) -> bool) -> bool {
    asked.is_empty() || asked.iter().any(holds)
}

/// Whether an event is at a replica, or about a message from or to it.
fn takes_part(log: &Log, entry: &Entry, replica: ReplicaId) -> bool {
    let node = Node::Replica(replica);
    let letter = log.letter(&entry.event);
    entry.event.node == node || letter.is_some_and(|letter| letter.from == node || letter.to == node)
}

/// Whether an event belongs to a request that came this way. Where the request's own beginning was let go with the
/// oldest events, nobody knows.
fn comes_by(log: &Log, entry: &Entry, client: &Client) -> bool {
    let Some(trace) = &entry.event.trace else { return false };
    let door = || {
        let first = log.entry(*log.trace(trace).first()?)?;
        matches!(first.event.kind, EventKind::ClientRequest { .. }).then_some(first.event.node)
    };
    match client {
        Client::Request(wanted) => wanted == trace,
        Client::Gateway => door() == Some(Node::Gateway),
        Client::Replica(replica) => door() == Some(Node::Replica(*replica)),
    }
}

fn is_of(log: &Log, entry: &Entry, sort: Sort) -> bool {
    let mut marks = log.marks_at(entry.stops).filter(|_| entry.is_stop);
    match sort {
        Sort::Accent(kind) => entry.kind == kind,
        Sort::Jump(jump) => marks.any(|mark| jump.stops_at(mark)),
        Sort::Switch => marks.any(|mark| mark == Mark::Switch),
    }
}

/// Whether all of these stand in the event's sentence, its line of the step log or its name.
fn has(log: &Log, entry: &Entry, wanted: &[String]) -> bool {
    let mut text = words::what(&entry.event, log.letter(&entry.event));
    let line = steplog::line(&entry.event);
    let trace = entry.event.trace.as_ref().map(|trace| trace.0.clone());
    let message = message_of(&entry.event.kind).map(|message| message.to_string());
    for more in [line, trace, message].into_iter().flatten() {
        text.push('\n');
        text.push_str(&more);
    }
    let text = text.to_lowercase();
    wanted.iter().all(|word| text.contains(word.as_str()))
}
