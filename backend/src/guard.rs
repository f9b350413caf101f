//! What every request must pass before it is routed, and what every response carries.
//!
//! Used on the gateway's port and on each replica's. A page of another site that makes a name of its own point
//! at this machine (DNS rebinding) is stopped by the list of hosts, one that sends a form or a script here by
//! the check of its origin. Programs such as curl, which send no origin, pass.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use shared::address::{Authority, Host};
use shared::api::Problem;
use tower_http::catch_panic::CatchPanicLayer;

use crate::answer;
use crate::listen::visit::Refused;

/// How long a path with its query may be, in bytes.
const ADDRESS_LIMIT: usize = 1_024;

/// The names under which a server is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    own: BTreeSet<Host>,
    /// Whether the server listens on all addresses of the machine: then any number is right, a name is not.
    any_number: bool,
}

impl Hosts {
    /// Allows this machine's own names and `configured` ones.
    pub fn new<'h>(configured: impl IntoIterator<Item = &'h Host>) -> Hosts {
        let own: BTreeSet<Host> = configured.into_iter().cloned().collect();
        let any_number = own.iter().any(Host::is_everywhere);
        Hosts { own, any_number }
    }

    /// Whether a `Host` header names this server, at whatever port.
    fn allow(&self, text: &str) -> bool {
        let named = text.parse().map(|Authority { host, .. }| host);
        named.is_ok_and(|host| {
            let is_number = matches!(host, Host::Number(_));
            host.is_loopback() || self.own.contains(&host) || (self.any_number && is_number)
        })
    }
}

/// Puts the guards around a router.
pub fn around(router: Router, hosts: Hosts) -> Router {
    router
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(Arc::new(hosts), check))
        .layer(from_fn(dress))
}

async fn check(State(hosts): State<Arc<Hosts>>, mut request: Request, next: Next) -> Response<Body> {
    if let Some(Refused(problem)) = request.extensions_mut().remove() {
        let mut response = answer::problem(&problem, request.uri().path());
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        return response;
    }
    let refused = check_length(&request).or_else(|| check_host(&hosts, &request)).or_else(|| check_origin(&request));
    match refused {
        Some(problem) => answer::problem(&problem, request.uri().path()),
        None => next.run(request).await,
    }
}

/// Paths come back in messages and events.
fn check_length(request: &Request) -> Option<Problem> {
    let length = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    let msg = format!("The address is over {ADDRESS_LIMIT} characters.");
    (length > ADDRESS_LIMIT).then(|| Problem::new(414, "too_long_address", msg))
}

fn check_host(hosts: &Hosts, request: &Request) -> Option<Problem> {
    let mut named = request.headers().get_all(header::HOST).iter().map(text_of);
    let authority = request.uri().authority().map(|authority| authority.as_str().to_owned());
    let (host, second) = (named.next(), named.next());
    match (host, second) {
        (Some(host), None) if hosts.allow(&host) && authority.is_none_or(|name| hosts.allow(&name)) => None,
        (Some(host), None) => {
            let msg = format!("This server is not `{host}`; open it as 127.0.0.1 or localhost.");
            Some(Problem::new(421, "wrong_host", msg))
        }
        (None, _) | (_, Some(_)) => Some(Problem::new(400, "missing_host", "Send one Host header.")),
    }
}

fn text_of(value: &HeaderValue) -> String {
    value.to_str().unwrap_or_default().to_owned()
}

/// Refuses a write that a browser sends for the page of another site.
///
/// Source: the scheme of Go 1.25's `http.CrossOriginProtection`.
fn check_origin(request: &Request) -> Option<Problem> {
    if request.method().is_safe() {
        return None;
    }
    let header = |name: &str| request.headers().get(name).map(text_of);
    let own = match (header("sec-fetch-site"), header("origin")) {
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => {
            let from = origin.split_once("://").map(|(_, host)| host.to_owned());
            from.is_some() && from == header("host")
        }
        (None, None) => true,
    };
    let refusal = "Writes are taken from this server's own page and from programs, not from other sites.";
    (!own).then(|| Problem::new(403, "cross_site", refusal))
}

/// Adds the headers that every response carries; what a handler has set itself stays.
async fn dress(request: Request, next: Next) -> Response<Body> {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        ("cache-control", "no-store"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ] {
        set_default(headers, name, value);
    }
    response
}

fn set_default(headers: &mut HeaderMap, name: &'static str, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}

#[allow(clippy::needless_pass_by_value, reason = "the layer wants this signature")]
fn panicked(_panic: Box<dyn Any + Send>) -> Response<Body> {
    let problem = Problem::new(500, "internal", "The server made a mistake; its standard error says more.");
    answer::problem(&problem, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(configured: &[&str]) -> Hosts {
        let configured: Vec<Host> = configured.iter().map(|text| text.parse().expect("a host")).collect();
        Hosts::new(&configured)
    }

    #[test]
    fn only_own_names_are_hosts() {
        let named = hosts(&["notes.example", "10.0.0.3"]);
        for host in
            ["127.0.0.1", "127.0.0.1:9988", "localhost:1", "LOCALHOST", "[::1]:9988", "Notes.Example.", "10.0.0.3"]
        {
            assert!(named.allow(host), "{host}");
        }
        for host in ["", "evil.example", "127.0.0.1.evil.example:9988", "192.168.0.7:9988", "[::2]"] {
            assert!(!named.allow(host), "{host}");
        }
        for host in ["localhost:1>; rel=\"x\"", "localhost:1@evil.example", "[::1]evil.example", "localhost:1:2"] {
            assert!(!named.allow(host), "{host}");
        }
        for everywhere in ["0.0.0.0", "::", "[::]"] {
            let hosts = hosts(&[everywhere]);
            assert!(hosts.allow("192.168.0.7:9988") && hosts.allow("[fe80::1]:9988") && !hosts.allow("evil.example"));
        }
    }

    #[test]
    fn writes_of_other_sites_are_refused() {
        let refused = |method: &str, headers: &[(&str, &str)]| {
            let builder = Request::builder().method(method).header("host", "127.0.0.1:9988");
            let builder = headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
            check_origin(&builder.body(Body::empty()).expect("a valid request")).is_some()
        };
        assert!(!refused("POST", &[]));
        assert!(!refused("POST", &[("origin", "http://127.0.0.1:9988")]));
        assert!(!refused("POST", &[("origin", "http://127.0.0.1:8080"), ("sec-fetch-site", "same-origin")]));
        assert!(!refused("GET", &[("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")]));
        assert!(refused("POST", &[("origin", "http://evil.example")]));
        assert!(refused("POST", &[("origin", "null")]));
        assert!(refused("DELETE", &[("sec-fetch-site", "cross-site")]));
        assert!(refused("PATCH", &[("sec-fetch-site", "same-site")]));
    }
}
