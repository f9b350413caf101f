//! The event log: what came in, when to show it, and the picture at any place in it.
//!
//! Called by [`super::Playback`] alone. Bounded: the oldest events are folded into the base picture. Places are
//! counted from the snapshot at which this page joined and never change when old events go.

mod entry;
mod find;
mod lanes;
mod picture;

use std::collections::VecDeque;

use shared::event::{Event, EventKind, Gate};
use shared::id::{MessageId, Node, NoteId, TraceId};
use shared::map::Map;
use shared::pacing::{Pace, Pacer, has_picture};
use shared::steplog;
use shared::time::Micros;
use shared::view::ClusterView;

pub use entry::{Entry, Passage, Passed, message_of};
pub use picture::Picture;

use self::entry::ends_passage;
use super::about;
use super::mark::Mark;
use super::speed::SILENCE;
use crate::kind::Kind;
use crate::words::{Letter, is_fault};

/// How many events are kept.
pub const LIMIT: usize = 30_000;
/// How many are let go at once.
const BATCH: usize = 2_000;
/// How many events lie between two kept pictures, at least.
const SPACING: u64 = 200;

/// The log.
#[derive(Clone, Debug)]
pub struct Log {
    entries: VecDeque<Entry>,
    first: u64,
    stops_before: u64,
    base: Picture,
    tail: Picture,
    keyframes: VecDeque<(u64, Picture)>,
    passages: Map<MessageId, Passage>,
    traces: Map<TraceId, Vec<u64>>,
    lines: VecDeque<u64>,
    marks: VecDeque<(u64, Mark)>,
    pacer: Pacer,
}

impl Log {
    /// Starts at a snapshot.
    pub fn new(view: ClusterView) -> Log {
        let base = Picture::of(view);
        Log {
            entries: VecDeque::new(),
            first: 0,
            stops_before: 0,
            tail: base.clone(),
            base,
            keyframes: VecDeque::new(),
            passages: Map::new(),
            traces: Map::new(),
            lines: VecDeque::new(),
            marks: VecDeque::new(),
            pacer: Pacer::new(Pace::default()),
        }
    }

    /// Adds the next event.
    pub fn push(&mut self, event: Event) {
        let show = self.pacer.push(&event);
        let place = self.end_place();
        let sent = self.sent_kind(&event);
        self.track_message(&event, place, show);
        let is_stop = has_picture(&event.kind);
        if let Some(trace) = event.trace.clone().filter(|_| is_stop) {
            self.traces.get_or_default(trace).push(place);
        }
        if steplog::line(&event).is_some() || is_fault(&event.kind) {
            self.lines.push_back(place);
        }
        let stops = self.stops() + u64::from(is_stop);
        let lane = self.visit_lane(&event, show);
        let note = self.note_of(&event);
        if let Some(mark) = Mark::of(&event, &self.tail.view, self.sends_crown(&event)) {
            self.marks.push_back((stops, mark));
        }
        let (real, passed) = self.real_after(event.at);
        let entry = Entry { kind: Kind::of_event(&event, sent), event, show, stops, is_stop, lane, note, real, passed };
        self.tail.apply(&entry, place);
        self.entries.push_back(entry);
        self.keep_picture();
        if self.entries.len() > LIMIT {
            self.let_go();
        }
    }

    /// Adds the next events.
    pub fn extend(&mut self, events: Vec<Event>) {
        for event in events {
            self.push(event);
        }
    }

    /// Returns the cluster at the end of the log.
    pub fn latest(&self) -> &ClusterView {
        &self.tail.view
    }

    /// Returns the first place that is kept.
    pub fn first_place(&self) -> u64 {
        self.first
    }

    /// Returns the place behind the last event.
    pub fn end_place(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// Returns how many events are kept.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the entry at `place`.
    pub fn entry(&self, place: u64) -> Option<&Entry> {
        self.entries.get(self.index(place)?)
    }

    /// Returns the entries from `from` on, with their places.
    pub fn entries_from(&self, from: u64) -> impl DoubleEndedIterator<Item = (u64, &Entry)> {
        let skip = self.index(from.max(self.first)).unwrap_or(0).min(self.entries.len());
        self.entries.range(skip..).enumerate().map(move |(index, entry)| (self.first + (skip + index) as u64, entry))
    }

    /// Returns the entries before `place`, the latest first, with their places.
    pub fn entries_before(&self, place: u64) -> impl Iterator<Item = (u64, &Entry)> {
        let end = self.index(place.max(self.first)).unwrap_or(0).min(self.entries.len());
        self.entries.range(..end).enumerate().map(|(index, entry)| (self.first + index as u64, entry)).rev()
    }

    /// Returns when the last movement ends, on the show clock.
    pub fn end(&self) -> f64 {
        self.pacer.end()
    }

    /// Returns a message's passage.
    pub fn passage(&self, message: MessageId) -> Option<&Passage> {
        self.passages.get(&message)
    }

    /// Returns the message that an event is about, as it was sent; `None` when it is about none that is known.
    pub fn letter<'a>(&'a self, event: &'a Event) -> Option<Letter<'a>> {
        let passage = self.passage(message_of(&event.kind)?)?;
        let sent = self.entry(passage.sent)?;
        let EventKind::Sent { to, parcel, .. } = &sent.event.kind else { return None };
        Some(Letter { from: sent.event.node, to: *to, parcel, crown: passage.crown })
    }

    /// Returns the places of a trace's events that have a picture.
    pub fn trace(&self, trace: &TraceId) -> &[u64] {
        self.traces.get(trace).map_or(&[], Vec::as_slice)
    }

    /// Returns how many times slower the show is than the truth was.
    pub fn slowdown(&self) -> Option<f64> {
        self.pacer.slowdown()
    }

    /// Returns the picture when the events before `place` have happened.
    pub fn picture(&self, place: u64) -> Picture {
        let known = self.keyframes.partition_point(|(at, _)| *at <= place);
        let (from, picture) = match known.checked_sub(1).and_then(|index| self.keyframes.get(index)) {
            Some((at, picture)) => (*at, picture),
            None => (self.first, &self.base),
        };
        let mut picture = picture.clone();
        self.advance(&mut picture, from, place);
        picture
    }

    /// Moves a picture forward from one place to a later one.
    pub fn advance(&self, picture: &mut Picture, from: u64, to: u64) {
        for place in from..to {
            if let Some(entry) = self.entry(place) {
                picture.apply(entry, place);
            }
        }
    }

    fn index(&self, place: u64) -> Option<usize> {
        usize::try_from(place.checked_sub(self.first)?).ok()
    }

    fn sent_kind(&self, event: &Event) -> Option<Kind> {
        let message = message_of(&event.kind)?;
        let passage = self.passages.get(&message)?;
        self.entry(passage.sent).map(|entry| entry.kind)
    }

    /// Returns the note that an event is about; for the end of a message, that of its sending.
    fn note_of(&self, event: &Event) -> Option<NoteId> {
        let sent = || self.entry(self.passage(message_of(&event.kind)?)?.sent)?.note;
        about::note(&event.kind).or_else(sent)
    }

    #[allow(clippy::wildcard_enum_match_arm, reason = "only these begin or end a passage")]
    fn track_message(&mut self, event: &Event, place: u64, show: f64) {
        match &event.kind {
            EventKind::Sent { message, to, parcel } => {
                let lane = self.free_lane(event.node, *to, show);
                let crown = self.hands_over(event.node, parcel);
                let passage = Passage { sent: place, start: show, end: None, ended: None, lost: false, lane, crown };
                self.passages.insert(*message, passage);
            }
            // What was let go twice is seen to arrive once.
            EventKind::Received { message } if !self.has_arrived(*message) => {
                self.finish(*message, (show, place), false);
            }
            EventKind::Gate(gate) => self.let_leave(*gate, event.node, show),
            EventKind::Lost { message, .. } => self.finish(*message, (show, place), true),
            _ => {}
        }
    }

    fn has_arrived(&self, message: MessageId) -> bool {
        self.passage(message).is_some_and(|passage| passage.end.is_some() && !passage.lost)
    }

    /// What was held leaves when it is let go.
    fn let_leave(&mut self, gate: Gate, node: Node, show: f64) {
        let leaves = |id: &MessageId| match gate {
            Gate::Closed | Gate::Held(_) => false,
            Gate::Opened => id.from == node,
            Gate::Delivered(message) | Gate::Doubled(message) => *id == message,
        };
        let held = self.tail.view.flights.iter().filter(|(id, flight)| flight.held && leaves(id));
        for (id, _) in held {
            if let Some(passage) = self.passages.get_mut(id) {
                passage.start = show;
            }
        }
    }

    fn finish(&mut self, message: MessageId, (show, place): (f64, u64), lost: bool) {
        if let Some(passage) = self.passages.get_mut(&message) {
            passage.end = Some(show);
            passage.ended = Some(place);
            passage.lost = lost;
        }
    }

    fn real_after(&self, at: Micros) -> (Micros, Passed) {
        let Some(last) = self.entries.back() else { return (at, Passed::default()) };
        let (real, mut passed) = (at.max(last.real), last.passed);
        let span = real - last.real;
        if span < SILENCE {
            passed.busy = Micros(passed.busy.0 + span.0);
        } else {
            passed.silences += 1;
        }
        (real, passed)
    }

    fn keep_picture(&mut self) {
        let place = self.end_place();
        let last = self.keyframes.back().map_or(self.first, |(at, _)| *at);
        if place - last >= SPACING.max(self.tail.weight()) {
            self.keyframes.push_back((place, self.tail.clone()));
        }
    }

    fn let_go(&mut self) {
        for _ in 0..BATCH {
            let Some(entry) = self.entries.pop_front() else { return };
            self.base.apply(&entry, self.first);
            self.stops_before = entry.stops;
            self.first += 1;
            if let Some(message) = message_of(&entry.event.kind).filter(|_| ends_passage(&entry.event.kind)) {
                self.passages.remove(&message);
            }
        }
        let first = self.first;
        self.keyframes.retain(|(at, _)| *at >= first);
        self.passages.retain(|_, passage| passage.sent >= first || passage.end.is_none());
        self.lines.retain(|place| *place >= first);
        self.marks.retain(|(stop, _)| *stop > self.stops_before);
        self.traces.retain(|_, places| places.last().is_some_and(|last| *last >= first));
    }
}
