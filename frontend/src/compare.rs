//! One workload in both protocols: what is asked, and what each request cost by the feed's own account; pure.
//!
//! [`crate::app`] sends the requests to the real cluster; nothing here is simulated or estimated.

mod measure;
mod pictures;
mod report;

use shared::config::Mode;
use shared::rng::Rng;

pub use measure::{Measure, is_over, measure};
pub use pictures::{bar, strip};
pub use report::{sentences, table};

/// The two protocols, in the order in which they are tried and shown.
pub const MODES: [Mode; 2] = [Mode::RemoteWrite, Mode::LocalWrite];

/// Which replica is asked for each write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pattern {
    /// Always the same.
    Same,
    /// Each in turn.
    #[default]
    Turns,
    /// Any, by a seed.
    Random,
}

impl Pattern {
    /// All of them, in the order in which they are offered, with the names that forms and tests use.
    pub const ALL: [(Pattern, &'static str); 3] =
        [(Pattern::Turns, "turns"), (Pattern::Same, "same"), (Pattern::Random, "random")];
}

/// A workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many notes are written, 1 to 4.
    pub notes: usize,
    /// How many writes there are, 4 to 40.
    pub writes: usize,
    /// Which replica is asked.
    pub pattern: Pattern,
    /// The replica that is always asked, or the seed.
    pub number: u64,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan { notes: 2, writes: 12, pattern: Pattern::Turns, number: 2 }
    }
}

/// One write of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Write {
    /// Which of the notes, from 0.
    pub note: usize,
    /// Which replica is asked, from 1.
    pub replica: u8,
}

impl Plan {
    /// Returns the writes for a cluster of so many replicas, first to last: the same each time.
    pub fn writes(self, replicas: usize) -> Vec<Write> {
        let replicas = replicas.max(1) as u64;
        let mut rng = Rng::new(self.number);
        let write = |index: usize| {
            let turn = index as u64 % replicas;
            let (note, replica) = match self.pattern {
                Pattern::Same => (index % self.notes, (self.number.max(1) - 1).min(replicas - 1)),
                // A round over the replicas writes one note, so that the same note is written at each of them.
                Pattern::Turns => (index / usize::try_from(replicas).unwrap_or(1) % self.notes, turn),
                Pattern::Random => {
                    (usize::try_from(rng.range(0, self.notes as u64)).unwrap_or(0), rng.range(0, replicas))
                }
            };
            Write { note, replica: u8::try_from(replica + 1).unwrap_or(1) }
        };
        (0..self.writes).map(write).collect()
    }
}

/// How far a comparison is.
#[derive(Clone, Debug, Default)]
pub struct Contest {
    /// Whether its dialog is open.
    pub open: bool,
    /// The workload.
    pub plan: Plan,
    /// The mode that is being tried and how many writes are done in it; `None` while nothing runs.
    pub under_way: Option<(Mode, usize)>,
    /// Whether somebody asked to stop.
    pub stop: bool,
    /// Why the last one came to no end: a sentence to be kept.
    pub error: Option<String>,
    /// The numbers of the last one, by mode, in the order of [`MODES`].
    pub result: Option<[Vec<Measure>; 2]>,
}

#[cfg(test)]
mod tests;
