//! Clock condition: every receive has its send, before it by Lamport's clock, and the clocks of one node only grow.
//!
//! Source: docs/PROTOCOL.md §11.15; Lamport 1978.

use std::collections::BTreeMap;

use crate::clock::Stamp;
use crate::event::{Event, EventKind};
use crate::id::{MessageId, Node, ReplicaId};

/// What has been sent, with Lamport's clock, and the last clocks of each node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    sent: BTreeMap<MessageId, u64>,
    last: BTreeMap<Node, Stamp>,
}

impl Seen {
    pub(super) fn last_message(&self, id: ReplicaId) -> u64 {
        let from = Node::Replica(id);
        let own = self.sent.range(MessageId { from, n: 0 }..=MessageId { from, n: u64::MAX });
        own.last().map_or(0, |(message, _)| message.n)
    }
}

pub(in crate::sim) fn on_event(ghost: &mut super::Ghost, event: &Event) {
    let seen = &mut ghost.clocks;
    let last = seen.last.entry(event.node).or_default();
    if !matches!(event.kind, EventKind::Started { .. }) {
        assert!(
            last.happened_before(&event.stamp),
            "clock condition: the clock of {} went back: {event:?}",
            event.node
        );
        assert!(
            last.lamport < event.stamp.lamport,
            "clock condition: Lamport's clock of {} stood still: {event:?}",
            event.node
        );
    }
    last.clone_from(&event.stamp);
    if let EventKind::Sent { message, .. } = &event.kind {
        let first = seen.sent.insert(*message, event.stamp.lamport);
        assert!(first.is_none(), "clock condition: {message} was sent twice");
    }
    if let EventKind::Received { message } = &event.kind {
        let sent =
            seen.sent.get(message).unwrap_or_else(|| panic!("clock condition: {message} arrived and was never sent"));
        assert!(*sent < event.stamp.lamport, "clock condition: {message} arrived before it was sent");
    }
}
