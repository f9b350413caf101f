//! I4, I9 and I10: the committed history of a group is one line that only grows, and names each operation once.

use std::collections::BTreeMap;

use crate::id::{Generation, GroupId, OpId, ReplicaId, Seq};
use crate::sim::World;

/// The committed operations of each group, by position.
pub(crate) type Seen = BTreeMap<(Generation, GroupId), Line>;

/// One group's committed history.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    ops: BTreeMap<Seq, OpId>,
}

pub(super) fn check(world: &mut World, id: ReplicaId) {
    let Some(replica) = world.replica(id) else { return };
    let (view, durable) = (replica.view(), replica.durable());
    for (group, state) in &durable.groups {
        let Some(seen) = view.groups.get(group) else { continue };
        assert!(seen.commit <= seen.len, "I9: {group} at {id}: committed {} of {}", seen.commit, seen.len);
        let line = world.ghost.committed.entry((view.generation, *group)).or_default();
        for entry in state.log.iter().filter(|entry| entry.seq <= seen.commit) {
            let known = line.ops.entry(entry.seq).or_insert_with(|| entry.op.clone());
            assert_eq!(*known, entry.op, "I4: {group} at {id}: position {} is committed twice", entry.seq);
            let again = line.ops.iter().any(|(seq, op)| *seq != entry.seq && *op == entry.op);
            assert!(!again, "I10: {group}: {:?} is committed twice", entry.op);
        }
    }
}
