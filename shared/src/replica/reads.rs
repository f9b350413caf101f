//! Reads above `local`, and writes that find no note.
//!
//! Any replica answers any read by itself, from the committed part of its own log. It first asks all others in one
//! round how far their logs are. What a majority has is committed; and what was committed before the round began is in
//! some answer of any majority.
//!
//! | level | answers once |
//! |---|---|
//! | `local` | at once, from all that the replica holds: `clients` |
//! | `committed` | every entry here is known to be committed, or the others have been asked once |
//! | `session` | the committed log here has all that the client's session has seen |
//! | `linearizable` | the committed log here has all that the answers of a majority showed |
//!
//! Unlike Raft's read index, the question goes to all replicas and not through the primary, so a read needs no primary
//! and any replica serves it in one round trip. A read that cannot be answered because the owner of what it saw is down
//! claims the group, as a write would.
//!
//! Source: docs/PROTOCOL.md §4.13, §4.14, §4.15, §6; Ongaro 2014, section 6.4 (read index); Attiya, Bar-Noy & Dolev
//! 1995 (majorities).

mod answers;

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Reads as Level;
use crate::event::Why;
use crate::id::{Epoch, GroupId, NoteId, OpId, ReplicaId, Seq, TraceId};
use crate::message::{Head, Message, Position};
use crate::rng::Rng;
use crate::session::Session;
use crate::time::Micros;

use super::group::Part;
use super::pending::Origin;
use super::timers::Timer;
use super::{RESEND, Replica, longer};

/// How long a read waits at most before it is refused.
const PATIENCE: Micros = Micros::from_millis(10_000);
/// How long a `committed` read waits to learn whether the entries here are committed.
const BRIEFLY: Micros = Micros::from_millis(1_000);
/// After how many rounds a read claims the group of entries that no primary commits.
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
    /// The positions that each other replica has answered with.
    got: BTreeMap<ReplicaId, Vec<Position>>,
    /// The read index: the highest position of each group in the answers of the first majority, once there was one.
    index: Option<BTreeMap<GroupId, (Epoch, Seq)>>,
    rounds: u32,
    pause: Micros,
    expires: Micros,
}

/// For whom a read is made.
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
    /// Numbers rounds from a random number on: an answer to a round from before a crash may arrive long after the
    /// restart, and must find no round of its number.
    pub fn numbered_by(seed: u64) -> Reads {
        // JSON keeps numbers below 2⁵³ exact.
        Reads { last: Rng::new(!seed).bits() >> 12, open: BTreeMap::new() }
    }
}

#[cfg(feature = "model")]
impl Reads {
    /// Sets every read's counters to their last value.
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

    /// Finds out for a write whether there is really no such note, by a linearizable read.
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
            index: None,
            rounds: 0,
            pause: RESEND,
            expires: self.now + patience,
        };
        self.reads.open.insert(number, read);
        if !self.answer_if_seen(number) {
            self.ask_positions(number);
            self.timers.set(Timer::Read(number), self.now + RESEND);
            self.answer_if_seen(number);
        }
    }

    fn ask_positions(&mut self, number: u64) {
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

    /// A reader asks how far the logs are here. What is accepted counts, committed or not: the reader cannot know which
    /// of it another replica has committed already. Accepted entries are on the disk before the answer, by the order of
    /// outputs.
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

    /// An answer to one of this replica's rounds. A late one, also of an earlier round of the same read, only shows
    /// more.
    pub(super) fn on_read_index_ok(&mut self, from: ReplicaId, head: &Head, number: u64, positions: Vec<Position>) {
        let Some(read) = self.reads.open.get_mut(&number) else { return self.ignore(head, Why::NotWaiting) };
        read.got.insert(from, positions);
        self.set_read_index(number);
        self.learn_commits(number);
        self.answer_if_seen(number);
    }

    /// Fixes the read index once a majority has answered, this replica included.
    ///
    /// Safe: whatever was committed before the read began was on a majority then, so one of these answers shows it or a
    /// later epoch, which has it (docs/PROTOCOL.md §4.13).
    fn set_read_index(&mut self, number: u64) {
        let majority = self.cluster.majority();
        let Some(read) = self.reads.open.get(&number) else { return };
        if read.index.is_some() || read.got.len() + 1 < majority {
            return;
        }
        let mine = self.positions(read.note.map(|note| self.mode.group_of(note)));
        let mut index: BTreeMap<GroupId, (Epoch, Seq)> = BTreeMap::new();
        for position in read.got.values().flatten().copied().chain(mine) {
            let highest = index.entry(position.group).or_insert((position.accepted, position.len));
            *highest = (*highest).max((position.accepted, position.len));
        }
        if let Some(read) = self.reads.open.get_mut(&number) {
            read.index = Some(index);
        }
    }

    /// Commits here what the answers show to be on a majority.
    fn learn_commits(&mut self, number: u64) {
        let Some(read) = self.reads.open.get(&number) else { return };
        let answers: Vec<Vec<Position>> = read.got.values().cloned().collect();
        self.learn_from(&answers);
    }

    /// Commits what is on a majority; `answers` has one list of positions for each other replica that has answered.
    ///
    /// Only logs of this log's epoch are counted: as far as both go they are equal (log matching), so a position that a
    /// majority of them reaches is durable on a majority. What one of them knows to be committed is committed here,
    /// too.
    pub(super) fn learn_from(&mut self, answers: &[Vec<Position>]) {
        let majority = self.cluster.majority();
        let mut commits = Vec::new();
        let groups: BTreeSet<GroupId> = answers.iter().flatten().map(|at| at.group).collect();
        for id in groups {
            let Some(group) = self.groups.get(&id).filter(|group| group.durable.accepted != Epoch::NONE) else {
                continue;
            };
            let equal = |at: &&Position| at.group == id && at.accepted == group.durable.accepted;
            let equal: Vec<Position> = answers.iter().flatten().filter(equal).copied().collect();
            let mut lens: Vec<Seq> = equal.iter().map(|at| at.len).chain([group.len()]).collect();
            lens.sort_unstable_by(|a, b| b.cmp(a));
            let counted = lens.get(majority - 1).copied().unwrap_or_default();
            let known = equal.iter().map(|at| at.commit).max().unwrap_or_default();
            commits.push((id, counted.max(known).min(group.len())));
        }
        for (id, seq) in commits {
            self.commit(id, seq);
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
        self.ask_positions(number);
        self.unblock(number, rounds);
    }

    /// A read waits for entries that their primary does not commit: finds out whether that one is up, and claims the
    /// group when it is suspected by a majority or has not committed them for [`ROUNDS`] rounds.
    fn unblock(&mut self, number: u64, rounds: u32) {
        let Some(read) = self.reads.open.get(&number) else { return };
        let Some(index) = read.index.clone() else {
            let silent: Vec<ReplicaId> = self.others().filter(|id| !read.got.contains_key(id)).collect();
            return silent.into_iter().for_each(|id| self.watch(id));
        };
        for (id, (accepted, len)) in index {
            if self.has_committed(id, (accepted, len)) || self.is_frozen() {
                continue;
            }
            let owner = accepted.owner().filter(|owner| *owner != self.id);
            let idle = self.groups.get(&id).is_none_or(|group| matches!(group.part, Part::Backup));
            if idle && (rounds >= ROUNDS || owner.is_none_or(|owner| self.majority_suspects(owner))) {
                self.start_claim(id, false, None);
            } else if let Some(owner) = owner {
                self.watch(owner);
            }
        }
    }

    /// Answers the reads whose level is met by now; called after every input.
    pub(super) fn answer_reads(&mut self) {
        let numbers: Vec<u64> = self.reads.open.keys().copied().collect();
        for number in numbers {
            self.answer_if_seen(number);
        }
    }

    /// Begins every read again: positions of the generation before have no meaning in this one.
    pub(super) fn restart_reads(&mut self) {
        let numbers: Vec<u64> = self.reads.open.keys().copied().collect();
        for number in numbers {
            if let Some(read) = self.reads.open.get_mut(&number) {
                (read.got, read.index) = (BTreeMap::new(), None);
            }
            self.timers.set(Timer::Read(number), self.now + RESEND);
            self.ask_positions(number);
        }
    }
}
