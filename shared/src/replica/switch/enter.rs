//! The end of a switch: the chosen generation replaces every group, and work goes on in it.
//!
//! Called by the coordinator once its proposal is accepted, and by every replica that gets `Enter`.
//! Source: docs/PROTOCOL.md §4.19, §8.

use std::collections::BTreeSet;

use crate::config::Mode;
use crate::event::{EventKind, Why};
use crate::id::{Epoch, Generation, GroupId, NoteId, OpId, ReplicaId};
use crate::message::{Head, Message, Proposal};
use crate::record::{DurableGroup, Record};
use crate::replica::group::Group;
use crate::replica::pending::Place;
use crate::replica::timers::Timer;
use crate::replica::{RESEND, Replica};
use crate::rules::Rule;

use super::Stage;

/// The content of [`Message::Enter`].
pub(in crate::replica) struct Entry {
    pub epoch: Epoch,
    pub next: Generation,
    pub mode: Mode,
    pub groups: Vec<(GroupId, DurableGroup)>,
}

impl Replica {
    /// Enters the proposed generation once a majority has accepted it: it is chosen, and every later coordinator will
    /// see it in a majority's answers and propose it again (docs/PROTOCOL.md §4.19).
    pub(super) fn enter_if_accepted(&mut self) {
        let Stage::Proposing { proposal, accepted } = &self.switch.stage else { return };
        if accepted.len() < self.cluster.majority() && !self.cluster.breaks(Rule::AcceptBeforeEnter) {
            return;
        }
        let Proposal { epoch, next, mode, groups } = proposal.clone();
        let (served, askers) = self.switch.askers.drain(..).partition(|(_, asked)| *asked == mode);
        (self.switch.served, self.switch.askers) = (served, askers);
        let groups = groups.into_iter().map(|(id, base)| (id, DurableGroup::of(base))).collect();
        self.switch.stage = Stage::Entering { entered: BTreeSet::from([self.id]) };
        self.switch.pause = RESEND;
        self.begin_generation(epoch, next, mode, groups);
        // First the others get `Enter`: messages of the new generation that arrive before it are ignored there.
        self.repeat_switch();
        self.resume_work();
        self.finish_if_entered();
    }

    /// Replaces all groups, durably.
    fn begin_generation(&mut self, epoch: Epoch, next: Generation, mode: Mode, groups: Vec<(GroupId, DurableGroup)>) {
        self.report_left_out(&groups);
        self.generation = next;
        self.mode = mode;
        self.begun = epoch;
        self.sealed = self.sealed.max(epoch);
        self.proposed.take_if(|proposal| proposal.next <= next);
        self.groups = groups.iter().map(|(id, durable)| (*id, Group::new(durable.clone()))).collect();
        self.settled = NoteId(0);
        self.timers.clear_work();
        self.dirty.clear();
        // A replica that forwarded an operation here takes care of it in the new generation. A second copy might be
        // performed after the first was answered that there is no such note.
        self.pending.retain(|_, pending| pending.has_client());
        self.persist(Record::Begun { epoch, generation: next, mode, groups });
        let view = self.view();
        self.emit(None, None, EventKind::Began { view, generation: next, mode });
        self.resume_switch();
    }

    /// Resumes in its generation after a later switch that has chosen the same generation again, from the same state.
    fn thaw(&mut self, epoch: Epoch) {
        self.begun = epoch;
        self.sealed = self.sealed.max(epoch);
        self.persist(Record::Thawed { epoch });
        let (view, generation, mode) = (self.view(), self.generation, self.mode);
        self.emit(None, None, EventKind::Began { view, generation, mode });
        self.resume_switch();
    }

    /// Resumes this replica's work in a generation that has begun: claims, and operations under way.
    fn resume_work(&mut self) {
        self.claim_store();
        self.claim_unspread();
        self.reopen_all();
    }

    pub(super) fn enter_message(&self) -> Message {
        let groups = self.known_groups().map(|(id, group)| (*id, group.durable.clone())).collect();
        Message::Enter { epoch: self.begun, next: self.generation, mode: self.mode, groups }
    }

    /// Sends this generation to a replica that is in an older one.
    pub(in crate::replica) fn send_generation(&mut self, to: ReplicaId) {
        let message = self.enter_message();
        self.send(to, None, message);
    }

    /// Begins the operations under way again; one that is in the new base gets its result from there.
    fn reopen_all(&mut self) {
        let ops: Vec<OpId> = self.pending.keys().cloned().collect();
        for op in ops {
            let Some(operation) = self.pending.get(&op).map(|pending| pending.operation.clone()) else { continue };
            let (target, found) = (self.target_of(&operation), self.holding(&op).is_some());
            if let Some(pending) = self.pending.get_mut(&op) {
                pending.place = Place::Open;
                pending.target = target;
                // The base has every operation of the cluster: one that it lacks has surely not been performed.
                pending.left = found;
                self.timers.set(Timer::Op(op.clone()), self.now + RESEND);
            }
            self.drive(&op);
        }
        self.restart_reads();
    }

    /// A replica that works in a generation sends it: its coordinator, or one that has heard from this replica.
    pub(in crate::replica) fn on_enter(&mut self, from: ReplicaId, entry: Entry) {
        let Entry { epoch, next, mode, groups } = entry;
        if next > self.generation {
            // Its sender has entered it, so a majority has accepted it (docs/PROTOCOL.md §4.19): it replaces whatever
            // this replica holds, frozen or not. Entries that are not in it are reported.
            self.retire();
            self.begin_generation(epoch, next, mode, groups);
            self.resume_work();
        } else if next == self.generation && epoch > self.begun {
            // The same generation, chosen again by a later switch, which may have frozen this replica.
            self.thaw(epoch);
            self.resume_work();
        }
        // Also for a second copy, and for a generation before this one: its sender stops waiting.
        self.send(from, None, Message::Entered { epoch });
        self.serve_askers();
    }

    /// A replica works in the generation that this coordinator has made, or that another has made of its proposal.
    pub(in crate::replica) fn on_entered(&mut self, from: ReplicaId, head: &Head, epoch: Epoch) {
        let current = epoch == self.begun;
        match &mut self.switch.stage {
            Stage::Entering { entered } if current => {
                entered.insert(from);
                self.finish_if_entered();
            }
            // It has entered what this replica has only proposed, so a majority has accepted it, whose answers are
            // late.
            Stage::Proposing { proposal, accepted } if proposal.epoch == epoch => {
                accepted.extend(self.cluster.ids());
                self.enter_if_accepted();
            }
            Stage::Idle | Stage::Sealing { .. } | Stage::Proposing { .. } | Stage::Entering { .. } => {
                self.ignore(head, Why::NotWaiting);
            }
        }
    }

    /// Ends the switch once everybody whom this replica does not suspect works in the new generation. The others get it
    /// when a message of them arrives.
    pub(in crate::replica) fn finish_if_entered(&mut self) {
        if !matches!(self.switch.stage, Stage::Entering { .. })
            || self.unanswered().iter().any(|id| !self.suspects(*id))
        {
            return;
        }
        self.timers.clear(&Timer::Switch);
        self.retire();
        self.serve_askers();
    }
}
