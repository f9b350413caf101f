//! The messages between replicas, and the head that every message carries.
//!
//! Messages are idempotent and sent without waiting for delivery: any of them may be lost, duplicated or reordered, and
//! the sender's timers send it again. Source: docs/PROTOCOL.md §3.

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
    /// The trace id of the client request that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceId>,
    /// The step of the textbook's figure that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// The clocks of the send event.
    pub stamp: Stamp,
}

/// A message between two replicas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Sender, receiver and clocks.
    pub head: Head,
    /// The sender's generation.
    pub generation: Generation,
    /// The content.
    pub message: Message,
}

/// A client's write, as it is sent to the primary.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Operation {
    /// Its id, the same in every retry.
    pub op: OpId,
    /// The trace id of the client request.
    pub trace: TraceId,
    /// The acknowledgement level.
    pub ack: Ack,
    /// The change.
    pub command: Command,
}

/// The outcome of an operation.
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

/// The replicas that a claim is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// The replica that seems to own the group; it promises when its own writes are done.
    Owner,
    /// Every replica that has not promised yet.
    All,
}

/// A part of a group's log, from a position that the receiver has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LogPart {
    /// The snapshot before the entries, where the receiver lacks it and it was compacted.
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

/// How far the log of one group is at a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The group.
    pub group: GroupId,
    /// The epoch under which its log was last written.
    pub accepted: Epoch,
    /// The end of its log.
    pub len: Seq,
    /// How far it knows the log to be committed.
    pub commit: Seq,
}

/// A generation that a switch proposes: its mode and the initial state of its groups.
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
    /// The next generation that it has accepted, if any; a majority may have accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<Proposal>,
}

/// The content of a message between replicas. docs/PROTOCOL.md §3.2 has sender and receiver of each.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum Message {
    /// Perform this write: you are the primary (remote-write, W2).
    Forward {
        /// The write.
        operation: Operation,
    },
    /// The outcome of the write that you forwarded.
    Forwarded {
        /// The operation.
        op: OpId,
        /// Its outcome.
        outcome: Outcome,
        /// Who is suspected to be down and had not acknowledged it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        without: Vec<ReplicaId>,
    },
    /// I want to be the primary of `epoch`; send me what I lack.
    Claim {
        /// The group.
        group: GroupId,
        /// The epoch claimed.
        epoch: Epoch,
        /// How far the claimer knows its log to be committed.
        commit: Seq,
        /// The epoch under which the claimer's own log was last written.
        accepted: Epoch,
        /// The end of that log: a replica with a log of the same epoch sends only what lies above.
        len: Seq,
        /// Who is asked.
        ask: Ask,
        /// For a new note, which needs an empty group: the id up to which the claimer knows every note to be committed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        create: Option<NoteId>,
    },
    /// I accept nothing below `epoch` from now on; this is my log.
    Promise {
        /// The group.
        group: GroupId,
        /// The epoch promised.
        epoch: Epoch,
        /// The epoch under which my log was last written.
        accepted: Epoch,
        /// How far I know my log to be committed.
        commit: Seq,
        /// My log above what the claimer has of it.
        log: LogPart,
        /// For a new note: my positions in the groups between those that the claimer knows and this one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        below: Vec<Position>,
    },
    /// Refused: your epoch is old, or you ask the owner and I am not, or the id is in use.
    Nack {
        /// The group.
        group: GroupId,
        /// The epoch that is refused.
        epoch: Epoch,
        /// What I promised.
        promised: Epoch,
    },
    /// Update: put these entries into your log (W3 in remote-write, W4 in local-write).
    Append {
        /// The group.
        group: GroupId,
        /// The primary's epoch.
        epoch: Epoch,
        /// Whether this is the install: the first of its epoch for the receiver, whose log becomes equal to the
        /// primary's.
        install: bool,
        /// The accepted epoch of the log that this epoch began with: a receiver with a log of that epoch needs nothing
        /// of it again.
        from: Epoch,
        /// The entries, and what stands before them.
        log: LogPart,
        /// How far the log is committed.
        commit: Seq,
        /// How far it is on every replica.
        everywhere: Seq,
        /// How far it is on every replica that the primary does not suspect.
        live: Seq,
        /// The replicas that the primary suspects.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        without: Vec<ReplicaId>,
        /// Whether the epoch is active: installed on a majority, so that no older epoch can come back.
        active: bool,
    },
    /// My log equals yours up to `len`, durably (W4 in remote-write, W5 in local-write).
    Ack {
        /// The group.
        group: GroupId,
        /// The primary's epoch.
        epoch: Epoch,
        /// The end of my log.
        len: Seq,
    },
    /// That update does not fit my log: send again from above `commit`.
    Behind {
        /// The group.
        group: GroupId,
        /// The primary's epoch.
        epoch: Epoch,
        /// How far I know my log to be committed.
        commit: Seq,
    },
    /// Freeze every group and send me all you hold: the mode is being switched.
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
    /// Are you up?
    Probe,
    /// Yes.
    ProbeOk,
    /// I suspect this replica: do you, too?
    Suspect {
        /// The suspected replica.
        replica: ReplicaId,
    },
    /// I suspect it, too.
    SuspectOk {
        /// The suspected replica.
        replica: ReplicaId,
    },
    /// How far is your log? A linearizable read must see whatever a majority has.
    ReadIndex {
        /// The round of questions.
        read: u64,
        /// The group; `None` asks about all.
        group: Option<GroupId>,
    },
    /// My positions.
    ReadIndexOk {
        /// The round of questions.
        read: u64,
        /// Every group asked about that has a log here.
        positions: Vec<Position>,
    },
    /// My disk is empty: send me all you hold.
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

/// The content of a message as the feed shows it, between any two nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parcel {
    /// A client's request, forwarded by the gateway.
    Request(Request),
    /// The reply to it.
    Reply(Reply),
    /// A message between replicas.
    Peer(Box<Gist>),
}
