//! Switching the mode of a running cluster: every group is sealed, then a new generation begins.
//!
//! The replica that is asked coordinates. It seals: each replica durably freezes its groups and hands over all
//! that it holds, written or not yet committed. It waits for everybody whom no majority misses, and for a majority
//! at least. From the best log of each group it makes the next generation and proposes it; once a majority has
//! accepted it durably, everybody enters. Two coordinators at once agree like this: whoever seals with a higher epoch
//! learns of a proposal that may be in force and proposes that one again. Operations that were under way carry their
//! names over and get their first result in the new generation. A switch that was cut short is finished by whoever
//! finds itself frozen, in the mode that the furthest replica had. A replica that slept through it enters when it
//! is heard again.
//!
//! | step | message | as in single-decree Paxos |
//! |---|---|---|
//! | freeze, hand over | `Seal`, `Sealed` | prepare, promise |
//! | accept the generation | `Propose`, `Accepted` | accept, accepted |
//! | work in it | `Enter`, `Entered` | learn |
//!
//! Source: PROTOCOL.md, "Mode switch"; Lamport 2001, Paxos Made Simple, section 2.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::config::Mode;
use crate::event::{EventKind, Why};
use crate::id::{Epoch, Generation, GroupId, NoteId, OpId, ReplicaId};
use crate::message::{Head, Message, Proposal, SealedState};
use crate::record::{DurableGroup, Record};
use crate::request::{Method, Reply, Request};
use crate::rules::Rule;
use crate::time::Micros;

use super::generation::propose;
use super::group::{Group, Part};
use super::pending::Place;
use super::timers::Timer;
use super::{Output, RESEND, Replica, RequestId, longer};

/// How long a frozen replica waits for the first coordinator before it finishes the switch itself; a random part as long is
/// added.
const FROZEN_AT_MOST: u64 = 3_000_000;
/// How often that is doubled at most.
const DOUBLED_AT_MOST: u64 = 4;

/// This replica's part in switches.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Switch {
    stage: Stage,
    /// Who is to hear when a mode is in force.
    askers: Vec<(RequestId, Mode)>,
    /// Those whose mode this replica has begun; they hear when all have, or when the next switch overtakes it.
    served: Vec<(RequestId, Mode)>,
    /// How long until the next repetition.
    pause: Micros,
}

/// How far the switch that this replica coordinates is.
#[derive(Clone, Debug, Default, Hash)]
enum Stage {
    #[default]
    Idle,
    /// Waits for everybody's state.
    Sealing { epoch: Epoch, mode: Option<Mode>, got: BTreeMap<ReplicaId, SealedState> },
    /// Waits until a majority has accepted the next generation.
    Proposing { proposal: Proposal, accepted: BTreeSet<ReplicaId> },
    /// Waits until everybody works in it.
    Entering { entered: BTreeSet<ReplicaId> },
}

impl Replica {
    pub(super) fn on_switch(&mut self, request: RequestId, mode: Mode) {
        self.switch.askers.push((request, mode));
        self.serve_askers();
    }

    /// After a restart in the middle of a switch.
    pub(super) fn resume_switch(&mut self) {
        if self.is_frozen() {
            let wait = RESEND.0 * u64::from(self.id.0);
            self.timers.set(Timer::Switch, self.now + Micros(wait));
        }
    }

    /// Answers those whose mode is in force; begins a switch for the first whose mode is not.
    pub(super) fn serve_askers(&mut self) {
        if self.is_recovering() || self.is_frozen() || !matches!(self.switch.stage, Stage::Idle) {
            return;
        }
        while let Some((request, mode)) = self.switch.askers.first().copied() {
            if mode != self.mode {
                return self.seal(Some(mode));
            }
            self.switch.askers.remove(0);
            self.answer_asker(request, mode);
        }
    }

    fn answer_asker(&mut self, request: RequestId, mode: Mode) {
        let body = json!({ "res": true, "mode": mode });
        let said = Request { method: Method::Put, path: "/cluster/mode".to_owned(), body: json!({}) };
        self.out.push(Output::Reply { request, head: None, reply: Reply::to(&said, 200, body) });
    }

    /// Ends this replica's coordination: whose mode came into force is told so, even if another follows.
    fn retire(&mut self) {
        self.switch.stage = Stage::Idle;
        for (request, mode) in std::mem::take(&mut self.switch.served) {
            self.answer_asker(request, mode);
        }
    }

    /// Begins to coordinate a switch; `None` keeps the mode.
    fn seal(&mut self, mode: Option<Mode>) {
        let epoch = self.sealed.next(self.id);
        self.freeze(epoch);
        let got = BTreeMap::from([(self.id, self.sealed_state())]);
        self.switch.stage = Stage::Sealing { epoch, mode, got };
        self.switch.pause = RESEND;
        self.repeat_switch();
        self.begin_if_sealed();
    }

    /// Freezes every group, durably.
    fn freeze(&mut self, epoch: Epoch) {
        self.sealed = epoch;
        self.persist(Record::Sealed { epoch });
        let active: Vec<GroupId> =
            self.groups.iter().filter(|(_, group)| !matches!(group.part, Part::Backup)).map(|(id, _)| *id).collect();
        for id in active {
            self.step_down(id, None);
        }
        self.emit(None, None, EventKind::Froze { epoch });
    }

    fn sealed_state(&self) -> SealedState {
        let groups = self.groups.iter().map(|(id, group)| (*id, group.durable.accepted, group.current.clone()));
        SealedState {
            generation: self.generation,
            mode: self.mode,
            groups: groups.collect(),
            proposed: self.proposed.clone(),
        }
    }

    /// Says what the others have not answered, and comes back to it.
    fn repeat_switch(&mut self) {
        let missing = |have: &BTreeSet<ReplicaId>| self.others().filter(|to| !have.contains(to)).collect();
        let (missing, message): (Vec<ReplicaId>, Message) = match &self.switch.stage {
            Stage::Idle => return,
            Stage::Sealing { epoch, got, .. } => {
                (missing(&got.keys().copied().collect()), Message::Seal { epoch: *epoch })
            }
            Stage::Proposing { proposal, accepted } => {
                (missing(accepted), Message::Propose { proposal: proposal.clone() })
            }
            Stage::Entering { entered } => (missing(entered), self.enter_message()),
        };
        for to in &missing {
            self.send(*to, None, message.clone());
        }
        self.timers.set(Timer::Switch, self.now + self.switch.pause);
    }

    pub(super) fn on_switch_timeout(&mut self) {
        match self.switch.stage {
            Stage::Idle if self.is_frozen() => self.seal(None),
            Stage::Idle => self.serve_askers(),
            Stage::Sealing { .. } | Stage::Proposing { .. } | Stage::Entering { .. } => {
                self.switch.pause = longer(self.switch.pause);
                self.repeat_switch();
                for id in self.unanswered() {
                    self.watch(id);
                }
            }
        }
    }

    /// Returns whom the switch waits for.
    fn unanswered(&self) -> Vec<ReplicaId> {
        let answered = |id: &ReplicaId| match &self.switch.stage {
            Stage::Idle => true,
            Stage::Sealing { got, .. } => got.contains_key(id),
            Stage::Proposing { accepted, .. } => accepted.contains(id),
            Stage::Entering { entered } => entered.contains(id),
        };
        self.others().filter(|id| !answered(id)).collect()
    }

    pub(super) fn on_seal(&mut self, from: ReplicaId, head: &Head, epoch: Epoch) {
        if epoch < self.sealed {
            return self.ignore(head, Why::OldEpoch);
        }
        if epoch == self.begun {
            return self.send(from, None, Message::Entered { epoch });
        }
        if epoch > self.sealed {
            self.freeze(epoch);
            self.retire();
        }
        self.await_coordinator();
        let state = self.sealed_state();
        self.send(from, None, Message::Sealed { epoch, state });
    }

    /// Waits for a coordinator, twice as long at each attempt since the last generation began: a large state takes long to
    /// write, and of coordinators that overtake each other in turn none would ever have the time.
    fn await_coordinator(&mut self) {
        let attempts = self.sealed.n.saturating_sub(self.begun.n);
        let patience = FROZEN_AT_MOST + self.rng.range(0, FROZEN_AT_MOST);
        let doubled = attempts.saturating_sub(1).min(DOUBLED_AT_MOST);
        self.timers.set(Timer::Switch, self.now + Micros(patience << doubled));
    }

    pub(super) fn on_sealed(&mut self, from: ReplicaId, head: &Head, epoch: Epoch, state: SealedState) {
        match &mut self.switch.stage {
            Stage::Sealing { epoch: mine, got, .. } if *mine == epoch => {
                got.insert(from, state);
                self.begin_if_sealed();
            }
            Stage::Idle | Stage::Sealing { .. } | Stage::Proposing { .. } | Stage::Entering { .. } => {
                self.ignore(head, Why::NotWaiting);
            }
        }
    }

    /// Once everybody who is not gone is frozen: makes the next generation and proposes it.
    pub(super) fn begin_if_sealed(&mut self) {
        let Stage::Sealing { epoch, mode, got } = &self.switch.stage else { return };
        let enough = got.len() >= self.cluster.majority();
        if !enough || self.unanswered().into_iter().any(|id| !self.is_gone(id)) {
            return;
        }
        let proposal = propose(*epoch, *mode, got.values());
        self.accept_proposal(&proposal);
        self.switch.stage = Stage::Proposing { proposal, accepted: BTreeSet::from([self.id]) };
        self.switch.pause = RESEND;
        self.repeat_switch();
        self.enter_if_accepted();
    }

    fn accept_proposal(&mut self, proposal: &Proposal) {
        self.sealed = self.sealed.max(proposal.epoch);
        self.proposed = Some(proposal.clone());
        self.persist(Record::Proposed { proposal: proposal.clone() });
    }

    pub(super) fn on_propose(&mut self, from: ReplicaId, head: &Head, proposal: &Proposal) {
        let epoch = proposal.epoch;
        if epoch == self.begun {
            return self.send(from, None, Message::Entered { epoch });
        }
        if epoch < self.sealed || proposal.next <= self.generation {
            return self.ignore(head, Why::OldEpoch);
        }
        if epoch > self.sealed {
            self.freeze(epoch);
            self.retire();
        }
        self.accept_proposal(proposal);
        self.await_coordinator();
        self.send(from, None, Message::Accepted { epoch });
    }

    pub(super) fn on_accepted(&mut self, from: ReplicaId, head: &Head, epoch: Epoch) {
        match &mut self.switch.stage {
            Stage::Proposing { proposal, accepted } if proposal.epoch == epoch => {
                accepted.insert(from);
                self.enter_if_accepted();
            }
            Stage::Idle | Stage::Sealing { .. } | Stage::Proposing { .. } | Stage::Entering { .. } => {
                self.ignore(head, Why::NotWaiting);
            }
        }
    }

    fn enter_if_accepted(&mut self) {
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
        // First of all the others must know: what they hear of the new generation before they enter it is in vain.
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
        // Whoever forwarded an operation here brings it on its way in the new generation himself. A second copy might be
        // done after the first was told that there is no such note.
        self.pending.retain(|_, pending| pending.has_client());
        self.persist(Record::Begun { epoch, generation: next, mode, groups });
        let view = self.view();
        self.emit(None, None, EventKind::Began { view, generation: next, mode });
        self.resume_switch();
    }

    /// Goes on in a generation that another switch has made once more, from the same state.
    fn thaw(&mut self, epoch: Epoch) {
        self.begun = epoch;
        self.sealed = self.sealed.max(epoch);
        self.persist(Record::Thawed { epoch });
        let (view, generation, mode) = (self.view(), self.generation, self.mode);
        self.emit(None, None, EventKind::Began { view, generation, mode });
        self.resume_switch();
    }

    /// Takes up in a generation that has begun what this replica has to do in it.
    fn resume_work(&mut self) {
        self.claim_store();
        self.claim_unspread();
        self.reopen_all();
    }

    fn enter_message(&self) -> Message {
        let groups = self.known_groups().map(|(id, group)| (*id, group.durable.clone())).collect();
        Message::Enter { epoch: self.begun, next: self.generation, mode: self.mode, groups }
    }

    /// Tells a replica that works in an older generation of this one.
    pub(super) fn wake(&mut self, to: ReplicaId) {
        let message = self.enter_message();
        self.send(to, None, message);
    }

    /// Sends the operations under way on their way again; one that is in the new base finds its result there.
    fn reopen_all(&mut self) {
        let ops: Vec<OpId> = self.pending.keys().cloned().collect();
        for op in ops {
            let Some(operation) = self.pending.get(&op).map(|pending| pending.operation.clone()) else { continue };
            let (target, found) = (self.target_of(&operation), self.holding(&op).is_some());
            if let Some(pending) = self.pending.get_mut(&op) {
                pending.place = Place::Open;
                pending.target = target;
                // The base is all that was ever done: what it lacks has surely not been done.
                pending.left = found;
                self.timers.set(Timer::Op(op.clone()), self.now + RESEND);
            }
            self.drive(&op);
        }
        self.restart_reads();
    }

    pub(super) fn on_enter(&mut self, from: ReplicaId, entry: Entry) {
        let Entry { epoch, next, mode, groups } = entry;
        if next > self.generation {
            self.retire();
            self.begin_generation(epoch, next, mode, groups);
            self.resume_work();
        } else if next == self.generation && epoch > self.begun {
            self.thaw(epoch);
            self.resume_work();
        }
        self.send(from, None, Message::Entered { epoch });
        self.serve_askers();
    }

    pub(super) fn on_entered(&mut self, from: ReplicaId, head: &Head, epoch: Epoch) {
        let current = epoch == self.begun;
        match &mut self.switch.stage {
            Stage::Entering { entered } if current => {
                entered.insert(from);
                self.finish_if_entered();
            }
            // It has entered what this replica has proposed: a majority must have accepted it.
            Stage::Proposing { proposal, accepted } if proposal.epoch == epoch => {
                accepted.extend(self.cluster.ids());
                self.enter_if_accepted();
            }
            Stage::Idle | Stage::Sealing { .. } | Stage::Proposing { .. } | Stage::Entering { .. } => {
                self.ignore(head, Why::NotWaiting);
            }
        }
    }

    /// Ends the switch once everybody who is not missed works in the new generation.
    pub(super) fn finish_if_entered(&mut self) {
        if !matches!(self.switch.stage, Stage::Entering { .. }) || self.unanswered().iter().any(|id| !self.misses(*id))
        {
            return;
        }
        self.timers.clear(&Timer::Switch);
        self.retire();
        self.serve_askers();
    }
}

/// The message that begins a generation.
pub(super) struct Entry {
    pub epoch: Epoch,
    pub next: Generation,
    pub mode: Mode,
    pub groups: Vec<(GroupId, DurableGroup)>,
}
