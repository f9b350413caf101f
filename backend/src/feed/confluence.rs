//! Where the streams of replicas that are processes of their own and the gateway's own events flow into one feed.
//!
//! Filled by [`crate::collector`] and the gateway. It brings all events into one causal order, which is `shared::merge`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::event::Event;
use shared::id::ReplicaId;
use shared::merge::Merger;
use tokio::sync::Notify;

use super::Feed;
use crate::run::{Clock, until};

/// Where the streams of all nodes flow together.
#[derive(Debug)]
pub struct Confluence {
    merger: Mutex<Merger>,
    feed: Arc<Feed>,
    clock: Clock,
    /// Something was published: there may be another deadline.
    changed: Notify,
    /// For each replica, R1 first: others have heard from it, so it is worth a call.
    wanted: Vec<Notify>,
}

impl Confluence {
    /// Makes one for a gateway and `replicas` replicas, which flows into `feed`.
    pub fn new(feed: Arc<Feed>, clock: Clock, replicas: usize) -> Confluence {
        let wanted = (0..replicas).map(|_| Notify::new()).collect();
        Confluence { merger: Mutex::new(Merger::new(replicas)), feed, clock, changed: Notify::new(), wanted }
    }

    /// Takes the next events of one node.
    pub fn publish(&self, events: Vec<Event>) {
        self.flow(events);
        self.changed.notify_one();
    }

    /// Releases what has waited long enough, for ever.
    pub async fn run(self: Arc<Self>) {
        loop {
            let deadline = self.merger().deadline().map(|at| self.clock.instant(at));
            tokio::select! {
                () = self.changed.notified() => {}
                () = until(deadline) => self.flow(Vec::new()),
            }
        }
    }

    /// Takes note that a replica's stream began or ended: whoever waits for it may wait no longer.
    pub fn set_open(&self, id: ReplicaId, open: bool) {
        self.merger().set_open(id, open);
        self.changed.notify_one();
    }

    fn flow(&self, events: Vec<Event>) {
        // Held until all is published, so that nobody's later events come before.
        let mut merger = self.merger();
        let now = self.clock.now();
        for event in events {
            merger.take(now, event);
        }
        self.feed.publish(merger.release(now));
        for id in merger.awaited() {
            self.wanted[usize::from(id.0) - 1].notify_one();
        }
    }

    /// Waits until others have heard from a replica.
    pub async fn wanted(&self, id: ReplicaId) {
        self.wanted[usize::from(id.0) - 1].notified().await;
    }

    // A panic while the lock was held left a whole state behind: each event is taken in one piece.
    fn merger(&self) -> MutexGuard<'_, Merger> {
        self.merger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
