//! The past: the picture before any event that is remembered, for a viewer that wants to see what was before it came.
//!
//! Called by [`super::stream`] to draw, and by [`Feed::publish`] to keep what drawing needs: the ring consists of lots, and
//! with each lot the picture just before it. A picture is drawn by decoding and folding from the nearest one on; that takes
//! the ring's lock for [`PIECE`] events at a time, so who publishes is not held up. Keeping each event beside its JSON, or
//! folding each one a second time when it leaves the ring, would make publishing half as slow again.

use std::sync::{Arc, PoisonError};

use serde::Deserialize;
use shared::api::{GoneFrame, SnapshotFrame};
use shared::event::Event;
use shared::id::TraceId;
use shared::view::ClusterView;

use super::{Feed, Next, Room, State};

/// How many events are taken out of the ring at a time.
const PIECE: usize = 512;
/// A lot is at least this part of the room: one in 8.
const LOTS: usize = 8;
/// A lot of long events is this part of the room's bytes: one in 4.
const LONG_LOTS: usize = 4;

/// From where a viewer wants to see, earlier than now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// From this event on, or from the first one on that [`Room::past`] has room for.
    From(u64),
    /// So many events that have happened already; when fewer are remembered or [`Room::past`] has no room for them, those.
    Last(u64),
    /// From the first event of this request on, or the first that is remembered.
    Trace(TraceId),
}

/// What a viewer begins with that wants to see the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// The cluster just before the first event that it sees.
    pub snapshot: SnapshotFrame,
    /// How many earlier events that it asked for are left out: with them it would get too many bytes.
    pub missed: u64,
}

/// The cluster after an event.
#[derive(Clone, Debug, Default)]
pub(super) struct Picture {
    seq: u64,
    view: ClusterView,
}

/// Some events of the ring, which come and go together.
#[derive(Debug)]
pub(super) struct Lot {
    /// The number of the event before the first, and the picture after that one.
    seq: u64,
    view: Arc<ClusterView>,
    pub(super) bytes: usize,
}

/// A lot that has left the ring, to be dropped where nobody waits.
pub(super) type OldLot = (Lot, Vec<Arc<str>>);

impl State {
    /// Begins a new lot when the last one is full. One is at least as long as the picture, so that keeping the picture costs
    /// each event a note's copy at most.
    pub(super) fn begin_lot(&mut self, room: Room) {
        let is_full = self.lots.back().is_none_or(|lot| {
            let (count, held) = (self.seq - lot.seq, self.view.replicas.values().map(|replica| replica.notes.len()));
            let least = (room.events / LOTS).max(1) as u64;
            lot.bytes >= room.bytes / LONG_LOTS || (count >= least && count >= held.sum::<usize>() as u64)
        });
        if is_full {
            self.lots.push_back(Lot { seq: self.seq, view: Arc::new(self.view.clone()), bytes: 0 });
        }
    }

    /// Lets go of the first lot when the others are enough, or all of them too long.
    pub(super) fn forget(&mut self, room: Room) -> Option<OldLot> {
        let (first, next) = (self.lots.front()?, self.lots.get(1)?);
        let count = usize::try_from(next.seq - first.seq).ok()?;
        if self.bytes <= room.bytes && self.ring.len() - count < room.events {
            return None;
        }
        let lot = self.lots.pop_front()?;
        self.bytes -= lot.bytes;
        Some((lot, self.ring.drain(..count).collect()))
    }

    /// Returns the number of the event before the first one that is remembered.
    fn first(&self) -> u64 {
        self.seq - self.ring.len() as u64
    }

    /// Returns the number of the event before the last ones that are `bytes` long together.
    fn within(&self, bytes: usize) -> u64 {
        let mut left = bytes;
        let fits = |json: &&Arc<str>| {
            let rest = left.checked_sub(json.len());
            left = rest.unwrap_or(left);
            rest.is_some()
        };
        self.seq - self.ring.iter().rev().take_while(fits).count() as u64
    }
}

impl Feed {
    /// Returns the cluster just before the event that a viewer sees first. It takes milliseconds: not for a thread that
    /// serves others.
    ///
    /// # Errors
    /// When that event is not remembered.
    pub fn before(&self, start: &Start) -> Result<Past, GoneFrame> {
        let (Picture { seq, view }, missed) = match start {
            Start::From(from) => {
                let wanted = from.checked_sub(1).filter(|seq| self.remembers(*seq)).ok_or(GoneFrame::From(*from))?;
                self.draw_late(wanted)
            }
            Start::Last(count) => {
                let (first, last) = {
                    let state = self.read();
                    (state.first(), state.seq)
                };
                self.draw_late(last.saturating_sub(*count).max(first))
            }
            Start::Trace(trace) => {
                let seq = self.first_of(trace);
                (seq.and_then(|seq| self.draw(seq)).ok_or_else(|| GoneFrame::Trace(trace.clone()))?, 0)
            }
        };
        let snapshot = SnapshotFrame { seq, latest: self.last(), scene: self.scene.clone(), view };
        Ok(Past { snapshot, missed })
    }

    /// Whether what comes after event `seq` is remembered, or next.
    fn remembers(&self, seq: u64) -> bool {
        let state = self.read();
        (state.first()..=state.seq).contains(&seq)
    }

    /// Returns the picture after event `wanted`, or after a later one from which on a viewer has room for all; says how many
    /// events are between the two.
    fn draw_late(&self, wanted: u64) -> (Picture, u64) {
        loop {
            let seq = self.read().within(self.room.past).max(wanted);
            // What was forgotten in between was too long for a viewer, too.
            if let Some(picture) = self.draw(seq) {
                return (picture, seq - wanted);
            }
        }
    }

    /// Returns the number of the event before the first one of `trace` that is remembered.
    fn first_of(&self, trace: &TraceId) -> Option<u64> {
        let name = serde_json::to_string(trace).ok()?;
        let mut seq = self.read().first();
        loop {
            let (events, last) = self.piece(seq, PIECE)?;
            // A client may have written the same words into a body.
            let is_of_trace = |json: &Arc<str>| json.contains(&name) && trace_of(json).as_ref() == Some(trace);
            if let Some(index) = events.iter().position(is_of_trace) {
                return Some(seq + index as u64);
            }
            seq = last;
        }
    }

    /// Returns the picture after event `seq`; `None` when what comes then is not remembered, or not even next.
    fn draw(&self, seq: u64) -> Option<Picture> {
        // Who waits here finds most of its work done.
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let (near, view) = self.nearest(seq)?;
        if !(near..=seq).contains(&wanted.seq) {
            *wanted = Picture { seq: near, view: view.as_ref().clone() };
        }
        while wanted.seq < seq {
            let count = usize::try_from(seq - wanted.seq).map_or(PIECE, |missing| missing.min(PIECE));
            let (events, last) = self.piece(wanted.seq, count)?;
            // What cannot be read is not drawn, and no viewer can read it either: each says so.
            events.iter().filter_map(|json| decode(json)).for_each(|event| wanted.view.apply(&event));
            wanted.seq = last;
        }
        Some(wanted.clone())
    }

    /// Returns the last picture that is kept of the time up to event `seq`, and that event's number.
    fn nearest(&self, seq: u64) -> Option<(u64, Arc<ClusterView>)> {
        let state = self.read();
        if state.seq == seq && state.lots.is_empty() {
            return Some((seq, Arc::default()));
        }
        let lot = state.lots.iter().rev().find(|lot| lot.seq <= seq).filter(|_| seq <= state.seq)?;
        Some((lot.seq, Arc::clone(&lot.view)))
    }

    fn piece(&self, seq: u64, count: usize) -> Option<(Vec<Arc<str>>, u64)> {
        match self.after(seq, count, usize::MAX) {
            Next::Events(events, last) => Some((events, last)),
            Next::Nothing | Next::Forgotten => None,
        }
    }
}

/// Reads an event; `None` when it cannot be read, such as one that is nested too deep.
fn decode(json: &str) -> Option<Event> {
    serde_json::from_str(json).ok()
}

/// Returns the request that an event belongs to, whatever the event is.
fn trace_of(json: &str) -> Option<TraceId> {
    #[derive(Deserialize)]
    struct Named {
        trace: Option<TraceId>,
    }
    serde_json::from_str(json).ok().and_then(|Named { trace }| trace)
}

#[cfg(test)]
mod tests;
