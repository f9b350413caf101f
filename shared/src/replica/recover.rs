//! A replica whose disk is empty while others may have voted with what was on it: it learns from all of them first.
//!
//! Until every other replica has answered, it gives no promise, no acknowledgement and no suspicion, and answers
//! nobody's probe: for the others it is not there. A majority of answers would not do: a promise that it made
//! before the loss may still be on its way. Where all others are empty too, the cluster starts for the first time.
//! Source: PROTOCOL.md, section 3.6; the counterexample with five replicas is in section 6.

use std::collections::BTreeMap;

use crate::event::{EventKind, Why};
use crate::id::{Epoch, ReplicaId};
use crate::message::{Head, Message};
use crate::record::{Durable, DurableGroup, Record};
use crate::rules::Rule;
use crate::time::Micros;

use super::timers::Timer;
use super::{RESEND, Replica, longer};

/// The answers so far.
#[derive(Clone, Debug, Hash)]
pub(super) struct Recovery {
    nonce: u64,
    got: BTreeMap<ReplicaId, Option<Durable>>,
    pub(super) pause: Micros,
}

impl Replica {
    /// Whether this replica must not vote.
    pub(super) fn is_recovering(&self) -> bool {
        self.recovery.is_some()
    }

    /// Begins to ask all others.
    pub(super) fn recover(&mut self) {
        let nonce = self.rng.bits();
        self.recovery = Some(Recovery { nonce, got: BTreeMap::new(), pause: RESEND });
        self.emit(None, None, EventKind::Recovering);
        self.repeat_recovery();
        self.finish_recovery();
    }

    /// Asks those again who have not answered.
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

    pub(super) fn on_recover(&mut self, from: ReplicaId, nonce: u64) {
        let state = (!self.is_recovering()).then(|| self.durable());
        self.send(from, None, Message::Recovery { nonce, state });
    }

    pub(super) fn on_recovery(&mut self, from: ReplicaId, head: &Head, nonce: u64, state: Option<Durable>) {
        match &mut self.recovery {
            Some(recovery) if recovery.nonce == nonce => {
                recovery.got.insert(from, state);
                self.finish_recovery();
            }
            Some(_) | None => self.ignore(head, Why::NotWaiting),
        }
    }

    /// Once all have answered: takes over what they know, durably, and joins.
    fn finish_recovery(&mut self) {
        let Some(recovery) = &self.recovery else { return };
        let heard = recovery.got.len() + 1;
        let all = usize::from(self.cluster.size);
        let enough = if self.cluster.breaks(Rule::RecoverFromAll) { self.cluster.majority() } else { all };
        if heard < enough {
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

/// Returns the highest promises and the best logs of the furthest generation; `None` when nobody holds anything.
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
