//! What clients of a simulated cluster ask, and what is remembered of it.
//!
//! Made by the workload and by tests; a history is built from what is remembered here and from `World::replies`.

use crate::config::{Ack, Reads};
use crate::id::{OpId, ReplicaId};
use crate::note::Command;
use crate::request::{Method, Request};
use crate::session::Session;
use crate::time::Micros;

/// One request, as a client words it.
#[derive(Clone, Debug)]
pub struct Asking {
    /// Who is asked.
    pub at: ReplicaId,
    /// What.
    pub request: Request,
    /// The acknowledgement level of a write.
    pub ack: Ack,
    /// What a read must have seen.
    pub reads: Reads,
    /// What the client has seen and written before.
    pub session: Session,
    /// The operation's name, to ask the same again, at this or another replica; `None` makes a new one.
    pub op: Option<OpId>,
}

impl Asking {
    /// A request with the levels of the default configuration, outside of any session.
    pub fn new(at: ReplicaId, request: Request) -> Asking {
        let (ack, reads, session) = (Ack::default(), Reads::default(), Session::default());
        Asking { at, request, ack, reads, session, op: None }
    }
}

/// What is remembered of a request until the end of the run.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The operation; retries share it.
    pub op: OpId,
    /// Who was asked.
    pub at: ReplicaId,
    /// The acknowledgement level that was asked for.
    pub ack: Ack,
    /// What a read must have seen.
    pub reads: Reads,
    /// The token that the client gave.
    pub session: Session,
    /// The method.
    pub method: Method,
    /// What it comes to; `None` when it was no valid request.
    pub command: Option<Command>,
    /// When it was asked.
    pub invoked: Micros,
    /// When it was answered; `None` as long as it was not.
    pub returned: Option<Micros>,
    /// Whether the replica was down or went down before it answered: nobody will.
    pub lost: bool,
}
