//! What every request must pass before it is routed, and what every response carries.
//!
//! Used on the gateway's port and on each replica's. A page of another site that makes a name of its own point
//! at this machine (DNS rebinding) is stopped by the list of hosts, one that sends a form or a script here by
//! the check of its origin. Programs such as curl, which send no origin, pass. An IP address belongs to nobody who could
//! make it point elsewhere, and browsers take `localhost` for this machine without asking: both are always right.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, Version, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use shared::address::{Address, Authority, Host, Public};
use shared::api::Problem;
use shared::config::Config;
use tower_http::catch_panic::CatchPanicLayer;

use crate::answer;
use crate::listen::visit::{Reached, Refused};

/// How long a path with its query may be, in bytes.
const ADDRESS_LIMIT: usize = 1_024;
/// How many characters of a header are told again.
const SHOWN: usize = 100;

/// The names by which the parts of a cluster are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    own: BTreeSet<Host>,
    /// Where a proxy shows the gateway.
    public: Option<Public>,
}

impl Hosts {
    /// Takes all names of a configuration.
    pub fn of(config: &Config) -> Hosts {
        let told = config.replicas.iter().map(|address| &address.host).chain(&config.host);
        let public = config.public.clone();
        let own = told.chain(&config.names).chain(public.as_ref().map(Public::host)).cloned().collect();
        Hosts { own, public }
    }

    fn allow(&self, host: &Host) -> bool {
        matches!(host, Host::Number(_)) || host.is_loopback() || self.own.contains(host)
    }
}

/// Puts the guards around a router.
pub fn around(router: Router, hosts: Arc<Hosts>) -> Router {
    router.layer(CatchPanicLayer::custom(panicked)).layer(from_fn_with_state(hosts, check)).layer(from_fn(dress))
}

async fn check(State(hosts): State<Arc<Hosts>>, mut request: Request, next: Next) -> Response<Body> {
    if let Some(Refused(problem)) = request.extensions_mut().remove() {
        let mut response = answer::problem(&problem, request.uri().path());
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        return response;
    }
    let refused =
        check_length(&request).or_else(|| check_host(&hosts, &request)).or_else(|| check_origin(&hosts, &request));
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

/// A `Host` header and the host in the address, of which there is at most one each, name this server, at whatever port.
fn check_host(hosts: &Hosts, request: &Request) -> Option<Problem> {
    let mut named = request.headers().get_all(header::HOST).iter().map(text_of);
    let host = match (named.next().filter(|host| !host.is_empty()), named.next()) {
        // The header came with HTTP/1.1. Health checks leave it out, browsers never do.
        (None, None) if request.version() <= Version::HTTP_10 => None,
        (Some(host), None) => Some(host),
        (None, _) | (_, Some(_)) => return Some(Problem::new(400, "missing_host", "Send one Host header.")),
    };
    let authority = request.uri().authority().map(|authority| authority.as_str().to_owned());
    host.into_iter().chain(authority).find_map(|text| match text.parse::<Authority>() {
        Ok(Authority { host, .. }) if hosts.allow(&host) => None,
        Ok(Authority { host, .. }) => Some(stranger(hosts, &host, request)),
        Err(_) => Some(Problem::new(421, "wrong_host", "The Host header names no host.")),
    })
}

/// Tells what to do about a name that nobody told this server of.
fn stranger(hosts: &Hosts, host: &Host, request: &Request) -> Problem {
    let reached = request.extensions().get().map(|Reached(socket)| format!("http://{}", Address::from(*socket)));
    let public = hosts.public.as_ref().map(ToString::to_string);
    let works = public.or(reached).unwrap_or_else(|| "its IP address".to_owned());
    let msg = format!(
        "`{host}` is not a name of this server: add \"{host}\" to the list `names` in its config.json and start it again, \
         or use {works}."
    );
    Problem::new(421, "wrong_host", msg)
}

fn text_of(value: &HeaderValue) -> String {
    value.to_str().unwrap_or_default().to_owned()
}

/// Refuses a write that a browser sends for the page of another site.
///
/// Source: the scheme of Go 1.25's `http.CrossOriginProtection`.
fn check_origin(hosts: &Hosts, request: &Request) -> Option<Problem> {
    if request.method().is_safe() {
        return None;
    }
    let header = |name: &str| request.headers().get(name).map(text_of);
    let (origin, host) = (header("origin"), header("host"));
    let is_public = |origin: &String| hosts.public.as_ref().is_some_and(|public| public.origin() == *origin);
    let own = match (header("sec-fetch-site"), &origin) {
        (_, Some(origin)) if is_public(origin) => true,
        (Some(site), _) => site == "same-origin" || site == "none",
        (None, Some(origin)) => {
            let from = origin.split_once("://").map(|(_, host)| host.to_owned());
            from.is_some() && from == host
        }
        (None, None) => true,
    };
    (!own).then(|| cross_site(origin.as_deref(), host.as_deref()))
}

/// Tells what differs, and what to do when it is a proxy that makes the difference.
fn cross_site(origin: Option<&str>, host: Option<&str>) -> Problem {
    let shown = |text: Option<&str>| text.unwrap_or("none").chars().take(SHOWN).collect::<String>();
    let msg = format!(
        "Writes are taken from this server's own page and from programs, not from other sites: here Origin is `{}` and Host \
         is `{}`. Where this is its own page behind a proxy, have that pass the browser's Host on, in nginx by \
         `proxy_set_header Host $http_host;`, or give the page's address as `public` in config.json.",
        shown(origin),
        shown(host)
    );
    Problem::new(403, "cross_site", msg)
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
    let problem = Problem::new(500, "internal", "Internal error of the server; its standard error has the details.");
    answer::problem(&problem, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> Hosts {
        let text = r#"{ "service": 1, "sync": "local-write", "host": "notes.example", "names": ["baton", "box.local"],
            "replicas": ["r1.example:1", "10.0.0.3:1"], "public": "https://public.example/baton" }"#;
        Hosts::of(&Config::parse(text).expect("a valid configuration"))
    }

    /// Returns what is said to a request with these `Host` headers.
    fn refused(version: Version, headers: &[&str]) -> Option<(u16, String)> {
        let builder = Request::builder().version(version);
        let builder = headers.iter().fold(builder, |builder, host| builder.header("host", *host));
        let request = builder.body(Body::empty()).expect("a valid request");
        check_host(&hosts(), &request).map(|problem| (problem.status, problem.msg))
    }

    #[test]
    fn only_own_names_are_hosts() {
        let one = |host: &str| refused(Version::HTTP_11, &[host]);
        for host in
            ["127.0.0.1:9988", "localhost:1", "LOCALHOST", "a.localhost", "[::1]:9988", "192.168.0.7", "[fe80::1]"]
        {
            assert_eq!(one(host), None, "{host}");
        }
        for host in ["Notes.Example.:80", "r1.example", "baton", "BOX.local:9988", "public.example"] {
            assert_eq!(one(host), None, "{host}");
        }
        for host in
            ["evil.example", "127.0.0.1.evil.example:9988", "localhost.evil.example", "notes.example.evil", "box"]
        {
            let (status, msg) = one(host).expect(host);
            let name = host.trim_end_matches(":9988");
            assert!(status == 421 && msg.contains(&format!("add \"{name}\" to the list `names`")), "{host}: {msg}");
        }
        for host in
            ["localhost:1>; rel=\"x\"", "localhost:1@evil.example", "[::1]evil.example", "localhost:1:2", "127.1"]
        {
            assert_eq!(one(host).map(|(status, _)| status), Some(421), "{host}");
        }
    }

    #[test]
    fn only_what_is_older_than_the_header_is_without_it() {
        assert_eq!(refused(Version::HTTP_10, &[]), None);
        for (version, headers) in [
            (Version::HTTP_11, &[][..]),
            (Version::HTTP_11, &[""]),
            (Version::HTTP_11, &["localhost", "localhost"]),
            (Version::HTTP_10, &["localhost", "localhost"]),
        ] {
            assert_eq!(refused(version, headers).map(|(status, _)| status), Some(400), "{headers:?}");
        }
        assert_eq!(refused(Version::HTTP_10, &["evil.example"]).map(|(status, _)| status), Some(421));
    }

    #[test]
    fn writes_of_other_sites_are_refused() {
        let refused = |method: &str, headers: &[(&str, &str)]| {
            let builder = Request::builder().method(method).header("host", "127.0.0.1:9988");
            let builder = headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
            check_origin(&hosts(), &builder.body(Body::empty()).expect("a valid request")).is_some()
        };
        assert!(!refused("POST", &[]));
        assert!(!refused("POST", &[("origin", "http://127.0.0.1:9988")]));
        assert!(!refused("POST", &[("origin", "http://127.0.0.1:8080"), ("sec-fetch-site", "same-origin")]));
        assert!(!refused("GET", &[("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")]));
        assert!(!refused("POST", &[("origin", "https://public.example")]));
        assert!(!refused("POST", &[("origin", "https://public.example"), ("sec-fetch-site", "cross-site")]));
        assert!(refused("POST", &[("origin", "http://public.example")]));
        assert!(refused("POST", &[("origin", "http://127.0.0.1:8080")]), "another port is another site");
        assert!(refused("POST", &[("origin", "http://evil.example")]));
        assert!(refused("POST", &[("origin", "null")]));
        assert!(refused("DELETE", &[("sec-fetch-site", "cross-site")]));
        assert!(refused("PATCH", &[("sec-fetch-site", "same-site")]));
    }
}
