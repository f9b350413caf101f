//! I16: the feed is causally closed: every receive has its send, and clocks grow.

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
    let seen = &mut ghost.causality;
    let last = seen.last.entry(event.node).or_default();
    if !matches!(event.kind, EventKind::Started { .. }) {
        assert!(last.happened_before(&event.stamp), "I16: the clock of {} went back: {event:?}", event.node);
        assert!(last.lamport < event.stamp.lamport, "I16: Lamport's clock of {} stood still: {event:?}", event.node);
    }
    last.clone_from(&event.stamp);
    if let EventKind::Sent { message, .. } = &event.kind {
        let first = seen.sent.insert(*message, event.stamp.lamport);
        assert!(first.is_none(), "I16: {message} was sent twice");
    }
    if let EventKind::Received { message } = &event.kind {
        let sent = seen.sent.get(message).unwrap_or_else(|| panic!("I16: {message} arrived and was never sent"));
        assert!(*sent < event.stamp.lamport, "I16: {message} arrived before it was sent");
    }
}
