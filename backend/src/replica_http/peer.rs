//! What other replicas say at this one's port: messages, and the long texts that their messages name.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde::de::DeserializeOwned;
use shared::api::{Problem, header};
use shared::id::{Node, ReplicaId};
use shared::message::Envelope;
use shared::note::Text;

use super::{Port, not_a_peer};
use crate::answer;
use crate::identity::{Greeting, Refusal};
use crate::intake;
use crate::transport::texts::Name;

/// See [`header::SEEN_RUN`].
const SEEN_RUN: HeaderName = HeaderName::from_static(header::SEEN_RUN);
/// The longest request of a peer, in bytes: a whole state in one message, without its long texts.
const LIMIT: usize = 64 * 1024 * 1024;

/// `POST /peer`: takes a batch of messages, and says what [`disk`] says. 409 when one names a text that is not here: the
/// sender has to hand it over. 421 when one is for another replica: the sender's list of replicas is another one.
pub async fn messages(State(port): State<Port>, request: Request) -> Response<Body> {
    with_disk(&port, answered(deliver(&port, request).await))
}

/// `GET /peer`: says in headers whether this replica waits for its disk.
pub async fn disk(State(port): State<Port>, headers: HeaderMap) -> Response<Body> {
    let known = if port.trusts(&headers) { Ok(()) } else { Err(not_a_peer().into()) };
    with_disk(&port, answered(known))
}

fn with_disk(port: &Port, mut answer: Response<Body>) -> Response<Body> {
    let disk = port.replica.disk();
    for (name, said) in [(header::WAITS_FOR_DISK, disk.excuses()), (header::SLOW_DISK, disk.is_slow())] {
        if said {
            answer.headers_mut().insert(name, HeaderValue::from_static("1"));
        }
    }
    answer
}

/// `POST /peer/lacking`: says which of the texts with these names are not here.
pub async fn lacking(State(port): State<Port>, request: Request) -> Response<Body> {
    match read::<Vec<Name>>(&port, request).await {
        Ok(names) => answer::json(200, &port.texts.lacking(names)),
        Err(rejection) => answered(Err(rejection)),
    }
}

/// `POST /peer/texts`: takes texts that a message is going to name.
pub async fn texts(State(port): State<Port>, request: Request) -> Response<Body> {
    let room = || Problem::new(413, "too_large", "Too many texts wait for their message.").into();
    let taken = read::<Vec<Text>>(&port, request).await;
    answered(taken.and_then(|texts| if port.texts.take(texts) { Ok(()) } else { Err(room()) }))
}

/// Why nothing was taken.
struct Rejection {
    problem: Problem,
    /// Of a store that may be an older copy: its run that was seen last.
    seen: Option<u64>,
}

impl From<Problem> for Rejection {
    fn from(problem: Problem) -> Rejection {
        Rejection { problem, seen: None }
    }
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Rejection {
        let seen = if let Refusal::OlderCopy { seen } = refusal { Some(seen) } else { None };
        Rejection { problem: Problem::new(412, refusal.code(), refusal.to_string()), seen }
    }
}

fn answered(done: Result<(), Rejection>) -> Response<Body> {
    match done {
        Ok(()) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        }
        Err(Rejection { problem, seen }) => {
            let mut response = answer::problem(&problem, "/peer");
            response.headers_mut().extend(seen.map(|seen| (SEEN_RUN, HeaderValue::from(seen))));
            response
        }
    }
}

/// Reads what a peer sends.
async fn read<T: DeserializeOwned>(port: &Port, request: Request) -> Result<T, Rejection> {
    if !port.trusts(request.headers()) {
        return Err(not_a_peer().into());
    }
    meet(port, request.headers()).await?;
    let body = intake::read_bytes(request.into_body(), LIMIT).await?;
    Ok(serde_json::from_slice(&body).map_err(|error| bad_batch(&error.to_string()))?)
}

/// Takes what a peer says of its store; 412 refuses it.
async fn meet(port: &Port, headers: &HeaderMap) -> Result<(), Rejection> {
    let said = headers.get(header::STORE).and_then(|said| said.to_str().ok()).and_then(|said| said.parse().ok());
    let greeting: Greeting = said.ok_or_else(|| bad_batch("it does not name the store that it comes from"))?;
    if port.identity.has_met(&greeting) {
        return Ok(());
    }
    match port.replica.meet(greeting).await {
        Ok(met) => Ok(met?),
        Err(_) => Err(busy().into()),
    }
}

fn busy() -> Problem {
    Problem::refused("this replica is overloaded.")
}

async fn deliver(port: &Port, request: Request) -> Result<(), Rejection> {
    let mut envelopes: Vec<Envelope> = read(port, request).await?;
    if let Some(stray) = envelopes.iter().find(|envelope| !is_from_peer(port, envelope)) {
        return Err(bad_batch(&format!("{} is not from another replica", stray.head.message)).into());
    }
    let me = port.replica.id();
    if envelopes.iter().any(|envelope| envelope.head.to != Node::Replica(me)) {
        let message = format!("this is replica {me}; give all parts the same `replicas`, in the same order.");
        return Err(Problem::new(421, "wrong_replica", message).into());
    }
    for Envelope { message, .. } in &mut envelopes {
        if !message.carries_state() {
            port.texts.share(message);
        } else if !port.texts.restore(message) {
            let message = "A message names texts that are not here: send them first.";
            return Err(Problem::new(409, "lacking", message).into());
        }
    }
    if envelopes.is_empty() || port.replica.deliver(envelopes).await { Ok(()) } else { Err(busy().into()) }
}

fn bad_batch(reason: &str) -> Problem {
    Problem::new(400, "bad_batch", format!("This is not a batch of messages: {reason}."))
}

/// Whether a message is from another replica of the cluster.
fn is_from_peer(port: &Port, envelope: &Envelope) -> bool {
    let known = |id: ReplicaId| (1..=port.count).contains(&usize::from(id.0)) && id != port.replica.id();
    envelope.head.message.from.replica().is_some_and(known)
}
