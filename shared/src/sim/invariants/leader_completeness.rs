//! Leader completeness: a new primary has every entry that was committed in a lower epoch, and so has every log of a
//! later epoch.
//!
//! A claimer in a lower epoch than that of the commit may lack entries: it will commit nothing.
//! Source: docs/PROTOCOL.md §11.3; Raft, figure 3 and section 5.4.

use super::state_machine_safety::Place;
use crate::event::{Event, EventKind, Role};
use crate::id::{OpId, ReplicaId, Seq};
use crate::record::DurableGroup;
use crate::sim::{World, index};

/// Every log of a later epoch has a position that was committed before it.
pub(super) fn later_logs_have(disks: &[crate::record::Durable], place: Place) {
    let Place { generation, group, seq, op, epoch } = place;
    for (at, disk) in disks.iter().enumerate().filter(|(_, disk)| disk.generation == generation && disk.joined) {
        let later = disk.groups.get(&group).filter(|held| held.accepted > epoch);
        let has = later.is_none_or(|held| has(held, seq, op));
        assert!(
            has,
            "leader completeness: {group} at R{} is of a later epoch than {epoch} and lacks {op:?} at {seq}",
            at + 1
        );
    }
}

fn has(held: &DurableGroup, seq: Seq, op: &OpId) -> bool {
    held.base.seq >= seq || held.entry(seq).is_some_and(|entry| entry.op == *op)
}

/// Whoever becomes primary has all that was committed in lower epochs.
pub(super) fn on_event(world: &World, id: ReplicaId, event: &Event) {
    let EventKind::Became { group, role: Role::Primary, epoch } = event.kind else { return };
    let disk = &world.disks[index(id)];
    let Some(held) = disk.groups.get(&group).filter(|held| held.accepted == epoch) else { return };
    let Some(line) = world.ghost.committed.lines.get(&(disk.generation, group)) else { return };
    for (seq, (op, since)) in line.ops.iter().filter(|(_, (_, since))| *since < epoch) {
        assert!(
            has(held, *seq, op),
            "leader completeness: {id} is primary of {group} in {epoch} and lacks {op:?} of {since} at {seq}"
        );
    }
}
