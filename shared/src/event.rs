//! The events of the feed: one for each thing that happened at a replica or at the gateway.
//!
//! Events are observation only. The protocol runs the same when nobody reads them, and each is written after
//! the fact that it states and before anything that fact causes.

use serde::{Deserialize, Serialize};

use crate::clock::Stamp;
use crate::config::Mode;
use crate::id::{Epoch, Generation, GroupId, MessageId, Node, NoteId, ReplicaId, Seq, TraceId};
use crate::map::Map;
use crate::message::Parcel;
use crate::note::{Entry, Version};
use crate::request::{Method, Reply, Request};
use crate::time::Micros;
use crate::view::{Flight, ReplicaView};

/// A step of the textbook's figures for primary-based protocols.
///
/// Remote-write: W1 write request, W2 forward to primary, W3 tell backups to update, W4 acknowledge update,
/// W5 acknowledge write completed. Local-write: W1 write request, W2 move item to new primary, W3 acknowledge
/// write completed, W4 tell backups to update, W5 acknowledge update. Both: R1 read request, R2 response.
/// Source: van Steen & Tanenbaum, Distributed Systems, 4th ed., section 7.5, the figures of both protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the list above names them")]
pub enum Step {
    W1,
    W2,
    W3,
    W4,
    W5,
    R1,
    R2,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its number in the feed, from 1; 0 until the feed has numbered it.
    pub seq: u64,
    /// When, by the clock of the server.
    pub at: Micros,
    /// Where.
    pub node: Node,
    /// When, by logical clocks.
    pub stamp: Stamp,
    /// The client request that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceId>,
    /// Its place in the textbook's figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// What.
    pub kind: EventKind,
}

/// The three things that a write makes replicas do, as the step log names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// "Forward request to primary"
    Forward,
    /// "Move item to new primary"
    Move,
    /// "Tell backups to update"
    Update,
}

/// Which end of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It was begun.
    Request,
    /// It was answered.
    Reply,
}

/// The role of a replica in one group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Accepts updates.
    #[default]
    Backup,
    /// Is collecting promises.
    Claiming,
    /// Accepts writes: wears the crown.
    Primary,
}

/// Why a message was lost or ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It belongs to an epoch that is over.
    OldEpoch,
    /// It belongs to a generation that is over.
    OldGeneration,
    /// It belongs to a generation that has not begun here.
    NewGeneration,
    /// This replica is frozen by a switch of the mode.
    Frozen,
    /// This replica has lost its disk and must not vote yet.
    Recovering,
    /// It answers a question that is no longer open.
    NotWaiting,
    /// It asks for the primary, and this replica is not.
    NotPrimary,
    /// The receiver did not take it.
    Unreachable,
    /// The receiver did not confirm it: it may arrive yet.
    NoAnswer,
    /// Too many messages were waiting.
    OutboxFull,
    /// It was to be sent again before it could leave: the later copy goes.
    Repeated,
    /// Somebody dropped it by hand at the gate.
    DroppedByHand,
}

/// What happened at the gate in front of a replica's outboxes: while it is closed, what this replica sends to others is
/// held whole until somebody lets it go by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// It was closed.
    Closed,
    /// It was opened: all that it held has left, in order.
    Opened,
    /// This message waits there.
    Held(MessageId),
    /// This message was let go.
    Delivered(MessageId),
    /// This message was let go twice.
    Doubled(MessageId),
}

impl Gate {
    /// Returns the message that it is about; `None` when it is about the gate itself.
    pub fn message(self) -> Option<MessageId> {
        match self {
            Gate::Closed | Gate::Opened => None,
            Gate::Held(message) | Gate::Delivered(message) | Gate::Doubled(message) => Some(message),
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// This replica began: with what it found on its disk.
    Started {
        /// All that it holds.
        view: ReplicaView,
    },
    /// The gateway began to listen to this replica: this is what it holds.
    Joined {
        /// All that it holds.
        view: ReplicaView,
        /// The messages of it that wait at its gate.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        held: Map<MessageId, Flight>,
        /// How many of its events the gateway has missed since it last received some; `None` when it had received none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        missed: Option<u64>,
    },
    /// A client asked this node.
    ClientRequest {
        /// The request; of a long or deep body an excerpt.
        request: Request,
    },
    /// This node answered its client.
    ClientReply {
        /// The reply; of a long body an excerpt.
        reply: Reply,
    },
    /// A message left.
    Sent {
        /// Its id.
        message: MessageId,
        /// Where to.
        to: Node,
        /// What is in it.
        parcel: Parcel,
    },
    /// A message arrived.
    Received {
        /// Its id.
        message: MessageId,
    },
    /// A message did not arrive; an event of its sender.
    Lost {
        /// Its id.
        message: MessageId,
        /// Why.
        why: Why,
    },
    /// A message arrived and had no effect.
    Ignored {
        /// Its id.
        message: MessageId,
        /// Why.
        why: Why,
    },
    /// A step of the step log.
    Stepped {
        /// Which action.
        action: Action,
        /// Which end of it.
        phase: Phase,
        /// The client's method.
        method: Method,
        /// The note, where it has an id already.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<NoteId>,
    },
    /// This replica promised, durably, to accept nothing older.
    Promised {
        /// In which group.
        group: GroupId,
        /// The epoch promised.
        epoch: Epoch,
    },
    /// This replica's role in a group changed.
    Became {
        /// In which group.
        group: GroupId,
        /// The new role.
        role: Role,
        /// In which epoch.
        epoch: Epoch,
    },
    /// Entries were put into this replica's log, durably.
    Accepted {
        /// In which group.
        group: GroupId,
        /// Under which epoch.
        epoch: Epoch,
        /// The end of the log.
        len: Seq,
        /// The notes that look different now, of a long body the beginning; `None` is a note that is not there any
        /// more.
        changes: Vec<(NoteId, Option<Version>)>,
    },
    /// This replica learnt that a group's log is committed up to here.
    Committed {
        /// In which group.
        group: GroupId,
        /// Up to where.
        seq: Seq,
    },
    /// Operations in this replica's log were replaced by another primary's.
    RolledBack {
        /// In which group.
        group: GroupId,
        /// What they had written, first to last.
        entries: Vec<Entry>,
    },
    /// This replica became primary without the promise of the last owner, which a majority suspects: what only that one
    /// had acknowledged may be rolled back when it returns.
    TookOver {
        /// Which group.
        group: GroupId,
        /// The suspected replica.
        owner: ReplicaId,
    },
    /// This replica suspects another.
    Suspected {
        /// Which.
        replica: ReplicaId,
        /// The others that suspect it, too, as far as they have agreed.
        by: Vec<ReplicaId>,
    },
    /// A message of a suspected replica has arrived.
    Trusted {
        /// Which.
        replica: ReplicaId,
    },
    /// This replica's disk is empty: it asks all others for their state, and does not vote until they have answered.
    Recovering,
    /// It has recovered.
    Recovered {
        /// All that it holds.
        view: ReplicaView,
    },
    /// This replica froze its groups for a switch of the mode.
    Froze {
        /// The switch.
        epoch: Epoch,
    },
    /// This replica began a generation.
    Began {
        /// All that it holds.
        view: ReplicaView,
        /// The generation.
        generation: Generation,
        /// Its mode.
        mode: Mode,
    },
    /// Something happened at this replica's gate.
    Gate(Gate),
}
