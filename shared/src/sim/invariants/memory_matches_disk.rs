//! Persist before send, the first half: once no output waits for a sync, memory and disk hold the same durable state.
//!
//! Source: docs/PROTOCOL.md §11.8.

use crate::id::ReplicaId;
use crate::sim::{World, index};

pub(super) fn check(world: &World, id: ReplicaId) {
    if let Some(replica) = world.replica(id) {
        let disk = &world.disks[index(id)];
        if !replica.is_kept_by(disk) {
            assert_eq!(&replica.durable(), disk, "persist before send: {id}'s memory and disk differ");
        }
    }
}
