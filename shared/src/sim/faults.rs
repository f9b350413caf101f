//! What goes wrong in a simulated run, and how often.

use crate::rng::Rng;
use crate::time::Micros;

/// How bad the network and the machines are. Percentages are of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Faults {
    /// Messages that never arrive.
    pub loss: u64,
    /// Messages that arrive twice.
    pub duplication: u64,
    /// The shortest time under way.
    pub delay_min: Micros,
    /// The longest; a wide span also reorders.
    pub delay_max: Micros,
    /// Inputs, in 10,000, in the middle of which a replica crashes: only some of its outputs happen.
    pub crash: u64,
}

impl Faults {
    /// A network that delivers everything in order after 100 µs.
    pub const NONE: Faults =
        Faults { loss: 0, duplication: 0, delay_min: Micros(100), delay_max: Micros(100), crash: 0 };

    /// Draws how bad a run is.
    pub fn random(rng: &mut Rng) -> Faults {
        let sometimes = |rng: &mut Rng, high| if rng.chance(50) { rng.range(0, high) } else { 0 };
        Faults {
            loss: sometimes(rng, 20),
            duplication: sometimes(rng, 20),
            delay_min: Micros(50),
            delay_max: Micros(51 + sometimes(rng, 60_000)),
            crash: sometimes(rng, 60),
        }
    }

    /// Returns after how many outputs this input's replica crashes, if it does.
    pub(super) fn crash_in_step(self, rng: &mut Rng) -> Option<usize> {
        let crashes = self.crash > 0 && rng.range(0, 10_000) < self.crash;
        crashes.then(|| usize::try_from(rng.range(0, 12)).unwrap_or_default())
    }
}
