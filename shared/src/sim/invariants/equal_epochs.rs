//! I2 and I3: a log's epoch is never above the promise, and equal epochs hold equal logs as far as both go.

use std::collections::BTreeMap;

use crate::id::{Epoch, ReplicaId, Seq};
use crate::note::Entry;
use crate::record::DurableGroup;
use crate::sim::{World, index};

pub(super) fn check(world: &World, id: ReplicaId) {
    let mine = &world.disks[index(id)];
    for (group, state) in &mine.groups {
        assert!(state.accepted <= state.promised, "I2: {group} at {id} accepted above its promise");
        if state.accepted == Epoch::NONE {
            continue;
        }
        for (other, disk) in world.disks.iter().enumerate() {
            let same = disk.generation == mine.generation && other != index(id);
            let theirs = disk.groups.get(group).filter(|theirs| same && theirs.accepted == state.accepted);
            if let Some(theirs) = theirs {
                let place = differ(state, theirs);
                assert!(
                    place.is_none(),
                    "I3: {group} in {}: {id} and R{} differ at {place:?}",
                    state.accepted,
                    other + 1
                );
            }
        }
    }
}

/// Returns the first position at which both have an entry and the entries are not the same.
fn differ(a: &DurableGroup, b: &DurableGroup) -> Option<Seq> {
    let theirs: BTreeMap<Seq, &Entry> = b.log.iter().map(|entry| (entry.seq, entry)).collect();
    let unequal = |entry: &&Entry| theirs.get(&entry.seq).is_some_and(|other| other != entry);
    a.log.iter().find(unequal).map(|entry| entry.seq)
}
