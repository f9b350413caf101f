//! I16: `fold(events)` equals the replica's own state, so the picture cannot lie.

use crate::id::ReplicaId;
use crate::sim::World;

pub(super) fn check(world: &World, id: ReplicaId) {
    if let Some(replica) = world.replica(id) {
        let told = world.view.replicas.get(&id);
        if !told.is_some_and(|told| replica.is_shown_by(told)) {
            assert_eq!(told, Some(&replica.view()), "I16: the events of {id} do not add up to its state");
        }
    }
}
