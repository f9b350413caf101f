//! Creations in local-write: a new note is a claim of the lowest id that no note has.
//!
//! A creation leaves an id only when another's note is *committed* there. So two attempts at one creation, at two
//! replicas, try the same ids in the same order, and the later one finds what the first has made. `settled` is the id
//! up to which every note is known to be committed; the promises carry the positions above it, so this costs no message
//! of its own. Only where the promises do not suffice, a read finds out.
//!
//! | case | what happens |
//! |---|---|
//! | all lower ids are committed | the claim of the next one begins |
//! | a lower one is empty here, though higher ones are not | a read finds out: `look_at` |
//! | a lower one may not be committed | the claim is given up, a read finds out |
//! | another replica has entries under the id | the same |
//! | two creations claim it at the same time | the one with the lower epoch is retried after a moment |
//!
//! Source: docs/PROTOCOL.md §4.18, §5.4.

use crate::id::{GroupId, NoteId, OpId, Seq};
use crate::message::Position;
use crate::note::Command;
use crate::rules::Rule;

use super::Replica;
use super::group::{Group, Part};
use super::pending::Place;

impl Replica {
    /// Claims the lowest id that no note seems to have.
    pub(super) fn create(&mut self, op: &OpId) {
        self.settle_ids();
        let highest =
            self.groups.iter().filter(|(_, group)| group.len() > Seq(0)).filter_map(|(id, _)| note_of(*id)).max();
        let highest = highest.unwrap_or(NoteId(0));
        let next = NoteId(highest.0 + 1);
        let empty = (self.settled.0 + 1..=highest.0).map(NoteId).find(|id| !self.has_entries(*id));
        match empty.filter(|_| !self.cluster.breaks(Rule::CreateInOrder)) {
            Some(hole) => self.look_at(op, hole),
            None => self.create_at(op, next),
        }
    }

    fn create_at(&mut self, op: &OpId, id: NoteId) {
        self.aim(op, Some(GroupId::Note(id)), false);
        self.move_here(op, GroupId::Note(id), true);
    }

    /// Finds out by a read what is committed under this id.
    fn look_at(&mut self, op: &OpId, id: NoteId) {
        self.forget_id(op);
        self.confirm_missing(op, id);
    }

    /// A read has found out what is committed under an id; returns whether `op` is a creation, which then goes on.
    pub(super) fn looked_at(&mut self, op: &OpId, id: NoteId) -> bool {
        let Some(pending) = self.pending.get(op) else { return false };
        if !matches!(pending.operation.command, Command::Create(_)) {
            return false;
        }
        if pending.target.is_none() && !self.has_entries(id) {
            self.create_at(op, id);
        } else {
            self.drive(op);
        }
        true
    }

    fn has_entries(&self, id: NoteId) -> bool {
        self.groups.get(&GroupId::Note(id)).is_some_and(|group| group.len() > Seq(0))
    }

    /// Aims a creation at the group in which another attempt at it has been found; returns whether there is one.
    pub(super) fn follow_other_attempt(&mut self, op: &OpId) -> bool {
        let Some(pending) = self.pending.get(op).filter(|pending| pending.place == Place::Open) else { return false };
        let found = self.holding(op);
        if found.is_none() || pending.target == found {
            return false;
        }
        self.aim(op, found, true);
        self.drive(op);
        true
    }

    /// Raises `settled` to the last id up to which every note is committed.
    pub(super) fn settle_ids(&mut self) {
        while self.is_settled(NoteId(self.settled.0 + 1)) {
            self.settled.0 += 1;
        }
    }

    fn is_settled(&self, id: NoteId) -> bool {
        self.groups.get(&GroupId::Note(id)).is_some_and(|group| group.commit > Seq(0))
    }

    /// Returns this replica's positions in the groups between `above` and `id`: what a creation at `id` must know.
    pub(super) fn positions_between(&self, above: NoteId, id: GroupId) -> Vec<Position> {
        let from = GroupId::Note(NoteId(above.0 + 1));
        if from >= id {
            return Vec::new();
        }
        self.groups
            .range(from..id)
            .filter(|(_, group)| group.len() > Seq(0))
            .map(|(id, group)| group.position(*id))
            .collect()
    }

    /// Returns the first id below that of a creation at which no note is known to be committed; `None` when there is
    /// none. The promises' positions are taken into account first.
    pub(super) fn unsettled_below(&mut self, id: GroupId) -> Option<NoteId> {
        let positions: Vec<Vec<Position>> = match self.groups.get(&id).map(|group| &group.part) {
            Some(Part::Claiming(claiming)) => claiming.got.values().map(|promised| promised.below.clone()).collect(),
            Some(Part::Backup | Part::Primary(_)) | None => Vec::new(),
        };
        self.learn_from(&positions);
        self.settle_ids();
        let next = NoteId(self.settled.0 + 1);
        note_of(id).filter(|id| next < *id && !self.cluster.breaks(Rule::CreateInOrder)).map(|_| next)
    }

    /// Makes the creations that wanted this id choose again.
    pub(super) fn give_up_id(&mut self, id: GroupId) {
        for op in self.creations(id) {
            self.forget_id(&op);
        }
    }

    /// Makes the creations that wanted this id find out first what is committed at `unknown`.
    pub(super) fn look_before(&mut self, id: GroupId, unknown: NoteId) {
        for op in self.creations(id) {
            self.look_at(&op, unknown);
        }
    }

    fn forget_id(&mut self, op: &OpId) {
        if self.pending.get(op).is_some_and(|pending| !pending.left) {
            self.aim(op, None, false);
        }
    }

    /// Changes the target of an operation. `left`: whether it may have been performed already.
    fn aim(&mut self, op: &OpId, target: Option<GroupId>, left: bool) {
        let Some(pending) = self.pending.get_mut(op) else { return };
        let before = std::mem::replace(&mut pending.target, target);
        (pending.left, pending.place) = (left, Place::Open);
        if let Some(group) = before.and_then(|id| self.groups.get_mut(&id)) {
            group.waiting.retain(|waiting| waiting != op);
        }
    }

    /// Leaves an id under which another's note is committed.
    pub(super) fn leave_id(&mut self, op: &OpId, id: GroupId) {
        let committed = self.groups.get(&id).is_some_and(|group| group.commit > Seq(0));
        if !committed && !self.cluster.breaks(Rule::CreateInOrder) {
            return;
        }
        self.aim(op, None, false);
        self.drive(op);
    }

    /// Whether the id that a creation has claimed holds another's note.
    pub(super) fn is_taken(&self, op: &OpId, id: GroupId) -> bool {
        let other = |group: &Group| group.len() > Seq(0) && group.current.find(op).is_none();
        self.groups.get(&id).is_some_and(other)
    }

    /// Returns the creations that want this group and have not been in its log.
    fn creations(&self, id: GroupId) -> Vec<OpId> {
        let create = |command: &Command| matches!(command, Command::Create(_));
        let wants = |pending: &super::Pending| {
            pending.target == Some(id) && !pending.left && create(&pending.operation.command)
        };
        self.pending.iter().filter(|(_, pending)| wants(pending)).map(|(op, _)| op.clone()).collect()
    }
}

fn note_of(id: GroupId) -> Option<NoteId> {
    match id {
        GroupId::Note(note) => Some(note),
        GroupId::Store => None,
    }
}
