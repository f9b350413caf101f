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
use shared::api::{AliveFrame, Problem};
use shared::id::TraceId;

use super::Gateway;
use crate::feed::past::Start;
use crate::feed::stream::{self, Begin};
use crate::{answer, ui};

/// What a viewer may ask for, one at a time.
#[derive(Debug, Deserialize)]
pub(super) struct Wish {
    seen: Option<String>,
    trace: Option<String>,
    from: Option<String>,
    last: Option<String>,
}

/// Answers `GET /events`. A viewer that comes back goes on where it was, whatever it asked for first. Pages are told which
/// of their builds is in `files`.
pub(super) fn events(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    wish: Result<Query<Wish>, QueryRejection>,
    headers: &HeaderMap,
    files: ui::Files,
) -> Response<Body> {
    let position = |id: &str| gateway.feed.position(id);
    let wish = wish.map_err(|_| bad_query()).and_then(|Query(wish)| wish.begin(position));
    let seen = headers.get("last-event-id").map(|id| id.to_str().ok().and_then(position));
    let begin = wish.map(|begin| seen.map_or(begin, Begin::after));
    let opened = begin.and_then(|begin| {
        let alive = AliveFrame { page: ui::build(files) };
        stream::open_with(&gateway.feed, address.ip(), begin, gateway.stop.clone(), &alive)
    });
    opened.unwrap_or_else(|problem| answer::problem(&problem, "/events"))
}

impl Wish {
    /// Returns where the stream begins; `position` knows the ids of events.
    fn begin(self, position: impl Fn(&str) -> Option<u64>) -> Result<Begin, Problem> {
        let Wish { seen, trace, from, last } = self;
        match (seen, trace, from, last) {
            (None, None, None, None) => Ok(Begin::Now),
            (Some(seen), None, None, None) => Ok(Begin::after(position(&seen))),
            (None, Some(trace), None, None) => name(&trace).map(Start::Trace).map(Begin::Earlier),
            (None, None, Some(from), None) => number(&from, 1).map(Start::From).map(Begin::Earlier),
            (None, None, None, Some(last)) => number(&last, 0).map(Start::Last).map(Begin::Earlier),
            _ => Err(bad_query()),
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
    let msg = "Give one of `trace` (an X-Trace-Id), `from` (the number of an event, from 1), `last` (how many events) \
               and `seen` (the id of an event).";
    Problem::new(400, "bad_query", msg)
}
