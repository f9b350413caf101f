//! Everything that replicas say to each other, and the head that every message carries.
//!
//! Messages are idempotent and sent without waiting: any of them may be lost, doubled or overtaken, and the
//! sender's own timers say it again. Source: PROTOCOL.md, section 3.2.

use serde::{Deserialize, Serialize};

use crate::clock::Stamp;
use crate::config::{Ack, Mode};
use crate::event::Step;
use crate::gist::Gist;
use crate::id::{Epoch, Generation, GroupId, MessageId, Node, NoteId, OpId, ReplicaId, Seq, TraceId};
use crate::note::{Command, Entry, Snapshot};
use crate::record::{Durable, DurableGroup};
use crate::request::{Reply, Request};

/// What every message carries, between replicas and between gateway and replica.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Pairs the send event with the receive event.
    pub message: MessageId,
    /// The receiver.
    pub to: Node,
    /// The client request that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceId>,
    /// Its place in the textbook's figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// The clocks of the send event.
    pub stamp: Stamp,
}

/// A message between two replicas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Who, to whom, when.
    pub head: Head,
    /// The sender's configuration.
    pub generation: Generation,
    /// What it says.
    pub message: Message,
}

/// A write that is on its way to the primary.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Operation {
    /// The same in every retry.
    pub op: OpId,
    /// The client request it belongs to.
    pub trace: TraceId,
    /// When the client hears.
    pub ack: Ack,
    /// What to do.
    pub command: Command,
}

/// What became of an operation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is entry `seq` of its group and changed `note`.
    Done {
        /// The note.
        note: NoteId,
        /// Its position.
        seq: Seq,
    },
    /// There is no such note; nothing changed.
    Missing,
}

impl Outcome {
    /// The outcome of the entry at `seq`, which changed `note` or nothing.
    pub fn of(note: Option<NoteId>, seq: Seq) -> Outcome {
        note.map_or(Outcome::Missing, |note| Outcome::Done { note, seq })
    }
}

/// Whom a claim is addressed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// The replica that seems to hold the group; it hands over when its own writes are done.
    Owner,
    /// Everybody whose promise is still missing.
    All,
}

/// A group's log as one replica holds it, from a position that the asker has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LogPart {
    /// What stands before the entries, when the asker lacks it and it was compacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Snapshot>,
    /// The position before the first entry (that of `base`, if there is one).
    pub after: Seq,
    /// The entries, without holes.
    pub entries: Vec<Entry>,
}

impl LogPart {
    /// Returns the position of the last entry.
    pub fn end(&self) -> Seq {
        self.entries.last().map_or(self.after, |entry| entry.seq)
    }
}

/// Where a replica is in one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The group.
    pub group: GroupId,
    /// The epoch under which its log was last written.
    pub accepted: Epoch,
    /// The end of its log.
    pub len: Seq,
    /// How far it knows the log to be on a majority.
    pub commit: Seq,
}

/// A generation that a switch proposes: its mode and what its groups begin with.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Proposal {
    /// The switch that proposes it.
    pub epoch: Epoch,
    /// The new generation.
    pub next: Generation,
    /// Its mode.
    pub mode: Mode,
    /// Its groups.
    pub groups: Vec<(GroupId, Snapshot)>,
}

/// All that a frozen replica holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SealedState {
    /// The generation it is frozen in.
    pub generation: Generation,
    /// The mode of that generation.
    pub mode: Mode,
    /// Every group: the epoch under which it was last written, and its whole log added up.
    pub groups: Vec<(GroupId, Epoch, Snapshot)>,
    /// The next generation that it has accepted and that may be in force already, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<Proposal>,
}

/// What one replica says to another.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum Message {
    /// Do this write: you are the primary (remote-write, W2).
    Forward {
        /// The write.
        operation: Operation,
    },
    /// This is what became of the write that you forwarded.
    Forwarded {
        /// Which.
        op: OpId,
        /// What became of it.
        outcome: Outcome,
        /// Who is suspected to be down and had not acknowledged it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        without: Vec<ReplicaId>,
    },
    /// I want to be the primary of `epoch`; send me what I lack.
    Claim {
        /// Which group.
        group: GroupId,
        /// The epoch wanted.
        epoch: Epoch,
        /// What the claimer has for sure.
        commit: Seq,
        /// The epoch under which the claimer's own log was last written.
        accepted: Epoch,
        /// The end of that log: who has a log of the same epoch need only send what lies above.
        len: Seq,
        /// Whom the claimer asks.
        ask: Ask,
        /// For a new note, the claimer wants the group only if it is empty: up to which id it knows that everything
        /// is committed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        create: Option<NoteId>,
    },
    /// I accept nothing below `epoch` from now on; this is my log.
    Promise {
        /// Which group.
        group: GroupId,
        /// The epoch promised.
        epoch: Epoch,
        /// The epoch under which my log was last written.
        accepted: Epoch,
        /// What I have for sure.
        commit: Seq,
        /// My log above what the claimer has of it.
        log: LogPart,
        /// For a new note: where I am in the groups between those that the claimer knows and this one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        below: Vec<Position>,
    },
    /// I do not promise: your epoch is old, or you asked for an owner and it is not me, or the id is taken.
    Nack {
        /// Which group.
        group: GroupId,
        /// The epoch that is refused.
        epoch: Epoch,
        /// What I promised.
        promised: Epoch,
    },
    /// Update: put these entries into your log (W3 in remote-write, W4 in local-write).
    Append {
        /// Which group.
        group: GroupId,
        /// The primary's epoch.
        epoch: Epoch,
        /// Whether this is the first of its epoch for the receiver: its log is made equal to the primary's.
        install: bool,
        /// The epoch under which the log that this epoch began with was written: whoever has that epoch's log
        /// already needs nothing of it again.
        from: Epoch,
        /// The entries, and what stands before them.
        log: LogPart,
        /// How far the group's log is on a majority.
        commit: Seq,
        /// How far it is on every replica.
        everywhere: Seq,
        /// How far it is on every replica that the primary does not suspect.
        live: Seq,
        /// Whom the primary suspects.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        without: Vec<ReplicaId>,
        /// Whether the epoch is installed on a majority: older epochs cannot come back.
        active: bool,
    },
    /// My log equals yours up to `len`, durably (W4 in remote-write, W5 in local-write).
    Ack {
        /// Which group.
        group: GroupId,
        /// The primary's epoch.
        epoch: Epoch,
        /// The end of my log.
        len: Seq,
    },
    /// I cannot take that update: resend from above `commit`.
    Behind {
        /// Which group.
        group: GroupId,
        /// The primary's epoch.
        epoch: Epoch,
        /// What I have for sure.
        commit: Seq,
    },
    /// Freeze every group and hand me all you hold: the mode is being switched.
    Seal {
        /// The switch; epochs of switches are ordered as those of groups are.
        epoch: Epoch,
    },
    /// I am frozen; this is all I hold.
    Sealed {
        /// The switch.
        epoch: Epoch,
        /// What I hold.
        state: SealedState,
    },
    /// Accept this generation as the next one; do not work in it yet.
    Propose {
        /// The generation.
        proposal: Proposal,
    },
    /// I have accepted it, durably.
    Accepted {
        /// The switch.
        epoch: Epoch,
    },
    /// A majority has accepted this generation: work in it.
    Enter {
        /// The switch that made it.
        epoch: Epoch,
        /// The generation.
        next: Generation,
        /// Its mode.
        mode: Mode,
        /// Its groups as the sender holds them.
        groups: Vec<(GroupId, DurableGroup)>,
    },
    /// I work in that generation.
    Entered {
        /// The switch that made it.
        epoch: Epoch,
    },
    /// Are you there?
    Probe,
    /// I am.
    ProbeOk,
    /// I miss this replica: do you hear it?
    Suspect {
        /// Who is missed.
        replica: ReplicaId,
    },
    /// I miss it, too.
    SuspectOk {
        /// Who is missed.
        replica: ReplicaId,
    },
    /// How far is your log? A linearizable read must have seen whatever a majority has.
    ReadIndex {
        /// The round of questions.
        read: u64,
        /// About which group; `None` asks about all.
        group: Option<GroupId>,
    },
    /// That far.
    ReadIndexOk {
        /// The round of questions.
        read: u64,
        /// Every group asked about that has a log here.
        positions: Vec<Position>,
    },
    /// My disk is empty: tell me all you hold.
    Recover {
        /// Names this attempt.
        nonce: u64,
    },
    /// This is all I hold; `None` when my disk is empty, too.
    Recovery {
        /// The attempt that it answers.
        nonce: u64,
        /// What I hold.
        state: Option<Durable>,
    },
}

impl Message {
    /// Returns the group that this is about; `None` for forwards and switches.
    pub fn group(&self) -> Option<GroupId> {
        match self {
            Message::Claim { group, .. }
            | Message::Promise { group, .. }
            | Message::Nack { group, .. }
            | Message::Append { group, .. }
            | Message::Ack { group, .. }
            | Message::Behind { group, .. } => Some(*group),
            Message::Forward { .. }
            | Message::Forwarded { .. }
            | Message::Seal { .. }
            | Message::Sealed { .. }
            | Message::Propose { .. }
            | Message::Accepted { .. }
            | Message::Enter { .. }
            | Message::Entered { .. }
            | Message::Probe
            | Message::ProbeOk
            | Message::Suspect { .. }
            | Message::SuspectOk { .. }
            | Message::ReadIndex { .. }
            | Message::ReadIndexOk { .. }
            | Message::Recover { .. }
            | Message::Recovery { .. } => None,
        }
    }

    /// Whether it means nothing in another generation than its own.
    pub fn is_of_one_generation(&self) -> bool {
        let asks = matches!(self, Message::Forward { .. } | Message::ReadIndex { .. } | Message::ReadIndexOk { .. });
        asks || self.group().is_some()
    }
}

/// What travels in one message of the feed, between any two nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parcel {
    /// A client's request, passed on by the gateway.
    Request(Request),
    /// The reply to it.
    Reply(Reply),
    /// A message between replicas.
    Peer(Box<Gist>),
}
