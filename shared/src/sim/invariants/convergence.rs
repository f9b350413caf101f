//! Convergence: once faults stop, every replica holds the same notes.
//!
//! Source: docs/PROTOCOL.md §11.18.

use std::collections::BTreeMap;

use crate::id::{NoteId, ReplicaId};
use crate::note::Version;
use crate::sim::World;

/// Returns the notes that replicas disagree about; empty when they agree.
pub fn differences(world: &World) -> Vec<(NoteId, BTreeMap<ReplicaId, Option<Version>>)> {
    let views: BTreeMap<ReplicaId, _> =
        world.cluster.ids().filter_map(|id| world.replica(id).map(|replica| (id, replica.view().notes))).collect();
    let ids: std::collections::BTreeSet<NoteId> = views.values().flat_map(|notes| notes.keys().copied()).collect();
    let held = |id| views.iter().map(|(replica, notes)| (*replica, notes.get(&id).cloned())).collect();
    let rows = ids.into_iter().map(|id| (id, held(id)));
    rows.filter(|(_, row): &(_, BTreeMap<ReplicaId, Option<Version>>)| {
        let mut values = row.values();
        let first = values.next();
        values.any(|value| Some(value) != first)
    })
    .collect()
}

/// Checks that all agree.
///
/// # Panics
/// When two replicas differ.
pub fn check(world: &World) {
    let differences = differences(world);
    assert!(differences.is_empty(), "convergence: replicas differ: {differences:?}");
}
