//! Local-write: the primary role of a note moves to the replica that writes it (W2).
//!
//! A note is a group of its own; how a new one gets its id is in `creation`.
//! Source: van Steen & Tanenbaum, Distributed Systems, 4th ed., section 7.5, the local-write figure.

use crate::event::{Action, Phase};
use crate::id::{GroupId, OpId, Seq};
use crate::message::Outcome;
use crate::note::Command;

use super::Replica;
use super::group::{Group, Part};
use super::pending::Place;

impl Replica {
    /// Performs the operation if this replica is the note's primary, else claims the note first.
    pub(super) fn drive_local(&mut self, op: &OpId) {
        let Some(pending) = self.pending.get(op) else { return };
        let create = matches!(pending.operation.command, Command::Create(_));
        if create && self.follow_other_attempt(op) {
            return;
        }
        let Some(pending) = self.pending.get(op) else { return };
        let Some(id) = pending.target else { return self.create(op) };
        let known = self.groups.get(&id);
        // The note may have been deleted by this same operation, which was sent to another replica first: the log has
        // its id.
        let gone = |group: &Group| !has_live_note(group) && group.current.find(op).is_none();
        let missing = known.is_none_or(gone) && !create && pending.place == Place::Open;
        let deleted = known.is_some_and(|group| group.len() > Seq(0) && group.commit == group.len());
        match known.map(|group| &group.part) {
            Some(Part::Primary(_)) if create && self.is_taken(op, id) => self.leave_id(op, id),
            // Deferred claims are answered when the operations at hand are done; a new one must not delay them for
            // ever.
            Some(Part::Primary(primary)) => {
                if primary.deferred.is_empty() || known.is_some_and(|group| group.waiting.is_empty()) {
                    self.execute(op, id);
                }
            }
            // `claim::begin` performs it.
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

    /// Claims the note (W2); the step log shows it once, and not for a new note.
    pub(super) fn move_here(&mut self, op: &OpId, id: GroupId, create: bool) {
        let Some(pending) = self.pending.get_mut(op) else { return };
        let first = !std::mem::replace(&mut pending.shown, true) && !create;
        let (trace, method, note) = (pending.operation.trace.clone(), pending.method, pending.operation.command.note());
        let fresh = create && !pending.left;
        if first {
            self.stepped(&trace, Action::Move, Phase::Request, method, note);
        }
        self.start_claim(id, fresh, Some(trace));
    }

    /// Emits the step log's line of each write that waited for the note to move here; the store does not move.
    pub(super) fn moved(&mut self, id: GroupId) {
        if id == GroupId::Store {
            return;
        }
        let waited: Vec<_> = self
            .pending
            .values_mut()
            .filter(|pending| pending.target == Some(id) && pending.shown && pending.place == Place::Open)
            .filter(|pending| !matches!(pending.operation.command, Command::Create(_)))
            .map(|pending| (pending.operation.trace.clone(), pending.method, pending.operation.command.note()))
            .collect();
        for (trace, method, note) in waited {
            self.stepped(&trace, Action::Move, Phase::Reply, method, note);
        }
    }
}

fn has_live_note(group: &Group) -> bool {
    group.current.notes.values().any(|version| version.note.is_some())
}
