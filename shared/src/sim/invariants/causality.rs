//! I16: the feed is causally closed: every receive has its send, and clocks grow.

use std::collections::BTreeMap;

use crate::clock::Stamp;
use crate::event::{Event, EventKind};
use crate::id::{MessageId, Node, ReplicaId};

/// What has been sent, and the last clocks of each node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    sent: BTreeMap<MessageId, Stamp>,
    last: BTreeMap<Node, Stamp>,
}

impl Seen {
    pub(super) fn last_message(&self, id: ReplicaId) -> u64 {
        let own = self.sent.keys().filter(|message| message.from == Node::Replica(id));
        own.map(|message| message.n).max().unwrap_or(0)
    }
}

pub(in crate::sim) fn on_event(ghost: &mut super::Ghost, event: &Event) {
    let seen = &mut ghost.causality;
    if matches!(event.kind, EventKind::Started { .. }) {
        seen.last.remove(&event.node);
    } else if let Some(last) = seen.last.get(&event.node) {
        assert!(last.happened_before(&event.stamp), "I16: the clock of {} went back: {event:?}", event.node);
        assert!(last.lamport < event.stamp.lamport, "I16: Lamport's clock of {} stood still: {event:?}", event.node);
    }
    seen.last.insert(event.node, event.stamp.clone());
    if let EventKind::Sent { message, .. } = &event.kind {
        let first = seen.sent.insert(*message, event.stamp.clone());
        assert!(first.is_none(), "I16: {message} was sent twice");
    }
    if let EventKind::Received { message } = &event.kind {
        let sent = seen.sent.get(message).unwrap_or_else(|| panic!("I16: {message} arrived and was never sent"));
        assert!(sent.lamport < event.stamp.lamport, "I16: {message} arrived before it was sent");
    }
}
