//! A replica's own port: `/note` for clients and the gateway, `/peer` for the other replicas.
//!
//! Called by [`crate::server`]. A request counts as the gateway's only when it carries the secret of this run;
//! then its head and its operation's name are believed. The replica itself sits behind its driver.

mod gate;
mod peer;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response};
use axum::routing::{any, get, post, put};
use serde::de::DeserializeOwned;
use shared::api::{self, ModeBody, Problem};
use shared::config::Levels;
use shared::id::{OpId, TraceId};
use shared::message::Head;
use shared::replica::Call;

use crate::answer;
use crate::identity::Identity;
use crate::intake::{self, Intake, Wishes};
use crate::mailbox::{Answer, ReplicaHandle, Silence};
use crate::run::{Run, operation_of};
use crate::transport::texts::LongTexts;

/// What the handlers of one replica's port share.
#[derive(Clone, Debug)]
pub struct Port {
    /// The replica.
    pub replica: ReplicaHandle,
    /// Who its store is.
    pub identity: Arc<Identity>,
    /// The long texts that it holds.
    pub texts: LongTexts,
    /// This run of the server.
    pub run: Arc<Run>,
    /// How many replicas there are.
    pub count: usize,
}

/// Returns the routes of a replica's port.
pub fn routes(port: Port) -> Router {
    Router::new()
        .route("/", get(welcome))
        .route("/note", any(note))
        .route("/note/", any(note))
        .route("/note/{*rest}", any(note))
        .route("/peer", get(peer::disk).post(peer::messages))
        .route("/peer/lacking", post(peer::lacking))
        .route("/peer/texts", post(peer::texts))
        .route("/cluster/mode", put(mode))
        .route("/gate", put(gate::turn))
        .route("/gate/{message}", post(gate::handle))
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .with_state(port)
}

async fn welcome(State(port): State<Port>) -> String {
    let id = port.replica.id();
    format!(
        "This is replica {id} of Baton. Its notes are at /note; the page and all replicas are at {}/\n",
        port.run.home
    )
}

/// Answers for paths that are not there.
pub async fn nothing_here(request: Request) -> Response<Body> {
    let path = request.uri().path();
    answer::problem(&Problem::unknown_path(path), path)
}

/// Answers for methods that a path does not take.
pub async fn wrong_method(request: Request) -> Response<Body> {
    let (method, path) = (request.method().as_str(), request.uri().path());
    let msg = format!("{path} does not take {method}.");
    answer::problem(&Problem::new(405, "method_not_allowed", msg), path)
}

/// What the gateway says beside a request.
#[derive(Debug)]
struct Passed {
    head: Head,
    op: OpId,
    trace: TraceId,
}

impl Port {
    /// Whether a request comes from a part of this cluster.
    pub fn trusts(&self, headers: &HeaderMap) -> bool {
        self.run.secret.is_in(headers)
    }

    /// Returns what the gateway says beside a request; `None` when it is a client that asks.
    fn passed(&self, headers: &HeaderMap) -> Option<Passed> {
        let head: Head = self.trusts(headers).then(|| decode(headers, api::header::HEAD)).flatten()?;
        let op = headers.get(api::header::OPERATION).and_then(|op| op.to_str().ok())?;
        let trace = head.trace.clone()?;
        Some(Passed { head, op: OpId(op.to_owned()), trace })
    }

    fn call(&self, headers: &HeaderMap, intake: Intake) -> (Option<Head>, Call) {
        let passed = self.passed(headers);
        let wishes = intake::wishes(headers);
        let trace = passed.as_ref().map_or_else(|| self.run.trace(), |passed| passed.trace.clone());
        let named = intake::operation(headers, &intake.request).map(|op| op.unwrap_or_else(|| operation_of(&trace)));
        let (head, op) = match passed {
            Some(Passed { head, op, .. }) => (Some(head), Ok(op)),
            None => (None, named),
        };
        let bad_header = wishes.clone().err().or_else(|| op.clone().err());
        let command = intake.command.and_then(|command| bad_header.map_or(Ok(command), Err));
        let Wishes { ack, reads, session } = wishes.unwrap_or_default();
        let Levels { ack: default_ack, reads: default_reads } = self.run.levels;
        let (ack, reads) = (ack.unwrap_or(default_ack), reads.unwrap_or(default_reads));
        let session = session.unwrap_or_default();
        let op = op.unwrap_or_else(|_| operation_of(&trace));
        (head, Call { op, trace, ack, reads, session, request: intake.request, command })
    }
}

fn decode<T: DeserializeOwned>(headers: &HeaderMap, name: &str) -> Option<T> {
    headers.get(name).and_then(|value| serde_json::from_slice(value.as_bytes()).ok())
}

async fn note(State(port): State<Port>, request: Request) -> Response<Body> {
    let links = port.run.home.links_of_replica(&request);
    let (headers, path) = (request.headers().clone(), request.uri().path().to_owned());
    let (head, mut call) = match intake::read(request).await {
        Ok(intake) => port.call(&headers, intake),
        Err(problem) => return answer::problem(&problem, &path),
    };
    if let Ok(command) = &mut call.command {
        port.texts.share(command);
    }
    let (trace, said, reads) = (call.trace.clone(), call.request.clone(), is_read(&call));
    let Answer { head, reply } = match port.replica.call(head, call).await {
        Ok(answer) => answer,
        Err(silence) => Answer { head: None, reply: answer::reply_of(&said, &problem_of(silence, reads)) },
    };
    let mut response = answer::reply(&reply, &trace, Some(port.replica.id()), &links);
    if let Some(value) = head.and_then(|head| encode(&head)) {
        response.headers_mut().insert(api::header::HEAD, value);
    }
    response
}

fn is_read(call: &Call) -> bool {
    call.command.as_ref().is_ok_and(shared::note::Command::is_read)
}

/// Returns a head as a header's value.
pub fn encode(head: &Head) -> Option<HeaderValue> {
    serde_json::to_vec(head).ok().and_then(|json| HeaderValue::from_bytes(&json).ok())
}

/// Returns what a client is told when the replica is silent; `reads` says that nothing can have been changed.
pub fn problem_of(silence: Silence, reads: bool) -> Problem {
    match silence {
        Silence::Busy => Problem::refused("this replica is overloaded."),
        Silence::Unknown if reads => Problem::refused("this replica did not answer in time."),
        Silence::Unknown => Problem::unknown("this replica did not answer in time."),
    }
}

async fn mode(State(port): State<Port>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let wanted = match intake::read_json(&parts.headers, body).await {
        Ok(body) => serde_json::from_value::<ModeBody>(body).map_err(|_| bad_mode()),
        Err(problem) => Err(problem),
    };
    let answered = match wanted {
        Ok(ModeBody { mode }) => port.replica.switch(mode).await.map_err(|silence| problem_of(silence, false)),
        Err(problem) => Err(problem),
    };
    match answered {
        Ok(Answer { reply, .. }) => answer::json(reply.status, &reply.body),
        Err(problem) => answer::problem(&problem, path),
    }
}

fn bad_mode() -> Problem {
    Problem::new(422, "bad_mode", "Send {\"mode\": \"remote-write\"} or {\"mode\": \"local-write\"}.")
}

/// The sender does not know the cluster's secret.
pub fn not_a_peer() -> Problem {
    Problem::new(403, "not_a_peer", "Only members of this cluster, which have its secret, are served here.")
}
