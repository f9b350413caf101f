//! Agreement on generations: a generation has one mode at every replica, and a majority had accepted it when the first
//! replica entered it.
//!
//! Source: docs/PROTOCOL.md §11.13; Paxos Made Simple, section 2.1.

use std::collections::BTreeMap;

use crate::config::Mode;
use crate::id::{Generation, ReplicaId};
use crate::record::{Durable, Record};
use crate::sim::World;

/// The mode of each generation.
pub(crate) type Seen = BTreeMap<Generation, Mode>;

pub(super) fn check(world: &mut World, id: ReplicaId) {
    let Some((generation, mode)) = world.replica(id).map(crate::replica::Replica::generation) else { return };
    let first = *world.ghost.modes.entry(generation).or_insert(mode);
    assert_eq!(first, mode, "agreement on generations: {} has two modes, the second at {id}", generation.0);
}

/// Looks at who has accepted the generation that a replica begins.
pub(super) fn after_record(world: &World, id: ReplicaId, record: &Record) {
    let Record::Begun { epoch, generation, .. } = record else { return };
    // A disk that was wiped since may have accepted it.
    let may_have = |disk: &&Durable| {
        let proposed = disk.proposed.as_ref().is_some_and(|proposal| proposal.epoch >= *epoch);
        !disk.joined || disk.generation >= *generation || proposed
    };
    let count = world.disks.iter().filter(may_have).count();
    let number = generation.0;
    assert!(
        count >= world.cluster.majority(),
        "agreement on generations: {id} begins generation {number}, and {count} disks have accepted it"
    );
}
