//! The merging of the nodes' event streams into one feed, in causal order.
//!
//! Called by the gateway when every replica is a process of its own with a stream of its own events;
//! one process that publishes everything itself needs none of this. It reads no clock and does no io: the time of
//! the collector is handed in.
//!
//! An event waits until everything that its vector clock names of other replicas has been released, so that every
//! receive stands behind its send. Events that a killed replica had not sent will never come: an event waits no longer
//! than [`PATIENCE`] for a stream that is down, and no longer than [`LONGEST`] for one that is only late. The gateway's
//! entry of a clock is never waited for: the gateway hands its event over before the message leaves, and its own events
//! go first.
//!
//! Source: causal delivery with vector clocks, van Steen & Tanenbaum, Distributed Systems, 4th ed., section 5.2.2.

use std::collections::VecDeque;

use crate::event::{Event, EventKind};
use crate::id::ReplicaId;
use crate::time::Micros;

/// How long an event waits for a stream that is down: its replica may just be starting again.
pub const PATIENCE: Micros = Micros::from_millis(300);
/// How long an event waits at most.
pub const LONGEST: Micros = Micros::from_millis(3_000);

/// Puts the events of one gateway and its replicas into one order.
#[derive(Clone, Debug)]
pub struct Merger {
    /// By place in the vector clock: the gateway, R1, …
    streams: Vec<Stream>,
}

/// The events of one node.
#[derive(Clone, Debug, Default)]
struct Stream {
    /// How many of its own events, by its clock, were released or given up.
    known: u64,
    /// Whether it is listened to.
    open: bool,
    /// What was not released yet, with the time of its arrival.
    waiting: VecDeque<(Micros, Event)>,
}

impl Merger {
    /// Makes a merger for a gateway and `replicas` replicas.
    pub fn new(replicas: usize) -> Merger {
        Merger { streams: vec![Stream::default(); replicas + 1] }
    }

    /// Takes the next event of a node's stream; one of a node that is not of this cluster is dropped.
    pub fn take(&mut self, now: Micros, event: Event) {
        let place = event.node.clock_index();
        if let Some(stream) = place.and_then(|place| self.streams.get_mut(place)) {
            stream.waiting.push_back((now, event));
        }
    }

    /// Takes note that a replica's stream began or ended.
    pub fn set_open(&mut self, id: ReplicaId, open: bool) {
        if let Some(stream) = self.streams.get_mut(usize::from(id.0)) {
            stream.open = open;
        }
    }

    /// Returns the events that need wait no longer, in causal order.
    pub fn release(&mut self, now: Micros) -> Vec<Event> {
        let mut released = Vec::new();
        while let Some(place) = self.next(now) {
            if let Some((_, event)) = self.streams[place].waiting.pop_front() {
                self.note(place, &event);
                released.push(event);
            }
        }
        released
    }

    /// Returns when to call [`Merger::release`] although nothing has arrived; `None` while nothing waits.
    pub fn deadline(&self) -> Option<Micros> {
        let patience = |(_, arrived, event): (usize, Micros, &Event)| {
            self.lacking(event).map(|place| self.given_up_at(place, arrived)).max()
        };
        self.heads().filter_map(patience).min()
    }

    /// Returns the replicas whose events others wait for, in no order and perhaps twice: they have spoken to somebody.
    pub fn awaited(&self) -> impl Iterator<Item = ReplicaId> {
        let lacking = self.heads().flat_map(|(_, _, event)| self.lacking(event));
        lacking.filter_map(|place| u8::try_from(place).ok()).map(ReplicaId)
    }

    /// Returns the place of the stream whose next event is to be released: the gateway's, else the earliest.
    fn next(&self, now: Micros) -> Option<usize> {
        let ready = self
            .heads()
            .filter(|(_, arrived, event)| self.lacking(event).all(|place| now >= self.given_up_at(place, *arrived)));
        ready.min_by_key(|(place, _, event)| (*place != 0, event.at)).map(|(place, _, _)| place)
    }

    /// Returns the first waiting event of each stream, with its place and arrival.
    fn heads(&self) -> impl Iterator<Item = (usize, Micros, &Event)> {
        self.streams
            .iter()
            .enumerate()
            .filter_map(|(place, stream)| stream.waiting.front().map(|(arrived, event)| (place, *arrived, event)))
    }

    /// Returns the places of the other replicas of which `event` knows more than was released.
    ///
    /// The first event of a replica that the gateway begins to listen to is a state, not a consequence: it waits for no
    /// other.
    fn lacking<'s>(&'s self, event: &'s Event) -> impl Iterator<Item = usize> + 's {
        let own = event.node.clock_index();
        let waits = !matches!(event.kind, EventKind::Joined { .. });
        let named = self.streams.iter().zip(&event.stamp.vector).enumerate().skip(1);
        let lacks = move |(place, (stream, count)): &(usize, (&Stream, &u64))| {
            waits && Some(*place) != own && stream.known < **count
        };
        named.filter(lacks).map(|(place, _)| place)
    }

    /// Returns when an event that came at `arrived` waits for this stream no longer.
    ///
    /// A stream that is itself held up goes first when all have lost patience with the same silent one.
    fn given_up_at(&self, place: usize, arrived: Micros) -> Micros {
        let Stream { open, waiting, .. } = &self.streams[place];
        arrived + if *open || !waiting.is_empty() { LONGEST } else { PATIENCE }
    }

    /// Remembers that `event` was released. A restarted replica counts on from the number that it names.
    fn note(&mut self, place: usize, event: &Event) {
        let joined = matches!(event.kind, EventKind::Joined { .. });
        for (other, (stream, count)) in self.streams.iter_mut().zip(&event.stamp.vector).enumerate() {
            if other == place {
                stream.known = *count;
            } else if !joined {
                // What was given up is not waited for again.
                stream.known = stream.known.max(*count);
            }
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
