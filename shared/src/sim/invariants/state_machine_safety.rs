//! State machine safety: no two replicas commit different operations at one position of a group, and replicas that have
//! committed the same part of it show the same notes.
//!
//! Commit monotonicity and at-most-once execution are checked on the same data. Source:
//! docs/PROTOCOL.md §11.4, §11.7, §11.10; Raft, figure 3 and section 5.4.3.

use std::collections::BTreeMap;

use super::{Groups, leader_completeness};
use crate::id::{Epoch, Generation, GroupId, OpId, ReplicaId, Seq};
use crate::note::{Entry, Version};
use crate::record::Record;
use crate::replica::Inspected;
use crate::sim::digest::Digest;
use crate::sim::goals::{Goal, Goals};
use crate::sim::{World, index};

/// The committed history as far as anybody has shown it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(super) lines: Groups<Line>,
    /// Where each operation is, in each generation.
    places: BTreeMap<(Generation, OpId), (GroupId, Seq)>,
    /// What each replica showed when it was looked at last.
    last: BTreeMap<(ReplicaId, GroupId), Last>,
}

/// One group's committed history.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    /// The operation at each position, and the lowest epoch in which it is known to have been committed.
    pub(super) ops: BTreeMap<Seq, (OpId, Epoch)>,
    /// What the notes were after a position.
    states: BTreeMap<Seq, u64>,
}

/// What a replica showed of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Last {
    generation: Generation,
    accepted: Epoch,
    len: Seq,
    commit: Seq,
    base: Seq,
}

impl Seen {
    /// Forgets what a replica showed: it was started again.
    pub(super) fn forget(&mut self, id: ReplicaId) {
        self.last.retain(|(replica, _), _| *replica != id);
    }

    /// Whether an operation is committed in a generation.
    pub(super) fn has(&self, generation: Generation, op: &OpId) -> bool {
        self.places.contains_key(&(generation, op.clone()))
    }
}

/// One position of a line, as somebody shows it.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub generation: Generation,
    pub group: GroupId,
    pub seq: Seq,
    pub op: &'a OpId,
    /// The epoch of the log in which it is seen to be committed.
    pub epoch: Epoch,
}

/// Looks at what a replica knows to be committed.
pub(super) fn check(world: &mut World, id: ReplicaId) {
    let World { replicas, disks, ghost, goals, .. } = world;
    let Some(replica) = replicas.get(index(id)).and_then(Option::as_ref) else { return };
    let (generation, _) = replica.generation();
    for group in replica.inspect() {
        let Inspected { id: group_id, view, durable, .. } = group;
        let shown =
            Last { generation, accepted: view.accepted, len: view.len, commit: view.commit, base: durable.base.seq };
        let before = ghost.committed.last.insert((id, group_id), shown);
        if before == Some(shown) {
            continue;
        }
        let before = before.filter(|before| before.generation == generation);
        assert!(
            view.commit <= view.len,
            "commit monotonicity: {group_id} at {id}: committed {} of {}",
            view.commit,
            view.len
        );
        let known = before.map_or(Seq(0), |before| before.commit);
        assert!(
            known <= view.commit,
            "commit monotonicity: {group_id} at {id}: committed went back from {known} to {}",
            view.commit
        );
        let same = before.is_some_and(|before| before.accepted == view.accepted);
        let checked = if same { known } else { Seq(0) };
        for entry in durable.log.iter().filter(|entry| entry.seq > checked && entry.seq <= view.commit) {
            let place = Place { generation, group: group_id, seq: entry.seq, op: &entry.op, epoch: view.accepted };
            if ghost.committed.learn(place, goals) {
                leader_completeness::later_logs_have(disks, place);
            }
            ghost.notes.learn(generation, entry);
        }
        let line = ghost.committed.lines.entry((generation, group_id)).or_default();
        let digest = state(group.committed_notes());
        let first = *line.states.entry(view.commit).or_insert(digest);
        assert_eq!(
            first, digest,
            "state machine safety: {group_id} at {id}: other notes than another had after {}",
            view.commit
        );
    }
}

fn state<'a>(notes: impl Iterator<Item = (crate::id::NoteId, &'a Version)>) -> u64 {
    use std::hash::{Hash, Hasher};
    let mut digest = Digest::default();
    notes.for_each(|note| note.hash(&mut digest));
    digest.finish()
}

impl Seen {
    /// Takes note of a committed position; returns whether it was unknown.
    fn learn(&mut self, place: Place, goals: &mut Goals) -> bool {
        let Place { generation, group, seq, op, epoch } = place;
        let line = self.lines.entry((generation, group)).or_default();
        if let Some((known, since)) = line.ops.get_mut(&seq) {
            assert_eq!(known, op, "state machine safety: {group}: position {seq} is committed twice");
            let earlier = epoch < *since;
            *since = epoch.min(*since);
            return earlier;
        }
        let other = line.ops.values().next_back().is_some_and(|(_, since)| *since != epoch && *since != Epoch::NONE);
        if other {
            goals.reach(Goal::TwoEpochsCommit);
        }
        line.ops.insert(seq, (op.clone(), epoch));
        let first = *self.places.entry((generation, op.clone())).or_insert((group, seq));
        assert_eq!(
            first,
            (group, seq),
            "at-most-once execution: {op:?} is committed twice in generation {}",
            generation.0
        );
        true
    }
}

/// What is folded was committed: this is the last time that its entries are seen.
pub(super) fn before_record(world: &mut World, id: ReplicaId, record: &Record) {
    let Record::Compacted { group, upto } = record else { return };
    let World { disks, ghost, goals, .. } = world;
    let disk = &disks[index(id)];
    let Some(held) = disk.groups.get(group) else { return };
    for entry in held.log.iter().filter(|entry| entry.seq <= *upto) {
        let Entry { seq, op, .. } = entry;
        let place = Place { generation: disk.generation, group: *group, seq: *seq, op, epoch: held.accepted };
        if ghost.committed.learn(place, goals) {
            leader_completeness::later_logs_have(disks, place);
        }
        ghost.notes.learn(disk.generation, entry);
    }
}

/// A generation begins with operations that are done.
pub(super) fn after_record(world: &mut World, id: ReplicaId, record: &Record) {
    let World { disks, ghost, goals, .. } = world;
    let disk = &disks[index(id)];
    match record {
        Record::Begun { .. } | Record::Recovered { .. } => {}
        Record::Promised { .. }
        | Record::Accepted { .. }
        | Record::Compacted { .. }
        | Record::Sealed { .. }
        | Record::Proposed { .. }
        | Record::Thawed { .. } => return,
    }
    for (group, held) in &disk.groups {
        for (seq, (op, _)) in &held.base.ops {
            let place = Place { generation: disk.generation, group: *group, seq: *seq, op, epoch: held.accepted };
            ghost.committed.learn(place, goals);
        }
        ghost.notes.begin(disk.generation, &held.base);
    }
}
