//! The interface between the core and its drivers: inputs, outputs, and what all replicas have in common.
//!
//! Nothing here decides anything. What a driver must do is in the documentation of [`super::Replica`].

use serde::{Deserialize, Serialize};

use crate::api::Problem;
use crate::config::{Ack, Failover, Mode, Reads};
use crate::event::{Event, Gate, Why};
use crate::id::{MessageId, OpId, ReplicaId, TraceId};
use crate::message::{Envelope, Head};
use crate::note::Command;
use crate::record::Record;
use crate::request::{Reply, Request};
use crate::rules::Rule;
use crate::session::Session;

/// The driver's name for a client's request at this replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RequestId(pub u64);

/// A client's call, parsed and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The operation's id, the same in every retry.
    pub op: OpId,
    /// The trace id of all that it causes.
    pub trace: TraceId,
    /// The acknowledgement level of a write.
    pub ack: Ack,
    /// The consistency level of a read.
    pub reads: Reads,
    /// What the client has seen and written before.
    pub session: Session,
    /// The HTTP request.
    pub request: Request,
    /// The command, or why the request is invalid.
    pub command: Result<Command, Problem>,
}

/// An input of a replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// It was started; the first input.
    Start,
    /// A client's request has arrived.
    Client {
        /// Names the reply.
        request: RequestId,
        /// The message's head when the gateway has forwarded the request; `None` when the client has sent it here.
        head: Option<Head>,
        /// The request.
        call: Call,
    },
    /// A request to switch the mode has arrived.
    Switch {
        /// Names the reply.
        request: RequestId,
        /// The mode wanted.
        mode: Mode,
    },
    /// A message from another replica arrived.
    Peer(Envelope),
    /// Messages of this replica were surely not delivered. For the feed alone.
    Lost {
        /// The messages, with their trace ids.
        messages: Vec<(MessageId, Option<TraceId>)>,
        /// Why.
        why: Why,
    },
    /// The port of another replica says that this one waits for its own disk.
    WaitsForDisk {
        /// The replica that waits.
        replica: ReplicaId,
    },
    /// The gate in front of this replica's outboxes was worked. For the feed alone; the protocol does not depend on it.
    Gate {
        /// What was done.
        gate: Gate,
        /// The trace of the message that it is about.
        trace: Option<TraceId>,
    },
    /// The [`super::Replica::deadline`] has come.
    Timeout,
}

/// An output of a replica. Outputs take effect in order: nothing behind a `Persist` leaves before its record is
/// durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Make this durable.
    Persist(Record),
    /// Send this message; it may be lost.
    Send(Envelope),
    /// Answer the client.
    Reply {
        /// Which request.
        request: RequestId,
        /// The reply's head, when the request came through the gateway.
        head: Option<Head>,
        /// The reply.
        reply: Reply,
    },
    /// Publish this in the feed.
    Event(Event),
}

/// What all replicas of a cluster have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// How many replicas there are, 1 to 9.
    pub size: u8,
    /// Whether the groups of a suspected replica are taken over.
    pub failover: Failover,
    /// The sizes of messages, logs and the whole store.
    pub limits: Limits,
    /// The rule that a test takes away.
    #[cfg(feature = "mutants")]
    pub broken: Option<Rule>,
}

/// The sizes of messages, logs and the whole store; a simulation shrinks them to reach rare states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// How many entries one update carries at most; the install is not limited.
    pub batch: usize,
    /// How long a log may get before what every replica has is folded into its base.
    pub keep: usize,
    /// How long it may get before what a majority has is folded.
    pub keep_at_most: usize,
    /// How many notes a cluster may hold, deleted ones included: their ids are never used again.
    pub notes: usize,
    /// How long the texts of its notes may be, in bytes.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { batch: 256, keep: 64, keep_at_most: 1024, notes: 16_384, bytes: 128_000_000 }
    }
}

impl Cluster {
    /// A cluster of `size` replicas with everything else as it is by default.
    pub fn of(size: u8) -> Cluster {
        Cluster {
            size,
            failover: Failover::default(),
            limits: Limits::default(),
            #[cfg(feature = "mutants")]
            broken: None,
        }
    }

    /// Whether a test has taken `rule` away; never in a normal build.
    #[allow(clippy::unused_self, reason = "a mutant is a property of its cluster")]
    pub fn breaks(self, rule: Rule) -> bool {
        #[cfg(feature = "mutants")]
        return self.broken == Some(rule);
        #[cfg(not(feature = "mutants"))]
        {
            let _ = rule;
            false
        }
    }

    /// Returns how many replicas make a majority.
    pub fn majority(self) -> usize {
        usize::from(self.size) / 2 + 1
    }

    /// Returns all replicas in order.
    pub fn ids(self) -> impl Iterator<Item = ReplicaId> {
        (1..=self.size).map(ReplicaId)
    }
}
