//! Where a message lies beside others on the same link, and which message hands the primary role over.

use shared::event::{Event, EventKind, Role};
use shared::gist::Say;
use shared::id::Node;
use shared::message::Parcel;

use super::{Entry, Log};

/// Messages that leave within this time of each other on one link would lie on each other, in milliseconds of the show.
const BESIDE: f64 = 260.0;

impl Log {
    /// Returns the lane nearest to the middle of the link that is free: of messages that come the other way, and of
    /// those that left the same way just before.
    pub(super) fn free_lane(&self, from: Node, to: Node, show: f64) -> i32 {
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
    pub(super) fn visit_lane(&self, event: &Event, show: f64) -> i32 {
        if !is_visit(&event.kind) {
            return 0;
        }
        let near = self.entries.iter().rev().take_while(|entry| show - entry.show < BESIDE);
        let beside = near.filter(|entry| is_visit(&entry.event.kind) && entry.event.node == event.node);
        first_free(&beside.map(|entry| entry.lane).collect::<Vec<_>>())
    }

    /// Whether this promise hands the primary role over: its sender was the primary until the event before.
    pub(super) fn hands_over(&self, from: Node, parcel: &Parcel) -> bool {
        let Parcel::Peer(gist) = parcel else { return false };
        let Some(group) = gist.group.filter(|_| gist.say == Say::Promise) else { return false };
        let earlier = self.entries.iter().rev().take(8).filter(|entry| entry.event.node == from);
        let stepped_down = |entry: &Entry| matches!(&entry.event.kind, EventKind::Became { group: other, role: Role::Backup, .. } if *other == group);
        earlier.take_while(|entry| !matches!(entry.event.kind, EventKind::Received { .. })).any(stepped_down)
    }

    pub(super) fn sends_crown(&self, event: &Event) -> bool {
        let EventKind::Sent { message, .. } = event.kind else { return false };
        self.passage(message).is_some_and(|passage| passage.crown)
    }
}

fn first_free(taken: &[i32]) -> i32 {
    [0, 1, -1, 2, -2].into_iter().find(|lane| !taken.contains(lane)).unwrap_or(0)
}

fn is_visit(kind: &EventKind) -> bool {
    matches!(kind, EventKind::ClientRequest { .. } | EventKind::ClientReply { .. })
}
