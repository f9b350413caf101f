//! I7: a replica never believes its disk to hold what it does not hold.

use crate::id::ReplicaId;
use crate::sim::{World, index};

pub(super) fn check(world: &World, id: ReplicaId) {
    if let Some(replica) = world.replica(id) {
        assert_eq!(replica.durable(), world.disks[index(id)], "I7: {id}'s memory and disk differ");
    }
}
