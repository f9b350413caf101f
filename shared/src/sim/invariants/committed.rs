//! I4, I5, I9, I10, I15: the committed history of a group is one line that only grows, whoever is primary later has
//! it, it names each operation once, and whoever has the same part of it shows the same notes.

use std::collections::BTreeMap;

use super::Groups;
use crate::event::{Event, EventKind, Role};
use crate::id::{Epoch, Generation, GroupId, OpId, ReplicaId, Seq};
use crate::note::{Entry, Version};
use crate::record::{DurableGroup, Record};
use crate::replica::Inspected;
use crate::sim::digest::Digest;
use crate::sim::goals::{Goal, Goals};
use crate::sim::{World, index};

/// The committed history as far as anybody has shown it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    lines: Groups<Line>,
    /// Where each operation is, in each generation.
    places: BTreeMap<(Generation, OpId), (GroupId, Seq)>,
    /// What each replica showed when it was looked at last.
    last: BTreeMap<(ReplicaId, GroupId), Last>,
}

/// One group's committed history.
#[derive(Clone, Debug, Default)]
struct Line {
    /// The operation at each position, and the lowest epoch in which it is known to have been committed.
    ops: BTreeMap<Seq, (OpId, Epoch)>,
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
struct Place<'a> {
    generation: Generation,
    group: GroupId,
    seq: Seq,
    op: &'a OpId,
    /// The epoch of the log in which it is seen to be committed.
    epoch: Epoch,
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
        assert!(view.commit <= view.len, "I9: {group_id} at {id}: committed {} of {}", view.commit, view.len);
        let known = before.map_or(Seq(0), |before| before.commit);
        assert!(known <= view.commit, "I9: {group_id} at {id}: committed went back from {known} to {}", view.commit);
        let same = before.is_some_and(|before| before.accepted == view.accepted);
        let checked = if same { known } else { Seq(0) };
        for entry in durable.log.iter().filter(|entry| entry.seq > checked && entry.seq <= view.commit) {
            let place = Place { generation, group: group_id, seq: entry.seq, op: &entry.op, epoch: view.accepted };
            if ghost.committed.learn(place, goals) {
                has_later(disks, place);
            }
            ghost.notes.learn(generation, entry);
        }
        let line = ghost.committed.lines.entry((generation, group_id)).or_default();
        let digest = state(group.committed_notes());
        let first = *line.states.entry(view.commit).or_insert(digest);
        assert_eq!(first, digest, "I15: {group_id} at {id}: other notes than another had after {}", view.commit);
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
            assert_eq!(known, op, "I4: {group}: position {seq} is committed twice");
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
        assert_eq!(first, (group, seq), "I10: {op:?} is committed twice in generation {}", generation.0);
        true
    }
}

/// I5: every log of a later epoch has a position that was committed before.
fn has_later(disks: &[crate::record::Durable], place: Place) {
    let Place { generation, group, seq, op, epoch } = place;
    for (at, disk) in disks.iter().enumerate().filter(|(_, disk)| disk.generation == generation && disk.joined) {
        let later = disk.groups.get(&group).filter(|held| held.accepted > epoch);
        let has = later.is_none_or(|held| has(held, seq, op));
        assert!(has, "I5: {group} at R{} is of a later epoch than {epoch} and lacks {op:?} at {seq}", at + 1);
    }
}

fn has(held: &DurableGroup, seq: Seq, op: &OpId) -> bool {
    held.base.seq >= seq || held.entry(seq).is_some_and(|entry| entry.op == *op)
}

/// I5: whoever becomes primary has all that was committed in lower epochs.
pub(super) fn on_event(world: &World, id: ReplicaId, event: &Event) {
    let EventKind::Became { group, role: Role::Primary, epoch } = event.kind else { return };
    let disk = &world.disks[index(id)];
    let Some(held) = disk.groups.get(&group).filter(|held| held.accepted == epoch) else { return };
    let Some(line) = world.ghost.committed.lines.get(&(disk.generation, group)) else { return };
    for (seq, (op, since)) in line.ops.iter().filter(|(_, (_, since))| *since < epoch) {
        assert!(has(held, *seq, op), "I5: {id} is primary of {group} in {epoch} and lacks {op:?} of {since} at {seq}");
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
            has_later(disks, place);
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
