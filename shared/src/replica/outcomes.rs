//! Outcomes: which operations of a log may be answered, and which have to be performed again.
//!
//! Called by `updates` whenever more is known of what is committed. Nothing here sends updates.
//! Source: docs/PROTOCOL.md §4.11, §5.5, §5.6.

use crate::config::Ack;
use crate::event::{Action, Phase};
use crate::id::{GroupId, OpId, ReplicaId, Seq};
use crate::message::Outcome;
use crate::rules::Rule;

use super::Replica;
use super::pending::Place;

impl Replica {
    /// Answers the operations whose ack policy is met; performs those again that a later epoch has dropped.
    pub(super) fn settle(&mut self, id: GroupId) {
        self.show_updates(id);
        let waiting = self.group_mut(id).waiting.clone();
        for op in waiting {
            match self.verdict(id, &op) {
                Verdict::Answer(outcome) => {
                    let without = self.without(id, &op, &outcome);
                    self.finish(&op, &outcome, &without);
                }
                Verdict::Redo => {
                    self.reopen(id, &op);
                    self.drive(&op);
                }
                Verdict::Wait => {}
            }
        }
    }

    /// Returns the replicas that are suspected and have not acknowledged a write. With `all`, whoever has not
    /// acknowledged it was suspected when the policy was met, even if it has answered since.
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
        let suspected = group.without.clone();
        let Some(primary) = group.primary() else { return suspected };
        let candidates = if all { others } else { suspected };
        candidates.into_iter().filter(|id| primary.lacks_ack(*id, seq)).collect()
    }

    /// Answers a committed write that reachable backups have not acknowledged; returns whether it did. The reply names
    /// them. Source: docs/PROTOCOL.md §5.5.
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
        let without: Vec<ReplicaId> = others.into_iter().filter(|id| primary.lacks_ack(*id, seq)).collect();
        self.finish(op, &outcome, &without);
        true
    }

    /// Emits the step log's line of each update that has been acknowledged.
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

    /// Decides what happens to an operation, from the log in which it was performed and the log that there is now.
    fn verdict(&self, id: GroupId, op: &OpId) -> Verdict {
        let (Some(group), Some(pending)) = (self.groups.get(&id), self.pending.get(op)) else { return Verdict::Wait };
        let Place::Logged { epoch, seq, outcome } = &pending.place else { return Verdict::Wait };
        // The log is still that of the term in which the operation was performed, so the position is still its own.
        if *epoch == group.durable.accepted {
            let at_once = pending.operation.ack == Ack::Primary && self.cluster.breaks(Rule::AckWhenActive);
            let met = at_once || group.satisfies(pending.operation.ack, *seq);
            return if met { Verdict::Answer(outcome.clone()) } else { Verdict::Wait };
        }
        // Another primary's log has replaced it.
        match group.current.find(op) {
            // It was carried over: the result is the recorded one.
            Some((seq, note)) if group.satisfies(pending.operation.ack, seq) => Verdict::Answer(Outcome::of(note, seq)),
            // It was not, and no earlier epoch can come back once a majority has installed this one.
            None if group.active => Verdict::Redo,
            Some(_) | None => Verdict::Wait,
        }
    }

    /// Takes an operation out of a group: it has surely not been performed there.
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

/// What to do with an operation that was put into a log.
enum Verdict {
    /// Its policy is met: answer the client.
    Answer(Outcome),
    /// A later epoch, installed on a majority, does not have it: perform it again.
    Redo,
    /// Neither is known yet.
    Wait,
}
