//! The view is the fold of the events: the events of a replica add up to its state, so the page shows what is.
//!
//! Source: docs/PROTOCOL.md §11.16.

use crate::id::ReplicaId;
use crate::sim::World;

pub(super) fn check(world: &World, id: ReplicaId) {
    if let Some(replica) = world.replica(id) {
        let told = world.view.replicas.get(&id);
        if !told.is_some_and(|told| replica.is_shown_by(told)) {
            assert_eq!(told, Some(&replica.view()), "view: the events of {id} do not add up to its state");
        }
    }
}
