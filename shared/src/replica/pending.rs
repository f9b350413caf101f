//! A write whose outcome is not known yet: the operation, who asked for it, and how far it has come.
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
    /// The operation.
    pub operation: Operation,
    /// The client's method.
    pub method: Method,
    /// Who gets the reply, in order of asking.
    pub origins: Vec<Origin>,
    /// Whether it is in a log.
    pub place: Place,
    /// The group that it belongs to, once that is known.
    pub target: Option<GroupId>,
    /// Whether it was ever forwarded or put into a log: from then on it may be performed without this replica's
    /// knowledge, and an error must say `unknown`.
    pub left: bool,
    /// Whether the step log has shown that it is moved or forwarded.
    pub shown: bool,
    /// When the client is answered with an error at the latest.
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
        /// The HTTP request.
        said: Request,
        /// What the client has seen and written before.
        session: Session,
    },
    /// A replica that forwarded it.
    Replica(ReplicaId),
}

/// Whether an operation is in a log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// In no log yet, as far as this replica knows.
    Open,
    /// In the log of its target group, written or found under `epoch`.
    Logged {
        /// The group's accepted epoch at that time.
        epoch: Epoch,
        /// Its position; for a missing note, the end of the log that showed it missing.
        seq: Seq,
        /// The outcome that the client gets.
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
    /// Whether a client of this replica waits for it.
    pub fn has_client(&self) -> bool {
        self.origins.iter().any(|origin| origin.replica().is_none())
    }
}
