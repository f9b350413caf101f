//! The gate on a replica's own port: `PUT /gate` and `POST /gate/{message}`, for the gateway alone.
//!
//! Called by [`super::routes`]. People ask the gateway, which checks whether they may.

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Response};
use serde_json::{Value, json};
use shared::api::Problem;
use shared::api::gate::{Deed, DeedBody, GateBody, not_held};
use shared::id::MessageId;

use super::{Port, not_a_peer, problem_of};
use crate::mailbox::gate::{NotHeld, Order};
use crate::{answer, intake};

/// Closes or opens the gate.
pub(super) async fn turn(State(port): State<Port>, request: Request) -> Response<Body> {
    let turned = async {
        let GateBody { closed } = GateBody::parse(read(&port, request).await?)?;
        let order = if closed { Order::Close } else { Order::Open };
        obey(&port, order, "").await?;
        Ok(json!({ "res": true, "closed": closed }))
    };
    respond(turned.await)
}

/// Does something with a message that is held.
pub(super) async fn handle(
    State(port): State<Port>,
    name: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response<Body> {
    // A name that is no text is held no more than any other.
    let name = name.map(|Path(name)| name).unwrap_or_default();
    let handled = async {
        let DeedBody { deed } = DeedBody::parse(read(&port, request).await?)?;
        let message: MessageId = name.parse().map_err(|_| not_held(&name))?;
        let order = match deed {
            Deed::Deliver => Order::Deliver(message),
            Deed::Drop => Order::Drop(message),
            Deed::Double => Order::Double(message),
        };
        obey(&port, order, &name).await?;
        Ok(json!({ "res": true, "message": message, "done": deed }))
    };
    respond(handled.await)
}

async fn read(port: &Port, request: Request) -> Result<Value, Problem> {
    let (parts, body) = request.into_parts();
    trust(port, &parts.headers)?;
    intake::read_json(&parts.headers, body).await
}

fn trust(port: &Port, headers: &HeaderMap) -> Result<(), Problem> {
    if port.trusts(headers) { Ok(()) } else { Err(not_a_peer()) }
}

async fn obey(port: &Port, order: Order, name: &str) -> Result<(), Problem> {
    let obeyed = port.replica.gate(order).await.map_err(|silence| problem_of(silence, false))?;
    obeyed.map_err(|NotHeld| not_held(name))
}

fn respond(answered: Result<Value, Problem>) -> Response<Body> {
    answered.map_or_else(|problem| answer::problem(&problem, "/gate"), |body| answer::json(200, &body))
}
