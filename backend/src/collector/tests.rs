//! A collector and a replica's feed whose connection breaks.

use std::net::Ipv4Addr;
use std::sync::Mutex;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};
use shared::api::EventsFrame;
use shared::config::{Config, Levels};
use shared::event::Event;
use shared::id::{GroupId, Node, Seq};
use shared::recorder::Recorder;
use shared::request::Method;
use shared::time::Micros;
use shared::view::Scene;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::feed::stream::{self, Begin};
use crate::feed::{Feed, Of, Room};
use crate::gateway::{Gateway, Outlet};
use crate::home::Home;
use crate::presenter::Presenter;
use crate::run::Clock;
use crate::secret::Secret;
use crate::step_log;

const R1: ReplicaId = ReplicaId(1);

/// A replica that does nothing but tell, and the end of its present connection.
#[derive(Clone, Debug)]
struct Teller {
    feed: Arc<Feed>,
    end: Arc<Mutex<CancellationToken>>,
}

impl Teller {
    fn new(room: Room) -> Teller {
        Teller { feed: Arc::new(Feed::new("replica".to_owned(), scene(0), room, Of::Replica(R1))), end: Arc::default() }
    }

    /// Tells `count` things.
    fn tell(&self, recorder: &mut Recorder, count: u64) {
        let kind = |seq| EventKind::Committed { group: GroupId::Store, seq: Seq(seq) };
        let first = self.feed.last() + 1;
        self.feed.publish((first..first + count).map(|n| recorder.local(Micros(n), None, None, kind(n))).collect());
    }

    /// Ends the present connection and lets the next one stay.
    fn hang_up(&self) {
        let mut end = self.end.lock().expect("nobody panics");
        std::mem::take(&mut *end).cancel();
    }
}

async fn tell(State(teller): State<Teller>, headers: HeaderMap) -> Response {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let end = teller.end.lock().expect("nobody panics").clone();
    let begin = Begin::after(last.and_then(|id| teller.feed.position(id)));
    stream::open(&teller.feed, Ipv4Addr::LOCALHOST.into(), begin, end).expect("there is a seat")
}

fn scene(started: u64) -> Scene {
    let text = r#"{ "service": 1, "sync": "local-write", "replicas": ["h:2"] }"#;
    let Config { ack, reads, failover, .. } = Config::parse(text).expect("a valid configuration");
    Scene { service: 1, replicas: Vec::new(), ack, reads, failover, version: String::new(), started }
}

/// Starts a gateway's collector for `teller`; returns a stream of the merged feed.
async fn collect(teller: Teller) -> Body {
    collect_from(Router::new().route("/feed", get(tell)).with_state(teller)).await
}

async fn collect_from(routes: Router) -> Body {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("there are free ports");
    let address = Address::from(listener.local_addr().expect("it is bound"));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let (lines, _) = step_log::open(None, Clock::start().0, false).expect("there is nothing to open");
    let secret = Secret::random().expect("the system has random numbers");
    let run = Arc::new(
        Run::begin(Levels::default(), Home::new("127.0.0.1:1".parse().expect("an address"), None), secret)
            .expect("the system has random numbers"),
    );
    let feed = Arc::new(Feed::new("gateway".to_owned(), scene(run.started), Room::default(), Of::Cluster(lines)));
    let confluence = Arc::new(Confluence::new(Arc::clone(&feed), run.clock, 1));
    let outlet = (Arc::clone(&feed), Outlet::Merged(Arc::clone(&confluence)));
    let (client, stop) = (HttpClient::default(), CancellationToken::new());
    let replicas = vec![address.clone()];
    let gateway = Gateway::new(Arc::clone(&run), outlet, client.clone(), replicas, Presenter::Anyone, stop);
    let gateway = Arc::new(gateway);
    let learn: Learn = Arc::new(move |stamp| gateway.learn(stamp));
    tokio::spawn(Collector { id: R1, address, run, learn, confluence, client }.run());
    stream::open(&feed, Ipv4Addr::LOCALHOST.into(), Begin::After(0), CancellationToken::new())
        .expect("there is a seat")
        .into_body()
}

/// Reads events until there are `count`.
async fn read(merged: &mut Body, count: usize) -> Vec<EventKind> {
    let (mut frames, mut events) = (Frames::default(), Vec::new());
    while events.len() < count {
        let part = merged.frame().await.expect("the stream goes on").expect("it does not fail");
        let part = part.into_data().expect("a stream has no trailers");
        for Frame { data, .. } in frames.take(&part).into_iter().filter(|frame| frame.name == "events") {
            let EventsFrame(more) = serde_json::from_str(&data).expect("events");
            events.extend(more.into_iter().map(|event| event.kind));
        }
    }
    events
}

fn committed(kinds: &[EventKind]) -> Vec<u64> {
    #[allow(clippy::wildcard_enum_match_arm, reason = "nothing else is told")]
    let number = |kind: &EventKind| match kind {
        EventKind::Committed { seq, .. } => seq.0,
        EventKind::Joined { view, .. } => 1_000 + view.groups[&GroupId::Store].commit.0,
        other => panic!("{other:?}"),
    };
    kinds.iter().map(number).collect()
}

#[tokio::test]
async fn what_was_told_during_a_break_is_heard_or_its_sum() {
    let teller = Teller::new(Room { events: 4, ..Room::default() });
    let mut recorder = Recorder::new(Node::Replica(R1), 1);
    teller.tell(&mut recorder, 2);
    let mut merged = collect(teller.clone()).await;
    assert_eq!(committed(&read(&mut merged, 1).await), [1_002], "what was before is told as a state");
    teller.tell(&mut recorder, 2);
    assert_eq!(committed(&read(&mut merged, 2).await), [3, 4]);
    teller.hang_up();
    teller.tell(&mut recorder, 3);
    assert_eq!(committed(&read(&mut merged, 3).await), [5, 6, 7], "it goes on where it stopped");
    // Nothing waits in this test between the two, so that no reader takes part of it.
    teller.hang_up();
    teller.tell(&mut recorder, 10);
    let told = read(&mut merged, 1).await;
    assert_eq!(committed(&told), [1_017], "more than is remembered is told as a state");
    assert!(matches!(told[0], EventKind::Joined { missed: Some(10), .. }), "and counted: {told:?}");
    teller.tell(&mut recorder, 1);
    assert_eq!(committed(&read(&mut merged, 1).await), [18]);
}

/// Returns an event of R1 that nobody can read: it is nested too deep.
fn unreadable(recorder: &mut Recorder) -> Event {
    let body = (0..200).fold(Value::Null, |body, _| json!([body]));
    let request = shared::request::Request { method: Method::Post, path: "/note".to_owned(), body };
    recorder.local(Micros(1), None, None, EventKind::ClientRequest { request })
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_counted_and_what_it_did_is_told_as_a_state() {
    let teller = Teller::new(Room::default());
    let mut recorder = Recorder::new(Node::Replica(R1), 1);
    teller.tell(&mut recorder, 2);
    let mut merged = collect(teller.clone()).await;
    assert_eq!(committed(&read(&mut merged, 1).await), [1_002]);
    // Nothing waits in this test between the three, so that no reader takes part of it.
    teller.feed.publish(vec![unreadable(&mut recorder), unreadable(&mut recorder)]);
    teller.tell(&mut recorder, 1);
    let told = read(&mut merged, 1).await;
    assert_eq!(committed(&told), [1_005]);
    assert!(matches!(told[0], EventKind::Joined { missed: Some(3), .. }), "{told:?}");
    teller.tell(&mut recorder, 1);
    assert_eq!(committed(&read(&mut merged, 1).await), [6], "it goes on from there");
}

/// Tells the same frame, which cannot be read, to whoever asks, and when it was asked.
async fn tell_nonsense(State(asked): State<mpsc::UnboundedSender<Instant>>) -> Response {
    asked.send(Instant::now()).expect("the test listens");
    Response::new(Body::from("event: events\nid: run-1\ndata: [{}]\n\n"))
}

#[tokio::test]
async fn a_replica_that_cannot_be_read_is_asked_ever_less_often() {
    let (asked, mut asks) = mpsc::unbounded_channel();
    let _merged = collect_from(Router::new().route("/feed", get(tell_nonsense)).with_state(asked)).await;
    let mut last = asks.recv().await.expect("it is asked");
    for millis in [40, 80, 160, 320, 640] {
        let next = asks.recv().await.expect("it is asked again");
        assert!(next - last >= Duration::from_millis(millis), "asked again after {:?}", next - last);
        last = next;
    }
}
