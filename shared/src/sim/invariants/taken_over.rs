//! What a replica held goes on without it only where somebody may take over, and after a majority has missed it.
//!
//! Source: PROTOCOL.md, section 3.5.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Failover;
use crate::event::{Event, EventKind};
use crate::id::ReplicaId;
use crate::sim::World;

/// Who has ever missed each replica.
pub(crate) type Seen = BTreeMap<ReplicaId, BTreeSet<ReplicaId>>;

pub(super) fn on_event(world: &mut World, id: ReplicaId, event: &Event) {
    let missed = &mut world.ghost.taken_over;
    if let EventKind::Suspected { replica, .. } = event.kind {
        missed.entry(replica).or_default().insert(id);
    }
    if let EventKind::TookOver { group, owner } = event.kind {
        let by = missed.get(&owner).cloned().unwrap_or_default();
        let enough = by.len() >= world.cluster.majority() && world.cluster.failover == Failover::Auto;
        assert!(enough, "I11: {id} goes on in {group} without {owner}, whom only {by:?} ever missed");
    }
}
