//! Every reply links to its own animation: where the link leads, and what a stream that begins there tells.

use axum::http::Uri;
use backend::feed::Room;
use serde_json::{Value, json};
use shared::api::{EventsFrame, GoneFrame, SnapshotFrame};
use shared::config::Mode;
use shared::event::{Event, EventKind};
use shared::id::TraceId;
use shared::view::ClusterView;

use super::cluster::{Cluster, MODES, config};
use super::http::{Frames, Got};

/// Requests of every method, good and bad, with the status of their replies.
const REQUESTS: [(&str, &str, &str, u16); 10] = [
    ("POST", "/note", r#"{"title":"t"}"#, 201),
    ("GET", "/note", "", 200),
    ("GET", "/note/1", "", 200),
    ("PATCH", "/note/1", r#"{"title":"u"}"#, 200),
    ("PUT", "/note/1", r#"{"title":"v"}"#, 200),
    ("DELETE", "/note/1", "", 200),
    ("DELETE", "/note/1", "", 404),
    ("GET", "/note/x", "", 400),
    ("DELETE", "/note", "", 405),
    ("PATCH", "/note/1", "{", 400),
];

const JSON: (&str, &str) = ("content-type", "application/json");

fn trace_of(got: &Got) -> TraceId {
    TraceId(got.header("x-trace-id").to_owned())
}

/// Returns where a reply's link leads, after checking the rest of it.
#[track_caller]
fn target(got: &Got) -> String {
    let target = got.header("link").strip_prefix('<').and_then(|link| link.strip_suffix(r#">; rel="monitor""#));
    let target = target.unwrap_or_else(|| panic!("{:?} in {got:?}", got.header("link")));
    assert!(!trace_of(got).0.is_empty() && target.ends_with(&format!("/?trace={}", trace_of(got).0)), "{target}");
    target.to_owned()
}

/// Opens the stream that the page at `target` opens.
async fn follow(cluster: &Cluster, target: &str) -> Frames {
    let query = target.parse::<Uri>().expect("it leads somewhere").query().unwrap_or_default().to_owned();
    cluster.http.events(&cluster.gateway(&format!("/events?{query}")), None).await
}

/// Reads a stream's snapshot and the events behind it, up to number `last`.
async fn read(frames: &mut Frames, last: u64) -> (SnapshotFrame, Vec<Event>) {
    let frame = frames.next().await.expect("a snapshot");
    assert_eq!(frame.name, "snapshot", "{frame:?}");
    let snapshot: SnapshotFrame = serde_json::from_str(&frame.data).expect("a snapshot");
    assert!(frame.id.ends_with(&format!("-{}", snapshot.seq)), "{}", frame.id);
    let mut events: Vec<Event> = Vec::new();
    while snapshot.seq + (events.len() as u64) < last {
        let frame = frames.next().await.expect("the stream goes on");
        assert_eq!(frame.name, "events");
        let EventsFrame(more) = serde_json::from_str(&frame.data).expect("events");
        events.extend(more);
    }
    events.truncate(usize::try_from(last - snapshot.seq).expect("a few"));
    (snapshot, events)
}

/// Folds a snapshot and the events behind it, which have no hole.
fn fold((snapshot, events): &(SnapshotFrame, Vec<Event>)) -> ClusterView {
    let mut view = snapshot.view.clone();
    for (seq, event) in (snapshot.seq + 1..).zip(events) {
        assert_eq!(event.seq, seq);
        view.apply(event);
    }
    view
}

/// Returns the number of the last event and the picture that `GET /cluster` shows after it.
async fn now(cluster: &Cluster) -> (u64, ClusterView) {
    loop {
        let before = cluster.server.feed().last();
        let body: Value = cluster.http.get(&cluster.gateway("/cluster")).await.json();
        if cluster.server.feed().last() == before {
            return (before, serde_json::from_value(body["view"].clone()).expect("a view"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reply_about_notes_links_to_its_own_animation() {
    for mode in MODES {
        let cluster = Cluster::memory(mode).await;
        for (door, id) in cluster.doors().into_iter().zip(1..) {
            for (method, path, body, status) in REQUESTS {
                let path = path.replace("/1", &format!("/{id}"));
                let got = cluster.http.send(method, &format!("{door}{path}"), &[JSON], body).await;
                assert_eq!(got.status, status, "{method} {door}{path}");
                let target = target(&got);
                assert!(target.starts_with(&cluster.gateway("/?trace=")), "{target} of {door}");
                let (last, view) = now(&cluster).await;
                let told = read(&mut follow(&cluster, &target).await, last).await;
                assert_eq!(fold(&told), view, "{method} {door}{path}");
                check_trace(&told.1, &trace_of(&got), method);
            }
        }
    }
}

/// Checks that a stream begins with a request's first event and holds its last.
#[track_caller]
fn check_trace(events: &[Event], trace: &TraceId, method: &str) {
    let first = &events[0];
    assert_eq!(first.trace.as_ref(), Some(trace));
    assert!(
        matches!(&first.kind, EventKind::ClientRequest { request } if request.method.as_str() == method),
        "{first:?}"
    );
    let is_reply = |event: &Event| {
        event.node == first.node && event.trace == first.trace && matches!(event.kind, EventKind::ClientReply { .. })
    };
    assert!(events.iter().any(is_reply), "{events:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_works_under_the_name_that_its_client_used() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    for host in ["localhost:1234", "[::1]:9988", "127.0.0.1"] {
        let got = cluster.http.send("GET", &cluster.gateway("/note"), &[("host", host)], "").await;
        assert_eq!(target(&got), format!("http://{host}/?trace={}", trace_of(&got).0));
        let straight = cluster.http.send("GET", &cluster.replica(2, "/note"), &[("host", host)], "").await;
        assert!(target(&straight).starts_with(&cluster.gateway("/")), "the gateway is not where the replica is");
    }
    for host in ["localhost:1>; rel=\"x\"", "localhost:1@evil.example"] {
        let got = cluster.http.send("GET", &cluster.gateway("/note"), &[("host", host)], "").await;
        assert_eq!((got.status, got.header("link")), (421, ""), "{host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_listens_everywhere_is_linked_by_the_number_of_the_replica() {
    let host = Some("0.0.0.0".parse().expect("a host"));
    let everywhere = shared::config::Config { host, ..config(Mode::RemoteWrite, 4, None) };
    let cluster = Cluster::start(everywhere, Room::default()).await;
    let got = cluster.http.get(&cluster.replica(2, "/note")).await;
    assert_eq!(target(&got), cluster.gateway(&format!("/?trace={}", trace_of(&got).0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_begins_where_it_is_asked_to() {
    let cluster = Cluster::memory(Mode::LocalWrite).await;
    for _ in 0..5 {
        cluster.call("POST", &cluster.gateway("/note"), &json!({ "title": "t" })).await;
    }
    let (last, view) = now(&cluster).await;
    let middle = last / 2;
    let queries = [
        (format!("from={middle}"), middle - 1),
        ("from=1".to_owned(), 0),
        (format!("from={}", last + 1), last),
        ("last=10".to_owned(), last - 10),
        ("last=0".to_owned(), last),
        ("last=2000000".to_owned(), 0),
    ];
    for (query, seq) in queries {
        let mut frames = cluster.http.events(&cluster.gateway(&format!("/events?{query}")), None).await;
        let told = read(&mut frames, last).await;
        assert_eq!((told.0.seq, fold(&told)), (seq, view.clone()), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_remembered_is_said_and_the_stream_begins_now() {
    let small = Room { events: 60, ..Room::default() };
    let cluster = Cluster::start(config(Mode::RemoteWrite, 4, None), small).await;
    let post = || async { cluster.call("POST", &cluster.gateway("/note"), &json!({ "title": "t" })).await };
    let forgotten = post().await;
    for _ in 0..5 {
        post().await;
    }
    let (last, view) = now(&cluster).await;
    let cases = [
        (format!("trace={}", trace_of(&forgotten).0), GoneFrame::Trace(trace_of(&forgotten))),
        ("trace=of-another-run".to_owned(), GoneFrame::Trace(TraceId("of-another-run".to_owned()))),
        ("from=1".to_owned(), GoneFrame::From(1)),
        (format!("from={}", last + 2), GoneFrame::From(last + 2)),
    ];
    for (query, expected) in cases {
        let mut frames = cluster.http.events(&cluster.gateway(&format!("/events?{query}")), None).await;
        let frame = frames.next().await.expect("a word on it");
        assert_eq!(frame.name, "gone", "{query}");
        assert_eq!(serde_json::from_str::<GoneFrame>(&frame.data).expect("what is gone"), expected);
        assert_eq!(fold(&read(&mut frames, last).await), view);
    }
    let all = cluster.http.events(&cluster.gateway("/events?last=2000"), None).await;
    let told = read(&mut { all }, last).await;
    assert!((60..100).contains(&told.1.len()), "all that is remembered: {}", told.1.len());
    assert_eq!(fold(&told), view);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_query_is_refused() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    let long = format!("trace={}", "x".repeat(65));
    for query in [
        "from=",
        "from=0",
        "from=-1",
        "from=%2B1",
        "from=x",
        "from=18446744073709551616",
        "last=",
        "last=-1",
        "last=1.5",
        "last=many",
        "trace=",
        "trace=%20",
        "trace=%EA%B0%80",
        &long,
        "from=1&last=1",
        "trace=x&last=1",
        "last=1&last=2",
        "last=1&seen=run-1",
    ] {
        let got = cluster.http.get(&cluster.gateway(&format!("/events?{query}"))).await;
        assert_eq!((got.status, &got.json()["code"]), (400, &json!("bad_query")), "{query}");
        assert!(got.json()["msg"].as_str().is_some_and(|msg| msg.ends_with('.')), "{got:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_that_comes_back_goes_on_where_it_was() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    let url = cluster.gateway("/events?last=2000");
    let first = cluster.http.events(&url, None).await.next().await.expect("a snapshot");
    let seen = first.id.replace("-0", "-7");
    let mut again = cluster.http.events(&url, Some(&seen)).await;
    let frame = again.next().await.expect("events");
    assert_eq!(frame.name, "events");
    let EventsFrame(events) = serde_json::from_str(&frame.data).expect("events");
    assert_eq!(events[0].seq, 8);
    let by_query = cluster.gateway(&format!("/events?seen={seen}"));
    let frame = cluster.http.events(&by_query, None).await.next().await.expect("events");
    let EventsFrame(same) = serde_json::from_str(&frame.data).expect("events");
    assert_eq!(same[0].seq, 8, "the query says the same, for a browser's new stream that can set no header");
    let later = first.id.replace("-0", "-9");
    let frame = cluster.http.events(&by_query, Some(&later)).await.next().await.expect("events");
    let EventsFrame(rest) = serde_json::from_str(&frame.data).expect("events");
    assert_eq!(rest[0].seq, 10, "the header is newer than the query");
    let unknown = cluster.gateway("/events?seen=0123456789abcdef-3");
    assert_eq!(cluster.http.events(&unknown, None).await.next().await.expect("a snapshot").name, "snapshot");
    let mut other_run = cluster.http.events(&url, Some("0123456789abcdef-3")).await;
    let snapshot: SnapshotFrame =
        serde_json::from_str(&other_run.next().await.expect("a snapshot").data).expect("a snapshot");
    assert!(snapshot.seq > 0, "its number says nothing here: it begins now");
}
