//! I1: at most one replica has ever been the primary of a group in one epoch.

use crate::event::{Event, EventKind, Role};
use crate::id::{Epoch, Generation, GroupId, ReplicaId};
use crate::sim::World;

/// Who was primary of what.
pub(crate) type Seen = std::collections::BTreeMap<(Generation, GroupId, Epoch), ReplicaId>;

/// Looks at a role that may be over again before the next sync.
pub(super) fn on_event(world: &mut World, id: ReplicaId, event: &Event) {
    if let EventKind::Became { group, role: Role::Primary, epoch } = event.kind {
        let generation = world.view.replicas.get(&id).map(|view| view.generation).unwrap_or_default();
        see(&mut world.ghost.one_primary, (generation, group, epoch), id);
    }
}

pub(super) fn check(world: &mut World, id: ReplicaId) {
    let Some(replica) = world.replicas.get(super::index(id)).and_then(Option::as_ref) else { return };
    let (generation, _) = replica.generation();
    for group in replica.inspect().filter(|group| group.view.role == Role::Primary) {
        see(&mut world.ghost.one_primary, (generation, group.id, group.view.accepted), id);
    }
}

fn see(seen: &mut Seen, key: (Generation, GroupId, Epoch), id: ReplicaId) {
    let (_, group, epoch) = key;
    let first = *seen.entry(key).or_insert(id);
    assert_eq!(first, id, "I1: {group} has two primaries in epoch {epoch}");
    assert_eq!(epoch.owner(), Some(id), "I1: {id} is primary of {group} in another's epoch {epoch}");
}
