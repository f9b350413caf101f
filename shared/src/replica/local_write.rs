//! Local-write: the primary role of a note moves to the replica that writes it (W2).
//!
//! A note is a group of its own. A creation claims the group of the next id that is unknown here; where it
//! turns out to be taken, the next one is tried.
//! Source: van Steen & Tanenbaum, Distributed Systems, 4th ed., section 7.5, the local-write figure.

use crate::event::{Action, Phase};
use crate::id::{GroupId, NoteId, OpId, Seq};
use crate::message::Outcome;
use crate::note::Command;

use super::Replica;
use super::clients::Place;
use super::group::{Group, Part};

impl Replica {
    /// Does the operation when this replica holds the note, else claims the note first.
    pub(super) fn drive_local(&mut self, op: &OpId) {
        let Some(pending) = self.pending.get(op) else { return };
        let create = matches!(pending.operation.command, Command::Create(_));
        let Some(id) = pending.target else { return self.create(op) };
        let known = self.groups.get(&id);
        let missing = known.is_none_or(|group| !has_live_note(group)) && !create && pending.place == Place::Open;
        let deleted = known.is_some_and(|group| group.len() > Seq(0) && group.commit == group.len());
        match known.map(|group| &group.part) {
            Some(Part::Primary(_)) if create && self.is_taken(op, id) => self.try_next(op, id),
            Some(Part::Primary(primary)) => {
                if primary.held.is_empty() || known.is_some_and(|group| group.waiting.is_empty()) {
                    self.execute(op, id);
                }
            }
            Some(Part::Claiming(_)) => {}
            Some(Part::Backup) | None if missing && deleted => self.finish(op, &Outcome::Missing, &[]),
            Some(Part::Backup) | None if missing => self.look_for(op),
            Some(Part::Backup) | None => self.move_here(op, id, create),
        }
    }

    /// Asks the others whether there is such a note.
    fn look_for(&mut self, op: &OpId) {
        let note = self.pending.get(op).and_then(|pending| pending.operation.command.note());
        if let Some(note) = note {
            self.confirm_missing(op, note);
        }
    }

    /// Claims the note; the step log shows it once, and not for a new one.
    fn move_here(&mut self, op: &OpId, id: GroupId, create: bool) {
        let Some(pending) = self.pending.get_mut(op) else { return };
        let first = !std::mem::replace(&mut pending.told, true) && !create;
        let (trace, method, note) = (pending.operation.trace.clone(), pending.method, pending.operation.command.note());
        let fresh = create && !pending.left;
        if first {
            self.stepped(&trace, Action::Move, Phase::Request, method, note);
        }
        self.start_claim(id, fresh, Some(trace));
    }

    /// Says in the step log that the note has arrived, for each write that waited for it.
    pub(super) fn moved(&mut self, id: GroupId) {
        let told: Vec<_> = self
            .pending
            .values_mut()
            .filter(|pending| pending.target == Some(id) && pending.told && pending.place == Place::Open)
            .filter(|pending| !matches!(pending.operation.command, Command::Create(_)))
            .map(|pending| (pending.operation.trace.clone(), pending.method, pending.operation.command.note()))
            .collect();
        for (trace, method, note) in told {
            self.stepped(&trace, Action::Move, Phase::Reply, method, note);
        }
    }

    /// Chooses the next unknown id for a creation and claims its group.
    fn create(&mut self, op: &OpId) {
        let highest = self.groups.keys().filter_map(note_of).max();
        let id = GroupId::Note(highest.map_or(NoteId(1), |id| NoteId(id.0 + 1)));
        if let Some(pending) = self.pending.get_mut(op) {
            pending.target = Some(id);
        }
        self.move_here(op, id, true);
    }

    /// Leaves an id that turned out to be taken.
    pub(super) fn try_next(&mut self, op: &OpId, id: GroupId) {
        let Some(pending) = self.pending.get_mut(op) else { return };
        // Once it was in that group's log it may still be there somewhere, until this epoch is on a majority.
        if pending.left && !self.groups.get(&id).is_some_and(|group| group.active) {
            return;
        }
        pending.target = None;
        pending.place = Place::Open;
        pending.left = false;
        self.drive(op);
    }

    /// Whether the id that a creation has claimed holds another's note.
    fn is_taken(&self, op: &OpId, id: GroupId) -> bool {
        let other = |group: &Group| group.len().0 > 0 && group.current.find(op).is_none();
        self.groups.get(&id).is_some_and(other)
    }

    /// Returns the creations that want this group.
    pub(super) fn creations(&self, id: GroupId) -> Vec<OpId> {
        let wants = |pending: &super::Pending| {
            pending.target == Some(id) && matches!(pending.operation.command, Command::Create(_))
        };
        self.pending.iter().filter(|(_, pending)| wants(pending)).map(|(op, _)| op.clone()).collect()
    }
}

fn note_of(id: &GroupId) -> Option<NoteId> {
    match id {
        GroupId::Note(note) => Some(*note),
        GroupId::Store => None,
    }
}

fn has_live_note(group: &Group) -> bool {
    group.current.notes.values().any(|version| version.note.is_some())
}
