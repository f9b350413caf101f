//! Recovery of a replica whose disk is empty, while others may have voted with what was on it.
//!
//! Until every other replica has answered, it sends no promise, no acknowledgement and no suspicion, and answers no
//! probe: for the others it is down. The answers of a majority would not do: a promise that it made before the loss may
//! still be on its way to a claimer that none of them has heard of. Where all others are empty too, the cluster starts
//! for the first time.
//!
//! Source: docs/PROTOCOL.md §4.16, §7.5. The counterexample with five replicas is the mutant `recover_from_all`.

use std::collections::BTreeMap;

use crate::event::{EventKind, Why};
use crate::id::{Epoch, ReplicaId};
use crate::message::{Head, Message};
use crate::record::{Durable, DurableGroup, Record};
use crate::rules::Rule;
use crate::time::Micros;

use super::timers::Timer;
use super::{RESEND, Replica, longer};

/// An attempt to recover, with the answers so far.
#[derive(Clone, Debug, Hash)]
pub(super) struct Recovery {
    /// Names the attempt: an answer to one from before another crash describes a state that is out of date.
    nonce: u64,
    got: BTreeMap<ReplicaId, Option<Durable>>,
    pub(super) pause: Micros,
}

impl Replica {
    /// Whether this replica must not vote.
    pub(super) fn is_recovering(&self) -> bool {
        self.recovery.is_some()
    }

    /// Begins recovery: asks all others for all they hold.
    pub(super) fn recover(&mut self) {
        let nonce = self.rng.bits();
        self.recovery = Some(Recovery { nonce, got: BTreeMap::new(), pause: RESEND });
        self.emit(None, None, EventKind::Recovering);
        self.repeat_recovery();
        self.finish_recovery();
    }

    /// Asks those again that have not answered.
    pub(super) fn repeat_recovery(&mut self) {
        let Some(recovery) = &mut self.recovery else { return };
        let (nonce, pause) = (recovery.nonce, recovery.pause);
        recovery.pause = longer(pause);
        let got: Vec<ReplicaId> = recovery.got.keys().copied().collect();
        for to in self.others().filter(|to| !got.contains(to)) {
            self.send(to, None, Message::Recover { nonce });
        }
        self.timers.set(Timer::Recovery, self.now + pause);
    }

    /// Another replica has an empty disk and asks for all that this one holds. Nothing is promised by the answer, and
    /// its content is durable here, so it is sent at once, in every generation, frozen or not. One that recovers itself
    /// says that it has nothing: if all do, the cluster is new.
    pub(super) fn on_recover(&mut self, from: ReplicaId, nonce: u64) {
        let state = (!self.is_recovering()).then(|| self.durable());
        self.send(from, None, Message::Recovery { nonce, state });
    }

    /// Another replica answers. Whatever answers this nonce was sent after the loss, so of two copies either will do.
    pub(super) fn on_recovery(&mut self, from: ReplicaId, head: &Head, nonce: u64, state: Option<Durable>) {
        match &mut self.recovery {
            Some(recovery) if recovery.nonce == nonce => {
                recovery.got.insert(from, state);
                self.finish_recovery();
            }
            Some(_) | None => self.ignore(head, Why::NotWaiting),
        }
    }

    /// Once all have answered: takes over the highest promises and the best logs in one record, and joins.
    ///
    /// Safe: whoever counted a promise or an acknowledgement of this replica is among those that have answered, and had
    /// promised that epoch itself before it asked. So the lost vote is kept: nothing older is accepted here.
    fn finish_recovery(&mut self) {
        let Some(recovery) = &self.recovery else { return };
        let answered = recovery.got.len() + 1;
        let all = usize::from(self.cluster.size);
        let enough = if self.cluster.breaks(Rule::RecoverFromAll) { self.cluster.majority() } else { all };
        if answered < enough {
            return;
        }
        let states: Vec<&Durable> = recovery.got.values().flatten().collect();
        let found = merge(&states);
        let first = found.is_none();
        let state = found.unwrap_or_else(|| Durable::empty(self.mode));
        self.recovery = None;
        self.timers.clear(&Timer::Recovery);
        self.load(state.clone());
        self.persist(Record::Recovered { state: Box::new(state), first });
        let view = self.view();
        self.emit(None, None, EventKind::Recovered { view });
        self.join();
    }
}

/// Returns the highest promises and the best logs, by (accepted epoch, length), of the latest generation; `None` when
/// no other replica holds anything.
fn merge(states: &[&Durable]) -> Option<Durable> {
    let generation = states.iter().map(|state| state.generation).max()?;
    let current: Vec<&Durable> = states.iter().copied().filter(|state| state.generation == generation).collect();
    let mut groups = BTreeMap::new();
    for (id, group) in current.iter().flat_map(|state| &state.groups) {
        let best: &mut DurableGroup = groups.entry(*id).or_default();
        let promised = best.promised.max(group.promised);
        if (group.accepted, group.len()) > (best.accepted, best.len()) {
            best.clone_from(group);
        }
        best.promised = promised;
    }
    let highest = |of: fn(&Durable) -> Epoch| states.iter().map(|state| of(state)).max().unwrap_or(Epoch::NONE);
    let next = |state: &&Durable| state.proposed.clone().filter(|proposal| proposal.next > generation);
    Some(Durable {
        joined: true,
        generation,
        mode: current.first()?.mode,
        sealed: highest(|state| state.sealed),
        begun: current.iter().map(|state| state.begun).max()?,
        proposed: states.iter().filter_map(next).max_by_key(|proposal| proposal.epoch),
        groups,
    })
}
