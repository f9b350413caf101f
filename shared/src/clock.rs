//! Logical clocks.
//!
//! Kept by [`crate::recorder`], and carried by every message and event.
//! Source: Lamport 1978; Fidge 1988 and Mattern 1989 for vector clocks.

use serde::{Deserialize, Serialize};

/// The logical time of one event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Lamport's clock: larger than that of every event which could have caused this one.
    pub lamport: u64,
    /// How many events of each node came before or are this one: `[gateway, r1, r2, …]`. A node that was started again
    /// may count on from a higher number than it had reached.
    pub vector: Vec<u64>,
}

impl Stamp {
    /// Whether the event with this stamp could have caused the one with `later`.
    pub fn happened_before(&self, later: &Stamp) -> bool {
        self != later && self.vector.iter().zip(&later.vector).all(|(a, b)| a <= b)
    }

    /// Becomes later than `other`, too.
    pub fn absorb(&mut self, other: &Stamp) {
        self.lamport = self.lamport.max(other.lamport);
        for (mine, theirs) in self.vector.iter_mut().zip(&other.vector) {
            *mine = (*mine).max(*theirs);
        }
    }
}
