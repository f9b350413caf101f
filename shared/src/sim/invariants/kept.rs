//! I7, the first half: once nothing waits for a sync, a replica believes its disk to hold what it holds.

use crate::id::ReplicaId;
use crate::sim::{World, index};

pub(super) fn check(world: &World, id: ReplicaId) {
    if let Some(replica) = world.replica(id) {
        let disk = &world.disks[index(id)];
        if !replica.is_kept_by(disk) {
            assert_eq!(&replica.durable(), disk, "I7: {id}'s memory and disk differ");
        }
    }
}
