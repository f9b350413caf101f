//! Switching the mode of a running cluster: every group is sealed, then a new generation begins.
//!
//! The replica that is asked coordinates. It seals: each replica durably freezes its groups and hands over all
//! that it holds, written or not yet committed, so nothing is lost. From the best log of each group it makes the
//! groups of the next generation, and every replica begins it durably. Operations that were under way carry
//! their names over and get their first result in the new generation. A switch that was cut short is finished by
//! whoever finds itself frozen, in the mode that the furthest replica had.
//! Source: PROTOCOL.md, "Mode switch".

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::config::Mode;
use crate::event::{EventKind, Why};
use crate::id::{Epoch, Generation, GroupId, NoteId, OpId, ReplicaId, Seq};
use crate::message::{Head, Message, SealedState};
use crate::note::{Snapshot, Version};
use crate::record::{DurableGroup, Record};
use crate::request::{Method, Reply};
use crate::time::Micros;

use super::clients::Place;
use super::group::{Group, Part};
use super::timers::{Timer, Timers};
use super::{Output, RESEND, Replica, RequestId};

/// How long a frozen replica waits for the coordinator before it finishes the switch itself.
const FROZEN_AT_MOST: u64 = 3_000_000;

/// How many of the latest operations of each note are carried over, so that a retry gets the first answer.
const CARRIED_OPS: usize = 64;

/// This replica's part in switches.
#[derive(Clone, Debug, Default)]
pub(super) struct Switch {
    stage: Stage,
    /// Who is to hear when a mode is in force.
    askers: Vec<(RequestId, Mode)>,
    /// Those whose mode this replica has begun; they hear when all have, or when the next switch overtakes it.
    served: Vec<(RequestId, Mode)>,
}

/// How far the switch that this replica coordinates is.
#[derive(Clone, Debug, Default)]
enum Stage {
    #[default]
    Idle,
    /// Waits for everybody's state.
    Sealing { epoch: Epoch, mode: Option<Mode>, got: BTreeMap<ReplicaId, SealedState> },
    /// Waits until everybody has begun.
    Beginning { epoch: Epoch, begun: BTreeSet<ReplicaId>, groups: Vec<(GroupId, Snapshot)> },
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
    fn serve_askers(&mut self) {
        if self.is_frozen() || !matches!(self.switch.stage, Stage::Idle) {
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
        let reply = Reply { method: Method::Put, path: "/cluster/mode".to_owned(), status: 200, body };
        self.out.push(Output::Reply { request, head: None, reply });
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
        SealedState { generation: self.generation, mode: self.mode, groups: groups.collect() }
    }

    /// Says what the others have not answered, and comes back to it.
    fn repeat_switch(&mut self) {
        let (missing, message): (Vec<ReplicaId>, Message) = match &self.switch.stage {
            Stage::Idle => return,
            Stage::Sealing { epoch, got, .. } => {
                (self.others().filter(|to| !got.contains_key(to)).collect(), Message::Seal { epoch: *epoch })
            }
            Stage::Beginning { epoch, begun, groups } => (
                self.others().filter(|to| !begun.contains(to)).collect(),
                Message::Begin { epoch: *epoch, next: self.generation, mode: self.mode, groups: groups.clone() },
            ),
        };
        for to in missing {
            self.send(to, None, message.clone());
        }
        self.timers.set(Timer::Switch, self.now + RESEND);
    }

    pub(super) fn on_switch_timeout(&mut self) {
        match self.switch.stage {
            Stage::Idle if self.is_frozen() => self.seal(None),
            Stage::Idle => self.serve_askers(),
            Stage::Sealing { .. } | Stage::Beginning { .. } => self.repeat_switch(),
        }
    }

    pub(super) fn on_seal(&mut self, from: ReplicaId, head: &Head, epoch: Epoch) {
        if epoch < self.sealed {
            return self.ignore(head, Why::OldEpoch);
        }
        if epoch == self.begun {
            return self.send(from, None, Message::Begun { epoch });
        }
        if epoch > self.sealed {
            self.freeze(epoch);
            self.retire();
        }
        let patience = FROZEN_AT_MOST + self.rng.range(0, FROZEN_AT_MOST);
        self.timers.set(Timer::Switch, self.now + Micros(patience));
        let state = self.sealed_state();
        self.send(from, None, Message::Sealed { epoch, state });
    }

    pub(super) fn on_sealed(&mut self, from: ReplicaId, head: &Head, epoch: Epoch, state: SealedState) {
        match &mut self.switch.stage {
            Stage::Sealing { epoch: mine, got, .. } if *mine == epoch => {
                got.insert(from, state);
                self.begin_if_sealed();
            }
            Stage::Idle | Stage::Sealing { .. } | Stage::Beginning { .. } => self.ignore(head, Why::NotWaiting),
        }
    }

    /// Once everybody is frozen: makes the next generation and begins it.
    fn begin_if_sealed(&mut self) {
        let Stage::Sealing { epoch, mode, got } = &self.switch.stage else { return };
        if got.len() < usize::from(self.cluster.size) {
            return;
        }
        let (epoch, wanted) = (*epoch, *mode);
        let furthest = got.values().map(|state| (state.generation, state.mode)).max_by_key(|(number, _)| *number);
        let (generation, mode) = furthest.unwrap_or((self.generation, self.mode));
        let (next, mode) = (Generation(generation.0 + 1), wanted.unwrap_or(mode));
        let whole = merge(got.values().filter(|state| state.generation == generation));
        let groups = whole.into_groups(mode);
        let (served, askers) = self.switch.askers.drain(..).partition(|(_, asked)| *asked == mode);
        (self.switch.served, self.switch.askers) = (served, askers);
        self.switch.stage = Stage::Beginning { epoch, begun: BTreeSet::from([self.id]), groups: groups.clone() };
        self.begin_generation(epoch, next, mode, groups);
        self.repeat_switch();
        self.finish_if_begun();
    }

    /// Replaces all groups, durably, and takes up the operations that were under way.
    fn begin_generation(&mut self, epoch: Epoch, next: Generation, mode: Mode, groups: Vec<(GroupId, Snapshot)>) {
        self.generation = next;
        self.mode = mode;
        self.begun = epoch;
        self.sealed = self.sealed.max(epoch);
        let fresh = |(id, base): &(GroupId, Snapshot)| {
            (*id, Group::new(DurableGroup { base: base.clone(), ..DurableGroup::default() }))
        };
        self.groups = groups.iter().map(fresh).collect();
        self.timers = Timers::default();
        self.dirty.clear();
        self.persist(Record::Begun { epoch, generation: next, mode, groups });
        let view = self.view();
        self.emit(None, None, EventKind::Began { view, generation: next, mode });
        self.claim_store();
        self.reopen_all();
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
    }

    pub(super) fn on_begin(&mut self, from: ReplicaId, head: &Head, begin: Begin) {
        let Begin { epoch, next, mode, groups } = begin;
        if epoch >= self.sealed && next > self.generation {
            self.retire();
            self.begin_generation(epoch, next, mode, groups);
        } else if epoch != self.begun {
            return self.ignore(head, Why::OldEpoch);
        }
        self.send(from, None, Message::Begun { epoch });
        self.serve_askers();
    }

    pub(super) fn on_begun(&mut self, from: ReplicaId, head: &Head, epoch: Epoch) {
        match &mut self.switch.stage {
            Stage::Beginning { epoch: mine, begun, .. } if *mine == epoch => {
                begun.insert(from);
                self.finish_if_begun();
            }
            Stage::Idle | Stage::Sealing { .. } | Stage::Beginning { .. } => self.ignore(head, Why::NotWaiting),
        }
    }

    fn finish_if_begun(&mut self) {
        let all = usize::from(self.cluster.size);
        if matches!(&self.switch.stage, Stage::Beginning { begun, .. } if begun.len() == all) {
            self.timers.clear(&Timer::Switch);
            self.retire();
            self.serve_askers();
        }
    }
}

/// The message that begins a generation.
pub(super) struct Begin {
    pub epoch: Epoch,
    pub next: Generation,
    pub mode: Mode,
    pub groups: Vec<(GroupId, Snapshot)>,
}

/// All notes of a generation that has ended, with the operations to remember, oldest first.
#[derive(Default)]
struct Whole {
    notes: BTreeMap<NoteId, Version>,
    ops: Vec<(OpId, NoteId)>,
}

/// Takes the best log of each group, chosen as a claim does: by accepted epoch, then length.
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
                let mut by_note: BTreeMap<NoteId, Vec<(OpId, NoteId)>> = BTreeMap::new();
                for (op, note) in ops {
                    by_note.entry(note).or_default().push((op, note));
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
fn snapshot(notes: BTreeMap<NoteId, Version>, ops: Vec<(OpId, NoteId)>) -> Snapshot {
    let least = u64::from(!notes.is_empty());
    let seq = Seq((ops.len() as u64).max(least));
    Snapshot { seq, notes, ops: (1..).map(Seq).zip(ops).collect() }
}
