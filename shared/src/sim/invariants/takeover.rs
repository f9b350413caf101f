//! No silent rollback, where it begins: whoever becomes primary has heard the last owner, or goes on without an owner
//! whom a majority has suspected, where the cluster fails over.
//!
//! No event says whom a claimer has heard. But whoever was heard has promised, and in every majority there is one who
//! is as far as the majority's last: the owner to hear is that of its epoch, or of a later one that some disk has.
//! Source: docs/PROTOCOL.md §4.5, §4.6, §11.11.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Failover;
use crate::event::{Event, EventKind, Role};
use crate::id::{Epoch, GroupId, ReplicaId};
use crate::record::{DurableGroup, Record};
use crate::sim::{World, index};

/// What is remembered of owners.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Who has ever suspected each replica.
    suspected: BTreeMap<ReplicaId, BTreeSet<ReplicaId>>,
    /// Who has just reported that it goes on without the owner of a group.
    without: BTreeSet<(ReplicaId, GroupId)>,
    /// The epoch of a primary's log before the one that it began.
    before: BTreeMap<(ReplicaId, GroupId), Epoch>,
}

pub(super) fn before_record(world: &mut World, id: ReplicaId, record: &Record) {
    let Record::Accepted { group, epoch, .. } = record else { return };
    let accepted = world.disks[index(id)].groups.get(group).map_or(Epoch::NONE, |held| held.accepted);
    if epoch.owner() == Some(id) && *epoch != accepted {
        world.ghost.takeovers.before.insert((id, *group), accepted);
    }
}

#[allow(clippy::wildcard_enum_match_arm, reason = "the other events say nothing of owners")]
pub(super) fn on_event(world: &mut World, id: ReplicaId, event: &Event) {
    let seen = &mut world.ghost.takeovers;
    match event.kind {
        EventKind::Suspected { replica, .. } => {
            seen.suspected.entry(replica).or_default().insert(id);
        }
        EventKind::TookOver { group, owner } => {
            let by = seen.suspected.get(&owner).cloned().unwrap_or_default();
            let enough = by.len() >= world.cluster.majority() && world.cluster.failover == Failover::Auto;
            assert!(
                enough,
                "no silent rollback: {id} goes on in {group} without {owner}, whom only {by:?} ever suspected"
            );
            seen.without.insert((id, group));
        }
        EventKind::Became { group, role: Role::Primary, epoch } => {
            let without = seen.without.remove(&(id, group));
            if !without && world.ghost.wiped.is_empty() {
                has_heard_the_owner(world, id, group, epoch);
            }
        }
        _ => {}
    }
}

fn has_heard_the_owner(world: &World, id: ReplicaId, group: GroupId, epoch: Epoch) {
    let generation = world.disks[index(id)].generation;
    let none = DurableGroup::default();
    let held = |at: ReplicaId| world.disks[index(at)].groups.get(&group).unwrap_or(&none);
    let before = world.ghost.takeovers.before.get(&(id, group)).copied().unwrap_or(Epoch::NONE);
    let accepted = |at: ReplicaId| if at == id { before } else { held(at).accepted };
    let mut epochs: Vec<Epoch> = world.cluster.ids().map(accepted).collect();
    epochs.sort_unstable_by(|a, b| b.cmp(a));
    let elsewhere = world.disks.iter().any(|disk| disk.generation != generation || !disk.joined);
    // Whoever is in a later epoch already does not show any more what it had.
    if elsewhere || held(id).accepted != epoch || epochs.first().is_some_and(|highest| *highest >= epoch) {
        return;
    }
    let least = epochs[epochs.len() - world.cluster.majority()];
    let heard = |of: &Epoch| of.owner().is_none_or(|owner| owner == id || held(owner).promised >= epoch);
    let any = epochs.iter().filter(|of| **of >= least).any(heard);
    assert!(
        any,
        "no silent rollback: {id} is primary of {group} in {epoch} and has not heard the owner of any of {epochs:?}"
    );
}
