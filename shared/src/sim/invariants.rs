//! What must hold after every step of every run, one file each.
//!
//! The numbers in the files are those of PROTOCOL.md, section 4.

pub mod acknowledged;
pub mod causality;
pub mod committed;
pub mod converged;
pub mod durable;
pub mod equal_epochs;
pub mod fold;
pub mod one_primary;

use super::World;
use crate::id::ReplicaId;

/// What the invariants remember of a run.
#[derive(Clone, Debug, Default)]
pub struct Ghost {
    one_primary: one_primary::Seen,
    committed: committed::Seen,
    causality: causality::Seen,
}

impl Ghost {
    /// Returns the number of the last message that a replica sent.
    pub(super) fn last_message(&self, id: ReplicaId) -> u64 {
        self.causality.last_message(id)
    }
}

/// Checks everything that a step of replica `id` can have broken.
///
/// # Panics
/// When an invariant does not hold; the message has the values.
pub fn check(world: &mut World, id: ReplicaId) {
    fold::check(world, id);
    durable::check(world, id);
    one_primary::check(world, id);
    equal_epochs::check(world, id);
    committed::check(world, id);
}
