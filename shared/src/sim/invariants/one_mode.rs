//! A generation has one mode, at every replica and for ever.

use std::collections::BTreeMap;

use crate::config::Mode;
use crate::id::{Generation, ReplicaId};
use crate::sim::World;

/// The mode of each generation.
pub(crate) type Seen = BTreeMap<Generation, Mode>;

pub(super) fn check(world: &mut World, id: ReplicaId) {
    let Some((generation, mode)) = world.replica(id).map(crate::replica::Replica::generation) else { return };
    let first = *world.ghost.one_mode.entry(generation).or_insert(mode);
    assert_eq!(first, mode, "generation {} has two modes, the second at {id}", generation.0);
}
