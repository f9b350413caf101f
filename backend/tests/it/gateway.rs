//! The gateway in front of replicas that are not there, or fall silent.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use backend::feed::{Feed, Of, Room};
use backend::gateway::{self, Gateway, Outlet};
use backend::home::Home;
use backend::http_client::HttpClient;
use backend::listen::{self, Shared};
use backend::presenter::Presenter;
use backend::run::{Clock, Run};
use backend::secret::Secret;
use backend::step_log;
use serde_json::json;
use shared::address::Address;
use shared::api;
use shared::clock::Stamp;
use shared::config::{Ack, Failover, Levels, Reads};
use shared::event::{Event, EventKind, Why};
use shared::id::{MessageId, Node, ReplicaId};
use shared::message::Head;
use shared::view::Scene;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::http::{Got, Http};

/// A gateway in front of `replicas`; ends with the test.
struct Front {
    feed: Arc<Feed>,
    home: String,
    http: Http,
}

impl Front {
    async fn of(replicas: Vec<SocketAddr>) -> Front {
        Front::guarded(replicas, Presenter::Anyone).await
    }

    async fn guarded(replicas: Vec<SocketAddr>, presenter: Presenter) -> Front {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there are free ports");
        let address = listener.local_addr().expect("it is bound");
        let home = Home::new(address.into(), None);
        let (lines, _) = step_log::open(None, Clock::start().0, false).expect("there is nothing to open");
        let scene = Scene {
            service: 0,
            replicas: Vec::new(),
            ack: Ack::All,
            reads: Reads::Local,
            failover: Failover::Auto,
            version: String::new(),
            started: 0,
        };
        let feed = Arc::new(Feed::new("run".to_owned(), scene, Room::default(), Of::Cluster(lines)));
        let secret = Secret::random().expect("the system has random numbers");
        let run = Arc::new(Run::begin(Levels::default(), home.clone(), secret).expect("the system has random numbers"));
        let stop = CancellationToken::new();
        let replicas = replicas.into_iter().map(Address::from).collect();
        let shown = (Arc::clone(&feed), Outlet::Straight);
        let gateway = Gateway::new(Arc::clone(&run), shown, HttpClient::default(), replicas, presenter, stop.clone());
        let shared = Shared { guests: Arc::default(), run, tasks: TaskTracker::new(), stop };
        tokio::spawn(listen::serve(listener, gateway::routes(Arc::new(gateway), |_| None), shared));
        Front { feed, home: home.to_string(), http: Http::new() }
    }

    async fn send(&self, method: &str, replica: Option<&str>) -> Got {
        let named = replica.into_iter().map(|replica| ("x-replica", replica));
        let headers: Vec<_> = [("content-type", "application/json")].into_iter().chain(named).collect();
        self.http.send(method, &format!("{}/note", self.home), &headers, r#"{"title":"t"}"#).await
    }

    /// Returns what was told, as short words.
    async fn told(&self) -> Vec<&'static str> {
        let mut frames = self.http.events(&format!("{}/events", self.home), Some("run-0")).await;
        let frame = frames.next().await.expect("events");
        let events: Vec<Event> = serde_json::from_str(&frame.data).expect("events");
        events.iter().map(|event| word(&event.kind)).collect()
    }
}

#[allow(clippy::wildcard_enum_match_arm, reason = "the gateway tells nothing else")]
fn word(kind: &EventKind) -> &'static str {
    match kind {
        EventKind::ClientRequest { .. } => "request",
        EventKind::Sent { .. } => "sent",
        EventKind::Lost { why: Why::Unreachable, .. } => "lost",
        EventKind::Lost { why: Why::NoAnswer, .. } => "no answer",
        EventKind::ClientReply { .. } => "reply",
        _ => "something else",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_is_for_who_shows_the_presenters_token() {
    let token = Secret::random().expect("the system has random numbers");
    let front = Front::guarded(vec![nowhere().await], Presenter::Token(token.clone())).await;
    let shown = format!("Bearer {}", token.reveal());
    for (method, path, body) in
        [("PUT", "/cluster/gate", r#"{"closed":true}"#), ("POST", "/cluster/gate/r1-1", r#"{"do":"drop"}"#)]
    {
        let send = async |authorization: &str| {
            let headers = [("content-type", "application/json"), ("authorization", authorization)];
            front.http.send(method, &format!("{}{path}", front.home), &headers, body).await
        };
        let got = send("Bearer 0000").await;
        assert_eq!((got.status, got.json()["code"].as_str()), (401, Some("needs_token")), "{method}");
        assert_eq!(got.header("www-authenticate"), "Bearer");
        let got = send(&shown).await;
        assert_eq!((got.status, got.json()["code"].as_str()), (503, Some("refused")), "nobody is there: {got:?}");
    }
    let got = front.http.get(&format!("{}/cluster/gate", front.home)).await;
    assert_eq!(got.pair(), (200, json!({ "res": true, "closed": false, "at": [], "held": [] })), "looking is free");
}

/// Returns an address that nobody listens on: its listener is gone.
async fn nowhere() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.and_then(|listener| listener.local_addr()).expect("there are free ports")
}

/// Returns the address of something that takes requests and hangs up.
async fn rude() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("there are free ports");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.readable().await.expect("it is open");
        }
    });
    address
}

/// Returns the address of something that answers everything as replica 2 would.
async fn polite() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("there are free ports");
    let address = listener.local_addr().expect("it is bound");
    let message = MessageId { from: Node::Replica(ReplicaId(2)), n: 1 };
    let head = Head { message, to: Node::Gateway, trace: None, step: None, stamp: Stamp::default() };
    let head = serde_json::to_string(&head).expect("a head is text");
    let routes = Router::new().fallback(move || async move { ([(api::header::HEAD, head)], r#"{"res":true}"#) });
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

#[track_caller]
fn check(got: &Got, code: &str) {
    assert_eq!((got.status, &got.json()["code"], &got.json()["res"]), (503, &json!(code), &json!(false)));
    assert_eq!(got.header("retry-after"), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_are_not_there_are_passed_over_and_nothing_is_left_in_flight() {
    let front = Front::of(vec![nowhere().await, nowhere().await, nowhere().await]).await;
    check(&front.send("POST", None).await, "refused");
    let tries = ["request", "sent", "lost", "sent", "lost", "sent", "lost", "reply"];
    assert_eq!(front.told().await, tries);
    assert!(front.feed.snapshot().view.flights.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_was_named_is_not_passed_over() {
    let front = Front::of(vec![nowhere().await, nowhere().await]).await;
    let got = front.send("GET", Some("2")).await;
    check(&got, "refused");
    assert!(got.json()["msg"].as_str().is_some_and(|msg| msg.contains("R2") && !msg.contains("R1")), "{got:?}");
    assert_eq!(front.told().await, ["request", "sent", "lost", "reply"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_was_taken_without_an_answer_goes_on_under_its_name_and_is_unknown() {
    let front = Front::of(vec![rude().await, nowhere().await]).await;
    check(&front.send("POST", None).await, "unknown");
    let told = front.told().await;
    assert_eq!(told, ["request", "sent", "no answer", "sent", "lost", "reply"]);
    assert!(front.feed.snapshot().view.flights.is_empty());
    check(&front.send("GET", None).await, "refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_could_not_be_reached_is_asked_last_for_a_while() {
    let front = Front::of(vec![nowhere().await, polite().await]).await;
    // The first turn is that of the one that is not there.
    for _ in 0..3 {
        assert_eq!(front.send("POST", None).await.status, 200);
    }
    let told = front.told().await;
    assert_eq!(told.iter().filter(|word| **word == "lost").count(), 1, "{told:?}");
}
