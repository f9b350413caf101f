//! Reading a client's request: what it said, and what it asks for or why that is no valid request.
//!
//! Called by the gateway and by each replica's port, so that both refuse the same things in the same words. The
//! rules themselves are `shared::api`; this is their HTTP half.

mod strict;

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request as HttpRequest;
use axum::http::{HeaderMap, HeaderName, Method as HttpMethod, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::api::{self, Problem, REQUEST_LIMIT, Resource};
use shared::config::{Ack, Reads};
use shared::id::{OpId, ReplicaId};
use shared::note::Command;
use shared::request::{Method, Request};
use shared::session::Session;

pub use strict::text_of;

/// How long a body may take to arrive.
const SLOW: Duration = Duration::from_secs(10);
/// The longest name that a client may give an operation.
const KEY_LIMIT: usize = 64;
/// The header in which a client names its operation.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// A request that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intake {
    /// What the client said, as the feed shows it.
    pub request: Request,
    /// What it asks for.
    pub command: Result<Command, Problem>,
}

/// Reads a request for notes.
///
/// # Errors
/// When its method is none of the API's: the feed has no name for such a request.
pub async fn read(request: HttpRequest) -> Result<Intake, Problem> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let resource = Resource::parse(path);
    let path = path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path).to_owned();
    let Some(method) = method_of(&parts.method) else {
        return Err(resource.map_or_else(
            |problem| problem,
            |resource| Problem::method(parts.method.as_str(), &path, resource.allowed()),
        ));
    };
    let body = match method {
        Method::Post | Method::Put | Method::Patch => read_json(&parts.headers, body).await,
        Method::Get | Method::Delete => Ok(json!({})),
    };
    let shown = body.as_ref().map_or_else(|_| json!({}), Value::clone);
    let command = resource.and_then(|resource| {
        let takes = resource.allowed().split(", ").any(|allowed| allowed == method.as_str());
        // The method is wrong whatever the body is.
        resource.command(method, &if takes { body? } else { Value::Null })
    });
    Ok(Intake { request: Request { method, path, body: shown }, command })
}

/// Returns the API's name of a method; a `HEAD` is a `GET` whose body the server leaves out.
fn method_of(method: &HttpMethod) -> Option<Method> {
    match method.as_str() {
        "GET" | "HEAD" => Some(Method::Get),
        "POST" => Some(Method::Post),
        "PUT" => Some(Method::Put),
        "PATCH" => Some(Method::Patch),
        "DELETE" => Some(Method::Delete),
        _ => None,
    }
}

/// Reads a body that must be JSON, in UTF-8 and as it is; a mark of its byte order is passed over.
///
/// # Errors
/// 415, 413, 408, 501 or 400.
pub async fn read_json(headers: &HeaderMap, body: Body) -> Result<Value, Problem> {
    check_transfer(headers)?;
    let bytes = tokio::time::timeout(SLOW, read_bytes(body, REQUEST_LIMIT)).await;
    let bytes =
        bytes.unwrap_or_else(|_| Err(Problem::new(408, "timeout", "The request body took too long to arrive.")))?;
    check_encoding(headers)?;
    if !is_json(headers) {
        return Err(Problem::content_type());
    }
    strict::parse(&bytes)
}

/// Returns the words of all lines of a header that is a list, in lower case.
fn words(headers: &HeaderMap, name: &HeaderName) -> impl Iterator<Item = String> {
    let lines = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("?"));
    lines.flat_map(|line| line.split(',')).map(|word| word.trim().to_ascii_lowercase()).filter(|word| !word.is_empty())
}

/// The server that this runs in takes a body apart that comes in chunks, and no other form of it.
fn check_transfer(headers: &HeaderMap) -> Result<(), Problem> {
    let strange = words(headers, &header::TRANSFER_ENCODING).any(|word| word != "chunked");
    let msg = "Send the body as it is or in chunks, in no other Transfer-Encoding.";
    if strange { Err(Problem::new(501, "transfer_encoding", msg)) } else { Ok(()) }
}

fn check_encoding(headers: &HeaderMap) -> Result<(), Problem> {
    let packed = words(headers, &header::CONTENT_ENCODING).any(|word| word != "identity");
    let msg = "Send the body as it is, not compressed: without the header Content-Encoding.";
    if packed { Err(Problem::new(415, "content_encoding", msg)) } else { Ok(()) }
}

/// Whether the one `Content-Type` is JSON, and in no other letters than UTF-8.
fn is_json(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return false };
    let line = line.to_str().unwrap_or_default().to_ascii_lowercase();
    let mut parts = line.split(';').map(str::trim);
    let mime = parts.next().unwrap_or_default();
    let is_utf8 = |part: &str| {
        let letters = part.strip_prefix("charset=").map(|set| set.trim_matches('"'));
        letters.is_none_or(|set| matches!(set, "utf-8" | "utf8" | "us-ascii"))
    };
    (mime == "application/json" || (mime.starts_with("application/") && mime.ends_with("+json"))) && parts.all(is_utf8)
}

/// Reads a body of at most `limit` bytes.
///
/// # Errors
/// 413 when it is longer, 400 when it breaks off.
pub async fn read_bytes(mut body: Body, limit: usize) -> Result<Bytes, Problem> {
    // As much as the sender says, at least. It hears the answer also when nobody reads on (see `crate::listen`).
    if body.size_hint().lower() > limit as u64 {
        return Err(Problem::too_large());
    }
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::new(400, "broken_body", "The request body was cut short."))?;
        let Ok(part) = frame.into_data() else { continue };
        if bytes.len() + part.len() > limit {
            return Err(Problem::too_large());
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes.freeze())
}

/// Returns the text of a header; empty when it is not text, or given more than once: nobody knows which one is meant.
fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut lines = headers.get_all(name).iter();
    let first = lines.next()?.to_str().unwrap_or_default();
    Some(if lines.next().is_none() { first } else { "" })
}

/// What a client asks for in headers, where it says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// When it wants to hear of a write.
    pub ack: Option<Ack>,
    /// What a read must have seen.
    pub reads: Option<Reads>,
    /// What it has seen and written before.
    pub session: Option<Session>,
}

impl Wishes {
    /// Returns the headers that say so.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, String)> {
        let ack = self.ack.map(|ack| (api::header::ACK, ack.as_str().to_owned()));
        let reads = self.reads.map(|reads| (api::header::READ, reads.as_str().to_owned()));
        let session = self.session.as_ref().map(|session| (api::header::SESSION, session.to_string()));
        ack.into_iter().chain(reads).chain(session)
    }
}

/// Returns what the client asks for in headers.
///
/// # Errors
/// 400 for a word that is no policy or level, and for a text that is no session.
pub fn wishes(headers: &HeaderMap) -> Result<Wishes, Problem> {
    Ok(Wishes { ack: ack(headers)?, reads: reads(headers)?, session: session(headers)? })
}

fn ack(headers: &HeaderMap) -> Result<Option<Ack>, Problem> {
    let all = [Ack::All, Ack::Majority, Ack::Primary];
    choice(headers, api::header::ACK, all, Ack::as_str, "X-Ack must be `all`, `majority` or `primary`.")
}

fn reads(headers: &HeaderMap) -> Result<Option<Reads>, Problem> {
    let all = [Reads::Local, Reads::Committed, Reads::Session, Reads::Linearizable];
    let msg = "X-Read must be `local`, `committed`, `session` or `linearizable`.";
    choice(headers, api::header::READ, all, Reads::as_str, msg)
}

/// Returns the one of `all` that a header names; `msg` tells a client that names none of them.
fn choice<T: Copy, const COUNT: usize>(
    headers: &HeaderMap,
    header: &str,
    all: [T; COUNT],
    name: fn(T) -> &'static str,
    msg: &str,
) -> Result<Option<T>, Problem> {
    let parse = |word: &str| {
        let named = all.into_iter().find(|choice| name(*choice) == word.trim());
        named.ok_or_else(|| Problem::new(400, "bad_header", msg))
    };
    text(headers, header).map(parse).transpose()
}

/// Returns what the client has seen and written, as the last reply told it.
///
/// # Errors
/// 400 for a text that is none.
pub fn session(headers: &HeaderMap) -> Result<Option<Session>, Problem> {
    let parse = |word: &str| {
        let bad = |_| Problem::new(400, "bad_header", "X-Session must be the X-Session of an earlier reply.");
        word.trim().parse().map_err(bad)
    };
    text(headers, api::header::SESSION).map(parse).transpose()
}

/// Returns the replicas that a replica says it has gone on without.
pub fn without(headers: &HeaderMap) -> Vec<ReplicaId> {
    let listed = text(headers, api::header::WITHOUT).unwrap_or_default();
    listed.split(',').filter_map(|id| id.trim().parse().ok()).map(ReplicaId).collect()
}

/// Returns the name of the operation that `request` asks for; `None` when the client gives it no key.
///
/// The name is the same for the same key and request only: a key that is used again for something else does not
/// stand in its way. It is the key's beginning, for readers, and half a hash of everything.
///
/// # Errors
/// 400 for a key that is empty, over 64 characters, or not plain ASCII.
pub fn operation(headers: &HeaderMap, request: &Request) -> Result<Option<OpId>, Problem> {
    let parse = |key: &str| {
        let good = (1..=KEY_LIMIT).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        let bad = || Problem::new(400, "bad_header", "Idempotency-Key must be 1 to 64 visible ASCII characters.");
        good.then(|| named(key, request)).ok_or_else(bad)
    };
    text(headers, IDEMPOTENCY_KEY).map(parse).transpose()
}

fn named(key: &str, request: &Request) -> OpId {
    // The order of the fields says nothing.
    let fields: BTreeMap<&String, &Value> = request.body.as_object().into_iter().flatten().collect();
    let body = json!(fields);
    let whole = format!("{key}\0{}\0{}\0{body}", request.method.as_str(), request.path);
    let hash = Sha256::digest(whole.as_bytes());
    let half = hash.iter().take(16).fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
    OpId(format!("{key:.31}-{half:032x}"))
}

/// Returns the replica that the client wants among `count`; `None` when it does not say.
///
/// # Errors
/// 400 when there is no such replica.
pub fn replica(headers: &HeaderMap, count: usize) -> Result<Option<ReplicaId>, Problem> {
    let parse = |word: &str| {
        let number = word.trim().parse::<u8>().ok().filter(|number| (1..=count).contains(&usize::from(*number)));
        let unknown = || Problem::new(400, "unknown_replica", format!("X-Replica must be a number from 1 to {count}."));
        number.map(ReplicaId).ok_or_else(unknown)
    };
    text(headers, api::header::REPLICA).map(parse).transpose()
}

#[cfg(test)]
mod told;

#[cfg(test)]
mod tests;
