//! Switching the mode of a running cluster: every group is sealed, then a new generation begins.
//!
//! The replica that is asked coordinates. It seals: each replica durably freezes its groups and sends all that it
//! holds, committed or not. The coordinator waits for everybody whom no majority suspects, and for a majority at least.
//! From the best log of each group it makes the next generation and proposes it; once a majority has accepted it
//! durably, everybody enters. Two coordinators at once agree: the one with the higher epoch learns of a proposal that
//! may have been accepted by a majority, and proposes that one again. Operations under way keep their ids and get their
//! first result in the new generation. A switch whose coordinator fails is finished by another frozen replica, in the
//! mode of the latest generation. A replica that missed the switch enters when a message of it arrives.
//!
//! | step | messages | in single-decree Paxos |
//! |---|---|---|
//! | freeze, hand over | `Seal`, `Sealed` | prepare, promise |
//! | accept the generation | `Propose`, `Accepted` | accept, accepted |
//! | work in it | `Enter`, `Entered` | learn |
//!
//! The epoch of a switch is Paxos's proposal number: `sealed` is the highest one promised, `proposed` the accepted
//! proposal, and `begun` the one whose value has been learnt.
//!
//! Source: docs/PROTOCOL.md §4.19, §8; Lamport 2001, Paxos Made Simple, section 2.

mod enter;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::config::Mode;
use crate::event::{EventKind, Why};
use crate::id::{Epoch, GroupId, ReplicaId};
use crate::message::{Head, Message, Proposal, SealedState};
use crate::record::Record;
use crate::request::{Method, Reply, Request};
use crate::time::Micros;

use super::generation::propose;
use super::group::Part;
use super::timers::Timer;
use super::{Output, RESEND, Replica, RequestId, longer};

pub(super) use enter::Entry;

/// How long a frozen replica waits for the first coordinator before it coordinates the switch itself, in microseconds;
/// a random part as long is added.
const FROZEN_AT_MOST: u64 = 3_000_000;
/// How often that is doubled at most.
const DOUBLED_AT_MOST: u64 = 4;

/// The state of a switch at this replica, and the requests for one.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Switch {
    stage: Stage,
    /// Requests for a mode that is not in force yet.
    askers: Vec<(RequestId, Mode)>,
    /// Requests whose mode this replica has begun; answered when all have entered, or when the next switch begins.
    served: Vec<(RequestId, Mode)>,
    /// How long until the next repetition.
    pause: Micros,
}

/// The stage of the switch that this replica coordinates.
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

    /// After a restart in the middle of a switch: sets the time at which this replica coordinates it.
    pub(super) fn resume_switch(&mut self) {
        if self.is_frozen() {
            let wait = RESEND.0 * u64::from(self.id.0);
            self.timers.set(Timer::Switch, self.now + Micros(wait));
        }
    }

    /// Answers requests for the mode that is in force; begins a switch for the first request for the other one.
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

    /// Ends this replica's coordination and answers the requests whose mode has come into force, even if another
    /// follows.
    fn retire(&mut self) {
        self.switch.stage = Stage::Idle;
        for (request, mode) in std::mem::take(&mut self.switch.served) {
            self.answer_asker(request, mode);
        }
    }

    /// Begins to coordinate a switch, with an epoch above every one that this replica knows; `None` keeps the mode.
    fn seal(&mut self, mode: Option<Mode>) {
        let epoch = self.sealed.next(self.id);
        self.freeze(epoch);
        let got = BTreeMap::from([(self.id, self.sealed_state())]);
        self.switch.stage = Stage::Sealing { epoch, mode, got };
        self.switch.pause = RESEND;
        self.repeat_switch();
        self.begin_if_sealed();
    }

    /// Freezes every group, durably: from here on nothing is promised, accepted or acknowledged in them, so what
    /// `Sealed` hands over stays complete.
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

    /// Sends the message of the current stage to those that have not answered it, and sets the time of the next retry.
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

    /// Returns the replicas that the switch waits for.
    fn unanswered(&self) -> Vec<ReplicaId> {
        let answered = |id: &ReplicaId| match &self.switch.stage {
            Stage::Idle => true,
            Stage::Sealing { got, .. } => got.contains_key(id),
            Stage::Proposing { accepted, .. } => accepted.contains(id),
            Stage::Entering { entered } => entered.contains(id),
        };
        self.others().filter(|id| !answered(id)).collect()
    }

    /// A coordinator asks for all that this replica holds (Paxos: prepare).
    pub(super) fn on_seal(&mut self, from: ReplicaId, head: &Head, epoch: Epoch) {
        // This replica has promised a higher switch: an answer could be counted beside that one's.
        if epoch < self.sealed {
            return self.ignore(head, Why::OldEpoch);
        }
        // An old copy: this switch is over here.
        if epoch == self.begun {
            return self.send(from, None, Message::Entered { epoch });
        }
        // A new switch, or one that overtakes the one that this replica coordinates: the highest epoch wins.
        if epoch > self.sealed {
            self.freeze(epoch);
            self.retire();
        }
        self.await_coordinator();
        // Sent again for each copy: the state is frozen, and a proposal accepted meanwhile must be shown.
        let state = self.sealed_state();
        self.send(from, None, Message::Sealed { epoch, state });
    }

    /// Sets the time to wait for the coordinator, twice as long at each attempt since the last generation began: a
    /// large state takes long to write, and coordinators that keep overtaking each other would never finish.
    fn await_coordinator(&mut self) {
        let attempts = self.sealed.n.saturating_sub(self.begun.n);
        let patience = FROZEN_AT_MOST + self.rng.range(0, FROZEN_AT_MOST);
        let doubled = attempts.saturating_sub(1).min(DOUBLED_AT_MOST);
        self.timers.set(Timer::Switch, self.now + Micros(patience << doubled));
    }

    /// A frozen replica hands over what it holds (Paxos: promise).
    pub(super) fn on_sealed(&mut self, from: ReplicaId, head: &Head, epoch: Epoch, state: SealedState) {
        match &mut self.switch.stage {
            Stage::Sealing { epoch: mine, got, .. } if *mine == epoch => {
                got.insert(from, state);
                self.begin_if_sealed();
            }
            // For an earlier switch of this replica, or after it went on without the sender.
            Stage::Idle | Stage::Sealing { .. } | Stage::Proposing { .. } | Stage::Entering { .. } => {
                self.ignore(head, Why::NotWaiting);
            }
        }
    }

    /// Makes the next generation and proposes it, once a majority and everybody whom no majority suspects is frozen.
    ///
    /// A majority holds every committed entry and, if a proposal may have been chosen already, one that accepted it.
    /// The rest may hold entries that only their primary has acknowledged (docs/PROTOCOL.md §4.5).
    pub(super) fn begin_if_sealed(&mut self) {
        let Stage::Sealing { epoch, mode, got } = &self.switch.stage else { return };
        let enough = got.len() >= self.cluster.majority();
        if !enough || self.unanswered().into_iter().any(|id| !self.majority_suspects(id)) {
            return;
        }
        let proposal = propose(*epoch, *mode, got.values());
        self.accept_proposal(&proposal);
        self.switch.stage = Stage::Proposing { proposal, accepted: BTreeSet::from([self.id]) };
        self.switch.pause = RESEND;
        self.repeat_switch();
        self.enter_if_accepted();
    }

    /// Accepts a proposal, durably. It replaces one of a lower epoch, as in Paxos.
    fn accept_proposal(&mut self, proposal: &Proposal) {
        self.sealed = self.sealed.max(proposal.epoch);
        self.proposed = Some(proposal.clone());
        self.persist(Record::Proposed { proposal: proposal.clone() });
    }

    /// A coordinator proposes the next generation (Paxos: accept).
    pub(super) fn on_propose(&mut self, from: ReplicaId, head: &Head, proposal: &Proposal) {
        let epoch = proposal.epoch;
        if epoch == self.begun {
            return self.send(from, None, Message::Entered { epoch });
        }
        // A higher switch was promised since, or the proposed generation is over.
        if epoch < self.sealed || proposal.next <= self.generation {
            return self.ignore(head, Why::OldEpoch);
        }
        // The `Seal` of this switch was lost, or went out before this replica recovered: accepting promises it as well.
        if epoch > self.sealed {
            self.freeze(epoch);
            self.retire();
        }
        self.accept_proposal(proposal);
        self.await_coordinator();
        self.send(from, None, Message::Accepted { epoch });
    }

    /// A replica has accepted this coordinator's proposal, durably.
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
}
