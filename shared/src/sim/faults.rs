//! What goes wrong in a simulated run by itself, and how often; what is done to it on purpose is in `nemesis`.

use crate::rng::Rng;
use crate::time::Micros;

/// How bad the network and the machines are. Percentages are of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Faults {
    /// Messages that never arrive.
    pub loss: u64,
    /// Messages that arrive twice.
    pub duplication: u64,
    /// Messages of which a copy, or the only one, arrives seconds later.
    pub old: u64,
    /// The shortest time under way.
    pub delay_min: Micros,
    /// The longest; a wide span also reorders.
    pub delay_max: Micros,
    /// Inputs, in 10,000, in the middle of which a replica crashes: only some of its outputs happen.
    pub crash: u64,
    /// How long a disk takes at most to make durable what waits; 0 does it at once, record by record.
    pub sync: Micros,
}

impl Faults {
    /// A network that delivers everything in order after 100 µs, and disks that take no time.
    pub const NONE: Faults = Faults {
        loss: 0,
        duplication: 0,
        old: 0,
        delay_min: Micros(100),
        delay_max: Micros(100),
        crash: 0,
        sync: Micros(0),
    };

    /// Draws how bad a run is.
    pub fn random(rng: &mut Rng) -> Faults {
        Faults {
            loss: sometimes(rng, 40, 20),
            duplication: sometimes(rng, 40, 20),
            old: sometimes(rng, 30, 6),
            delay_min: Micros(50),
            delay_max: Micros(51 + sometimes(rng, 50, 60_000)),
            crash: sometimes(rng, 40, 60),
            sync: Micros(sometimes(rng, 60, 8_000)),
        }
    }

    /// Whether a replica crashes while it handles an input.
    pub(super) fn crashes(self, rng: &mut Rng) -> bool {
        self.crash > 0 && rng.range(0, 10_000) < self.crash
    }
}

/// In `percent` of 100 cases a number below `high`, else 0.
pub(super) fn sometimes(rng: &mut Rng, percent: u64, high: u64) -> u64 {
    if rng.chance(percent) { rng.range(0, high) } else { 0 }
}
