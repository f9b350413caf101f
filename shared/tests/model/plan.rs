//! What a checked space contains: who may ask for what, and how much may go wrong.

use shared::config::{Ack, Mode, Reads};
use shared::id::{GroupId, NoteId, OpId, ReplicaId, TraceId};
use shared::note::{Command, Note};
use shared::replica::{Call, Cluster, RequestId};
use shared::request::{Method, Request};
use shared::session::Session;

/// The three replicas.
pub const ALL: &[ReplicaId] = &[ReplicaId(1), ReplicaId(2), ReplicaId(3)];

/// One write of a client.
#[derive(Clone, Copy, Debug)]
pub struct Write {
    /// Whether it changes note 1, or creates a note.
    pub changes: bool,
    /// When the client hears.
    pub ack: Ack,
    /// Where the client may ask.
    pub at: &'static [ReplicaId],
    /// How often it may ask.
    pub times: u8,
}

impl Write {
    /// A creation that the client asks for once.
    pub const fn create(ack: Ack, at: &'static [ReplicaId]) -> Write {
        Write { changes: false, ack, at, times: 1 }
    }

    /// A change of note 1 that the client asks for once.
    pub const fn change(ack: Ack, at: &'static [ReplicaId]) -> Write {
        Write { changes: true, ack, at, times: 1 }
    }

    /// The same, asked for up to `times` times.
    pub const fn retried(self, times: u8) -> Write {
        Write { times, ..self }
    }
}

/// How much may happen besides messages that arrive, in any order, any number of times, or never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Claims out of the blue.
    pub claims: u8,
    /// Timers that fire.
    pub timeouts: u8,
    /// Times that a replica begins to miss another.
    pub suspicions: u8,
    /// Crashes, each followed by a restart from the disk.
    pub crashes: u8,
    /// Disks that are lost.
    pub wipes: u8,
    /// Linearizable reads.
    pub reads: u8,
}

/// A space to be checked.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What it is called in the report.
    pub name: &'static str,
    /// What the replicas have in common.
    pub cluster: Cluster,
    /// The mode.
    pub mode: Mode,
    /// Whether the space begins once replica 1 has made note 1, everybody has it, and no message is under way; else
    /// it begins with three empty disks.
    pub settled: bool,
    /// Whether it matters how far logs are on every replica: for `all`, and where logs are folded.
    pub spread: bool,
    /// The clients' writes.
    pub writes: Vec<Write>,
    /// Who may crash or lose its disk.
    pub fragile: &'static [ReplicaId],
    /// Where linearizable reads may be asked for.
    pub readers: &'static [ReplicaId],
    /// What may go wrong.
    pub budget: Budget,
    /// What must have happened somewhere in the space, or the plan tests nothing.
    pub goals: Vec<super::goals::Goal>,
}

impl Plan {
    /// Returns the group that may be claimed out of the blue.
    pub fn group(&self) -> GroupId {
        self.mode.group_of(NoteId(1))
    }

    /// Returns the call of write `number`, counted from 1; 0 is the one that a settled space begins with.
    pub fn call(&self, number: u8) -> Call {
        let first = Write::create(Ack::All, ALL);
        let write = usize::from(number).checked_sub(1).map_or(first, |index| self.writes[index]);
        let title = format!("op-{number}");
        let note = Note { title: Some(title.as_str().into()), body: None };
        let (method, path, command) = if write.changes {
            (Method::Patch, "/note/1", Command::Change(NoteId(1), note))
        } else {
            (Method::Post, "/note", Command::Create(note))
        };
        call(&title, method, path, command, write.ack)
    }
}

/// Returns the call of a linearizable read of everything.
pub fn read() -> Call {
    let call = call("read", Method::Get, "/note", Command::List, Ack::All);
    Call { reads: Reads::Linearizable, ..call }
}

fn call(op: &str, method: Method, path: &str, command: Command, ack: Ack) -> Call {
    Call {
        op: OpId(op.to_owned()),
        trace: TraceId(op.to_owned()),
        ack,
        reads: Reads::Local,
        session: Session::default(),
        request: Request { method, path: path.to_owned(), body: serde_json::json!({}) },
        command: Ok(command),
    }
}

/// Names the request in which write `number` is asked for the `attempt`th time.
pub fn write_request(number: u8, attempt: u8) -> RequestId {
    RequestId(u64::from(number) * 10 + u64::from(attempt))
}

/// Names the request of a read.
pub fn read_request(number: u8) -> RequestId {
    RequestId(READS + u64::from(number))
}

const READS: u64 = 1_000;

/// Whose request it is.
pub enum Asker {
    /// That of a write.
    Write(u8),
    /// That of a read.
    Read(u8),
}

/// Returns whose request an answer belongs to.
pub fn asker(request: RequestId) -> Asker {
    let byte = |number: u64| u8::try_from(number).expect("requests have small numbers");
    if request.0 >= READS { Asker::Read(byte(request.0 - READS)) } else { Asker::Write(byte(request.0 / 10)) }
}
