//! The side of a claim that is asked: it promises, defers the claim, or refuses; a primary gives up its role.
//!
//! The claimer's side is `claim`. An owner promises when its own writes are done, so concurrent claims queue at it.
//! Source: docs/PROTOCOL.md §4.1, §4.2, §5.3.

use crate::event::{EventKind, Role};
use crate::id::{GroupId, Seq, TraceId};
use crate::message::{Ask, Message};
use crate::time::Micros;

use super::Replica;
use super::group::{DeferredClaim, Part};
use super::timers::Timer;

/// How long a primary with unfinished writes defers a claim at most.
const DEFER_AT_MOST: Micros = Micros::from_millis(3_000);

/// How long a replica that gave up a group waits, at least, for another to become its primary.
const UNCLAIMED: Micros = Micros::from_millis(1_000);

impl Replica {
    /// Another replica claims a group, or a deferred claim is looked at again.
    pub(super) fn on_claim(&mut self, id: GroupId, claim: &DeferredClaim) {
        let me = self.id;
        let until = self.now + DEFER_AT_MOST;
        let group = self.group_mut(id);
        let promised = group.durable.promised;
        let busy = matches!(group.part, Part::Primary(_)) && !group.waiting.is_empty();
        // A creation wants an empty group. While a creation of this primary is not answered, the claim
        // is deferred, below.
        let taken = claim.create.is_some() && group.len() > Seq(0) && !busy;
        // From a claimer that does not know of a later promise (fencing), or a creation whose id is in use.
        if claim.epoch < promised || taken {
            return self.refuse(id, claim);
        }
        // The same claim again: its promise was lost or is late. It is repeated as long as the claim can use it. Once
        // the epoch's install is here the claimer is primary, and the answer would only be ignored.
        if claim.epoch == promised {
            if group.durable.accepted < promised {
                self.promise(id, claim);
            }
            return;
        }
        // A new claim. Deferring it is always safe: a promise that has not been sent binds nobody.
        let deferred = DeferredClaim { until, ..claim.clone() };
        match &mut group.part {
            // Its own clients come first. `release_deferred` answers when they are done, or after a while.
            Part::Primary(primary) if !group.waiting.is_empty() => defer(&mut primary.deferred, deferred),
            // This replica is about to be the owner whom the claimer looks for.
            Part::Claiming(claiming) if claim.ask == Ask::Owner => defer(&mut claiming.deferred, deferred),
            // The handoff.
            Part::Primary(_) => self.hand_over(id, claim),
            // A backup, or a claimer of a lower epoch. The owner is asked first, so a replica that is not the owner
            // names it; that keeps the other replicas out of a handoff. Asked as one of all, it promises.
            Part::Backup | Part::Claiming(_) => {
                let mine = promised.owner().is_none_or(|owner| owner == me);
                if claim.ask == Ask::Owner && !mine { self.refuse(id, claim) } else { self.hand_over(id, claim) }
            }
        }
    }

    /// Claims a group again that this replica gave up and that no other has become primary of, if it falls to this one
    /// to spread its last writes.
    pub(super) fn claim_if_unclaimed(&mut self, id: GroupId) {
        let me = self.id;
        if self.group_mut(id).must_be_spread_by(me) {
            self.start_claim(id, false, None);
        }
    }

    fn refuse(&mut self, id: GroupId, claim: &DeferredClaim) {
        let promised = self.group_mut(id).durable.promised;
        self.send(claim.from, claim.trace.clone(), Message::Nack { group: id, epoch: claim.epoch, promised });
    }

    /// Promises the claimer's epoch, durably; a primary gives up its role in the same step.
    fn hand_over(&mut self, id: GroupId, claim: &DeferredClaim) {
        // First the record: from here on nothing of an older epoch is accepted, from this replica's own term neither.
        // Then the role, so that no operation is added to a log that the promise has shown. Then the promise itself.
        self.group_mut(id).durable.promised = claim.epoch;
        self.persist_promise(id, claim.epoch);
        let kind = EventKind::Promised { group: id, epoch: claim.epoch };
        self.emit(claim.trace.clone(), None, kind);
        let create = self.group_mut(id).claiming().is_some_and(|claiming| claiming.create);
        let deferred = self.step_down(id, claim.trace.clone());
        self.promise(id, claim);
        self.answer_deferred(id, deferred);
        if create {
            self.give_up_id(id);
        }
    }

    fn promise(&mut self, id: GroupId, claim: &DeferredClaim) {
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

    /// Becomes a backup; operations that wait here are retried after a moment. Returns the claims it had deferred.
    ///
    /// Safe at any time: committed entries are in the promises of every majority, and for the rest of the log the next
    /// claim waits for this replica, as the last owner (docs/PROTOCOL.md §4.5).
    pub(super) fn step_down(&mut self, id: GroupId, trace: Option<TraceId>) -> Vec<DeferredClaim> {
        let group = self.group_mut(id);
        let deferred = match std::mem::replace(&mut group.part, Part::Backup) {
            Part::Backup => return Vec::new(),
            Part::Claiming(claiming) => claiming.deferred,
            Part::Primary(primary) => primary.deferred,
        };
        let epoch = group.durable.promised;
        let wait = UNCLAIMED.0 + self.rng.range(0, UNCLAIMED.0);
        self.timers.set(Timer::Group(id), self.now + Micros(wait));
        self.dirty.remove(&id);
        self.emit(trace, None, EventKind::Became { group: id, role: Role::Backup, epoch });
        self.back_off(id);
        deferred
    }

    /// Answers deferred claims, the lowest epoch first: the others can then follow in turn.
    pub(super) fn answer_deferred(&mut self, id: GroupId, mut deferred: Vec<DeferredClaim>) {
        deferred.sort_by_key(|claim| claim.epoch);
        for claim in deferred {
            self.on_claim(id, &claim);
        }
    }

    /// Hands the group over to a deferred claim once this primary's own writes are done, or have taken too long.
    pub(super) fn release_deferred(&mut self, id: GroupId) {
        let now = self.now;
        let Some(group) = self.groups.get_mut(&id) else { return };
        let idle = group.waiting.is_empty();
        let Part::Primary(primary) = &mut group.part else { return };
        if !idle && !primary.deferred.iter().any(|claim| claim.until <= now) {
            return;
        }
        let mut deferred = std::mem::take(&mut primary.deferred);
        deferred.sort_by_key(|claim| claim.epoch);
        // The lowest epoch that can still be promised gets the group; the others are then refused, or deferred by it.
        let (promised, written) = (group.durable.promised, group.len() > Seq(0));
        let next = deferred.iter().position(|claim| claim.epoch > promised && !(claim.create.is_some() && written));
        let next = next.map(|index| deferred.remove(index));
        if let Some(claim) = next {
            self.hand_over(id, &claim);
        }
        self.answer_deferred(id, deferred);
    }
}

/// Defers a claim, one per claimer; a repeated one is not deferred for longer.
fn defer(deferred: &mut Vec<DeferredClaim>, claim: DeferredClaim) {
    let until = deferred.iter().find(|other| other.from == claim.from).map_or(claim.until, |other| other.until);
    deferred.retain(|other| other.from != claim.from);
    deferred.push(DeferredClaim { until, ..claim });
}
