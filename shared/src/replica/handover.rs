//! The other side of a claim: who is asked promises, or has the claimer wait, or refuses; a primary gives its role up.
//!
//! The asking side is `claim`. An owner answers when its own writes are done, so rivals queue up at it.
//! Source: PROTOCOL.md, sections 3.3 (`on Claim`) and 3.7.

use crate::event::{EventKind, Role};
use crate::id::{GroupId, Seq, TraceId};
use crate::message::{Ask, Message};
use crate::time::Micros;

use super::Replica;
use super::group::{Held, Part};
use super::timers::Timer;

/// How long a primary with unfinished writes keeps a claimer waiting at most.
const HOLD_AT_MOST: Micros = Micros::from_millis(3_000);

/// How long a replica that gave a group up waits, at least, for whoever wanted it.
const FORSAKEN: Micros = Micros::from_millis(1_000);

impl Replica {
    pub(super) fn on_claim(&mut self, id: GroupId, claim: &Held) {
        let me = self.id;
        let until = self.now + HOLD_AT_MOST;
        let group = self.group_mut(id);
        let promised = group.durable.promised;
        let busy = matches!(group.part, Part::Primary(_)) && !group.waiting.is_empty();
        let taken = claim.create.is_some() && group.len() > Seq(0) && !busy;
        if claim.epoch < promised || taken {
            return self.refuse(id, claim);
        }
        if claim.epoch == promised {
            if group.durable.accepted < promised {
                self.promise(id, claim);
            }
            return;
        }
        let held = Held { until, ..claim.clone() };
        match &mut group.part {
            Part::Primary(primary) if !group.waiting.is_empty() => hold(&mut primary.held, held),
            Part::Claiming(claiming) if claim.ask == Ask::Owner => hold(&mut claiming.held, held),
            Part::Primary(_) => self.hand_over(id, claim),
            Part::Backup | Part::Claiming(_) => {
                let mine = promised.owner().is_none_or(|owner| owner == me);
                if claim.ask == Ask::Owner && !mine { self.refuse(id, claim) } else { self.hand_over(id, claim) }
            }
        }
    }

    /// Takes a group back that this replica gave up and nobody took over, when there is something to spread in it.
    pub(super) fn claim_if_forsaken(&mut self, id: GroupId) {
        let me = self.id;
        if self.group_mut(id).must_be_spread_by(me) {
            self.start_claim(id, false, None);
        }
    }

    fn refuse(&mut self, id: GroupId, claim: &Held) {
        let promised = self.group_mut(id).durable.promised;
        self.send(claim.from, claim.trace.clone(), Message::Nack { group: id, epoch: claim.epoch, promised });
    }

    /// Promises the claimer's epoch, durably; a primary gives up its role in the same step.
    fn hand_over(&mut self, id: GroupId, claim: &Held) {
        self.group_mut(id).durable.promised = claim.epoch;
        self.persist_promise(id, claim.epoch);
        let kind = EventKind::Promised { group: id, epoch: claim.epoch };
        self.emit(claim.trace.clone(), None, kind);
        let create = self.group_mut(id).claiming().is_some_and(|claiming| claiming.create);
        let held = self.step_down(id, claim.trace.clone());
        self.promise(id, claim);
        self.answer_held(id, held);
        if create {
            self.give_up_id(id);
        }
    }

    fn promise(&mut self, id: GroupId, claim: &Held) {
        let below = claim.create.map(|above| self.positions_between(above, id)).unwrap_or_default();
        let group = self.group_mut(id);
        let message = Message::Promise {
            group: id,
            epoch: claim.epoch,
            below,
            accepted: group.durable.accepted,
            commit: group.commit,
            log: group.part_for(claim.has),
        };
        self.send(claim.from, claim.trace.clone(), message);
    }

    /// Becomes a backup; operations that wait here try again after a moment. Returns the claims it had held.
    pub(super) fn step_down(&mut self, id: GroupId, trace: Option<TraceId>) -> Vec<Held> {
        let group = self.group_mut(id);
        let held = match std::mem::replace(&mut group.part, Part::Backup) {
            Part::Backup => return Vec::new(),
            Part::Claiming(claiming) => claiming.held,
            Part::Primary(primary) => primary.held,
        };
        let epoch = group.durable.promised;
        let wait = FORSAKEN.0 + self.rng.range(0, FORSAKEN.0);
        self.timers.set(Timer::Group(id), self.now + Micros(wait));
        self.dirty.remove(&id);
        self.emit(trace, None, EventKind::Became { group: id, role: Role::Backup, epoch });
        self.back_off(id);
        held
    }

    /// Answers claims that had to wait, the lowest epoch first: the others can then follow in turn.
    pub(super) fn answer_held(&mut self, id: GroupId, mut held: Vec<Held>) {
        held.sort_by_key(|claim| claim.epoch);
        for claim in held {
            self.on_claim(id, &claim);
        }
    }

    /// Lets waiting claimers have the group once this primary's own writes are done, or have taken too long.
    pub(super) fn release_held(&mut self, id: GroupId) {
        let now = self.now;
        let Some(group) = self.groups.get_mut(&id) else { return };
        let idle = group.waiting.is_empty();
        let Part::Primary(primary) = &mut group.part else { return };
        if !idle && !primary.held.iter().any(|claim| claim.until <= now) {
            return;
        }
        let mut held = std::mem::take(&mut primary.held);
        held.sort_by_key(|claim| claim.epoch);
        let (promised, written) = (group.durable.promised, group.len() > Seq(0));
        let next = held.iter().position(|claim| claim.epoch > promised && !(claim.create.is_some() && written));
        let next = next.map(|index| held.remove(index));
        if let Some(claim) = next {
            self.hand_over(id, &claim);
        }
        self.answer_held(id, held);
    }
}

/// Remembers a claim for later, one per claimer.
fn hold(held: &mut Vec<Held>, claim: Held) {
    let until = held.iter().find(|other| other.from == claim.from).map_or(claim.until, |other| other.until);
    held.retain(|other| other.from != claim.from);
    held.push(Held { until, ..claim });
}
