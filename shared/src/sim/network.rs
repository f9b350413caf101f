//! The simulated network: a queue of messages with the times of their arrival.

use std::collections::BTreeMap;

use super::Faults;
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
}

impl Network {
    pub(super) fn new(rng: Rng, faults: Faults) -> Network {
        Network { faults, queue: BTreeMap::new(), count: 0, rng }
    }

    /// Returns when the next message arrives.
    pub fn next(&self) -> Option<Micros> {
        self.queue.first_key_value().map(|((at, _), _)| *at)
    }

    pub(super) fn take(&mut self) -> Option<(Micros, Envelope)> {
        self.queue.pop_first().map(|((at, _), envelope)| (at, envelope))
    }

    pub(super) fn send(&mut self, now: Micros, envelope: &Envelope) {
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
