//! Creations in local-write: a new note is a claim of the lowest id that nobody has, done once however often it is asked.
//!
//! A creation leaves an id only when another's note is *committed* there. Two attempts at the same creation, at two
//! replicas, so walk the same ids in the same order, and the one that comes later finds what the first has made. Up
//! to which id everything is committed is remembered as `settled`; what lies above is told in the promises themselves,
//! so that this costs no message of its own. Only where the promises do not suffice, a read finds it out.
//!
//! | case | what happens |
//! |---|---|
//! | all ids below are committed | the claim of the next one begins |
//! | one below is empty here, though higher ones are not | a read waits for it: `look_at` |
//! | one below may not be committed | the claim is given up, a read waits for it |
//! | somebody has the id already | the same |
//! | a rival claims it at the same time | the lower epoch waits a moment and tries again |

use crate::id::{GroupId, NoteId, OpId, Seq};
use crate::message::Position;
use crate::note::Command;
use crate::rules::Rule;

use super::Replica;
use super::group::{Group, Part};
use super::pending::Place;

impl Replica {
    /// Claims the lowest id that nobody seems to have.
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

    /// Waits until it is known what is committed under this id.
    fn look_at(&mut self, op: &OpId, id: NoteId) {
        self.forget_id(op);
        self.confirm_missing(op, id);
    }

    /// A majority has told what is committed under an id; returns whether `op` is a creation and so has been served.
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

    /// Sends a creation to the group in which another attempt at it has been found; returns whether there is one.
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

    /// Moves on to the last id up to which everything is committed.
    pub(super) fn settle_ids(&mut self) {
        while self.is_settled(NoteId(self.settled.0 + 1)) {
            self.settled.0 += 1;
        }
    }

    fn is_settled(&self, id: NoteId) -> bool {
        self.groups.get(&GroupId::Note(id)).is_some_and(|group| group.commit > Seq(0))
    }

    /// Returns where this replica is in the groups between `above` and `id`: what a creation there must know.
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

    /// Whether all ids below that of a creation are committed, as far as its promises tell; returns the first that
    /// may not be.
    pub(super) fn unsettled_below(&mut self, id: GroupId) -> Option<NoteId> {
        let told: Vec<Vec<Position>> = match self.groups.get(&id).map(|group| &group.part) {
            Some(Part::Claiming(claiming)) => claiming.got.values().map(|promised| promised.below.clone()).collect(),
            Some(Part::Backup | Part::Primary(_)) | None => Vec::new(),
        };
        self.learn_from(&told);
        self.settle_ids();
        let next = NoteId(self.settled.0 + 1);
        note_of(id).filter(|id| next < *id && !self.cluster.breaks(Rule::CreateInOrder)).map(|_| next)
    }

    /// Lets the creations that wanted this id look for one again.
    pub(super) fn give_up_id(&mut self, id: GroupId) {
        for op in self.creations(id) {
            self.forget_id(&op);
        }
    }

    /// Lets the creations that wanted this id find out first what is committed at `unknown`.
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

    /// Sends an operation to another group. `left` says whether it may be done already.
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
