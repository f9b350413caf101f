//! The gateway: the one address for browsers and curl, in front of all replicas.
//!
//! Called by [`crate::server`]. It passes requests for notes on (see [`pass`]), shows the event feed (see [`watch`]), switches the
//! mode, turns the gates (see [`gate`]) and serves the page. It keeps no notes and decides nothing about them.

mod gate;
mod pass;
mod watch;

use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response};
use axum::response::Redirect;
use axum::routing::{any, get, post};
use shared::address::Address;
use shared::api::Problem;
use shared::api::gate::PATH;
use shared::clock::Stamp;
use shared::event::Event;
use shared::id::Node;
use shared::recorder::Recorder;
use shared::time::Micros;
use tokio_util::sync::CancellationToken;

use crate::feed::Feed;
use crate::feed::confluence::Confluence;
use crate::http_client::HttpClient;
use crate::presenter::Presenter;
use crate::replica_http::wrong_method;
use crate::run::Run;
use crate::{answer, intake, ui};

/// The gateway of one server.
#[derive(Debug)]
pub struct Gateway {
    run: Arc<Run>,
    feed: Arc<Feed>,
    /// Where its own events go.
    outlet: Outlet,
    recorder: Mutex<Recorder>,
    client: HttpClient,
    /// The replicas' addresses; R1 first.
    replicas: Vec<Address>,
    /// Whose turn it is.
    turn: AtomicUsize,
    /// Until when each replica is asked last, in microseconds, because it could not be reached.
    resting: Vec<AtomicU64>,
    /// Who may use the gate.
    presenter: Presenter,
    stop: CancellationToken,
}

/// Where the gateway's own events go on their way into the feed.
#[derive(Clone, Debug)]
pub enum Outlet {
    /// Straight into it: all nodes of this process publish in causal order.
    Straight,
    /// Together with the streams of replicas that are processes of their own.
    Merged(Arc<Confluence>),
}

impl Gateway {
    /// Makes a gateway to `replicas`, R1 first, whose events are shown in `feed`; streams end with `stop`.
    pub fn new(
        run: Arc<Run>,
        (feed, outlet): (Arc<Feed>, Outlet),
        client: HttpClient,
        replicas: Vec<Address>,
        presenter: Presenter,
        stop: CancellationToken,
    ) -> Gateway {
        let recorder = Mutex::new(Recorder::new(Node::Gateway, replicas.len()));
        let turn = AtomicUsize::new(0);
        let resting = replicas.iter().map(|_| AtomicU64::new(0)).collect();
        Gateway { run, feed, outlet, recorder, client, replicas, turn, resting, presenter, stop }
    }

    /// Records events and publishes them, in the order of the gateway's clock whoever else is recording.
    fn record<T>(&self, tell: impl FnOnce(&mut Recorder, Micros) -> (T, Event)) -> T {
        let mut recorder = self.recorder();
        let (told, event) = tell(&mut recorder, self.run.clock.now());
        match &self.outlet {
            Outlet::Straight => self.feed.publish(vec![event]),
            Outlet::Merged(confluence) => confluence.publish(vec![event]),
        }
        told
    }

    /// Takes over what a replica knows that was there before this gateway: of an earlier gateway, too.
    pub fn learn(&self, stamp: &Stamp) {
        self.recorder().learn(stamp);
    }

    fn recorder(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the routes of the gateway's port; `files` are those of the page.
pub fn routes(gateway: Arc<Gateway>, files: ui::Files) -> Router {
    let router = match gateway.run.home.path() {
        "" => Router::new(),
        path => Router::new().route(path, get(folder)),
    };
    router
        .route("/note", any(note))
        .route("/note/", any(note))
        .route("/note/{*rest}", any(note))
        .route("/cluster", get(cluster))
        .route("/cluster/mode", axum::routing::put(mode))
        .route(PATH, get(gate::state).put(gate::turn))
        .route(&format!("{PATH}/{{message}}"), post(gate::handle))
        .route(
            "/events",
            get(async move |gateway, address, wish, headers: HeaderMap| {
                watch::events(gateway, address, wish, &headers, files)
            }),
        )
        .fallback(async move |request| ui::serve(files, &request))
        .method_not_allowed_fallback(wrong_method)
        .with_state(gateway)
}

async fn note(State(gateway): State<Arc<Gateway>>, request: Request) -> Response<Body> {
    let links = gateway.run.home.links_of_gateway(&request);
    let (headers, path) = (request.headers().clone(), request.uri().path().to_owned());
    let intake = match intake::read(request).await {
        Ok(intake) => intake,
        Err(problem) => return answer::problem(&problem, &path),
    };
    // A task of its own: what was begun is told to the end, also when the client goes away.
    let served = tokio::spawn(async move { gateway.note(intake, &headers, &links).await }).await;
    served.unwrap_or_else(|_| answer::problem(&Problem::new(500, "internal", "Internal error of the gateway."), &path))
}

/// Sends whoever left out the `/` behind the page's path to the page, which finds its files beside itself.
async fn folder(request: Request) -> Redirect {
    let name = request.uri().path().rsplit('/').next().unwrap_or_default();
    let query = request.uri().query().map_or_else(String::new, |query| format!("?{query}"));
    Redirect::permanent(&format!("{name}/{query}"))
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
