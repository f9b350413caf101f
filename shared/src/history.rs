//! Histories: requests of concurrent clients with their answers, and checkers of consistency over them.
//!
//! Filled by test drivers, over the simulation and over real processes alike; a checker sees a system from outside
//! only. Nothing here talks to a replica, reads a clock or knows the protocol.
//!
//! | checker | what it shows |
//! |---|---|
//! | [`linearizable`] | one order of all operations on a note explains every answer and respects real time |
//! | [`sessions`] | the four guarantees of a client that carries its token along |
//! | [`committed`] | reads above the level `local` return only what is in the committed order |
//! | [`stale_read`] and the others of [`anomalies`] | an example of what a weaker level allows |
//!
//! What the caller must see to: a retried request is one operation, from its first sending to its last answer; a list
//! is one read per note; the history begins with an empty store; and for all but [`linearizable`], each creation,
//! replacement and change gives a title that no other gives, so that a value names the write that made it.
//! Bodies that are all different, or all the same, keep the search short where many outcomes are unknown.

use std::collections::BTreeMap;
use std::fmt;

use crate::config::Reads;
use crate::id::{NoteId, ReplicaId};
use crate::note::{Command, Note, Version, next_version};

pub mod anomalies;
mod frontier;
pub mod linearizability;
pub mod order;
mod search;
pub mod session;
mod states;
#[cfg(test)]
mod tests;

pub use anomalies::{dirty_read, inversion, lost_write, missing_own_write, stale_read, store_buffering};
pub use linearizability::{Violation, linearizable};
pub use order::{Order, committed};
pub use session::sessions;

/// Who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub u64);

/// The number of an operation in its history, from 1 in the order of the calls to [`History::invoke`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(pub u64);

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A creation was done and made this note.
    Created(NoteId),
    /// Another write was done.
    Done,
    /// A read found the note.
    Found(Note),
    /// A read or a write found no such note.
    Missing,
}

/// The time and the content of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// The time, in the unit of [`Operation::invoked`].
    pub at: u64,
    /// The answer.
    pub answer: Answer,
}

/// One operation of one client on one note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Who asked.
    pub client: ClientId,
    /// What was asked: anything but the list.
    pub command: Command,
    /// The note; `None` for a creation as long as nobody knows what it made.
    pub note: Option<NoteId>,
    /// Which replica was asked, where that is known.
    pub replica: Option<ReplicaId>,
    /// The level of a read.
    pub reads: Reads,
    /// The place in its client's session: it carried the token of those before. `None` carried no token.
    pub session: Option<u64>,
    /// When it was sent, in any unit that grows.
    pub invoked: u64,
    /// What came back; `None` when the outcome is unknown: it takes effect at any time after `invoked`, or never.
    pub returned: Option<Returned>,
}

impl Operation {
    /// Makes a local operation outside of any session, without an answer yet.
    pub fn new(client: ClientId, command: Command, invoked: u64) -> Operation {
        let note = command.note();
        Operation { client, command, note, replica: None, reads: Reads::Local, session: None, invoked, returned: None }
    }

    fn answer(&self) -> Option<&Answer> {
        self.returned.as_ref().map(|returned| &returned.answer)
    }

    /// What this write makes of a note (without the version's number); `None` when it finds no note.
    fn effect(&self, before: Option<&Note>) -> Option<Version> {
        let before = before.map(|note| Version { version: 0, note: Some(note.clone()) });
        next_version(&self.command, before.as_ref())
    }
}

/// One line: who, where, when, what, and what came back.
impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "client {}", self.client.0)?;
        if let Some(replica) = self.replica {
            write!(f, " at {replica}")?;
        }
        match &self.returned {
            Some(returned) => write!(f, ", {} to {}: ", self.invoked, returned.at)?,
            None => write!(f, ", {} to ?: ", self.invoked)?,
        }
        match &self.command {
            Command::List => f.write_str("list")?,
            Command::Read(note) => write!(f, "read {note} ({:?})", self.reads)?,
            Command::Create(content) => write!(f, "create {}", Content(Some(content)))?,
            Command::Replace(note, content) => write!(f, "replace {note} by {}", Content(Some(content)))?,
            Command::Change(note, content) => write!(f, "change {note} with {}", Content(Some(content)))?,
            Command::Delete(note) => write!(f, "delete {note}")?,
        }
        match self.answer() {
            None => f.write_str(" → unknown"),
            Some(Answer::Created(note)) => write!(f, " → created {note}"),
            Some(Answer::Done) => f.write_str(" → done"),
            Some(Answer::Found(content)) => write!(f, " → {}", Content(Some(content))),
            Some(Answer::Missing) => f.write_str(" → missing"),
        }
    }
}

/// A note's content in a line.
struct Content<'a>(Option<&'a Note>);

impl fmt::Display for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(note) = self.0 else { return f.write_str("no note") };
        let fields = [("title", &note.title), ("body", &note.body)];
        let fields = fields.into_iter().filter_map(|(name, text)| text.as_ref().map(|text| format!("{name} {text:?}")));
        write!(f, "{{{}}}", fields.collect::<Vec<_>>().join(", "))
    }
}

/// An operation with its number, as reports show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The number.
    pub id: OperationId,
    /// The operation.
    pub operation: Operation,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} {}", self.id.0, self.operation)
    }
}

/// All requests of clients, with their answers. Operations that were surely not performed are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    operations: BTreeMap<OperationId, Operation>,
    invoked: u64,
}

impl History {
    /// Adds an operation when it is sent. Until it is answered, its outcome is unknown.
    ///
    /// # Panics
    /// When it is the list: add one read per note instead.
    pub fn invoke(&mut self, operation: Operation) -> OperationId {
        assert_ne!(operation.command, Command::List, "a list is one read per note");
        self.invoked += 1;
        let id = OperationId(self.invoked);
        self.operations.insert(id, operation);
        id
    }

    /// Notes the answer to an operation.
    ///
    /// # Panics
    /// When it came before the operation was sent.
    pub fn answer(&mut self, id: OperationId, at: u64, answer: Answer) {
        if let Answer::Created(note) = answer {
            self.created(id, note);
        }
        if let Some(operation) = self.operations.get_mut(&id) {
            assert!(at >= operation.invoked, "answered before it was sent: {operation}");
            operation.returned = Some(Returned { at, answer });
        }
    }

    /// Notes which note a creation made, found out after the fact.
    pub fn created(&mut self, id: OperationId, note: NoteId) {
        if let Some(operation) = self.operations.get_mut(&id) {
            operation.note = Some(note);
        }
    }

    /// Drops an operation that was refused: it surely was not done.
    pub fn refuse(&mut self, id: OperationId) {
        self.operations.remove(&id);
    }

    /// Returns the operations in the order of their numbers.
    pub fn operations(&self) -> impl Iterator<Item = (OperationId, &Operation)> {
        self.operations.iter().map(|(id, operation)| (*id, operation))
    }

    /// Returns one operation.
    pub fn operation(&self, id: OperationId) -> Option<&Operation> {
        self.operations.get(&id)
    }

    /// Returns the history without the reads that `keep` turns down. Every guarantee of the whole holds of the rest,
    /// so a history with reads of several levels is checked level by level. Writes all stay: reads may show them.
    #[must_use]
    pub fn with_reads(&self, mut keep: impl FnMut(&Operation) -> bool) -> History {
        let mut history = self.clone();
        history.operations.retain(|_, operation| !operation.command.is_read() || keep(operation));
        history
    }

    fn line(&self, id: OperationId) -> Line {
        Line { id, operation: self.operations[&id].clone() }
    }
}
