//! Remote-write: the primary stays, writes are forwarded to it (W2).
//!
//! Source: van Steen & Tanenbaum, Distributed Systems, 4th ed., section 7.5, the remote-write figure.

use crate::event::{Action, Phase, Why};
use crate::id::{GroupId, OpId, ReplicaId};
use crate::message::{Head, Message, Operation, Outcome};

use super::group::Part;
use super::pending::Origin;
use super::{FIRST, Replica};

impl Replica {
    /// Performs the operation if this replica is the primary, else forwards it to the primary.
    pub(super) fn drive_remote(&mut self, op: &OpId) {
        let me = self.id;
        let primary = self.group_mut(GroupId::Store).hint().unwrap_or(FIRST);
        let (lost, suspected) = (self.majority_suspects(primary), self.suspects(primary));
        match &self.group_mut(GroupId::Store).part {
            Part::Primary(_) => self.execute(op, GroupId::Store),
            Part::Claiming(_) => {}
            Part::Backup if primary == me || lost => self.start_claim(GroupId::Store, false, None),
            // Kept here until a majority suspects the primary: an operation that was never sent is surely not
            // performed.
            Part::Backup if suspected => self.watch(primary),
            Part::Backup => self.forward(op, primary),
        }
    }

    fn forward(&mut self, op: &OpId, primary: ReplicaId) {
        let Some(pending) = self.pending.get_mut(op).filter(|pending| pending.has_client()) else { return };
        let first = !std::mem::replace(&mut pending.shown, true);
        let again = std::mem::replace(&mut pending.left, true);
        let operation = pending.operation.clone();
        let (trace, method, note) = (operation.trace.clone(), pending.method, operation.command.note());
        if first {
            self.stepped(&trace, Action::Forward, Phase::Request, method, note);
        }
        self.send(primary, Some(trace), Message::Forward { operation });
        if again {
            self.watch(primary);
        }
    }

    /// A replica with a client forwards its write.
    pub(super) fn on_forward(&mut self, from: ReplicaId, head: &Head, operation: Operation) {
        let store = self.groups.get(&GroupId::Store);
        let mine = match store.map(|store| &store.part) {
            Some(Part::Primary(_) | Part::Claiming(_)) => true,
            Some(Part::Backup) | None => store.and_then(super::Group::hint).unwrap_or(FIRST) == self.id,
        };
        // Forwarded on knowledge that is out of date. It is not passed on, so forwards cannot loop; the sender retries
        // when it knows the primary.
        if !mine {
            return self.ignore(head, Why::NotPrimary);
        }
        let known = store.is_some_and(|store| store.current.find(&operation.op).is_some());
        if !known && !self.pending.contains_key(&operation.op) {
            let method = super::clients::method_of(&operation.command);
            let note = operation.command.note();
            self.stepped(&operation.trace, Action::Forward, Phase::Reply, method, note);
        }
        self.admit(operation, Origin::Replica(from));
    }

    /// The primary answers a forwarded write. Outcomes are final, so one of an earlier generation or primary is valid.
    pub(super) fn on_forwarded(&mut self, head: &Head, op: &OpId, outcome: &Outcome, without: &[ReplicaId]) {
        if self.pending.contains_key(op) {
            self.finish(op, outcome, without);
        } else {
            self.ignore(head, Why::NotWaiting);
        }
    }
}
