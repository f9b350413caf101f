//! The event feed: numbers the events of all nodes, keeps the picture they add up to, and remembers the latest.
//!
//! Called by the drivers and the gateway, which publish, and by [`stream`], which reads for one viewer each. There is
//! one for the whole cluster; a replica that is a process of its own has one of itself, for the gateway.
//! Publishing waits for nobody: a viewer is only a position in the ring, and one that falls out of it is told
//! how much it missed. Each event is encoded once, however many watch. Now and then the
//! picture is kept, so that a viewer may begin in the past: see [`past`].

pub mod confluence;
pub mod past;
pub mod stream;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use shared::api::{ClusterBody, SnapshotFrame};
use shared::clock::Stamp;
use shared::event::{Event, EventKind, Gate};
use shared::id::{Node, ReplicaId};
use shared::time::Micros;
use shared::view::{ClusterView, Scene};
use tokio::sync::watch;

use crate::places::VIEWERS;
use crate::shares::Shares;
use crate::step_log::StepLines;
use past::{Lot, Picture};

/// How many events are remembered at least, for viewers that come back or want to see what was before they came; fewer
/// only when they are long.
pub const RING_EVENTS: usize = 32_768;
/// How many bytes of encoded events are remembered at most; long lists of notes make long events.
pub const RING_BYTES: usize = 64 * 1024 * 1024;
/// How many bytes of events a viewer gets at most that begins so many events ago.
pub const PAST_BYTES: usize = 8 * 1024 * 1024;

/// The feed of one server.
#[derive(Debug)]
pub struct Feed {
    incarnation: String,
    scene: Scene,
    room: Room,
    state: RwLock<State>,
    /// The picture that the last viewer wanted to begin with: the next one mostly wants one a little later.
    wanted: Mutex<Picture>,
    news: watch::Sender<u64>,
    of: Of,
    seats: Arc<Shares>,
}

/// Whose events a feed holds.
#[derive(Debug)]
pub enum Of {
    /// All nodes', which give the lines of the step log.
    Cluster(StepLines),
    /// One replica's.
    Replica(ReplicaId),
}

/// How much a feed remembers, and for how many.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// How many events.
    pub events: usize,
    /// How many bytes of their JSON.
    pub bytes: usize,
    /// How many bytes of them a viewer gets that begins in the past.
    pub past: usize,
    /// How many viewers may watch at once.
    pub viewers: usize,
}

impl Default for Room {
    fn default() -> Room {
        Room { events: RING_EVENTS, bytes: RING_BYTES, past: PAST_BYTES, viewers: VIEWERS }
    }
}

#[derive(Debug, Default)]
struct State {
    seq: u64,
    view: ClusterView,
    /// The JSON of the events up to `seq`, without holes.
    ring: VecDeque<Arc<str>>,
    bytes: usize,
    /// What the ring consists of; the first one begins where it does.
    lots: VecDeque<Lot>,
    /// When the last event was, by both clocks.
    last: (Micros, Stamp),
}

/// What comes after a position in the feed.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing yet.
    Nothing,
    /// These events, encoded, in order; the last one's number.
    Events(Vec<Arc<str>>, u64),
    /// Events that are no longer remembered.
    Forgotten,
}

impl Feed {
    /// Makes an empty feed. `incarnation` tells this server's numbers from those of an earlier one.
    pub fn new(incarnation: String, scene: Scene, room: Room, of: Of) -> Feed {
        Feed {
            incarnation,
            scene,
            room,
            state: RwLock::default(),
            wanted: Mutex::default(),
            news: watch::Sender::new(0),
            of,
            seats: Shares::new(room.viewers),
        }
    }

    /// Numbers `events`, in order, and shows them to everybody who watches.
    ///
    /// A node must publish the sending of a message before the message leaves, so that every receive in the
    /// feed stands behind its send.
    ///
    /// # Panics
    /// Never: every event can be written as JSON.
    pub fn publish(&self, events: Vec<Event>) {
        if events.is_empty() {
            return;
        }
        let mut old = Vec::new();
        let mut state = self.write();
        for mut event in events {
            state.begin_lot(self.room);
            state.seq += 1;
            event.seq = state.seq;
            state.view.apply(&event);
            match &self.of {
                Of::Cluster(lines) => lines.take(&event),
                Of::Replica(id) => state.forget_flights(*id, &event.kind),
            }
            let json = serde_json::to_string(&event).expect("events have text for keys and no failing parts");
            state.remember(json.into());
            old.extend(state.forget(self.room));
            state.last = (event.at, event.stamp);
        }
        let seq = state.seq;
        drop(state);
        // Two publishers may get here in either order; viewers must not see the number fall.
        self.news.send_if_modified(|known| {
            let newer = seq > *known;
            *known = seq.max(*known);
            newer
        });
    }

    /// Returns the cluster as the events so far tell it.
    pub fn snapshot(&self) -> SnapshotFrame {
        let state = self.read();
        SnapshotFrame { seq: state.seq, latest: state.seq, scene: self.scene.clone(), view: state.view.clone() }
    }

    /// Returns what a replica's feed has told so far as one event, and the number of the last event in it; `None` when
    /// this is the whole cluster's feed.
    pub fn joined(&self) -> Option<(u64, Event)> {
        let Of::Replica(id) = self.of else { return None };
        let state = self.read();
        let view = state.view.replicas.get(&id).cloned().unwrap_or_default();
        let (at, stamp) = state.last.clone();
        let kind = EventKind::Joined { view, held: state.view.flights.clone(), missed: None };
        Some((state.seq, Event { seq: state.seq, at, node: Node::Replica(id), stamp, trace: None, step: None, kind }))
    }

    /// Returns the body of `GET /cluster`.
    pub fn cluster(&self) -> ClusterBody {
        let SnapshotFrame { scene, view, .. } = self.snapshot();
        ClusterBody::new(scene, view)
    }

    /// Returns what comes after event `seq`: at most `count` events, and few more than `bytes` bytes.
    pub fn after(&self, seq: u64, count: usize, bytes: usize) -> Next {
        let state = self.read();
        let first = state.seq - state.ring.len() as u64;
        if seq >= state.seq {
            return Next::Nothing;
        }
        let Some(skip) = seq.checked_sub(first) else {
            return Next::Forgotten;
        };
        let mut size = 0;
        let wanted = state.ring.iter().skip(usize::try_from(skip).unwrap_or(usize::MAX)).take(count);
        let within = |json: &&Arc<str>| {
            let fits = size < bytes;
            size += json.len();
            fits
        };
        let events: Vec<_> = wanted.take_while(within).cloned().collect();
        let last = seq + events.len() as u64;
        Next::Events(events, last)
    }

    /// Returns the number of the last event.
    pub fn last(&self) -> u64 {
        self.read().seq
    }

    // A panic while the lock was held left a whole state behind: each event is taken in one piece.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Forgets the messages of a replica that have left: other nodes tell how they end. What waits at its gate, it tells
    /// itself, and all that it sends meanwhile waits there.
    fn forget_flights(&mut self, id: ReplicaId, kind: &EventKind) {
        if let EventKind::Gate(Gate::Delivered(message) | Gate::Doubled(message)) = kind {
            self.view.flights.remove(message);
        }
        if !self.view.replicas.get(&id).is_some_and(|replica| replica.gated) {
            self.view.flights.clear();
        }
    }

    fn remember(&mut self, json: Arc<str>) {
        self.bytes += json.len();
        if let Some(lot) = self.lots.back_mut() {
            lot.bytes += json.len();
        }
        self.ring.push_back(json);
    }
}

#[cfg(test)]
mod tests;
