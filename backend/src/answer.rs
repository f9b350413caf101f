//! Answers as HTTP: the status, headers and JSON body of a reply or a problem.
//!
//! Called by the gateway and by each replica's port.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use serde_json::Value;
use shared::api::{self, Problem, Resource};
use shared::id::{ReplicaId, TraceId};
use shared::request::{Reply, Request};

use crate::home::Links;

/// Returns the reply that tells a client of a problem.
pub fn reply_of(request: &Request, problem: &Problem) -> Reply {
    Reply::to(request, problem.status, problem.body())
}

/// Returns a reply as HTTP, with links for its client.
pub fn reply(reply: &Reply, trace: &TraceId, served_by: Option<ReplicaId>, links: &Links) -> Response<Body> {
    let mut response = json(reply.status, &reply.body);
    let headers = response.headers_mut();
    explain(headers, reply.status, &reply.path);
    put(headers, api::header::TRACE, &trace.0);
    put(headers, api::header::LINK, &format!("<{}/?trace={}>; rel=\"monitor\"", links.page, trace.0));
    if let Some(id) = served_by {
        put(headers, api::header::SERVED_BY, &id.0.to_string());
    }
    if !reply.session.seen.is_empty() {
        put(headers, api::header::SESSION, &reply.session.to_string());
    }
    if !reply.without.is_empty() {
        let without: Vec<String> = reply.without.iter().map(|id| id.0.to_string()).collect();
        put(headers, api::header::WITHOUT, &without.join(","));
    }
    if let (201, Some(id)) = (reply.status, reply.body.get("id").and_then(Value::as_u64)) {
        put(headers, "location", &format!("{}/note/{id}", links.here));
    }
    response
}

/// Returns a problem as HTTP; `path` is what was asked for.
pub fn problem(problem: &Problem, path: &str) -> Response<Body> {
    let mut response = json(problem.status, &problem.body());
    explain(response.headers_mut(), problem.status, path);
    response
}

/// Returns a JSON body with a status.
///
/// # Panics
/// When a map in `body` has keys that are no text.
pub fn json<T: Serialize>(status: u16, body: &T) -> Response<Body> {
    let text = serde_json::to_vec(body).expect("bodies have text for keys and no failing parts");
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Adds what HTTP wants beside certain statuses.
fn explain(headers: &mut HeaderMap, status: u16, path: &str) {
    if status == 503 {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    if status == 401 {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let (405, Ok(resource)) = (status, Resource::parse(path)) {
        headers.insert(header::ALLOW, HeaderValue::from_static(resource.allowed()));
    }
}

/// Sets a header; leaves out a value that HTTP cannot carry.
fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
