//! Reads that must have seen more than what this replica happens to hold, and writes that find no note.
//!
//! Any replica answers any read by itself, from the committed part of its own log. What it must know first, it asks
//! of all others in one round: how far is your log? Whatever a majority has is committed; and whatever was committed
//! before the round began is in some answer of a majority.
//!
//! | level | answers once |
//! |---|---|
//! | `local` | at once, from all it holds: `clients` |
//! | `committed` | it has no entry of which it does not know whether it is committed, or has asked once |
//! | `session` | its committed log has all that the client's session has seen |
//! | `linearizable` | its committed log has all that any answer of a majority showed |
//!
//! Departure from PROTOCOL.md, section 3.3 (`read`): the question goes to all replicas instead of through the
//! primary, so that a read needs no primary and any replica serves it in one round trip. A read that cannot be
//! answered because the holder of what it saw is gone claims the group, as a write would.
//! Source: Ongaro 2014, section 6.4 (read index); Attiya, Bar-Noy, Dolev 1995 (majorities).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::api::{Problem, list_body, note_body};
use crate::config::{Mode, Reads as Level};
use crate::event::Why;
use crate::id::{Epoch, GroupId, NoteId, OpId, ReplicaId, Seq, TraceId};
use crate::message::{Head, Message, Outcome, Position};
use crate::rng::Rng;
use crate::rules::Rule;
use crate::session::Session;
use crate::time::Micros;

use super::group::{Group, Part};
use super::pending::Origin;
use super::timers::Timer;
use super::{RESEND, Replica, longer};

/// How long a read waits at most before its client is told that it was refused.
const PATIENCE: Micros = Micros::from_millis(10_000);
/// How long a `committed` read waits for news of what it cannot judge.
const BRIEFLY: Micros = Micros::from_millis(1_000);
/// After how many rounds a read claims a group in which it waits for what nobody commits.
const ROUNDS: u32 = 4;

/// Reads that wait.
#[derive(Clone, Debug, Hash)]
pub(super) struct Reads {
    last: u64,
    open: BTreeMap<u64, Read>,
}

/// One read that waits.
#[derive(Clone, Debug, Hash)]
struct Read {
    asker: Asker,
    level: Level,
    /// The note; `None` for the list.
    note: Option<NoteId>,
    session: Session,
    /// Who has answered, and where it is.
    got: BTreeMap<ReplicaId, Vec<Position>>,
    /// How far the answers of the first majority went, once there was one.
    bar: Option<BTreeMap<GroupId, (Epoch, Seq)>>,
    rounds: u32,
    pause: Micros,
    expires: Micros,
}

/// Who wants to know.
#[derive(Clone, Debug, Hash)]
enum Asker {
    Client {
        trace: TraceId,
        origin: Origin,
    },
    /// A write that has found no note here.
    Write(OpId),
}

impl Reads {
    /// Numbers rounds from a place that `seed` gives: an answer to a round that a crash has cut off may arrive long
    /// after the restart, and must find no round of its number.
    pub fn numbered_by(seed: u64) -> Reads {
        // JSON carries numbers below 2⁵³ unharmed.
        Reads { last: Rng::new(!seed).bits() >> 12, open: BTreeMap::new() }
    }
}

#[cfg(feature = "model")]
impl Reads {
    /// Lets every read be as impatient as it may become.
    pub fn forget_times(&mut self) {
        self.open.values_mut().for_each(|read| (read.rounds, read.pause) = (ROUNDS, RESEND));
    }

    /// Whether a round of questions still waits for answers.
    pub fn is_open(&self, number: u64) -> bool {
        self.open.contains_key(&number)
    }

    /// Lets a read have waited as long as it may.
    pub fn expire(&mut self, number: u64) {
        if let Some(read) = self.open.get_mut(&number) {
            read.expires = Micros(0);
        }
    }
}

impl Replica {
    /// Answers a client's read at a level above `local`.
    pub(super) fn read(
        &mut self,
        trace: TraceId,
        origin: Origin,
        level: Level,
        note: Option<NoteId>,
        session: Session,
    ) {
        let patience = if level == Level::Committed { BRIEFLY } else { PATIENCE };
        self.open_read(Asker::Client { trace, origin }, level, note, session, patience);
    }

    /// Finds out for a write whether there is really no such note.
    pub(super) fn confirm_missing(&mut self, op: &OpId, note: NoteId) {
        let asks = |read: &Read| matches!(&read.asker, Asker::Write(known) if known == op);
        if !self.reads.open.values().any(asks) {
            self.open_read(Asker::Write(op.clone()), Level::Linearizable, Some(note), Session::default(), PATIENCE);
        }
    }

    fn open_read(&mut self, asker: Asker, level: Level, note: Option<NoteId>, session: Session, patience: Micros) {
        self.reads.last += 1;
        let number = self.reads.last;
        let read = Read {
            asker,
            level,
            note,
            session,
            got: BTreeMap::new(),
            bar: None,
            rounds: 0,
            pause: RESEND,
            expires: self.now + patience,
        };
        self.reads.open.insert(number, read);
        if !self.answer_if_seen(number) {
            self.ask_how_far(number);
            self.timers.set(Timer::Read(number), self.now + RESEND);
            self.answer_if_seen(number);
        }
    }

    fn ask_how_far(&mut self, number: u64) {
        let Some(read) = self.reads.open.get(&number) else { return };
        let group = read.note.map(|note| self.mode.group_of(note));
        let trace = match &read.asker {
            Asker::Client { trace, .. } => Some(trace.clone()),
            Asker::Write(op) => self.pending.get(op).map(|pending| pending.operation.trace.clone()),
        };
        for to in self.others() {
            self.send(to, trace.clone(), Message::ReadIndex { read: number, group });
        }
    }

    pub(super) fn on_read_index(&mut self, from: ReplicaId, head: &Head, read: u64, group: Option<GroupId>) {
        let positions = self.positions(group);
        self.send(from, head.trace.clone(), Message::ReadIndexOk { read, positions });
    }

    /// Returns where this replica is in `group`, or in all, as far as it has any entries there.
    fn positions(&self, group: Option<GroupId>) -> Vec<Position> {
        let asked = |id: &GroupId| group.is_none_or(|group| group == *id);
        let known = self.groups.iter().filter(|(id, state)| asked(id) && state.len() > Seq(0));
        known.map(|(id, group)| group.position(*id)).collect()
    }

    pub(super) fn on_read_index_ok(&mut self, from: ReplicaId, head: &Head, number: u64, positions: Vec<Position>) {
        let Some(read) = self.reads.open.get_mut(&number) else { return self.ignore(head, Why::NotWaiting) };
        read.got.insert(from, positions);
        self.set_bar(number);
        self.learn_commits(number);
        self.answer_if_seen(number);
    }

    /// Once a majority has answered: whatever was committed before the read began is no further than this.
    fn set_bar(&mut self, number: u64) {
        let majority = self.cluster.majority();
        let Some(read) = self.reads.open.get(&number) else { return };
        if read.bar.is_some() || read.got.len() + 1 < majority {
            return;
        }
        let mine = self.positions(read.note.map(|note| self.mode.group_of(note)));
        let mut bar: BTreeMap<GroupId, (Epoch, Seq)> = BTreeMap::new();
        for position in read.got.values().flatten().copied().chain(mine) {
            let highest = bar.entry(position.group).or_insert((position.accepted, position.len));
            *highest = (*highest).max((position.accepted, position.len));
        }
        if let Some(read) = self.reads.open.get_mut(&number) {
            read.bar = Some(bar);
        }
    }

    /// Counts how far the answers show this replica's own log to be on a majority.
    fn learn_commits(&mut self, number: u64) {
        let Some(read) = self.reads.open.get(&number) else { return };
        let told: Vec<Vec<Position>> = read.got.values().cloned().collect();
        self.learn_from(&told);
    }

    /// Counts how far this replica's own logs are on a majority; `told` has one list of positions for each other
    /// replica that said where it is.
    pub(super) fn learn_from(&mut self, told: &[Vec<Position>]) {
        let majority = self.cluster.majority();
        let mut news = Vec::new();
        let groups: BTreeSet<GroupId> = told.iter().flatten().map(|at| at.group).collect();
        for id in groups {
            let Some(group) = self.groups.get(&id).filter(|group| group.durable.accepted != Epoch::NONE) else {
                continue;
            };
            let equal = |at: &&Position| at.group == id && at.accepted == group.durable.accepted;
            let equal: Vec<Position> = told.iter().flatten().filter(equal).copied().collect();
            let mut lens: Vec<Seq> = equal.iter().map(|at| at.len).chain([group.len()]).collect();
            lens.sort_unstable_by(|a, b| b.cmp(a));
            let counted = lens.get(majority - 1).copied().unwrap_or_default();
            let known = equal.iter().map(|at| at.commit).max().unwrap_or_default();
            news.push((id, counted.max(known).min(group.len())));
        }
        for (id, seq) in news {
            self.commit(id, seq);
        }
    }

    /// Answers a read if it may be answered; returns whether it is done.
    fn answer_if_seen(&mut self, number: u64) -> bool {
        let Some(read) = self.reads.open.get(&number) else { return true };
        if self.is_frozen() || !self.has_seen(read) {
            return false;
        }
        self.finish_read(number);
        true
    }

    fn has_seen(&self, read: &Read) -> bool {
        match read.level {
            Level::Local => true,
            Level::Committed => {
                read.bar.is_some() || self.groups_of(read).all(|(_, group)| group.commit == group.len())
            }
            Level::Session => self.has_caught_up(read) || self.cluster.breaks(Rule::SessionWaits),
            Level::Linearizable => match &read.bar {
                Some(bar) => bar.iter().all(|(id, bar)| self.is_beyond(*id, *bar)),
                None => self.cluster.breaks(Rule::ReadQuorum),
            },
        }
    }

    fn groups_of(&self, read: &Read) -> impl Iterator<Item = (&GroupId, &Group)> {
        let group = read.note.map(|note| self.mode.group_of(note));
        self.groups.iter().filter(move |(id, _)| group.is_none_or(|group| group == **id))
    }

    /// Whether the committed logs here have all that the session has seen of what is read.
    fn has_caught_up(&self, read: &Read) -> bool {
        let group = read.note.map(|note| self.mode.group_of(note));
        let commit = |id: &GroupId| self.groups.get(id).map_or(Seq(0), |group| group.commit);
        match read.session.generation.cmp(&self.generation) {
            std::cmp::Ordering::Less => true,
            std::cmp::Ordering::Greater => false,
            std::cmp::Ordering::Equal => {
                let mut wanted = read.session.seen.iter().filter(|(id, _)| group.is_none_or(|group| group == **id));
                wanted.all(|(id, seq)| commit(id) >= *seq)
            }
        }
    }

    /// Whether the committed log of a group has all that was committed when somebody's log reached `bar`.
    fn is_beyond(&self, id: GroupId, (accepted, len): (Epoch, Seq)) -> bool {
        if self.cluster.breaks(Rule::ReadCommitted) {
            return true;
        }
        let Some(group) = self.groups.get(&id) else { return false };
        match group.durable.accepted.cmp(&accepted) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => group.commit >= len,
            // A later epoch has all that was committed before it, and may have dropped the rest.
            std::cmp::Ordering::Greater => group.commit >= len.min(group.len()),
        }
    }

    pub(super) fn on_read_timeout(&mut self, number: u64) {
        if self.answer_if_seen(number) {
            return;
        }
        let Some(read) = self.reads.open.get_mut(&number) else { return };
        read.rounds += 1;
        let (pause, rounds) = (read.pause, read.rounds);
        read.pause = longer(pause);
        if read.expires <= self.now {
            return self.finish_read(number);
        }
        self.timers.set(Timer::Read(number), self.now + pause);
        self.ask_how_far(number);
        self.clear_the_way(number, rounds);
    }

    /// A read that waits for what its holder does not finish: finds out whether that one is there, and claims the
    /// group if it is not, or does nothing.
    fn clear_the_way(&mut self, number: u64, rounds: u32) {
        let Some(read) = self.reads.open.get(&number) else { return };
        let Some(bar) = read.bar.clone() else {
            let silent: Vec<ReplicaId> = self.others().filter(|id| !read.got.contains_key(id)).collect();
            return silent.into_iter().for_each(|id| self.watch(id));
        };
        for (id, (accepted, len)) in bar {
            if self.is_beyond(id, (accepted, len)) || self.is_frozen() {
                continue;
            }
            let holder = accepted.owner().filter(|owner| *owner != self.id);
            let idle = self.groups.get(&id).is_none_or(|group| matches!(group.part, Part::Backup));
            if idle && (rounds >= ROUNDS || holder.is_none_or(|holder| self.is_gone(holder))) {
                self.start_claim(id, false, None);
            } else if let Some(holder) = holder {
                self.watch(holder);
            }
        }
    }

    /// Answers reads that wait for what has become known of groups just now.
    pub(super) fn answer_reads(&mut self) {
        let numbers: Vec<u64> = self.reads.open.keys().copied().collect();
        for number in numbers {
            self.answer_if_seen(number);
        }
    }

    /// In another generation every read begins anew.
    pub(super) fn restart_reads(&mut self) {
        let numbers: Vec<u64> = self.reads.open.keys().copied().collect();
        for number in numbers {
            if let Some(read) = self.reads.open.get_mut(&number) {
                (read.got, read.bar) = (BTreeMap::new(), None);
            }
            self.timers.set(Timer::Read(number), self.now + RESEND);
            self.ask_how_far(number);
        }
    }

    /// Says what there is, or that it could not be found out in time.
    fn finish_read(&mut self, number: u64) {
        let Some(read) = self.reads.open.remove(&number) else { return };
        self.timers.clear(&Timer::Read(number));
        let seen = !self.is_frozen() && self.has_seen(&read);
        match &read.asker {
            Asker::Client { trace, origin } if seen || read.level == Level::Committed => {
                let (status, body) = self.committed_body(read.note);
                let session = self.session_of(&read);
                self.reply(trace, origin, status, body, session);
            }
            Asker::Client { trace, origin } => {
                let problem = Problem::refused("this replica could not catch up in time.");
                self.reply(trace, origin, problem.status, problem.body(), read.session);
            }
            Asker::Write(op) if seen => self.found_missing(op, read.note),
            Asker::Write(_) => {}
        }
    }

    fn committed_body(&self, note: Option<NoteId>) -> (u16, serde_json::Value) {
        let Some(id) = note else {
            let notes: BTreeMap<NoteId, _> = self.groups.values().flat_map(Group::committed_notes).collect();
            return (200, list_body(notes.iter().map(|(id, version)| (id, *version))));
        };
        let version = self.groups.get(&self.mode.group_of(id)).and_then(|group| group.committed(id));
        match version.and_then(|version| version.note.as_ref()) {
            Some(note) => (200, json!({ "res": true, "note": note_body(id, note) })),
            None => (404, Problem::unknown_note(id).body()),
        }
    }

    fn session_of(&self, read: &Read) -> Session {
        let mut session = read.session.clone();
        for (id, group) in self.groups_of(read) {
            session.see(self.generation, *id, group.commit);
        }
        session
    }

    /// A write has asked a majority whether its note is there.
    fn found_missing(&mut self, op: &OpId, note: Option<NoteId>) {
        if note.is_some_and(|note| self.looked_at(op, note)) {
            return;
        }
        let group = note.and_then(|id| self.groups.get(&self.mode.group_of(id)));
        let live = note.is_some_and(|id| group.is_some_and(|group| group.current.live(id).is_some()));
        let done = group.is_some_and(|group| group.current.find(op).is_some());
        if live || done || self.mode == Mode::RemoteWrite {
            self.drive(op);
        } else if self.pending.contains_key(op) {
            self.finish(op, &Outcome::Missing, &[]);
        }
    }
}
