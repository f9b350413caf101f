//! A write whose outcome is not known yet: what it is, who wants to hear of it, and where it is.
//!
//! Data; `clients` moves it on.

use crate::id::{Epoch, GroupId, ReplicaId, Seq};
use crate::message::{Operation, Outcome};
use crate::request::{Method, Request};
use crate::session::Session;
use crate::time::Micros;

use super::RequestId;

/// A write whose outcome is not known yet.
#[derive(Clone, Debug, Hash)]
pub(super) struct Pending {
    /// What is to be done.
    pub operation: Operation,
    /// The client's method.
    pub method: Method,
    /// Who is to hear, in order of asking.
    pub origins: Vec<Origin>,
    /// Where it is.
    pub place: Place,
    /// The group that is to take it, once that is known.
    pub target: Option<GroupId>,
    /// Whether it was ever sent away or put into a log: from then on it may be done without our knowing.
    pub left: bool,
    /// Whether the step log has shown that it is moved or forwarded.
    pub told: bool,
    /// When the client is told that nothing is known.
    pub expires: Micros,
    /// How long until the next attempt.
    pub pause: Micros,
    /// How often another replica was faster.
    pub setbacks: u32,
}

/// Who asked.
#[derive(Clone, Debug, Hash)]
pub(super) enum Origin {
    /// A client of this replica, or the gateway for one.
    Client {
        /// Names the reply.
        request: RequestId,
        /// Whether it came through the gateway.
        gateway: bool,
        /// What it said.
        said: Request,
        /// What it has seen and written before.
        session: Session,
    },
    /// A replica that forwarded it.
    Replica(ReplicaId),
}

/// Where an operation is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// Here, on its way to a primary.
    Open,
    /// In the log of its target group, written or found under `epoch`.
    Logged {
        /// The group's accepted epoch at that time.
        epoch: Epoch,
        /// Its position; for a missing note, the end of the log that showed it missing.
        seq: Seq,
        /// What the client will hear.
        outcome: Outcome,
    },
}

impl Origin {
    pub fn session(&self) -> Session {
        match self {
            Origin::Client { session, .. } => session.clone(),
            Origin::Replica(_) => Session::default(),
        }
    }

    pub fn replica(&self) -> Option<ReplicaId> {
        match self {
            Origin::Replica(id) => Some(*id),
            Origin::Client { .. } => None,
        }
    }
}

impl Pending {
    /// Whether anybody but other replicas waits for it.
    pub fn has_client(&self) -> bool {
        self.origins.iter().any(|origin| origin.replica().is_none())
    }
}
