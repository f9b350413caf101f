//! The initial state of a new generation: the best log of every group of the one that ends.
//!
//! Called by `switch`, which agrees on it. Nothing here sends anything.
//! Source: docs/PROTOCOL.md §8.

use std::collections::BTreeMap;

use crate::config::Mode;
use crate::event::EventKind;
use crate::id::{Epoch, Generation, GroupId, NoteId, OpId, Seq};
use crate::message::{Proposal, SealedState};
use crate::note::{Entry as NoteEntry, Snapshot, Version};
use crate::record::DurableGroup;

use super::Replica;

/// How many of the latest operations of each note are carried over, so that a retry gets the first answer.
const CARRIED_OPS: usize = 64;

impl Replica {
    /// Reports the writes of this replica's logs that are not in the next generation, which was made without this
    /// replica.
    pub(super) fn report_left_out(&mut self, groups: &[(GroupId, DurableGroup)]) {
        let kept = |entry: &NoteEntry| {
            let in_log = |group: &DurableGroup| group.log.iter().any(|other| other.op == entry.op);
            groups.iter().any(|(_, group)| group.base.find(&entry.op).is_some() || in_log(group))
        };
        let mut lost = Vec::new();
        for (id, group) in &self.groups {
            // Committed entries are in it, even where their operations are too old to be remembered.
            let own = group.durable.log.iter().filter(|entry| entry.seq > group.commit && entry.version.is_some());
            let entries: Vec<NoteEntry> = own.filter(|entry| !kept(entry)).cloned().collect();
            if !entries.is_empty() {
                lost.push((*id, entries));
            }
        }
        for (group, entries) in lost {
            self.emit(None, None, EventKind::RolledBack { group, entries });
        }
    }
}

/// Makes the next generation from what the sealed replicas hold.
///
/// An accepted proposal for that generation is proposed again, the one of the highest epoch if there are several: a
/// majority may have accepted it (Paxos Made Simple, section 2.2, P2c).
pub(super) fn propose<'a>(
    epoch: Epoch,
    wanted: Option<Mode>,
    sealed: impl Iterator<Item = &'a SealedState> + Clone,
) -> Proposal {
    let furthest = sealed.clone().map(|state| (state.generation, state.mode)).max_by_key(|(number, _)| *number);
    let (generation, mode) = furthest.unwrap_or_default();
    let next = Generation(generation.0 + 1);
    let proposed = sealed.clone().filter_map(|state| state.proposed.as_ref()).filter(|proposal| proposal.next == next);
    if let Some(before) = proposed.max_by_key(|proposal| proposal.epoch) {
        return Proposal { epoch, ..before.clone() };
    }
    let mode = wanted.unwrap_or(mode);
    let groups = merge(sealed.filter(|state| state.generation == generation)).into_groups(mode);
    Proposal { epoch, next, mode, groups }
}

/// The final state of a generation: all notes, and the operations to remember, oldest first.
#[derive(Default)]
struct Whole {
    notes: BTreeMap<NoteId, Version>,
    ops: Vec<(OpId, Option<NoteId>)>,
}

/// Takes the best log of each group, chosen as in a claim: by (accepted epoch, length).
fn merge<'a>(states: impl Iterator<Item = &'a SealedState>) -> Whole {
    let mut best: BTreeMap<GroupId, (Epoch, &Snapshot)> = BTreeMap::new();
    for (id, accepted, snapshot) in states.flat_map(|state| &state.groups) {
        let entry = best.entry(*id).or_insert((*accepted, snapshot));
        if (*accepted, snapshot.seq) > (entry.0, entry.1.seq) {
            *entry = (*accepted, snapshot);
        }
    }
    let mut whole = Whole::default();
    for (_, snapshot) in best.into_values() {
        whole.notes.extend(snapshot.notes.clone());
        whole.ops.extend(snapshot.ops.values().cloned());
    }
    whole
}

impl Whole {
    fn into_groups(self, mode: Mode) -> Vec<(GroupId, Snapshot)> {
        let Whole { notes, ops } = self;
        match mode {
            Mode::RemoteWrite if notes.is_empty() => Vec::new(),
            Mode::RemoteWrite => vec![(GroupId::Store, snapshot(notes, ops))],
            Mode::LocalWrite => {
                let mut by_note: BTreeMap<NoteId, Vec<(OpId, Option<NoteId>)>> = BTreeMap::new();
                for (op, found) in ops {
                    if let Some(note) = found {
                        by_note.entry(note).or_default().push((op, found));
                    }
                }
                let group = |(id, version)| {
                    let mut ops = by_note.remove(&id).unwrap_or_default();
                    let ops = ops.split_off(ops.len().saturating_sub(CARRIED_OPS));
                    (GroupId::Note(id), snapshot(BTreeMap::from([(id, version)]), ops))
                };
                notes.into_iter().map(group).collect()
            }
        }
    }
}

/// Numbers the operations anew; a base that holds a note is never at position 0.
fn snapshot(notes: BTreeMap<NoteId, Version>, ops: Vec<(OpId, Option<NoteId>)>) -> Snapshot {
    let least = u64::from(!notes.is_empty());
    let seq = Seq((ops.len() as u64).max(least));
    Snapshot { seq, notes, ops: (1..).map(Seq).zip(ops).collect() }
}
