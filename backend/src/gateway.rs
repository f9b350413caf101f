//! The gateway: the one address for browsers and curl, in front of all replicas.
//!
//! Called by [`crate::server`]. It passes requests for notes on (see [`pass`]), shows the event feed, switches the
//! mode and serves the page. It keeps no notes and decides nothing about them.

mod pass;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, Response};
use axum::routing::{any, get};
use serde::Deserialize;
use shared::api::Problem;
use shared::clock::Recorder;
use shared::event::Event;
use shared::id::Node;
use shared::time::Micros;
use tokio_util::sync::CancellationToken;

use crate::feed::{Feed, stream};
use crate::http_client::HttpClient;
use crate::replica_http::wrong_method;
use crate::run::Run;
use crate::{answer, intake, ui};

/// The gateway of one server.
#[derive(Debug)]
pub struct Gateway {
    run: Arc<Run>,
    feed: Arc<Feed>,
    recorder: Mutex<Recorder>,
    client: HttpClient,
    /// The replicas' addresses; R1 first.
    replicas: Vec<SocketAddr>,
    /// Whose turn it is.
    turn: AtomicUsize,
    /// Until when each replica is asked last, in microseconds, because it could not be reached.
    resting: Vec<AtomicU64>,
    stop: CancellationToken,
}

impl Gateway {
    /// Makes a gateway to `replicas`, R1 first; streams end with `stop`.
    pub fn new(run: Arc<Run>, feed: Arc<Feed>, replicas: Vec<SocketAddr>, stop: CancellationToken) -> Gateway {
        let recorder = Mutex::new(Recorder::new(Node::Gateway, replicas.len()));
        let (client, turn) = (HttpClient::default(), AtomicUsize::new(0));
        let resting = replicas.iter().map(|_| AtomicU64::new(0)).collect();
        Gateway { run, feed, recorder, client, replicas, turn, resting, stop }
    }

    /// Records events and publishes them, in the order of the gateway's clock whoever else is recording.
    fn record<T>(&self, tell: impl FnOnce(&mut Recorder, Micros) -> (T, Event)) -> T {
        let mut recorder = self.recorder.lock().unwrap_or_else(PoisonError::into_inner);
        let (told, event) = tell(&mut recorder, self.run.clock.now());
        self.feed.publish(vec![event]);
        told
    }
}

/// Returns the routes of the gateway's port.
pub fn routes(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/note", any(note))
        .route("/note/", any(note))
        .route("/note/{*rest}", any(note))
        .route("/cluster", get(cluster))
        .route("/cluster/mode", axum::routing::put(mode))
        .route("/events", get(events))
        .fallback(ui::serve)
        .method_not_allowed_fallback(wrong_method)
        .with_state(gateway)
}

async fn note(State(gateway): State<Arc<Gateway>>, request: Request) -> Response<Body> {
    let headers = request.headers().clone();
    let path = request.uri().path().to_owned();
    let intake = match intake::read(request).await {
        Ok(intake) => intake,
        Err(problem) => return answer::problem(&problem, &path),
    };
    // A task of its own: what was begun is told to the end, also when the client goes away.
    let served = tokio::spawn(async move { gateway.note(intake, &headers).await }).await;
    served.unwrap_or_else(|_| answer::problem(&Problem::new(500, "internal", "The gateway made a mistake."), &path))
}

async fn cluster(State(gateway): State<Arc<Gateway>>) -> Response<Body> {
    answer::json(200, &gateway.feed.cluster())
}

async fn mode(State(gateway): State<Arc<Gateway>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = match intake::read_json(&parts.headers, body).await {
        Ok(body) => body,
        Err(problem) => return answer::problem(&problem, parts.uri.path()),
    };
    match gateway.switch(&body).await {
        Ok((status, body)) => answer::json(status, &body),
        Err(problem) => answer::problem(&problem, parts.uri.path()),
    }
}

/// Where a viewer wants to go on.
#[derive(Debug, Deserialize)]
struct From {
    from: Option<String>,
}

async fn events(
    State(gateway): State<Arc<Gateway>>,
    Query(From { from }): Query<From>,
    headers: HeaderMap,
) -> Response<Body> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let opened = stream::open(&gateway.feed, last.or(from.as_deref()), gateway.stop.clone());
    opened.unwrap_or_else(|problem| answer::problem(&problem, "/events"))
}
