//! Fencing: no disk accepts anything below its promise (the acceptor rule of Paxos), and promises never decrease.
//!
//! Source: docs/PROTOCOL.md §11.5, §11.6; Paxos Made Simple, section 2.2 (P1a).

use crate::id::ReplicaId;
use crate::record::Record;
use crate::sim::{World, index};

pub(super) fn check(world: &World, id: ReplicaId, record: &Record) {
    let disk = &world.disks[index(id)];
    let promised = |group| disk.groups.get(group).map(|state| state.promised);
    match record {
        Record::Promised { group, epoch } => {
            assert!(
                Some(*epoch) >= promised(group),
                "promises never decrease: {id}'s promise of {group} goes down to {epoch}"
            );
        }
        Record::Accepted { group, epoch, .. } => {
            assert!(
                Some(*epoch) >= promised(group),
                "acceptor rule: {id} accepts {group} in {epoch}, below {:?}",
                promised(group)
            );
        }
        Record::Sealed { epoch } => {
            assert!(*epoch >= disk.sealed, "promises never decrease: {id} is sealed by {epoch}, below {}", disk.sealed);
        }
        Record::Begun { generation, .. } => {
            assert!(
                *generation > disk.generation,
                "promises never decrease: {id} goes back to generation {}",
                generation.0
            );
        }
        Record::Proposed { proposal } => {
            assert!(proposal.epoch >= disk.sealed, "acceptor rule: {id} accepts a generation below {}", disk.sealed);
        }
        Record::Compacted { .. } | Record::Thawed { .. } | Record::Recovered { .. } => {}
    }
}
