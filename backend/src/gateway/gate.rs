//! `/cluster/gate`: the gates of all replicas as one, closed and opened by hand, and what they hold.
//!
//! Called by the gateway's routes. Each replica has its own gate in front of its outboxes; this asks them through their
//! ports, in one process as in several. What is held is told by the feed. A replica that cannot be reached is named, not
//! waited for: whatever it held is gone, and its gate is open when it starts again.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::request::Builder;
use axum::http::{Request as HttpRequest, Response, header};
use futures_util::future::join_all;
use http_body_util::Full;
use serde_json::{Value, json};
use shared::api::gate::{DeedBody, GateBody, GateState, PATH, not_held};
use shared::api::{self, Problem};
use shared::id::{MessageId, ReplicaId};

use super::Gateway;
use super::pass::LIMIT;
use crate::http_client::NoAnswer;
use crate::{answer, intake};

/// Tells whether it is closed and what it holds.
pub(super) async fn state(State(gateway): State<Arc<Gateway>>) -> Response<Body> {
    answer::json(200, &GateState::of(&gateway.feed.snapshot().view))
}

/// Closes or opens it.
pub(super) async fn turn(State(gateway): State<Arc<Gateway>>, request: Request) -> Response<Body> {
    let turned = async {
        let body = GateBody::parse(read(&gateway, request).await?)?;
        gateway.turn_gates(body).await
    };
    respond(turned.await.map(|body| (200, body)))
}

/// Does something with a message that is held.
pub(super) async fn handle(
    State(gateway): State<Arc<Gateway>>,
    name: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response<Body> {
    // A name that is no text is held no more than any other.
    let name = name.map(|Path(name)| name).unwrap_or_default();
    let handled = async {
        let body = DeedBody::parse(read(&gateway, request).await?)?;
        gateway.handle_held(&name, body).await
    };
    respond(handled.await)
}

async fn read(gateway: &Gateway, request: Request) -> Result<Value, Problem> {
    let (parts, body) = request.into_parts();
    gateway.presenter.admit(&parts.headers)?;
    intake::read_json(&parts.headers, body).await
}

fn respond(answered: Result<(u16, Value), Problem>) -> Response<Body> {
    answered.map_or_else(|problem| answer::problem(&problem, PATH), |(status, body)| answer::json(status, &body))
}

/// What a replica said of its gate.
type Said = Result<(u16, Value), NoAnswer>;

impl Gateway {
    async fn turn_gates(&self, body: GateBody) -> Result<Value, Problem> {
        let ids: Vec<ReplicaId> = self.ids().collect();
        let said = join_all(ids.iter().map(|id| self.ask(HttpRequest::put(self.gate_of(*id)), json!(body)))).await;
        let mut without = Vec::new();
        for (id, said) in ids.iter().zip(&said) {
            match said {
                Ok((200, _)) => {}
                Err(NoAnswer::NotSent) => without.push(*id),
                Ok(_) | Err(NoAnswer::Unknown) => return Err(unknown(*id)),
            }
        }
        if without.len() == ids.len() {
            return Err(Problem::refused("no replica can be reached."));
        }
        let mut turned = json!({ "res": true, "closed": body.closed });
        if !without.is_empty() {
            turned["without"] = json!(without);
        }
        Ok(turned)
    }

    async fn handle_held(&self, name: &str, body: DeedBody) -> Result<(u16, Value), Problem> {
        let message: MessageId = name.parse().map_err(|_| not_held(name))?;
        let sender = message.from.replica().filter(|id| self.ids().any(|known| known == *id));
        let id = sender.ok_or_else(|| not_held(name))?;
        let said = self.ask(HttpRequest::post(format!("{}/{message}", self.gate_of(id))), json!(body)).await;
        said.map_err(|silence| match silence {
            NoAnswer::NotSent => Problem::refused(&format!("{id} cannot be reached.")),
            NoAnswer::Unknown => unknown(id),
        })
    }

    fn ids(&self) -> impl Iterator<Item = ReplicaId> {
        (1..).take(self.replicas.len()).map(ReplicaId)
    }

    fn gate_of(&self, id: ReplicaId) -> String {
        format!("http://{}/gate", self.replicas[usize::from(id.0) - 1])
    }

    async fn ask(&self, builder: Builder, body: Value) -> Said {
        let request = builder
            .header(header::CONTENT_TYPE, "application/json")
            .header(api::header::SECRET, self.run.secret.reveal())
            .body(Full::new(body.to_string().into()))
            .expect("an address and a visible secret make a valid request");
        let (parts, body) = self.client.call(request, LIMIT).await?;
        let said = serde_json::from_slice(&body).map_err(|_| NoAnswer::Unknown)?;
        Ok((parts.status.as_u16(), said))
    }
}

fn unknown(id: ReplicaId) -> Problem {
    let msg = format!("It is unknown whether this was done: {id} did not answer as expected. See GET {PATH}.");
    Problem::new(503, "unknown", msg)
}
