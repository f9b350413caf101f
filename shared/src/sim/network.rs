//! The simulated network: a queue of messages with the times of their arrival.

use std::collections::BTreeMap;

use super::Faults;
use crate::id::{Node, ReplicaId};
use crate::message::Envelope;
use crate::rng::Rng;
use crate::time::Micros;

/// Messages under way.
#[derive(Clone, Debug)]
pub struct Network {
    /// How bad it is; can be changed during a run.
    pub faults: Faults,
    queue: BTreeMap<(Micros, u64), Envelope>,
    count: u64,
    rng: Rng,
    doomed: BTreeMap<(Node, Node), usize>,
}

impl Network {
    pub(super) fn new(rng: Rng, faults: Faults) -> Network {
        Network { faults, queue: BTreeMap::new(), count: 0, rng, doomed: BTreeMap::new() }
    }

    /// Returns when the next message arrives.
    pub fn next(&self) -> Option<Micros> {
        self.queue.first_key_value().map(|((at, _), _)| *at)
    }

    pub(super) fn take(&mut self) -> Option<(Micros, Envelope)> {
        self.queue.pop_first().map(|((at, _), envelope)| (at, envelope))
    }

    /// Loses the next `count` messages from one replica to another.
    pub fn lose_next(&mut self, from: ReplicaId, to: ReplicaId, count: usize) {
        self.doomed.insert((Node::Replica(from), Node::Replica(to)), count);
    }

    fn is_doomed(&mut self, envelope: &Envelope) -> bool {
        let link = (envelope.head.message.from, envelope.head.to);
        let Some(left) = self.doomed.get_mut(&link).filter(|left| **left > 0) else { return false };
        *left -= 1;
        true
    }

    pub(super) fn send(&mut self, now: Micros, envelope: &Envelope) {
        if self.is_doomed(envelope) {
            return;
        }
        if self.rng.chance(self.faults.loss) {
            return;
        }
        let copies = 1 + u64::from(self.rng.chance(self.faults.duplication));
        for _ in 0..copies {
            let delay = self.rng.range(self.faults.delay_min.0, self.faults.delay_max.0 + 1);
            self.count += 1;
            self.queue.insert((now + Micros(delay), self.count), envelope.clone());
        }
    }
}
