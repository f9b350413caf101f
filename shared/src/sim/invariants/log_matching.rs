//! Log matching: two logs of the same accepted epoch are equal as far as both go. And no log is of an epoch above the
//! promise.
//!
//! Source: docs/PROTOCOL.md §11.2, §11.5; Raft, figure 3 and section 5.3.

use crate::id::{Epoch, GroupId, ReplicaId, Seq};
use crate::record::{DurableGroup, Record};
use crate::sim::{World, index};

/// Checks the groups that a record has changed.
pub(super) fn check(world: &World, id: ReplicaId, record: &Record) {
    match record {
        Record::Accepted { group, .. } => check_group(world, id, *group),
        Record::Promised { group, .. } | Record::Compacted { group, .. } => check_promise(world, id, *group),
        Record::Begun { .. } | Record::Recovered { .. } => {
            let groups: Vec<GroupId> = world.disks[index(id)].groups.keys().copied().collect();
            for group in groups {
                check_group(world, id, group);
            }
        }
        Record::Sealed { .. } | Record::Proposed { .. } | Record::Thawed { .. } => {}
    }
}

fn check_promise(world: &World, id: ReplicaId, group: GroupId) {
    if let Some(state) = world.disks[index(id)].groups.get(&group) {
        assert!(
            state.accepted <= state.promised,
            "promises never decrease: {group} at {id} accepted above its promise"
        );
    }
}

fn check_group(world: &World, id: ReplicaId, group: GroupId) {
    check_promise(world, id, group);
    let mine = &world.disks[index(id)];
    let Some(state) = mine.groups.get(&group).filter(|state| state.accepted != Epoch::NONE) else { return };
    for (other, disk) in world.disks.iter().enumerate() {
        let same = disk.generation == mine.generation && other != index(id);
        let theirs = disk.groups.get(&group).filter(|theirs| same && theirs.accepted == state.accepted);
        if let Some(place) = theirs.and_then(|theirs| differ(state, theirs)) {
            panic!("log matching: {group} in {}: {id} and R{} differ at {place}", state.accepted, other + 1);
        }
    }
}

/// Returns the first position at which both have an entry and the entries are not the same.
fn differ(a: &DurableGroup, b: &DurableGroup) -> Option<Seq> {
    let unequal = |entry: &&crate::note::Entry| b.entry(entry.seq).is_some_and(|other| other != *entry);
    a.log.iter().find(unequal).map(|entry| entry.seq)
}
