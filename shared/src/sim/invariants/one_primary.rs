//! I1: at most one replica has ever been the primary of a group in one epoch.

use std::collections::BTreeMap;

use crate::event::Role;
use crate::id::{Epoch, Generation, GroupId, ReplicaId};
use crate::sim::World;

/// Who was primary of what.
pub(crate) type Seen = BTreeMap<(Generation, GroupId, Epoch), ReplicaId>;

pub(super) fn check(world: &mut World, id: ReplicaId) {
    let Some(replica) = world.replica(id).map(crate::replica::Replica::view) else { return };
    for (group, view) in replica.groups {
        if view.role == Role::Primary {
            let key = (replica.generation, group, view.accepted);
            let first = *world.ghost.one_primary.entry(key).or_insert(id);
            assert_eq!(first, id, "I1: {group} has two primaries in epoch {}", view.accepted);
            assert_eq!(view.accepted.owner(), Some(id), "I1: {id} is primary of {group} in another's epoch");
        }
    }
}
