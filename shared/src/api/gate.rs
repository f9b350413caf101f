//! The gate's part of the API: `/cluster/gate` and `/cluster/gate/{message}`.
//!
//! Read by the gateway and the replicas, written by the page.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Problem;
use crate::event::Step;
use crate::gist::Say;
use crate::id::{MessageId, Node, ReplicaId, TraceId};
use crate::message::Parcel;
use crate::view::{ClusterView, Flight};

/// The gate's path.
pub const PATH: &str = "/cluster/gate";

/// The body of `PUT /cluster/gate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateBody {
    /// Whether it is to be closed.
    pub closed: bool,
}

/// The body of `POST /cluster/gate/{message}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeedBody {
    /// What to do with the message.
    #[serde(rename = "do")]
    pub deed: Deed,
}

/// What can be done by hand with a message that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Let it go.
    Deliver,
    /// Take it away.
    Drop,
    /// Let it go twice.
    Double,
}

impl Deed {
    /// Returns its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Deed::Deliver => "deliver",
            Deed::Drop => "drop",
            Deed::Double => "double",
        }
    }
}

impl GateBody {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// 422 when it says something else.
    pub fn parse(body: Value) -> Result<GateBody, Problem> {
        let msg = "Send {\"closed\": true} or {\"closed\": false}.";
        serde_json::from_value(body).map_err(|_| Problem::new(422, "bad_gate", msg))
    }
}

impl DeedBody {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// 422 when it says something else.
    pub fn parse(body: Value) -> Result<DeedBody, Problem> {
        let msg = "Send {\"do\": \"deliver\"}, {\"do\": \"drop\"} or {\"do\": \"double\"}.";
        serde_json::from_value(body).map_err(|_| Problem::new(422, "bad_gate", msg))
    }
}

/// There is no such message at the gate; `name` is what was asked for.
pub fn not_held(name: &str) -> Problem {
    Problem::new(404, "unknown_message", format!("`{name}` does not wait at the gate; GET {PATH} lists what does."))
}

/// The body of `GET /cluster/gate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateState {
    /// Always true.
    pub res: bool,
    /// Whether it is closed, at one replica at least.
    pub closed: bool,
    /// At which replicas it is closed, in order.
    pub at: Vec<ReplicaId>,
    /// What is held, in the order in which it was sent.
    pub held: Vec<HeldBody>,
}

/// A message that is held, as `GET /cluster/gate` lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeldBody {
    /// Its id.
    pub message: MessageId,
    /// Its sender, at whose gate it waits.
    pub from: Node,
    /// Its receiver.
    pub to: Node,
    /// Its kind, in one word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<Say>,
    /// Its place in the textbook's figure, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// The client's request that caused it, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceId>,
}

impl GateState {
    /// Returns the gate as the feed shows it.
    pub fn of(view: &ClusterView) -> GateState {
        let at: Vec<ReplicaId> = view.gated().collect();
        let held = view.held().into_iter().map(|(message, flight)| held(message, flight)).collect();
        GateState { res: true, closed: !at.is_empty(), at, held }
    }
}

fn held(message: MessageId, Flight { from, to, trace, step, parcel, .. }: &Flight) -> HeldBody {
    let what = if let Parcel::Peer(gist) = parcel { Some(gist.say) } else { None };
    HeldBody { message, from: *from, to: *to, what, step: *step, trace: trace.clone() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::{EventKind, Gate};
    use crate::gist::Gist;
    use crate::recorder::Recorder;
    use crate::time::Micros;

    #[test]
    fn what_is_held_is_listed_in_order_as_the_feed_tells_it() {
        let r1 = Node::Replica(ReplicaId(1));
        let mut recorder = Recorder::new(r1, 2);
        let mut view = ClusterView::default();
        let message = MessageId { from: r1, n: 3 };
        let parcel = Parcel::Peer(Box::new(Gist { say: Say::Claim, ..Gist::default() }));
        let sent = EventKind::Sent { message, to: Node::Replica(ReplicaId(2)), parcel };
        for kind in [EventKind::Gate(Gate::Closed), sent, EventKind::Gate(Gate::Held(message))] {
            let trace = Some(TraceId("t".to_owned()));
            view.apply(&recorder.local(Micros(1), trace, Some(Step::W2), kind));
        }
        let listed = serde_json::to_value(GateState::of(&view)).ok();
        let held = json!({ "message": "r1-3", "from": "r1", "to": "r2", "what": "claim", "step": "W2", "trace": "t" });
        assert_eq!(listed, Some(json!({ "res": true, "closed": true, "at": [1], "held": [held] })));
    }

    #[test]
    fn what_happens_at_a_gate_is_told_in_one_word() {
        let told = |gate| serde_json::to_value(EventKind::Gate(gate)).ok();
        let message = MessageId { from: Node::Replica(ReplicaId(2)), n: 17 };
        assert_eq!(told(Gate::Closed), Some(json!({ "gate": "closed" })));
        assert_eq!(told(Gate::Doubled(message)), Some(json!({ "gate": { "doubled": "r2-17" } })));
    }

    #[test]
    fn only_what_the_gate_knows_is_asked_of_it() {
        assert_eq!(GateBody::parse(json!({ "closed": true })), Ok(GateBody { closed: true }));
        for deed in [Deed::Deliver, Deed::Drop, Deed::Double] {
            assert_eq!(DeedBody::parse(json!({ "do": deed.as_str() })), Ok(DeedBody { deed }));
        }
        for bad in [json!({}), json!(true), json!({ "closed": "yes" }), json!({ "closed": true, "do": "drop" })] {
            assert_eq!(
                GateBody::parse(bad.clone()).map_err(|problem| problem.code),
                Err("bad_gate".to_owned()),
                "{bad}"
            );
            assert_eq!(
                DeedBody::parse(bad.clone()).map_err(|problem| problem.code),
                Err("bad_gate".to_owned()),
                "{bad}"
            );
        }
    }
}
