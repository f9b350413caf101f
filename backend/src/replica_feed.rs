//! What a replica that is a process of its own tells the gateway: its event stream and what it holds.
//!
//! Called by [`crate::server`], beside [`crate::replica_http`]. Both routes are for parts of the cluster alone: who
//! does not know the secret gets 403.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, HeaderValue, Response};
use axum::routing::get;
use serde::Deserialize;
use shared::api::{Problem, header};
use tokio_util::sync::CancellationToken;

use crate::answer;
use crate::feed::Feed;
use crate::feed::stream::{self, Begin};
use crate::replica_http::{Port, not_a_peer, problem_of, wrong_method};

/// What the handlers share.
#[derive(Clone, Debug)]
pub struct Telling {
    /// The replica's port.
    pub port: Port,
    /// Its own events.
    pub feed: Arc<Feed>,
    /// Ends the streams.
    pub stop: CancellationToken,
}

/// Returns the routes.
pub fn routes(telling: Telling) -> Router {
    Router::new()
        .route("/feed", get(feed))
        .route("/state", get(state))
        .method_not_allowed_fallback(wrong_method)
        .with_state(telling)
}

/// What a listener says of itself.
#[derive(Debug, Deserialize)]
struct Listener {
    /// When it started, as seconds since 1970: it wants to hear all of a replica that started later.
    #[serde(default = "never")]
    since: u64,
}

fn never() -> u64 {
    u64::MAX
}

async fn feed(
    State(telling): State<Telling>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Query(Listener { since }): Query<Listener>,
    headers: HeaderMap,
) -> Response<Body> {
    let Telling { port, feed, stop } = telling;
    if !port.trusts(&headers) {
        return answer::problem(&not_a_peer(), "/feed");
    }
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let all = (port.run.started >= since).then_some(0);
    let seen = last.and_then(|id| feed.position(id)).or(all);
    let opened = stream::open(&feed, address.ip(), Begin::after(seen), stop);
    let mut response = opened.unwrap_or_else(|problem| answer::problem(&problem, "/feed"));
    // A gateway whose list of replicas has another order hears whom it has reached.
    response.headers_mut().insert(header::SERVED_BY, HeaderValue::from(u16::from(port.replica.id().0)));
    response
}

async fn state(State(Telling { port, .. }): State<Telling>, headers: HeaderMap) -> Response<Body> {
    let told = if port.trusts(&headers) {
        port.replica.look().await.map_err(|silence| problem_of(silence, true))
    } else {
        Err(not_a_peer())
    };
    told.map_or_else(|problem: Problem| answer::problem(&problem, "/state"), |view| answer::json(200, &view))
}
