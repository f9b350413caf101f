//! What stands out in the log: requests, handoffs, takeovers, faults, errors, switches of the mode.
//!
//! Pure. The log keeps where each is; the timeline paints them, and the cursor jumps from one to the next.

use shared::event::{Event, EventKind, Gate};
use shared::id::Node;
use shared::request::Method;
use shared::view::ClusterView;

/// What an event stands out as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// A client reads.
    Read,
    /// A client writes.
    Write,
    /// A crown leaves its holder for another replica.
    Handoff,
    /// The cluster begins to work in another mode.
    Switch,
    /// A replica is missed, or a message to one that is not missed does not arrive.
    Missed,
    /// A replica starts again, or lost its disk, or takes writes back.
    Restart,
    /// The gate is closed or opened.
    Gate,
    /// A crown is taken without its holder's word.
    Takeover,
    /// A client is told that something was not done.
    Error,
}

impl Mark {
    /// All, the least important first.
    pub const ALL: [Mark; 9] = [
        Mark::Read,
        Mark::Write,
        Mark::Handoff,
        Mark::Switch,
        Mark::Missed,
        Mark::Restart,
        Mark::Gate,
        Mark::Takeover,
        Mark::Error,
    ];

    /// Returns what `event` stands out as; `before` is the cluster before it, `crown` says that it sends a crown away.
    #[allow(clippy::wildcard_enum_match_arm, reason = "the others do not stand out")]
    pub fn of(event: &Event, before: &ClusterView, crown: bool) -> Option<Mark> {
        let here = if let Node::Replica(id) = event.node { before.replicas.get(&id) } else { None };
        match &event.kind {
            EventKind::ClientRequest { request } if request.method == Method::Get => Some(Mark::Read),
            EventKind::ClientRequest { .. } => Some(Mark::Write),
            EventKind::ClientReply { reply } => (reply.status >= 400).then_some(Mark::Error),
            EventKind::Sent { .. } => crown.then_some(Mark::Handoff),
            EventKind::TookOver { .. } => Some(Mark::Takeover),
            EventKind::Suspected { .. } => Some(Mark::Missed),
            // What is sent to a replica that is missed is expected to be lost.
            EventKind::Lost { message, .. } => {
                let to = before.flights.get(message).map(|flight| flight.to);
                let expected = here.is_some_and(|here| here.suspects.iter().any(|id| Some(Node::Replica(*id)) == to));
                (!expected).then_some(Mark::Missed)
            }
            EventKind::Started { .. } => here.map(|_| Mark::Restart),
            EventKind::RolledBack { .. } | EventKind::Recovering => Some(Mark::Restart),
            // The first that is closed and the last that is opened: each replica has its own.
            EventKind::Gate(Gate::Closed) => before.gated().next().is_none().then_some(Mark::Gate),
            EventKind::Gate(Gate::Opened) => (before.gated().count() == 1).then_some(Mark::Gate),
            // The first that begins; the others follow.
            EventKind::Began { mode, generation, .. } => {
                let first = before.replicas.values().all(|other| other.generation != *generation);
                (first && here.is_some_and(|here| here.mode != *mode)).then_some(Mark::Switch)
            }
            _ => None,
        }
    }
}

/// Where a person wants to jump: to the next or previous event of this kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Jump {
    /// A client's request.
    #[default]
    Request,
    /// A crown that moves.
    Handoff,
    /// A replica that is missed or starts again, a message that is lost, a takeover, writes that are taken back, a gate.
    Fault,
    /// A client that is told that something was not done.
    Error,
}

impl Jump {
    /// All, in the order in which they are offered.
    pub const ALL: [Jump; 4] = [Jump::Request, Jump::Handoff, Jump::Fault, Jump::Error];

    /// Whether a jump of this kind stops at such a mark.
    pub fn stops_at(self, mark: Mark) -> bool {
        match mark {
            Mark::Read | Mark::Write => self == Jump::Request,
            Mark::Handoff => self == Jump::Handoff,
            Mark::Takeover => matches!(self, Jump::Handoff | Jump::Fault),
            Mark::Missed | Mark::Restart | Mark::Gate => self == Jump::Fault,
            Mark::Error => self == Jump::Error,
            Mark::Switch => false,
        }
    }
}
