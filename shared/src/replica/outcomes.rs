//! What becomes of the operations in a log: who may hear, and who has to begin anew.
//!
//! Called by `updates` whenever more is known of what is safe. Nothing here sends updates.
//! Source: PROTOCOL.md, sections 2.3 and 3.4.

use crate::config::Ack;
use crate::event::{Action, Phase};
use crate::id::{GroupId, OpId, ReplicaId, Seq};
use crate::message::Outcome;
use crate::rules::Rule;

use super::Replica;
use super::pending::Place;

impl Replica {
    /// Answers the operations that have become safe.
    pub(super) fn settle(&mut self, id: GroupId) {
        self.show_updates(id);
        let waiting = self.group_mut(id).waiting.clone();
        for op in waiting {
            match self.verdict(id, &op) {
                Verdict::Safe(outcome) => {
                    let without = self.without(id, &op, &outcome);
                    self.finish(&op, &outcome, &without);
                }
                Verdict::Gone => {
                    self.reopen(id, &op);
                    self.drive(&op);
                }
                Verdict::Wait => {}
            }
        }
    }

    /// Returns the replicas that are missed and have not acknowledged a write. With `all`, whoever has not acknowledged
    /// it was missed when the write became safe, even if it has been heard since.
    fn without(&mut self, id: GroupId, op: &OpId, outcome: &Outcome) -> Vec<ReplicaId> {
        let all = self.pending.get(op).is_some_and(|pending| pending.operation.ack == Ack::All);
        let others: Vec<ReplicaId> = self.others().collect();
        let group = self.group_mut(id);
        let seq = match outcome {
            Outcome::Done { seq, .. } => *seq,
            Outcome::Missing => return Vec::new(),
        };
        if group.everywhere >= seq {
            return Vec::new();
        }
        let missed = group.without.clone();
        let Some(primary) = group.primary() else { return missed };
        let candidates = if all { others } else { missed };
        candidates.into_iter().filter(|id| primary.misses_ack(*id, seq)).collect()
    }

    /// Answers a write that a majority has, though backups that are heard have not acknowledged it; returns whether
    /// it did. Source: PROTOCOL.md, section 2.3 ("committed, under-replicated").
    pub(super) fn finish_without_laggards(&mut self, op: &OpId) -> bool {
        let Some(pending) = self.pending.get(op) else { return false };
        let (Some(id), Place::Logged { epoch, seq, outcome }) = (pending.target, pending.place.clone()) else {
            return false;
        };
        let others: Vec<ReplicaId> = self.others().collect();
        let group = self.group_mut(id);
        if group.commit < seq {
            return false;
        }
        let Some(primary) = group.primary().filter(|primary| primary.epoch == epoch) else { return false };
        let without: Vec<ReplicaId> = others.into_iter().filter(|id| primary.misses_ack(*id, seq)).collect();
        self.finish(op, &outcome, &without);
        true
    }

    /// Says in the step log which updates have been answered.
    fn show_updates(&mut self, id: GroupId) {
        let group = self.group_mut(id);
        let (commit, live) = (group.commit, group.live.max(group.everywhere));
        let Some(primary) = group.primary() else { return };
        let answered = |seq: Seq, ack| commit >= seq && (ack != Ack::All || live >= seq);
        let (done, open) = std::mem::take(&mut primary.updates).into_iter().partition(|u| answered(u.seq, u.ack));
        primary.updates = open;
        let done: Vec<super::group::Update> = done;
        for update in done {
            self.stepped(&update.trace, Action::Update, Phase::Reply, update.method, Some(update.note));
        }
    }

    fn verdict(&self, id: GroupId, op: &OpId) -> Verdict {
        let (Some(group), Some(pending)) = (self.groups.get(&id), self.pending.get(op)) else { return Verdict::Wait };
        let Place::Logged { epoch, seq, outcome } = &pending.place else { return Verdict::Wait };
        if *epoch == group.durable.accepted {
            let at_once = pending.operation.ack == Ack::Primary && self.cluster.breaks(Rule::AckWhenActive);
            let safe = at_once || group.is_safe(pending.operation.ack, *seq);
            return if safe { Verdict::Safe(outcome.clone()) } else { Verdict::Wait };
        }
        match group.current.find(op) {
            Some((seq, note)) if group.is_safe(pending.operation.ack, seq) => Verdict::Safe(Outcome::of(note, seq)),
            None if group.active => Verdict::Gone,
            Some(_) | None => Verdict::Wait,
        }
    }

    /// Forgets where an operation was: it has surely not been done.
    fn reopen(&mut self, id: GroupId, op: &OpId) {
        self.group_mut(id).waiting.retain(|waiting| waiting != op);
        let Some(pending) = self.pending.get_mut(op) else { return };
        pending.place = Place::Open;
        if pending.operation.command.note().is_none() && id != GroupId::Store {
            pending.target = None;
            pending.left = false;
        }
    }
}

/// What is known of an operation in a log.
enum Verdict {
    /// Its client may hear.
    Safe(Outcome),
    /// A later epoch, installed on a majority, does not have it: it can be done anew.
    Gone,
    /// Nothing yet.
    Wait,
}
