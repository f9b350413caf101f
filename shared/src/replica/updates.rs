//! Updates: the primary sends entries to its backups, they acknowledge, and entries become committed.
//!
//! *Committed* means durable on a majority; whether a client is answered before or after that is its ack policy. A
//! backup accepts only what is not older than its promise, and installs a new epoch whole or not at all. Source:
//! docs/PROTOCOL.md §4.2, §4.7, §4.8, §4.10, §5.5.

use crate::event::{EventKind, Why};
use crate::id::{Epoch, GroupId, ReplicaId, Seq};
use crate::message::{Head, LogPart, Message};
use crate::record::Record;
use crate::rules::Rule;

use super::group::{Group, Part, Primary};
use super::timers::Timer;
use super::{Output, RESEND, Replica, longer};

/// What an update carries besides its entries: how far the primary knows the log to have spread.
#[derive(Clone)]
pub(super) struct CommitInfo {
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

/// An update as it was received.
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
    pub known: CommitInfo,
}

impl Replica {
    /// Sends every backup of every changed group what it has not been sent yet.
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
        // The install begins where the backup has said that it fits. Before it has said anything, the install carries
        // no entries of older epochs: a backup that has them all takes it, any other answers `Behind`.
        let after = sent.unwrap_or_else(|| primary.commits.get(&to).copied().unwrap_or(primary.adopted));
        let (epoch, from) = (primary.epoch, primary.from);
        let mut log = group.durable.part_after(after);
        // Only what follows the install comes in batches; the install is whole.
        if sent.is_some() {
            log.entries.truncate(batch);
        }
        primary.sent.insert(to, log.end());
        let message = group.append(id, (epoch, from), sent.is_none(), log);
        let trace = group.cause.clone();
        self.send(to, trace, message);
        true
    }

    /// Sends again what backups have not acknowledged.
    pub(super) fn repeat_updates(&mut self, id: GroupId) {
        self.release_deferred(id);
        let others: Vec<ReplicaId> = self.others().collect();
        let Some(group) = self.groups.get_mut(&id) else { return };
        let len = group.len();
        let Part::Primary(primary) = &mut group.part else { return };
        let behind: Vec<ReplicaId> = others.into_iter().filter(|to| primary.lacks_ack(*to, len)).collect();
        if behind.is_empty() && primary.deferred.is_empty() {
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

    /// Sends a replica that is reachable again, at once, what it lacks.
    pub(super) fn update_again(&mut self, to: ReplicaId) {
        for (id, group) in &mut self.groups {
            let len = group.len();
            let Part::Primary(primary) = &mut group.part else { continue };
            if primary.lacks_ack(to, len) {
                primary.send_again(to);
                primary.pause = RESEND;
                self.dirty.insert(*id);
            }
        }
    }

    /// A primary sends entries: the install of its epoch, entries behind it, or only what it knows of the commit.
    pub(super) fn on_append(&mut self, sender: ReplicaId, head: &Head, id: GroupId, update: Update) {
        let Update { epoch, install, before, log, known } = update;
        let fenceless = self.cluster.breaks(Rule::Fence);
        let group = self.group_mut(id);
        // Fencing: the sender was primary before an epoch that this replica has promised. Accepting would let a deposed
        // primary commit what the new one does not have. The refusal tells it that it is deposed.
        if epoch < group.durable.promised && !fenceless {
            let promised = group.durable.promised;
            return self.send(sender, head.trace.clone(), Message::Nack { group: id, epoch, promised });
        }
        let (commit, accepted, len) = (group.commit, group.durable.accepted, group.len());
        let notice = !install && log.base.is_none() && log.entries.is_empty();
        let newer = epoch > accepted;
        let fits = if newer {
            // The first update of a later epoch must be its install, and must leave a log equal to the primary's. So it
            // brings everything (`base`), or it begins where this log is surely the same: at or below the commit, which
            // every later epoch keeps, or inside of a log of the epoch that the primary took over (`before`), because
            // logs of one epoch are equal as far as both go.
            install && (log.base.is_some() || log.after <= commit || (before == accepted && log.after <= len))
        } else {
            // The same epoch only grows. What overlaps is equal; what begins behind the end would leave a hole.
            log.after <= len || log.base.is_some()
        };
        if !fits {
            // Nothing was taken, so nothing can be half installed; the primary sends again from the commit on.
            return self.send(sender, head.trace.clone(), Message::Behind { group: id, epoch, commit });
        }
        group.cause.clone_from(&head.trace);
        // An install ends this replica's own term or claim, which is of a lower epoch.
        let claims = if newer { self.step_down(id, head.trace.clone()) } else { Vec::new() };
        self.take(id, epoch, newer, log);
        self.learn(id, known);
        let len = self.group_mut(id).len();
        // A notice brings no entries, and its sender waits for no answer. All else is acknowledged, a second copy too:
        // the first acknowledgement may be lost. The record of `take` stands before it (persist before send).
        if !notice {
            self.send(sender, head.trace.clone(), Message::Ack { group: id, epoch, len });
        }
        if self.cluster.breaks(Rule::SyncBeforeAck) {
            self.out.sort_by_key(|output| matches!(output, Output::Persist(_)));
        }
        self.answer_deferred(id, claims);
        self.settle(id);
        self.fold(id);
    }

    /// Puts what is new of an update into the log, in one record: an install replaces, all else extends.
    fn take(&mut self, id: GroupId, epoch: Epoch, newer: bool, mut log: LogPart) {
        if newer && self.cluster.breaks(Rule::WholeInstall) {
            log.entries.truncate(1);
        }
        let group = self.group_mut(id);
        if !newer {
            let len = group.len();
            // A snapshot that reaches beyond this log's end replaces it; of all else only the new entries are taken.
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

    /// Takes over what the primary knows of the group. Each position only grows, so an old update does no harm.
    fn learn(&mut self, id: GroupId, known: CommitInfo) {
        let group = self.group_mut(id);
        group.active |= known.active;
        group.everywhere = group.everywhere.max(known.everywhere);
        group.learn_live(known.live, known.without);
        // The primary may have committed more than this update reached: of that, nothing is here to be shown.
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

    /// A backup has this primary's log up to `len`, durably. Its epoch is this one's, so its log is a part of this log;
    /// an acknowledgement of an earlier term may be of entries that were replaced, and does not count.
    pub(super) fn on_ack(&mut self, from: ReplicaId, head: &Head, id: GroupId, epoch: Epoch, len: Seq) {
        let Some(primary) = self.primary_of(id, epoch) else { return self.ignore(head, Why::OldEpoch) };
        let matched = primary.matched.entry(from).or_insert(len);
        *matched = len.max(*matched);
        primary.pause = RESEND;
        self.timers.set(Timer::Group(id), self.now + RESEND);
        self.advance(id);
    }

    /// A backup could not take an update: the install goes out again, from what the backup surely has.
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

    /// Derives from the acknowledgements what is committed and who may be answered.
    pub(super) fn advance(&mut self, id: GroupId) {
        let majority = if self.cluster.breaks(Rule::MajorityCommit) { 1 } else { self.cluster.majority() };
        let others: Vec<ReplicaId> = self.others().collect();
        let suspected = self.suspected();
        let group = self.group_mut(id);
        let len = group.len();
        let unfinished = group.commit;
        let Part::Primary(primary) = &mut group.part else { return };
        let mut matched: Vec<Option<Seq>> = others.iter().map(|id| primary.matched.get(id).copied()).collect();
        let live = others.iter().filter(|id| !suspected.contains(id)).map(|id| primary.matched.get(id).copied());
        let live = live.min().unwrap_or(Some(len)).unwrap_or_default();
        matched.push(Some(len));
        matched.sort_unstable_by(|a, b| b.cmp(a));
        // The largest position that a majority has; `None` while no majority has installed this epoch. It may lie in
        // the log that was taken over: the install made that part of this epoch (docs/PROTOCOL.md §4.10).
        let on_majority = matched[majority - 1];
        let adopted = primary.adopted;
        group.active = on_majority.is_some_and(|seq| seq >= adopted);
        let everywhere = matched.last().copied().flatten().unwrap_or_default();
        let took_over = adopted > unfinished && live >= adopted && group.live < adopted;
        group.everywhere = group.everywhere.max(everywhere);
        group.learn_live(live, suspected.into_iter().collect());
        self.commit(id, on_majority.unwrap_or_default());
        self.settle(id);
        if took_over {
            self.notify(id);
        }
        self.release_deferred(id);
        self.fold(id);
    }

    /// Sends the backups the new commit at once: the previous primary may have clients that wait for it.
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

    /// Folds the whole log once it is on every replica and no write came for a while: an owner that restarts then knows
    /// that it has nothing to spread.
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
    pub(super) fn lacks_ack(&self, of: ReplicaId, seq: Seq) -> bool {
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
