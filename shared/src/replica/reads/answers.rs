//! When a read may be answered, and with what.
//!
//! Source: docs/PROTOCOL.md §4.13, §4.14, §4.15, §6.

use std::collections::BTreeMap;

use serde_json::json;

use crate::api::{Problem, list_body, note_body};
use crate::config::{Mode, Reads as Level};
use crate::id::{Epoch, GroupId, NoteId, OpId, Seq};
use crate::message::Outcome;
use crate::replica::Replica;
use crate::replica::group::Group;
use crate::replica::timers::Timer;
use crate::rules::Rule;
use crate::session::Session;

use super::{Asker, Read};

impl Replica {
    /// Answers a read if it may be answered; returns whether it is done.
    pub(super) fn answer_if_seen(&mut self, number: u64) -> bool {
        let Some(read) = self.reads.open.get(&number) else { return true };
        if self.is_frozen() || !self.has_seen(read) {
            return false;
        }
        self.finish_read(number);
        true
    }

    /// Whether a read's level is met by the committed logs here.
    fn has_seen(&self, read: &Read) -> bool {
        match read.level {
            Level::Local => true,
            Level::Committed => {
                read.index.is_some() || self.groups_of(read).all(|(_, group)| group.commit == group.len())
            }
            Level::Session => self.has_caught_up(read) || self.cluster.breaks(Rule::SessionWaits),
            Level::Linearizable => match &read.index {
                Some(index) => index.iter().all(|(id, position)| self.has_committed(*id, *position)),
                None => self.cluster.breaks(Rule::ReadQuorum),
            },
        }
    }

    fn groups_of(&self, read: &Read) -> impl Iterator<Item = (&GroupId, &Group)> {
        let group = read.note.map(|note| self.mode.group_of(note));
        self.groups.iter().filter(move |(id, _)| group.is_none_or(|group| group == **id))
    }

    /// Whether the committed logs here have all that the session has seen of what is read. A later generation began
    /// with everything that was committed in an earlier one.
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

    /// Whether the committed log of a group has all that was committed when a log of epoch `accepted` ended at `len`.
    pub(super) fn has_committed(&self, id: GroupId, (accepted, len): (Epoch, Seq)) -> bool {
        if self.cluster.breaks(Rule::ReadCommitted) {
            return true;
        }
        let Some(group) = self.groups.get(&id) else { return false };
        match group.durable.accepted.cmp(&accepted) {
            // This replica has not installed that epoch yet.
            std::cmp::Ordering::Less => false,
            // The same log, as far as both go.
            std::cmp::Ordering::Equal => group.commit >= len,
            // A later epoch has all that was committed before it (leader completeness), and may have dropped the rest.
            std::cmp::Ordering::Greater => group.commit >= len.min(group.len()),
        }
    }

    /// Answers a read, or refuses it because its time is up.
    pub(super) fn finish_read(&mut self, number: u64) {
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

    /// A write has asked a majority whether its note exists.
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
