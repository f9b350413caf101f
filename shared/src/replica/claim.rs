//! Claims: the only way in which the primary role of a group moves. This is the claimer's side; `handover` is the
//! other.
//!
//! In local-write a claim is the handoff: the old primary's promise carries the item and ends its own right to write
//! it, in one record. In remote-write it begins a primary's term. It needs the promises of a majority, and as long as
//! that one is not suspected, the promise of the last owner, so that nothing is lost even where only the primary had
//! acknowledged.
//!
//! A claimer first asks the replica that seems to own the group, which answers when its own writes are done. So
//! concurrent claims queue at the owner, and each gets the group in turn. Only then are the others asked.
//!
//! | rule | where |
//! |---|---|
//! | persist before send | `start_claim`, `handover::hand_over` |
//! | the log of the highest epoch | `best` |
//! | a majority promises; the last owner is heard, or suspected by a majority | `begin_if_ready`, `missing_owner` |
//! | whole install | `begin`, `updates::on_append` |
//!
//! Source: docs/PROTOCOL.md §4.3, §4.4, §4.5, §4.6, §5.3.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{EventKind, Role, Why};
use crate::id::{Epoch, GroupId, NoteId, ReplicaId, TraceId};
use crate::message::{Ask, Head, LogPart, Message};
use crate::record::Record;
use crate::rules::Rule;

use super::group::{Claiming, Group, Part, Primary, Promised};
use super::timers::Timer;
use super::{RESEND, RESEND_AT_MOST, Replica, longer};

impl Replica {
    /// Claims a group: makes a new epoch, promises it, and asks for the others' promises.
    pub(super) fn start_claim(&mut self, id: GroupId, create: bool, trace: Option<TraceId>) {
        let me = self.id;
        // Whoever owns the highest epoch known here; it may be out of date, then a `Nack` names a later owner.
        let owner = self.group_mut(id).hint().filter(|owner| *owner != me && !self.majority_suspects(*owner));
        let group = self.group_mut(id);
        // Above everything promised or seen here, so no earlier claim of this replica had this epoch. Its own promise
        // is a promise like any other: from here on it accepts nothing older.
        let epoch = group.durable.promised.max(group.seen).next(me);
        group.durable.promised = epoch;
        group.cause = trace;
        let ask = if owner.is_some() { Ask::Owner } else { Ask::All };
        group.part = Part::Claiming(Claiming {
            epoch,
            create,
            ask,
            asked: owner.into_iter().collect(),
            got: BTreeMap::new(),
            refused: BTreeSet::new(),
            deferred: Vec::new(),
            pause: RESEND,
        });
        self.persist_promise(id, epoch);
        self.emit_for(id, EventKind::Promised { group: id, epoch });
        self.emit_for(id, EventKind::Became { group: id, role: Role::Claiming, epoch });
        match owner {
            Some(owner) => self.ask(id, owner),
            None => self.ask_all(id),
        }
        self.timers.set(Timer::Group(id), self.now + RESEND);
        self.begin_if_ready(id);
    }

    fn ask(&mut self, id: GroupId, to: ReplicaId) {
        let Some(group) = self.groups.get(&id) else { return };
        let Part::Claiming(Claiming { epoch, create, ask, .. }) = group.part else { return };
        let (accepted, len) = (group.durable.accepted, group.len());
        let create = create.then_some(self.settled);
        let message = Message::Claim { group: id, epoch, commit: group.commit, accepted, len, ask, create };
        self.send(to, group.cause.clone(), message);
    }

    /// Asks every replica that has not promised.
    fn ask_all(&mut self, id: GroupId) {
        let Some(claiming) = self.groups.get_mut(&id).and_then(Group::claiming) else { return };
        claiming.ask = Ask::All;
        for to in self.without_promise(id) {
            self.ask(id, to);
        }
    }

    /// Sends a claim again that was not answered. An owner may be slow, or busy with other claims: it is asked several
    /// times before all are, because asking all would take the group from a claimer that is about to get it.
    pub(super) fn repeat_claim(&mut self, id: GroupId) {
        let Some(claiming) = self.groups.get_mut(&id).and_then(Group::claiming) else { return };
        if !claiming.refused.is_empty() {
            return self.find_out(id, None);
        }
        let pause = claiming.pause;
        claiming.pause = longer(pause);
        let owner = claiming.asked.last().copied().filter(|_| claiming.ask == Ask::Owner && pause < RESEND_AT_MOST);
        self.timers.set(Timer::Group(id), self.now + pause);
        match owner {
            Some(owner) => self.ask(id, owner),
            None => self.ask_all(id),
        }
        for waited_for in owner.map_or_else(|| self.without_promise(id), |owner| vec![owner]) {
            self.watch(waited_for);
        }
    }

    /// Returns the replicas that have not promised this claim.
    fn without_promise(&self, id: GroupId) -> Vec<ReplicaId> {
        let Some(Part::Claiming(claiming)) = self.groups.get(&id).map(|group| &group.part) else { return Vec::new() };
        self.others().filter(|id| !claiming.got.contains_key(id)).collect()
    }

    /// Continues a claim that waits for a replica which a majority suspects.
    pub(super) fn claim_without(&mut self, id: GroupId, suspect: ReplicaId) {
        if !self.majority_suspects(suspect) {
            return;
        }
        let Some(claiming) = self.groups.get_mut(&id).and_then(Group::claiming) else { return };
        if claiming.ask == Ask::Owner && claiming.asked.last() == Some(&suspect) {
            self.ask_all(id);
        }
        self.begin_if_ready(id);
    }

    pub(super) fn persist_promise(&mut self, group: GroupId, epoch: Epoch) {
        if !self.cluster.breaks(Rule::DurablePromise) {
            self.persist(Record::Promised { group, epoch });
        }
    }

    /// A replica refuses this one's claim, or its update. `refused` is the epoch of that message, `promised` what the
    /// sender has promised instead. A refusal changes nothing durable: at worst this replica gives up a role that it
    /// could have kept, and claims again.
    pub(super) fn on_nack(&mut self, from: ReplicaId, head: &Head, id: GroupId, refused: Epoch, promised: Epoch) {
        let (me, cluster) = (self.id, self.cluster);
        let group = self.group_mut(id);
        let epoch = match &group.part {
            Part::Claiming(claiming) => claiming.epoch,
            Part::Primary(primary) => primary.epoch,
            // The answer to a claim or an update of a role that this replica has given up since: nothing waits for it.
            Part::Backup => return self.ignore(head, Why::NotWaiting),
        };
        // From a replica that has promised a later epoch. A majority may have, and then nothing of this epoch can be
        // committed any more. Stepping down is always safe. The epoch is remembered, so that the next claim is above
        // it.
        if promised > epoch {
            group.seen = group.seen.max(promised);
            let create = group.claiming().is_some_and(|claiming| claiming.create);
            let claims = self.step_down(id, head.trace.clone());
            self.answer_deferred(id, claims);
            if create {
                self.give_up_id(id);
            }
            return;
        }
        // An answer to an earlier claim, or to an update that was sent before its sender promised this claim.
        let Some(claiming) = group.claiming().filter(|claiming| claiming.epoch == refused) else {
            return self.ignore(head, Why::OldEpoch);
        };
        // From a replica that has entries under the id that a creation wants. It promises no creation there, so once
        // too few are left for a majority the claim cannot succeed; a read finds out what is committed under the id.
        if claiming.create {
            claiming.refused.insert(from);
            let hopeless = usize::from(cluster.size) - claiming.refused.len() < cluster.majority();
            if hopeless || claiming.ask == Ask::Owner {
                self.find_out(id, head.trace.clone());
            }
            return;
        }
        let next = promised.owner().filter(|owner| *owner != me && !claiming.asked.contains(owner));
        match (claiming.ask, next) {
            // From a replica that is not the owner and names the one it knows. Each is asked once, so this ends.
            (Ask::Owner, Some(owner)) => {
                claiming.asked.push(owner);
                self.ask(id, owner);
            }
            // It knows no other: the owner is found by asking everybody, and `missing_owner` still waits for its
            // promise.
            (Ask::Owner, None) => self.ask_all(id),
            // A late answer to a question for the owner; everybody has been asked since.
            (Ask::All, _) => self.ignore(head, Why::OldEpoch),
        }
    }

    /// Gives up the claim of a new note, because another replica has entries under its id; a read finds out whether
    /// they are committed.
    fn find_out(&mut self, id: GroupId, trace: Option<TraceId>) {
        let GroupId::Note(note) = id else { return };
        let deferred = self.step_down(id, trace);
        self.answer_deferred(id, deferred);
        self.look_before(id, note);
    }

    /// A replica promises this one's claim and sends its log. It accepts nothing below `epoch` from now on, so what it
    /// sends cannot become out of date before this claim's term begins.
    pub(super) fn on_promise(&mut self, from: ReplicaId, head: &Head, id: GroupId, epoch: Epoch, promised: Promised) {
        let len = self.group_mut(id).len();
        // The log part begins where this replica said that its own log ends. Only a promise to a claim of the same
        // epoch that it made before it lost its disk, with a longer log, does not fit.
        let fits = promised.log.base.is_some() || promised.log.after <= len;
        let claiming = self.groups.get_mut(&id).and_then(Group::claiming);
        let Some(claiming) = claiming.filter(|claiming| claiming.epoch == epoch && fits) else {
            // Too late, or for an earlier claim: counting it would give this claim a vote that nobody cast.
            return self.ignore(head, Why::NotWaiting);
        };
        // A second copy replaces the first and has the same log: its sender accepts nothing before this claim's
        // install.
        claiming.got.insert(from, promised);
        let asked_owner = claiming.ask == Ask::Owner;
        if !self.begin_if_ready(id) && asked_owner {
            self.ask_all(id);
        }
    }

    /// Becomes primary once the promises allow it; returns whether the claim is over.
    fn begin_if_ready(&mut self, id: GroupId) -> bool {
        let Some(group) = self.groups.get(&id) else { return false };
        let Part::Claiming(claiming) = &group.part else { return false };
        // A majority, this replica included: one of them holds every committed entry (docs/PROTOCOL.md §4.3).
        if claiming.got.len() + 1 < self.cluster.majority() {
            return false;
        }
        // The last owner may hold writes that it alone has acknowledged. The claim waits for its promise, unless a
        // majority suspects it and somebody may take over (docs/PROTOCOL.md §4.5, §4.6).
        let missing = self.missing_owner(group);
        if missing.is_some_and(|owner| !self.majority_suspects(owner)) && !self.cluster.breaks(Rule::HearOwner) {
            return false;
        }
        // A creation must not leave out an id at which its own first attempt may yet be committed: a read finds out,
        // and the creation begins again (docs/PROTOCOL.md §4.18).
        if let Some(unknown) = self.unknown_below(id) {
            let deferred = self.step_down(id, None);
            self.answer_deferred(id, deferred);
            self.look_before(id, unknown);
            return true;
        }
        let part = std::mem::replace(&mut self.group_mut(id).part, Part::Backup);
        let Part::Claiming(claiming) = part else { return false };
        if let Some(owner) = missing {
            self.emit_for(id, EventKind::TookOver { group: id, owner });
        }
        self.begin(id, claiming);
        true
    }

    /// Returns the lower id that keeps a creation from beginning: no note is known to be committed there.
    fn unknown_below(&mut self, id: GroupId) -> Option<NoteId> {
        let create = self.groups.get_mut(&id).and_then(Group::claiming).is_some_and(|claiming| claiming.create);
        if create { self.unsettled_below(id) } else { None }
    }

    /// Returns the last owner, as far as the promises show, if its own promise is missing.
    ///
    /// That is the owner of the highest *accepted* epoch: a claimer that promised a higher one and never became primary
    /// has written nothing (docs/PROTOCOL.md §4.5).
    fn missing_owner(&self, group: &Group) -> Option<ReplicaId> {
        let Part::Claiming(Claiming { got, .. }) = &group.part else { return None };
        let mine =
            if self.cluster.breaks(Rule::OwnerByAccepted) { group.durable.promised } else { group.durable.accepted };
        let accepted = got.values().map(|promised| promised.accepted).max().unwrap_or(Epoch::NONE);
        accepted.max(mine).owner().filter(|owner| *owner != self.id && !got.contains_key(owner))
    }

    /// Begins the term: takes over the best log, makes it the log of the new epoch in one record, and performs the
    /// operations that waited for it.
    fn begin(&mut self, id: GroupId, claiming: Claiming) {
        let Claiming { epoch, got, deferred, .. } = claiming;
        let accepted = got.values().map(|promised| promised.accepted).max().unwrap_or(Epoch::NONE);
        let commit = got.values().map(|promised| promised.commit).max().unwrap_or_default();
        let by_epoch = !self.cluster.breaks(Rule::BestByEpoch);
        let group = self.group_mut(id);
        // The epoch of the log taken over: backups with a log of the same epoch need only what lies above it.
        let from = accepted.max(group.durable.accepted);
        let nothing_new = LogPart { base: None, after: group.len(), entries: Vec::new() };
        let log = best(group, got, by_epoch).unwrap_or(nothing_new);
        let committed = group.commit;
        // Leader completeness (docs/PROTOCOL.md §11.3), as far as this replica can see it.
        assert!(log.end() >= committed, "{id}: the chosen log ends at {}, committed is {committed}", log.end());
        let taken = group.accept(epoch, log);
        group.commit = committed.max(commit);
        let (len, commit) = (group.len(), group.commit);
        group.part = Part::Primary(Primary {
            epoch,
            from,
            adopted: len,
            matched: BTreeMap::new(),
            sent: BTreeMap::new(),
            commits: BTreeMap::new(),
            updates: Vec::new(),
            deferred: Vec::new(),
            pause: RESEND,
        });
        // Before the install is sent: this replica's copy counts as one of the majority.
        self.persist(Record::Accepted { group: id, epoch, log: taken.part });
        self.emit_for(id, EventKind::Accepted { group: id, epoch, len, changes: taken.changes });
        if !taken.lost.is_empty() {
            self.emit_for(id, EventKind::RolledBack { group: id, entries: taken.lost });
        }
        if commit > committed {
            self.emit_for(id, EventKind::Committed { group: id, seq: commit });
        }
        self.emit_for(id, EventKind::Became { group: id, role: Role::Primary, epoch });
        self.dirty.insert(id);
        self.moved(id);
        // This replica's own operations come first; claims that came meanwhile follow once those are answered.
        self.drive_group(id);
        if let Some(Part::Primary(primary)) = self.groups.get_mut(&id).map(|group| &mut group.part) {
            primary.deferred = deferred;
        }
        self.advance(id);
    }

    /// Emits an event with the trace of the client request that the group works for.
    pub(super) fn emit_for(&mut self, id: GroupId, kind: EventKind) {
        let trace = self.groups.get(&id).and_then(|group| group.cause.clone());
        self.emit(trace, None, kind);
    }
}

impl Group {
    pub(super) fn claiming(&mut self) -> Option<&mut Claiming> {
        match &mut self.part {
            Part::Claiming(claiming) => Some(claiming),
            Part::Backup | Part::Primary(_) => None,
        }
    }
}

/// Returns the log to take over, chosen by (accepted epoch, length); `None` when this replica's own is the best.
///
/// Never by length alone: a long log of an old epoch may hold entries that were never committed, where a shorter one of
/// a later epoch holds those that were (docs/PROTOCOL.md §4.4).
fn best(group: &Group, got: BTreeMap<ReplicaId, Promised>, by_epoch: bool) -> Option<LogPart> {
    let rank = |accepted, len| (if by_epoch { accepted } else { Epoch::NONE }, len);
    let best = got.into_values().max_by_key(|promised| rank(promised.accepted, promised.log.end()))?;
    let mine = rank(group.durable.accepted, group.len());
    (rank(best.accepted, best.log.end()) > mine).then_some(best.log)
}
