//! What goes into a replica and what comes out: the contract between the core and its drivers.
//!
//! Nothing here decides anything.

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

/// A client's request at this replica, as the driver names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RequestId(pub u64);

/// A client's call, parsed and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The operation's name, the same in every retry.
    pub op: OpId,
    /// The trace of all that it causes.
    pub trace: TraceId,
    /// When the client wants to hear.
    pub ack: Ack,
    /// What a read must have seen.
    pub reads: Reads,
    /// What the client has seen and written before.
    pub session: Session,
    /// What the client said.
    pub request: Request,
    /// What it asks for, or why that is no valid request.
    pub command: Result<Command, Problem>,
}

/// What happens to a replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// It was started; the first input.
    Start,
    /// A client asks.
    Client {
        /// Names the reply.
        request: RequestId,
        /// The message's head, when the gateway passes it on; `None` when the client came straight here.
        head: Option<Head>,
        /// What it asks.
        call: Call,
    },
    /// The presenter asks for the other mode.
    Switch {
        /// Names the reply.
        request: RequestId,
        /// The mode wanted.
        mode: Mode,
    },
    /// A message from another replica arrived.
    Peer(Envelope),
    /// Messages that this replica sent were surely not taken.
    Lost {
        /// Which, with their traces.
        messages: Vec<(MessageId, Option<TraceId>)>,
        /// Why.
        why: Why,
    },
    /// Another replica is there, as the way to it says, and waits for its own disk.
    WaitsForDisk {
        /// Which.
        replica: ReplicaId,
    },
    /// Something happened at the gate in front of this replica's outboxes: for the feed alone, the protocol takes no
    /// notice.
    Gate {
        /// What.
        gate: Gate,
        /// The trace of the message that it is about.
        trace: Option<TraceId>,
    },
    /// The [`super::Replica::deadline`] has come.
    Timeout,
}

/// What a replica wants done, first to last.
///
/// A `Persist` must be durable before anything behind it is done; a driver may take many inputs, make all
/// their records durable with one sync, and then do the rest in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Make this durable.
    Persist(Record),
    /// Send this; it may be lost.
    Send(Envelope),
    /// Answer the client.
    Reply {
        /// Which request.
        request: RequestId,
        /// The reply's head, when the request came through the gateway.
        head: Option<Head>,
        /// What to say.
        reply: Reply,
    },
    /// Tell the feed.
    Event(Event),
}

/// What all replicas of a cluster have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// How many replicas there are, 1 to 9.
    pub size: u8,
    /// Whether somebody takes over from a replica that is missed.
    pub failover: Failover,
    /// How much goes into one message, one log and the whole.
    pub limits: Limits,
    /// The rule that a test takes away.
    #[cfg(feature = "mutants")]
    pub broken: Option<Rule>,
}

/// How much goes into one message, one log and one cluster; a simulation shrinks them to get into every corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// How many entries one update carries at most after the install.
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
