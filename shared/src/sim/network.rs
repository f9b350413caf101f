//! The simulated network: a queue of messages with the times of their arrival.

use std::collections::{BTreeMap, BTreeSet};

use super::Faults;
use super::goals::{Goal, Goals};
use crate::id::{Node, ReplicaId};
use crate::message::Envelope;
use crate::rng::Rng;
use crate::time::Micros;

/// How much later an old message arrives.
const OLD_MIN: u64 = 500_000;
const OLD_MAX: u64 = 12_000_000;

/// Messages under way.
#[derive(Clone, Debug)]
pub struct Network {
    /// How bad it is; can be changed during a run.
    pub faults: Faults,
    queue: BTreeMap<(Micros, u64), Envelope>,
    count: u64,
    rng: Rng,
    doomed: BTreeMap<(Node, Node), usize>,
    cuts: BTreeSet<(Node, Node)>,
}

impl Network {
    pub(super) fn new(rng: Rng, faults: Faults) -> Network {
        let (doomed, cuts) = (BTreeMap::new(), BTreeSet::new());
        Network { faults, queue: BTreeMap::new(), count: 0, rng, doomed, cuts }
    }

    /// Returns when the next message arrives.
    pub fn next(&self) -> Option<Micros> {
        self.queue.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the next message; one whose link is cut is gone.
    pub(super) fn take(&mut self) -> Option<(Micros, Option<Envelope>)> {
        let ((at, _), envelope) = self.queue.pop_first()?;
        let through = !self.cuts.contains(&link(&envelope));
        Some((at, through.then_some(envelope)))
    }

    /// Loses the next `count` messages from one replica to another.
    pub fn lose_next(&mut self, from: ReplicaId, to: ReplicaId, count: usize) {
        self.doomed.insert((Node::Replica(from), Node::Replica(to)), count);
    }

    /// Cuts a link in one direction: what is on it and what is sent is lost.
    pub fn cut(&mut self, from: ReplicaId, to: ReplicaId) {
        self.cuts.insert((Node::Replica(from), Node::Replica(to)));
    }

    /// Mends all links.
    pub fn mend(&mut self) {
        self.cuts.clear();
    }

    fn is_doomed(&mut self, envelope: &Envelope) -> bool {
        let Some(left) = self.doomed.get_mut(&link(envelope)).filter(|left| **left > 0) else { return false };
        *left -= 1;
        true
    }

    pub(super) fn send(&mut self, now: Micros, envelope: Envelope, goals: &mut Goals) {
        if self.is_doomed(&envelope) || self.cuts.contains(&link(&envelope)) || self.rng.chance(self.faults.loss) {
            return;
        }
        if self.rng.chance(self.faults.old) {
            goals.reach(Goal::OldMessage);
            let late = Micros(self.rng.range(OLD_MIN, OLD_MAX));
            self.put(now + late, envelope.clone());
            if self.rng.chance(50) {
                return;
            }
        }
        if self.rng.chance(self.faults.duplication) {
            let delay = self.delay();
            self.put(now + delay, envelope.clone());
        }
        let delay = self.delay();
        self.put(now + delay, envelope);
    }

    fn delay(&mut self) -> Micros {
        Micros(self.rng.range(self.faults.delay_min.0, self.faults.delay_max.0 + 1))
    }

    fn put(&mut self, at: Micros, envelope: Envelope) {
        self.count += 1;
        self.queue.insert((at, self.count), envelope);
    }
}

fn link(envelope: &Envelope) -> (Node, Node) {
    (envelope.head.message.from, envelope.head.to)
}
