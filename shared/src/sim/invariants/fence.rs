//! I2 and I8: a disk's promise never goes down, and nothing below it is accepted.

use crate::id::ReplicaId;
use crate::record::Record;
use crate::sim::{World, index};

pub(super) fn check(world: &World, id: ReplicaId, record: &Record) {
    let disk = &world.disks[index(id)];
    let promised = |group| disk.groups.get(group).map(|state| state.promised);
    match record {
        Record::Promised { group, epoch } => {
            assert!(Some(*epoch) >= promised(group), "I2: {id}'s promise of {group} goes down to {epoch}");
        }
        Record::Accepted { group, epoch, .. } => {
            assert!(
                Some(*epoch) >= promised(group),
                "I8: {id} accepts {group} in {epoch}, below {:?}",
                promised(group)
            );
        }
        Record::Sealed { epoch } => {
            assert!(*epoch >= disk.sealed, "I2: {id} is sealed by {epoch}, below {}", disk.sealed);
        }
        Record::Begun { generation, .. } => {
            assert!(*generation > disk.generation, "I2: {id} goes back to generation {}", generation.0);
        }
        Record::Proposed { proposal } => {
            assert!(proposal.epoch >= disk.sealed, "I8: {id} accepts a generation below {}", disk.sealed);
        }
        Record::Compacted { .. } | Record::Thawed { .. } | Record::Recovered { .. } => {}
    }
}
