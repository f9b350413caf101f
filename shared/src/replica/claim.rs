//! Claims: the only way in which the primary role of a group moves.
//!
//! A claim is the handoff of local-write (the old primary's promise carries the item and fences its giver in
//! the same durable step) and the start of a primary's term in remote-write. It needs promises of a majority,
//! and, as long as nobody is suspected, that of the last active owner, so that nothing is lost even where only
//! the primary had acknowledged.
//!
//! A claimer asks the replica that seems to hold the group first; it answers when its own writes are done. So
//! rivals queue up at the owner, and each gets the group in turn. Only then are the others asked.
//!
//! | rule (PROTOCOL.md, 3.3) | where |
//! |---|---|
//! | a promise is durable before it is said | `handover::hand_over`, `start_claim` |
//! | the log is chosen by (accepted epoch, length) | `best` |
//! | the required owner is that of the largest *accepted* epoch; it is done without only when a majority misses it | `begin_if_ready`, `owner_to_hear` |
//! | a new epoch is installed whole | `begin`, `updates::on_append` |
//!
//! Source: PROTOCOL.md, sections 3.3 and 3.7.

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
    /// Begins a term: promises an epoch of its own and asks for the group.
    pub(super) fn start_claim(&mut self, id: GroupId, create: bool, trace: Option<TraceId>) {
        let me = self.id;
        let owner = self.group_mut(id).hint().filter(|owner| *owner != me && !self.is_gone(*owner));
        let group = self.group_mut(id);
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
            held: Vec::new(),
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

    /// Asks every replica whose promise is missing.
    fn ask_all(&mut self, id: GroupId) {
        let Some(claiming) = self.groups.get_mut(&id).and_then(Group::claiming) else { return };
        claiming.ask = Ask::All;
        for to in self.silent(id) {
            self.ask(id, to);
        }
    }

    /// Says a claim again that was not answered. An owner may be slow, or busy with others' claims: it is asked
    /// several times before all are, because that would take the group from whoever is about to have it.
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
        for silent in owner.map_or_else(|| self.silent(id), |owner| vec![owner]) {
            self.watch(silent);
        }
    }

    /// Returns whose promise a claim misses.
    fn silent(&self, id: GroupId) -> Vec<ReplicaId> {
        let Some(Part::Claiming(claiming)) = self.groups.get(&id).map(|group| &group.part) else { return Vec::new() };
        self.others().filter(|id| !claiming.got.contains_key(id)).collect()
    }

    /// Goes on with a claim that waits for a replica which a majority misses.
    pub(super) fn claim_without(&mut self, id: GroupId, missed: ReplicaId) {
        if !self.is_gone(missed) {
            return;
        }
        let Some(claiming) = self.groups.get_mut(&id).and_then(Group::claiming) else { return };
        if claiming.ask == Ask::Owner && claiming.asked.last() == Some(&missed) {
            self.ask_all(id);
        }
        self.begin_if_ready(id);
    }

    pub(super) fn persist_promise(&mut self, group: GroupId, epoch: Epoch) {
        if !self.cluster.breaks(Rule::DurablePromise) {
            self.persist(Record::Promised { group, epoch });
        }
    }

    pub(super) fn on_nack(&mut self, from: ReplicaId, head: &Head, id: GroupId, refused: Epoch, promised: Epoch) {
        let (me, cluster) = (self.id, self.cluster);
        let group = self.group_mut(id);
        let epoch = match &group.part {
            Part::Claiming(claiming) => claiming.epoch,
            Part::Primary(primary) => primary.epoch,
            Part::Backup => return self.ignore(head, Why::NotWaiting),
        };
        if promised > epoch {
            group.seen = group.seen.max(promised);
            let create = group.claiming().is_some_and(|claiming| claiming.create);
            let claims = self.step_down(id, head.trace.clone());
            self.answer_held(id, claims);
            if create {
                self.give_up_id(id);
            }
            return;
        }
        let Some(claiming) = group.claiming().filter(|claiming| claiming.epoch == refused) else {
            return self.ignore(head, Why::OldEpoch);
        };
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
            (Ask::Owner, Some(owner)) => {
                claiming.asked.push(owner);
                self.ask(id, owner);
            }
            (Ask::Owner, None) => self.ask_all(id),
            (Ask::All, _) => self.ignore(head, Why::OldEpoch),
        }
    }

    /// Gives the claim of a new note up, because somebody has entries under its id: a read tells what is committed.
    fn find_out(&mut self, id: GroupId, trace: Option<TraceId>) {
        let GroupId::Note(note) = id else { return };
        let held = self.step_down(id, trace);
        self.answer_held(id, held);
        self.look_before(id, note);
    }

    pub(super) fn on_promise(&mut self, from: ReplicaId, head: &Head, id: GroupId, epoch: Epoch, promised: Promised) {
        let len = self.group_mut(id).len();
        // Before its disk was lost this replica may have claimed the same epoch, with a longer log.
        let fits = promised.log.base.is_some() || promised.log.after <= len;
        let claiming = self.groups.get_mut(&id).and_then(Group::claiming);
        let Some(claiming) = claiming.filter(|claiming| claiming.epoch == epoch && fits) else {
            return self.ignore(head, Why::NotWaiting);
        };
        claiming.got.insert(from, promised);
        let asked_owner = claiming.ask == Ask::Owner;
        if !self.begin_if_ready(id) && asked_owner {
            self.ask_all(id);
        }
    }

    /// Becomes primary once the promises allow it; returns whether they did.
    fn begin_if_ready(&mut self, id: GroupId) -> bool {
        let Some(group) = self.groups.get(&id) else { return false };
        let Part::Claiming(claiming) = &group.part else { return false };
        if claiming.got.len() + 1 < self.cluster.majority() {
            return false;
        }
        let unheard = self.owner_to_hear(group);
        if unheard.is_some_and(|owner| !self.is_gone(owner)) && !self.cluster.breaks(Rule::HearOwner) {
            return false;
        }
        if let Some(unknown) = self.unknown_below(id) {
            let held = self.step_down(id, None);
            self.answer_held(id, held);
            self.look_before(id, unknown);
            return true;
        }
        let part = std::mem::replace(&mut self.group_mut(id).part, Part::Backup);
        let Part::Claiming(claiming) = part else { return false };
        if let Some(owner) = unheard {
            self.emit_for(id, EventKind::TookOver { group: id, owner });
        }
        self.begin(id, claiming);
        true
    }

    /// Returns the id that keeps a creation from beginning: it is not known that another's note is committed there.
    fn unknown_below(&mut self, id: GroupId) -> Option<NoteId> {
        let create = self.groups.get_mut(&id).and_then(Group::claiming).is_some_and(|claiming| claiming.create);
        if create { self.unsettled_below(id) } else { None }
    }

    /// Returns the last active owner, as far as the promises tell, while its own promise is missing.
    fn owner_to_hear(&self, group: &Group) -> Option<ReplicaId> {
        let Part::Claiming(Claiming { got, .. }) = &group.part else { return None };
        let mine =
            if self.cluster.breaks(Rule::OwnerByAccepted) { group.durable.promised } else { group.durable.accepted };
        let accepted = got.values().map(|promised| promised.accepted).max().unwrap_or(Epoch::NONE);
        accepted.max(mine).owner().filter(|owner| *owner != self.id && !got.contains_key(owner))
    }

    /// Takes the best log over, installs it as the log of a new epoch, and does what waited for it.
    fn begin(&mut self, id: GroupId, claiming: Claiming) {
        let Claiming { epoch, got, held, .. } = claiming;
        let accepted = got.values().map(|promised| promised.accepted).max().unwrap_or(Epoch::NONE);
        let commit = got.values().map(|promised| promised.commit).max().unwrap_or_default();
        let by_epoch = !self.cluster.breaks(Rule::BestByEpoch);
        let group = self.group_mut(id);
        let from = accepted.max(group.durable.accepted);
        let nothing_new = LogPart { base: None, after: group.len(), entries: Vec::new() };
        let log = best(group, got, by_epoch).unwrap_or(nothing_new);
        let committed = group.commit;
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
            held: Vec::new(),
            pause: RESEND,
        });
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
        self.drive_group(id);
        if let Some(Part::Primary(primary)) = self.groups.get_mut(&id).map(|group| &mut group.part) {
            primary.held = held;
        }
        self.advance(id);
    }

    /// Says an event on behalf of the client request that a group works for.
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

/// Returns the log to take over, chosen by (accepted epoch, length); `None` when it is this replica's own.
fn best(group: &Group, got: BTreeMap<ReplicaId, Promised>, by_epoch: bool) -> Option<LogPart> {
    let rank = |accepted, len| (if by_epoch { accepted } else { Epoch::NONE }, len);
    let best = got.into_values().max_by_key(|promised| rank(promised.accepted, promised.log.end()))?;
    let mine = rank(group.durable.accepted, group.len());
    (rank(best.accepted, best.log.end()) > mine).then_some(best.log)
}
