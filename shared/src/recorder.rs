//! The recorder of one node: stamps its events with the logical clocks, and numbers the messages that it sends.
//!
//! Called by the replica core and by the gateway, so that both speak to the feed in one way.

use crate::clock::Stamp;
use crate::event::{Event, EventKind, Step};
use crate::id::{MessageId, Node, TraceId};
use crate::message::{Head, Parcel};
use crate::time::Micros;

/// Makes the events of one node: stamps them, numbers the messages it sends.
#[derive(Clone, Debug)]
pub struct Recorder {
    node: Node,
    stamp: Stamp,
    messages: u64,
}

impl Recorder {
    /// Starts the clocks of `node` in a cluster of `replicas` replicas at zero.
    pub fn new(node: Node, replicas: usize) -> Recorder {
        Recorder { node, stamp: Stamp { lamport: 0, vector: vec![0; replicas + 1] }, messages: 0 }
    }

    /// Numbers messages, and this node's own events in its clock, after `last`: a node that starts again within one
    /// feed never uses a number twice.
    pub fn number_after(&mut self, last: u64) {
        self.messages = last;
        if let Some(mine) = self.mine() {
            *mine = last;
        }
    }

    /// Takes over what another node knows, for a node that begins while others run: it counts on from what its own
    /// earlier run did.
    pub fn learn(&mut self, stamp: &Stamp) {
        self.stamp.absorb(stamp);
        let known = self.mine().map_or(0, |mine| *mine);
        // No run has sent more messages than it had events.
        self.messages = self.messages.max(known);
    }

    fn mine(&mut self) -> Option<&mut u64> {
        self.node.clock_index().and_then(|index| self.stamp.vector.get_mut(index))
    }

    /// Records something that happened at this node alone.
    pub fn local(&mut self, at: Micros, trace: Option<TraceId>, step: Option<Step>, kind: EventKind) -> Event {
        self.stamp.lamport += 1;
        if let Some(mine) = self.mine() {
            *mine += 1;
        }
        Event { seq: 0, at, node: self.node, stamp: self.stamp.clone(), trace, step, kind }
    }

    /// Records the sending of `parcel`; the head goes with the message.
    pub fn send(
        &mut self,
        at: Micros,
        trace: Option<TraceId>,
        step: Option<Step>,
        to: Node,
        parcel: Parcel,
    ) -> (Head, Event) {
        self.messages += 1;
        let message = MessageId { from: self.node, n: self.messages };
        let event = self.local(at, trace.clone(), step, EventKind::Sent { message, to, parcel });
        (Head { message, to, trace, step, stamp: event.stamp.clone() }, event)
    }

    /// Records the arrival of the message with this head.
    pub fn receive(&mut self, at: Micros, head: &Head) -> Event {
        self.stamp.absorb(&head.stamp);
        self.local(at, head.trace.clone(), head.step, EventKind::Received { message: head.message })
    }
}
