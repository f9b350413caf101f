//! Time as a number that is handed in; nothing in this crate reads a clock.

use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// Microseconds since the server (or the simulation) started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Micros(pub u64);

impl Micros {
    /// Returns a span of `millis` milliseconds.
    pub const fn from_millis(millis: u64) -> Micros {
        Micros(millis * 1_000)
    }
}

impl Add for Micros {
    type Output = Micros;
    fn add(self, span: Micros) -> Micros {
        Micros(self.0 + span.0)
    }
}

/// The span between two times; 0 when they are in the wrong order.
impl Sub for Micros {
    type Output = Micros;
    fn sub(self, earlier: Micros) -> Micros {
        Micros(self.0.saturating_sub(earlier.0))
    }
}
