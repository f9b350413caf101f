//! The event log: what came in, when to show it, and the picture at any place in it.
//!
//! Called by [`super::Playback`] alone. Bounded: the oldest events are folded into the base picture. Places are
//! counted from the snapshot at which this page joined and never change when old events go.

use std::collections::{BTreeMap, VecDeque};

use shared::digest::Digest;
use shared::event::{Event, EventKind, Role};
use shared::gist::Say;
use shared::id::{MessageId, Node, NoteId, ReplicaId, TraceId};
use shared::message::Parcel;
use shared::note::Version;
use shared::pacing::{Pace, Pacer, has_picture};
use shared::steplog;
use shared::time::Micros;
use shared::view::ClusterView;

use super::about;
use super::changes::Changes;
use super::faults::Faults;
use super::mark::{Jump, Mark};
use super::speed::{SILENCE, Stretch};
use super::uncommitted::Uncommitted;
use crate::kind::Kind;
use crate::tokens::Tokens;
use crate::words::is_fault;

/// How many events are kept.
pub const LIMIT: usize = 30_000;
/// How many are let go at once.
const BATCH: usize = 2_000;
/// How many events lie between two kept pictures, at least.
const SPACING: u64 = 200;

/// Messages that leave within this time of each other on one link would lie on each other, in milliseconds of the show.
const BESIDE: f64 = 260.0;

/// The picture at one place of the log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// The cluster.
    pub view: ClusterView,
    /// Where each note was last written, by place in the log; notes from before the snapshot are not in it.
    pub activity: BTreeMap<NoteId, u64>,
    /// What faults have left on it.
    pub faults: Faults,
    /// Who has the token of what, and how it went.
    pub tokens: Tokens,
    /// The copies that are not known to be committed.
    pub uncommitted: Uncommitted,
    /// What each replica holds, in short.
    pub digests: BTreeMap<ReplicaId, Digest>,
    /// What changed at the last step.
    pub changes: Changes,
}

impl Picture {
    /// The picture that a snapshot is.
    fn of(view: ClusterView) -> Picture {
        Picture {
            tokens: Tokens::of(&view),
            uncommitted: Uncommitted::of(&view),
            digests: view.replicas.iter().map(|(id, replica)| (*id, Digest::of(replica))).collect(),
            view,
            ..Picture::default()
        }
    }

    fn apply(&mut self, entry: &Entry, place: u64) {
        if let EventKind::Accepted { changes, .. } = &entry.event.kind {
            self.activity.extend(changes.iter().map(|(note, _)| (*note, place)));
        }
        self.faults.apply(&entry.event);
        self.tokens.apply(&entry.event, place, &self.view);
        self.changes.apply(&entry.event, entry.is_stop, &self.view);
        self.digest(&entry.event);
        self.view.apply(&entry.event);
        self.uncommitted.apply(&entry.event, &self.view);
    }

    /// Takes what an event is about to change into the digests.
    #[allow(clippy::wildcard_enum_match_arm, reason = "the others change no note")]
    fn digest(&mut self, event: &Event) {
        let Node::Replica(at) = event.node else { return };
        let digest = self.digests.entry(at).or_default();
        match &event.kind {
            EventKind::Started { view }
            | EventKind::Joined { view }
            | EventKind::Began { view, .. }
            | EventKind::Recovered { view } => *digest = Digest::of(view),
            EventKind::Accepted { changes, .. } => {
                let held = self.view.replicas.get(&at).map(|replica| &replica.notes);
                // A note may be there several times: each version takes the place of the one before.
                let mut now: BTreeMap<NoteId, Option<&Version>> = BTreeMap::new();
                for (note, version) in changes {
                    let before = now.insert(*note, version.as_ref());
                    if let Some(before) = before.unwrap_or_else(|| held?.get(note)) {
                        digest.remove(*note, before);
                    }
                    if let Some(version) = version {
                        digest.add(*note, version);
                    }
                }
            }
            _ => {}
        }
    }

    /// How much a copy of this picture costs, in notes.
    fn weight(&self) -> u64 {
        self.view.replicas.values().map(|replica| replica.notes.len() as u64).sum()
    }
}

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

/// The log.
#[derive(Clone, Debug)]
pub struct Log {
    entries: VecDeque<Entry>,
    first: u64,
    stops_before: u64,
    base: Picture,
    tail: Picture,
    keyframes: VecDeque<(u64, Picture)>,
    passages: BTreeMap<MessageId, Passage>,
    traces: BTreeMap<TraceId, Vec<u64>>,
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
            passages: BTreeMap::new(),
            traces: BTreeMap::new(),
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
            self.traces.entry(trace).or_default().push(place);
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

    /// Returns the number of events shown at or before `time`, as a place.
    pub fn place_at(&self, time: f64) -> u64 {
        self.first + self.entries.partition_point(|entry| entry.show <= time) as u64
    }

    /// Returns the place behind the event with the number `seq`, or behind the last one before it.
    pub fn place_of(&self, seq: u64) -> u64 {
        self.first + self.entries.partition_point(|entry| entry.event.seq <= seq) as u64
    }

    /// Returns when the last movement ends, on the show clock.
    pub fn end(&self) -> f64 {
        self.pacer.end()
    }

    /// Returns the stretch between the moments of the show around `time`; `None` before the first and behind the last.
    pub fn stretch(&self, time: f64) -> Option<Stretch> {
        let behind = self.entries.partition_point(|entry| entry.show <= time);
        let next = self.entries.get(behind)?;
        let from = self.entries.get(behind.checked_sub(1)?)?.show;
        // What has no picture lies at one moment with the event before it, which has one.
        let first = self.entries.get(self.entries.partition_point(|entry| entry.show < from))?;
        Some(Stretch { from, to: next.show, real: next.real - first.real })
    }

    /// Returns the real time from `place` to the end, and how many silences are in it.
    pub fn real_rest(&self, place: u64) -> (Micros, f64) {
        let Some(last) = self.entries.back() else { return (Micros(0), 0.0) };
        let here = place.checked_sub(1).and_then(|place| self.entry(place));
        let passed = here.map(|entry| entry.passed).unwrap_or_default();
        (last.passed.busy - passed.busy, f64::from(last.passed.silences - passed.silences))
    }

    /// Returns what stands out, with the number of its event among those with a picture, the earliest first.
    pub fn marks(&self) -> impl DoubleEndedIterator<Item = (u64, Mark)> {
        self.marks.iter().copied()
    }

    /// Returns the number of the next event behind `stop`, or before it, at which such a jump stops.
    pub fn jump(&self, jump: Jump, forward: bool, stop: u64) -> Option<u64> {
        let of_kind = |(_, mark): &&(u64, Mark)| jump.stops_at(*mark);
        let found = if forward {
            self.marks.range(self.marks.partition_point(|(at, _)| *at <= stop)..).find(of_kind)
        } else {
            self.marks.range(..self.marks.partition_point(|(at, _)| *at < stop)).rev().find(of_kind)
        };
        found.map(|(at, _)| *at)
    }

    /// Returns the number of events with a picture, from the snapshot on.
    pub fn stops(&self) -> u64 {
        self.entries.back().map_or(self.stops_before, |entry| entry.stops)
    }

    /// Returns how many of them lie before `place`.
    pub fn stops_until(&self, place: u64) -> u64 {
        place.checked_sub(1).and_then(|last| self.entry(last)).map_or(self.stops_before, |entry| entry.stops)
    }

    /// Returns how many of them are no longer kept.
    pub fn stops_gone(&self) -> u64 {
        self.stops_before
    }

    /// Returns the entry that is the stop with this number, from 1, and its place.
    pub fn stop(&self, number: u64) -> Option<(u64, &Entry)> {
        let index = self.entries.partition_point(|entry| entry.stops < number);
        self.entries.get(index).filter(|entry| entry.stops == number).map(|entry| (self.first + index as u64, entry))
    }

    /// Returns a message's passage.
    pub fn passage(&self, message: MessageId) -> Option<&Passage> {
        self.passages.get(&message)
    }

    /// Returns the places of a trace's events that have a picture.
    pub fn trace(&self, trace: &TraceId) -> &[u64] {
        self.traces.get(trace).map_or(&[], Vec::as_slice)
    }

    /// Returns the places of lines of the step log: up to `before` of those before `place`, up to `after` from it on.
    pub fn lines_around(&self, place: u64, before: usize, after: usize) -> Vec<u64> {
        let here = self.lines.partition_point(|line| *line < place);
        let range = here.saturating_sub(before)..(here + after).min(self.lines.len());
        self.lines.range(range).copied().collect()
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
            EventKind::Received { message } => self.finish(*message, (show, place), false),
            EventKind::Lost { message, .. } => self.finish(*message, (show, place), true),
            _ => {}
        }
    }

    fn finish(&mut self, message: MessageId, (show, place): (f64, u64), lost: bool) {
        if let Some(passage) = self.passages.get_mut(&message) {
            passage.end = Some(show);
            passage.ended = Some(place);
            passage.lost = lost;
        }
    }

    /// Returns the lane nearest to the middle of the link that is free: of messages that come the other way, and of
    /// those that left the same way just before.
    fn free_lane(&self, from: Node, to: Node, show: f64) -> i32 {
        let taken = self.tail.view.flights.iter().filter_map(|(id, flight)| {
            let other = self.passages.get(id)?;
            if (flight.from, flight.to) == (to, from) {
                // Seen from the other end, left is right.
                return Some(-other.lane);
            }
            let same = (flight.from, flight.to) == (from, to) && show - other.start < BESIDE;
            same.then_some(other.lane)
        });
        first_free(&taken.collect::<Vec<_>>())
    }

    /// Returns the first lane that no client's request or reply uses that left at the same node just before.
    fn visit_lane(&self, event: &Event, show: f64) -> i32 {
        if !is_visit(&event.kind) {
            return 0;
        }
        let near = self.entries.iter().rev().take_while(|entry| show - entry.show < BESIDE);
        let beside = near.filter(|entry| is_visit(&entry.event.kind) && entry.event.node == event.node);
        first_free(&beside.map(|entry| entry.lane).collect::<Vec<_>>())
    }

    /// Whether this promise hands the primary role over: its sender was the primary until the event before.
    fn hands_over(&self, from: Node, parcel: &Parcel) -> bool {
        let Parcel::Peer(gist) = parcel else { return false };
        let Some(group) = gist.group.filter(|_| gist.say == Say::Promise) else { return false };
        let earlier = self.entries.iter().rev().take(8).filter(|entry| entry.event.node == from);
        let stepped_down = |entry: &Entry| matches!(&entry.event.kind, EventKind::Became { group: other, role: Role::Backup, .. } if *other == group);
        earlier.take_while(|entry| !matches!(entry.event.kind, EventKind::Received { .. })).any(stepped_down)
    }

    fn sends_crown(&self, event: &Event) -> bool {
        let EventKind::Sent { message, .. } = event.kind else { return false };
        self.passage(message).is_some_and(|passage| passage.crown)
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

/// Returns the message that an event is about.
#[allow(clippy::wildcard_enum_match_arm, reason = "only these are about a message")]
pub fn message_of(kind: &EventKind) -> Option<MessageId> {
    match kind {
        EventKind::Sent { message, .. }
        | EventKind::Received { message }
        | EventKind::Lost { message, .. }
        | EventKind::Ignored { message, .. } => Some(*message),
        _ => None,
    }
}

fn first_free(taken: &[i32]) -> i32 {
    [0, 1, -1, 2, -2].into_iter().find(|lane| !taken.contains(lane)).unwrap_or(0)
}

fn is_visit(kind: &EventKind) -> bool {
    matches!(kind, EventKind::ClientRequest { .. } | EventKind::ClientReply { .. })
}

fn ends_passage(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Received { .. } | EventKind::Lost { .. })
}
