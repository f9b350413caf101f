//! Election safety: at most one replica is ever the primary of a group in one epoch, and it is the epoch's owner.
//!
//! Source: docs/PROTOCOL.md §11.1; Raft, figure 3 and section 5.2.

use crate::event::{Event, EventKind, Role};
use crate::id::{Epoch, Generation, GroupId, ReplicaId};
use crate::sim::World;

/// The primary of each group and epoch.
pub(crate) type Seen = std::collections::BTreeMap<(Generation, GroupId, Epoch), ReplicaId>;

/// Sees a role that may end before the next sync.
pub(super) fn on_event(world: &mut World, id: ReplicaId, event: &Event) {
    if let EventKind::Became { group, role: Role::Primary, epoch } = event.kind {
        let generation = world.view.replicas.get(&id).map(|view| view.generation).unwrap_or_default();
        see(&mut world.ghost.primaries, (generation, group, epoch), id);
    }
}

pub(super) fn check(world: &mut World, id: ReplicaId) {
    let Some(replica) = world.replicas.get(super::index(id)).and_then(Option::as_ref) else { return };
    let (generation, _) = replica.generation();
    for group in replica.inspect().filter(|group| group.view.role == Role::Primary) {
        see(&mut world.ghost.primaries, (generation, group.id, group.view.accepted), id);
    }
}

fn see(seen: &mut Seen, key: (Generation, GroupId, Epoch), id: ReplicaId) {
    let (_, group, epoch) = key;
    let first = *seen.entry(key).or_insert(id);
    assert_eq!(first, id, "election safety: {group} has two primaries in epoch {epoch}");
    assert_eq!(epoch.owner(), Some(id), "election safety: {id} is primary of {group} in another's epoch {epoch}");
}
