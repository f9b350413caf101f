//! Which of two events came first: Lamport's happened-before, with the reason.
//!
//! The vector clocks decide, and at one node the order in which it told its events. The way from the one to the other is
//! found in the events themselves: backwards from the later one, along its node until the earlier one is no longer known
//! there, then over the message that had brought it. Messages of clients are not on such a way: clients have no clock.
//!
//! Source: Lamport 1978; Mattern 1989.

use shared::clock::Stamp;
use shared::event::EventKind;
use shared::id::{MessageId, Node};

use crate::kind::step_name;
use crate::lang::{fill, t};
use crate::playback::{Entry, Log};
use crate::words::{capital, name};

/// A part of a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The event at its end.
    pub place: u64,
    /// The message that it was; `None` when it stays at its node, and for the event at which the way begins.
    pub message: Option<MessageId>,
}

/// Which of two events came first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// They are one.
    Same,
    /// The first of these could have caused the second.
    Before {
        /// The earlier event.
        first: u64,
        /// The later one.
        then: u64,
        /// The way from the one to the other; empty when the log no longer holds it.
        way: Vec<Hop>,
    },
    /// Neither could have caused the other.
    Concurrent,
}

/// Returns the way between two events that were picked; empty when there is none.
pub fn way_of(log: &Log, picked: [Option<u64>; 2]) -> Vec<Hop> {
    let order = picked[0].zip(picked[1]).and_then(|(a, b)| compare(log, a, b));
    if let Some(Order::Before { way, .. }) = order { way } else { Vec::new() }
}

/// Compares two events by their places; `None` when the log no longer holds one.
pub fn compare(log: &Log, a: u64, b: u64) -> Option<Order> {
    let (one, other) = (log.entry(a)?, log.entry(b)?);
    let before = |first: u64, then: u64| Order::Before { first, then, way: way(log, first, then).unwrap_or_default() };
    Some(if a == b {
        Order::Same
    } else if knows(other, one, a < b) {
        before(a, b)
    } else if knows(one, other, b < a) {
        before(b, a)
    } else {
        Order::Concurrent
    })
}

/// Whether `first` happened before `then`; `told` says whether it was told before it.
fn knows(then: &Entry, first: &Entry, told: bool) -> bool {
    if first.event.node == then.event.node {
        return told;
    }
    first.event.stamp.happened_before(&then.event.stamp)
}

/// Returns the way from one event to a later one, backwards along nodes and messages.
fn way(log: &Log, first: u64, then: u64) -> Option<Vec<Hop>> {
    let start = log.entry(first)?;
    let mut hops = Vec::new();
    let (mut end, mut here) = (then, then);
    while here != first {
        let now = log.entry(here)?;
        let mut earlier = log.entries_before(here).take_while(|(place, _)| *place >= first);
        let before = earlier.find(|(_, entry)| entry.event.node == now.event.node);
        if let Some((place, _)) = before.filter(|(place, entry)| *place == first || knows(entry, start, true)) {
            here = place;
            continue;
        }
        let (message, sent) = sending(log, now)?;
        if here != end {
            hops.push(Hop { place: end, message: None });
        }
        hops.push(Hop { place: here, message: Some(message) });
        (end, here) = (sent, sent);
    }
    if here != end {
        hops.push(Hop { place: end, message: None });
    }
    hops.push(Hop { place: first, message: None });
    hops.reverse();
    Some(hops)
}

/// Returns the message that an event received, and the place of its sending.
fn sending(log: &Log, entry: &Entry) -> Option<(MessageId, u64)> {
    let EventKind::Received { message } = entry.event.kind else { return None };
    Some((message, log.passage(message)?.sent))
}

/// One entry of two clocks, in words: what it decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deciding {
    /// The place of the entry in the vectors.
    pub index: usize,
    /// What it says.
    pub says: String,
}

/// What the page says about two events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// One sentence.
    pub sentence: String,
    /// What decides.
    pub deciding: Vec<Deciding>,
    /// The messages on the way, in words; empty when there are none.
    pub way: String,
}

/// Returns what is said about events `a` and `b`; `None` when the log no longer holds one.
pub fn verdict(log: &Log, a: u64, b: u64) -> Option<Verdict> {
    let letter = |place: u64| if place == a { "A" } else { "B" };
    let says = |first: u64, then: u64, known: bool| {
        Some(deciding((letter(first), log.entry(first)?), (letter(then), log.entry(then)?), known)).flatten()
    };
    let (sentence, deciding, way) = match compare(log, a, b)? {
        Order::Same => (t("A and B are the same event.").to_owned(), Vec::new(), String::new()),
        Order::Before { first, then, way } => {
            let names = [("first", letter(first)), ("then", letter(then))];
            let sentence = fill("{first} happened before {then}: it could have caused it.", &names);
            (sentence, says(first, then, true).into_iter().collect(), way_words(log, &way, first, then))
        }
        Order::Concurrent => (
            t("A and B are concurrent: neither could have caused the other.").to_owned(),
            [says(a, b, false), says(b, a, false)].into_iter().flatten().collect(),
            String::new(),
        ),
    };
    Some(Verdict { sentence, deciding, way })
}

/// Says what the clock of `then` knows of the node of `first`.
fn deciding(first: (&str, &Entry), then: (&str, &Entry), known: bool) -> Option<Deciding> {
    let node = first.1.event.node;
    if node == then.1.event.node {
        return None;
    }
    let index = node.clock_index()?;
    let count = |stamp: &Stamp| stamp.vector.get(index).copied().unwrap_or(0).to_string();
    let (own, seen) = (count(&first.1.event.stamp), count(&then.1.event.stamp));
    let values = [("node", &*name(node)), ("first", first.0), ("own", &*own), ("then", then.0), ("seen", &*seen)];
    let says = if known {
        fill("{first} is event {own} at {node}; the clock of {then} counts {seen} of them.", &values)
    } else {
        fill("{first} is event {own} at {node}; the clock of {then} counts only {seen} of them.", &values)
    };
    Some(Deciding { index, says })
}

fn way_words(log: &Log, way: &[Hop], first: u64, then: u64) -> String {
    let node = |place: u64| log.entry(place).map_or(Node::Clients, |entry| entry.event.node);
    if node(first) == node(then) && way.iter().all(|hop| hop.message.is_none()) {
        return fill("Both happened at {node}, one after the other.", &[("node", &*name(node(first)))]);
    }
    let mut text = capital(&name(node(first)));
    for message in way.iter().filter_map(|hop| hop.message) {
        let sent = log.passage(message).and_then(|passage| log.entry(passage.sent));
        let step = sent.and_then(|sent| sent.event.step).map_or("", step_name);
        let to = way.iter().find(|hop| hop.message == Some(message)).map_or(then, |hop| hop.place);
        text = [&text, " —", step, "→ ", &name(node(to))].concat();
    }
    if way.is_empty() { t("The messages between them are no longer kept.").to_owned() } else { text }
}

/// Returns a vector clock as it stands beside an event, `[g r1 r2 …]`.
pub fn vector(stamp: &Stamp) -> String {
    let counts: Vec<String> = stamp.vector.iter().map(u64::to_string).collect();
    ["[", &counts.join(" "), "]"].concat()
}
