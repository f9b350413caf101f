//! Updates: the primary tells its backups, they acknowledge, and entries become safe.
//!
//! *Committed* means durable on a majority; whether a client hears earlier or later is its ack policy. A backup
//! accepts only what is not older than its promise, and takes a new epoch whole or not at all.
//! Source: PROTOCOL.md, section 3.3 (`on Append`, `on Ack`, `write`).

use crate::event::{EventKind, Why};
use crate::id::{Epoch, GroupId, ReplicaId, Seq};
use crate::message::{Head, LogPart, Message};
use crate::record::Record;
use crate::rules::Rule;

use super::group::{Group, Part, Primary};
use super::timers::Timer;
use super::{Output, RESEND, Replica, longer};

/// What an update tells besides its entries.
#[derive(Clone)]
pub(super) struct Known {
    /// How far the log is on a majority.
    pub commit: Seq,
    /// How far it is on every replica.
    pub everywhere: Seq,
    /// How far it is on every replica that the primary does not suspect.
    pub live: Seq,
    /// Whom the primary suspects.
    pub without: Vec<ReplicaId>,
    /// Whether the epoch is installed on a majority.
    pub active: bool,
}

/// An update, as it came.
pub(super) struct Update {
    /// The primary's epoch.
    pub epoch: Epoch,
    /// Whether it is the first of that epoch for this replica.
    pub install: bool,
    /// The epoch of the log that the primary began with.
    pub before: Epoch,
    /// The entries.
    pub log: LogPart,
    /// What else the primary knows.
    pub known: Known,
}

impl Replica {
    /// Sends every backup of every changed group what it has not been sent.
    pub(super) fn replicate_dirty(&mut self) {
        while let Some(id) = self.dirty.pop_first() {
            self.replicate(id);
        }
    }

    fn replicate(&mut self, id: GroupId) {
        for to in self.others() {
            while self.update(id, to) {}
        }
        let primary = self.groups.get_mut(&id).and_then(Group::primary).is_some();
        if primary && !self.timers.is_set(&Timer::Group(id)) {
            self.timers.set(Timer::Group(id), self.now + RESEND);
        }
    }

    /// Sends one update to one backup; returns whether there was anything to send.
    fn update(&mut self, id: GroupId, to: ReplicaId) -> bool {
        let batch = self.cluster.limits.batch;
        let Some(group) = self.groups.get_mut(&id) else { return false };
        let len = group.len();
        let Part::Primary(primary) = &mut group.part else { return false };
        let sent = primary.sent.get(&to).copied();
        if sent.is_some_and(|sent| sent >= len) {
            return false;
        }
        let after = sent.unwrap_or_else(|| primary.commits.get(&to).copied().unwrap_or(primary.adopted));
        let (epoch, from) = (primary.epoch, primary.from);
        let mut log = group.durable.part_after(after);
        if sent.is_some() {
            log.entries.truncate(batch);
        }
        primary.sent.insert(to, log.end());
        let message = group.append(id, (epoch, from), sent.is_none(), log);
        let trace = group.cause.clone();
        self.send(to, trace, message);
        true
    }

    /// Says again what backups have not acknowledged.
    pub(super) fn repeat_updates(&mut self, id: GroupId) {
        self.release_held(id);
        let others: Vec<ReplicaId> = self.others().collect();
        let Some(group) = self.groups.get_mut(&id) else { return };
        let len = group.len();
        let Part::Primary(primary) = &mut group.part else { return };
        let behind: Vec<ReplicaId> = others.into_iter().filter(|to| primary.misses_ack(*to, len)).collect();
        if behind.is_empty() && primary.held.is_empty() {
            return self.fold_spread(id);
        }
        for to in &behind {
            primary.send_again(*to);
        }
        let pause = primary.pause;
        primary.pause = longer(pause);
        self.timers.set(Timer::Group(id), self.now + pause);
        self.dirty.insert(id);
        for to in behind {
            self.watch(to);
        }
    }

    /// Tells a replica that has come back, at once, what it lacks.
    pub(super) fn update_again(&mut self, to: ReplicaId) {
        for (id, group) in &mut self.groups {
            let len = group.len();
            let Part::Primary(primary) = &mut group.part else { continue };
            if primary.misses_ack(to, len) {
                primary.send_again(to);
                primary.pause = RESEND;
                self.dirty.insert(*id);
            }
        }
    }

    pub(super) fn on_append(&mut self, sender: ReplicaId, head: &Head, id: GroupId, update: Update) {
        let Update { epoch, install, before, log, known } = update;
        let fenceless = self.cluster.breaks(Rule::Fence);
        let group = self.group_mut(id);
        if epoch < group.durable.promised && !fenceless {
            let promised = group.durable.promised;
            return self.send(sender, head.trace.clone(), Message::Nack { group: id, epoch, promised });
        }
        let (commit, accepted, len) = (group.commit, group.durable.accepted, group.len());
        let notice = !install && log.base.is_none() && log.entries.is_empty();
        let newer = epoch > accepted;
        let fits = if newer {
            // Logs of one epoch are equal as far as both go, so whoever has that of `before` has its beginning.
            install && (log.base.is_some() || log.after <= commit || (before == accepted && log.after <= len))
        } else {
            log.after <= len || log.base.is_some()
        };
        if !fits {
            return self.send(sender, head.trace.clone(), Message::Behind { group: id, epoch, commit });
        }
        group.cause.clone_from(&head.trace);
        let claims = if newer { self.step_down(id, head.trace.clone()) } else { Vec::new() };
        self.take(id, epoch, newer, log);
        self.learn(id, known);
        let len = self.group_mut(id).len();
        if !notice {
            self.send(sender, head.trace.clone(), Message::Ack { group: id, epoch, len });
        }
        if self.cluster.breaks(Rule::SyncBeforeAck) {
            self.out.sort_by_key(|output| matches!(output, Output::Persist(_)));
        }
        self.answer_held(id, claims);
        self.settle(id);
        self.fold(id);
    }

    /// Puts what is new of an update into the log, durably.
    fn take(&mut self, id: GroupId, epoch: Epoch, newer: bool, mut log: LogPart) {
        if newer && self.cluster.breaks(Rule::WholeInstall) {
            log.entries.truncate(1);
        }
        let group = self.group_mut(id);
        if !newer {
            let len = group.len();
            // What of this epoch's log is folded beyond this replica's end comes whole; all else only extends.
            if log.after <= len {
                log.base = None;
                log.entries.retain(|entry| entry.seq > len);
                log.after = len;
                if log.entries.is_empty() {
                    return;
                }
            }
        }
        let taken = group.accept(epoch, log);
        let len = group.len();
        self.persist(Record::Accepted { group: id, epoch, log: taken.part });
        self.emit_for(id, EventKind::Accepted { group: id, epoch, len, changes: taken.changes });
        if !taken.lost.is_empty() {
            self.emit_for(id, EventKind::RolledBack { group: id, entries: taken.lost });
        }
    }

    /// Takes over what the primary knows of the whole group.
    fn learn(&mut self, id: GroupId, known: Known) {
        let group = self.group_mut(id);
        group.active |= known.active;
        group.everywhere = group.everywhere.max(known.everywhere);
        group.learn_live(known.live, known.without);
        let commit = known.commit.min(group.len());
        self.commit(id, commit);
    }

    pub(super) fn commit(&mut self, id: GroupId, seq: Seq) {
        let group = self.group_mut(id);
        if seq > group.commit {
            group.commit = seq;
            self.emit_for(id, EventKind::Committed { group: id, seq });
        }
    }

    pub(super) fn on_ack(&mut self, from: ReplicaId, head: &Head, id: GroupId, epoch: Epoch, len: Seq) {
        let Some(primary) = self.primary_of(id, epoch) else { return self.ignore(head, Why::OldEpoch) };
        let matched = primary.matched.entry(from).or_insert(len);
        *matched = len.max(*matched);
        primary.pause = RESEND;
        self.timers.set(Timer::Group(id), self.now + RESEND);
        self.advance(id);
    }

    pub(super) fn on_behind(&mut self, from: ReplicaId, head: &Head, id: GroupId, epoch: Epoch, commit: Seq) {
        let Some(primary) = self.primary_of(id, epoch) else { return self.ignore(head, Why::OldEpoch) };
        primary.commits.insert(from, commit);
        primary.sent.remove(&from);
        self.dirty.insert(id);
    }

    fn primary_of(&mut self, id: GroupId, epoch: Epoch) -> Option<&mut Primary> {
        let primary = self.groups.get_mut(&id).and_then(Group::primary)?;
        (primary.epoch == epoch).then_some(primary)
    }

    /// Draws the conclusions of what backups have acknowledged.
    pub(super) fn advance(&mut self, id: GroupId) {
        let majority = if self.cluster.breaks(Rule::MajorityCommit) { 1 } else { self.cluster.majority() };
        let others: Vec<ReplicaId> = self.others().collect();
        let missed = self.missed();
        let group = self.group_mut(id);
        let len = group.len();
        let unfinished = group.commit;
        let Part::Primary(primary) = &mut group.part else { return };
        let mut matched: Vec<Option<Seq>> = others.iter().map(|id| primary.matched.get(id).copied()).collect();
        let live = others.iter().filter(|id| !missed.contains(id)).map(|id| primary.matched.get(id).copied());
        let live = live.min().unwrap_or(Some(len)).unwrap_or_default();
        matched.push(Some(len));
        matched.sort_unstable_by(|a, b| b.cmp(a));
        let on_majority = matched[majority - 1];
        let adopted = primary.adopted;
        group.active = on_majority.is_some_and(|seq| seq >= adopted);
        let everywhere = matched.last().copied().flatten().unwrap_or_default();
        let took_over = adopted > unfinished && live >= adopted && group.live < adopted;
        group.everywhere = group.everywhere.max(everywhere);
        group.learn_live(live, missed.into_iter().collect());
        self.commit(id, on_majority.unwrap_or_default());
        self.settle(id);
        if took_over {
            self.notify(id);
        }
        self.release_held(id);
        self.fold(id);
    }

    /// Tells the backups at once how far the log is safe: whoever was primary before may have clients waiting.
    fn notify(&mut self, id: GroupId) {
        let Some(group) = self.groups.get(&id) else { return };
        let Part::Primary(Primary { epoch, from, .. }) = group.part else { return };
        let nothing = LogPart { base: None, after: group.len(), entries: Vec::new() };
        let message = group.append(id, (epoch, from), false, nothing);
        for to in self.others() {
            let trace = self.groups.get(&id).and_then(|group| group.cause.clone());
            self.send(to, trace, message.clone());
        }
    }

    /// Folds the whole log once it is on every replica and no write came for a while: a holder that restarts then
    /// knows that it has nothing to spread.
    fn fold_spread(&mut self, id: GroupId) {
        let group = self.group_mut(id);
        if group.is_spread() {
            let upto = group.len();
            self.compact(id, upto);
        }
    }

    /// Folds what every replica has into the base.
    fn fold(&mut self, id: GroupId) {
        let limits = self.cluster.limits;
        let group = self.group_mut(id);
        if let Some(upto) = group.foldable(limits) {
            self.compact(id, upto);
        }
    }

    fn compact(&mut self, id: GroupId, upto: Seq) {
        self.group_mut(id).durable.compact(upto);
        self.persist(Record::Compacted { group: id, upto });
    }
}

impl Primary {
    /// Whether a backup has not acknowledged the log up to `seq`.
    pub(super) fn misses_ack(&self, of: ReplicaId, seq: Seq) -> bool {
        self.matched.get(&of).is_none_or(|matched| *matched < seq)
    }

    /// Forgets what a backup was sent and has not acknowledged.
    fn send_again(&mut self, to: ReplicaId) {
        match self.matched.get(&to) {
            Some(matched) => self.sent.insert(to, *matched),
            None => self.sent.remove(&to),
        };
    }
}

impl Group {
    /// Makes the update that carries `log`, with all that this primary knows; `terms` are its epoch and that of the
    /// log it began with.
    fn append(&self, group: GroupId, terms: (Epoch, Epoch), install: bool, log: LogPart) -> Message {
        let (epoch, from) = terms;
        Message::Append {
            group,
            epoch,
            install,
            from,
            log,
            commit: self.commit,
            everywhere: self.everywhere,
            live: self.live,
            without: self.without.clone(),
            active: self.active,
        }
    }

    pub(super) fn primary(&mut self) -> Option<&mut Primary> {
        match &mut self.part {
            Part::Primary(primary) => Some(primary),
            Part::Backup | Part::Claiming(_) => None,
        }
    }
}
