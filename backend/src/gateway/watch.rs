//! `GET /events`: where a viewer's stream begins.
//!
//! Called by the gateway's routes. The stream itself is [`stream`]; this reads what the viewer asks for.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, Response};
use serde::Deserialize;
use shared::api::Problem;
use shared::id::TraceId;

use super::Gateway;
use crate::answer;
use crate::feed::past::Start;
use crate::feed::stream::{self, Begin};

/// What a viewer may ask for, one at a time.
#[derive(Debug, Deserialize)]
pub(super) struct Wish {
    trace: Option<String>,
    from: Option<String>,
    last: Option<String>,
}

/// Answers `GET /events`. A viewer that comes back goes on where it was, whatever it asked for first.
pub(super) async fn events(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    wish: Result<Query<Wish>, QueryRejection>,
    headers: HeaderMap,
) -> Response<Body> {
    let wish = wish.map_err(|_| bad_query()).and_then(|Query(wish)| wish.begin());
    let seen = headers.get("last-event-id").map(|id| id.to_str().ok().and_then(|id| gateway.feed.position(id)));
    let begin = wish.map(|begin| seen.map_or(begin, Begin::after));
    let opened = begin.and_then(|begin| stream::open(&gateway.feed, address.ip(), begin, gateway.stop.clone()));
    opened.unwrap_or_else(|problem| answer::problem(&problem, "/events"))
}

impl Wish {
    fn begin(self) -> Result<Begin, Problem> {
        match self {
            Wish { trace: None, from: None, last: None } => Ok(Begin::Now),
            Wish { trace: Some(trace), from: None, last: None } => name(&trace).map(Start::Trace).map(Begin::Earlier),
            Wish { trace: None, from: Some(from), last: None } => number(&from, 1).map(Start::From).map(Begin::Earlier),
            Wish { trace: None, from: None, last: Some(last) } => number(&last, 0).map(Start::Last).map(Begin::Earlier),
            Wish { .. } => Err(bad_query()),
        }
    }
}

fn name(trace: &str) -> Result<TraceId, Problem> {
    TraceId::named(trace).ok_or_else(bad_query)
}

fn number(text: &str, least: u64) -> Result<u64, Problem> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && *number >= least).ok_or_else(bad_query)
}

fn bad_query() -> Problem {
    let msg =
        "Ask for one of `trace` (an X-Trace-Id), `from` (the number of an event, from 1) and `last` (how many events).";
    Problem::new(400, "bad_query", msg)
}
