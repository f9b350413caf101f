use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::body::Body;
use http_body_util::BodyExt;
use shared::api::MissedFrame;
use shared::config::{Ack, Failover, Reads};
use shared::event::{EventKind, Gate};
use shared::id::{GroupId, MessageId, Node, ReplicaId, Seq};
use shared::message::Parcel;
use shared::recorder::Recorder;
use shared::time::Micros;
use tokio_util::sync::CancellationToken;

use super::stream::Begin;
use super::*;
use crate::run::Clock;
use crate::step_log;

pub fn feed(events: usize, bytes: usize) -> Arc<Feed> {
    feed_of(Room { events, bytes, past: usize::MAX, ..Room::default() }, None)
}

/// Makes a feed whose viewers get so many bytes of the past.
pub fn feed_of_past(past: usize) -> Arc<Feed> {
    feed_of(Room { past, ..Room::default() }, None)
}

/// Makes the feed of a whole cluster, or that of one replica.
fn feed_of(room: Room, replica: Option<ReplicaId>) -> Arc<Feed> {
    let (lines, _) = step_log::open(None, Clock::start().0, false).expect("there is nothing to open");
    let replicas = vec!["127.0.0.1:10001".to_owned()];
    let scene = Scene {
        service: 9988,
        replicas,
        ack: Ack::All,
        reads: Reads::Local,
        failover: Failover::Auto,
        version: "0".to_owned(),
        started: 0,
    };
    Arc::new(Feed::new("run".to_owned(), scene, room, replica.map_or(Of::Cluster(lines), Of::Replica)))
}

/// Publishes `count` events, each of which changes the picture.
fn publish(feed: &Feed, count: u64) {
    let mut recorder = Recorder::new(Node::Replica(ReplicaId(1)), 1);
    let first = feed.last() + 1;
    let kind = |seq| EventKind::Committed { group: GroupId::Store, seq: Seq(seq) };
    feed.publish((first..first + count).map(|seq| recorder.local(Micros(seq), None, None, kind(seq))).collect());
}

pub fn open_at(feed: &Arc<Feed>, begin: Begin) -> (Body, CancellationToken) {
    let stop = CancellationToken::new();
    let response = stream::open(feed, address(1), begin, stop.clone()).expect("there is a seat");
    (response.into_body(), stop)
}

fn address(number: u8) -> IpAddr {
    Ipv4Addr::new(127, 0, 0, number).into()
}

fn open(feed: &Arc<Feed>, from: Option<&str>) -> (Body, CancellationToken) {
    open_at(feed, Begin::after(from.and_then(|from| feed.position(from))))
}

/// Returns the next piece of a stream.
pub async fn read(body: &mut Body) -> String {
    let frame = body.frame().await.expect("the stream goes on").expect("the stream does not fail");
    String::from_utf8(frame.into_data().expect("a stream has no trailers").to_vec()).expect("text")
}

/// Returns the numbers of the events in an `events` frame, after checking its id.
pub fn numbers(frame: &str) -> Vec<u64> {
    let (head, rest) = frame.split_once("data: ").expect("a frame has data");
    let events: Vec<Event> = serde_json::from_str(rest.trim()).expect("an array of events");
    let numbers: Vec<u64> = events.iter().map(|event| event.seq).collect();
    assert_eq!(head, format!("event: events\nid: run-{}\n", numbers.last().expect("at least one")));
    numbers
}

pub fn snapshot_of(frame: &str) -> SnapshotFrame {
    let (_, rest) = frame.split_once("event: snapshot\n").expect("a snapshot");
    let (_, rest) = rest.split_once("data: ").expect("a frame has data");
    let (body, _) = rest.split_once("\n\n").expect("a frame has an end");
    serde_json::from_str(body).expect("a snapshot's body")
}

#[tokio::test]
async fn a_viewer_gets_a_snapshot_then_every_event_once() {
    let feed = feed(1_000, usize::MAX);
    publish(&feed, 3);
    let (mut body, _stop) = open(&feed, None);
    let first = read(&mut body).await;
    assert!(first.starts_with("retry: 1000\n\n"), "{first}");
    let snapshot = snapshot_of(&first);
    assert_eq!(snapshot.seq, 3);
    publish(&feed, 2);
    publish(&feed, 1);
    assert_eq!(numbers(&read(&mut body).await), [4, 5, 6]);
    publish(&feed, 1);
    assert_eq!(numbers(&read(&mut body).await), [7]);
    assert_eq!(snapshot.view.replicas[&ReplicaId(1)].groups[&GroupId::Store].commit, Seq(3));
}

#[tokio::test]
async fn a_viewer_that_waits_is_woken() {
    let feed = feed(1_000, usize::MAX);
    let (mut body, _stop) = open(&feed, None);
    read(&mut body).await;
    let (frame, ()) = tokio::join!(read(&mut body), async { publish(&feed, 1) });
    assert_eq!(numbers(&frame), [1]);
}

#[tokio::test]
async fn a_viewer_that_returns_gets_what_it_has_not_seen() {
    let feed = feed(1_000, usize::MAX);
    publish(&feed, 10);
    let (mut body, _stop) = open(&feed, Some("run-7"));
    assert_eq!(read(&mut body).await, "retry: 1000\n\nevent: alive\ndata: {}\n\n");
    assert_eq!(numbers(&read(&mut body).await), [8, 9, 10]);
}

#[tokio::test]
async fn what_cannot_be_resumed_is_a_new_snapshot() {
    let feed = feed(1_000, usize::MAX);
    publish(&feed, 10);
    for from in ["other-7", "run-11", "run-", "7", "", "run-x"] {
        let (mut body, _stop) = open(&feed, Some(from));
        let first = read(&mut body).await;
        assert_eq!(snapshot_of(&first).seq, 10, "{from}");
        assert!(!first.contains("missed"), "{from}");
    }
}

#[tokio::test]
async fn loss_is_said_and_counted() {
    for (events, bytes) in [(4, usize::MAX), (1_000, 1_000)] {
        let feed = feed(events, bytes);
        publish(&feed, 2);
        let (mut slow, _stop) = open(&feed, None);
        read(&mut slow).await;
        publish(&feed, 50);
        let frame = read(&mut slow).await;
        let (missed, rest) = frame.split_once("\n\n").expect("two frames");
        let body = missed.strip_prefix("event: missed\nid: run-2\ndata: ").expect("a missed frame");
        let MissedFrame { count } = serde_json::from_str(body).expect("a count");
        assert_eq!((count, snapshot_of(rest).seq), (50, 52));
        publish(&feed, 1);
        assert_eq!(numbers(&read(&mut slow).await), [53]);
    }
}

#[tokio::test]
async fn long_waits_come_in_several_frames_without_a_hole() {
    let feed = feed(10_000, usize::MAX);
    let (mut body, _stop) = open(&feed, None);
    read(&mut body).await;
    publish(&feed, 2_000);
    let mut seen = Vec::new();
    while seen.last() != Some(&2_000) {
        seen.extend(numbers(&read(&mut body).await));
    }
    assert_eq!(seen, (1..=2_000).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stopping_server_says_goodbye_and_the_stream_ends() {
    let feed = feed(10, usize::MAX);
    let (mut body, stop) = open(&feed, None);
    read(&mut body).await;
    stop.cancel();
    assert_eq!(read(&mut body).await, "event: bye\ndata: {}\n\n");
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn seats_are_counted_and_free_again_and_one_address_has_not_all() {
    let feed = feed(10, usize::MAX);
    let sit = |number| stream::open(&feed, address(number), Begin::Now, CancellationToken::new());
    let sit_down = |number, count| (0..count).map(|_| sit(number).expect("there is a seat")).collect::<Vec<_>>();
    let (mut of_one, _of_another) = (sit_down(1, VIEWERS - VIEWERS / 4), sit_down(2, VIEWERS / 4 - 1));
    let refused = sit(1).expect_err("one address has three quarters");
    assert_eq!((refused.status, refused.code.as_str()), (503, "too_many_viewers"));
    let _last = sit_down(3, 1);
    assert!(sit(4).is_err(), "all seats are taken");
    of_one.pop();
    of_one.extend(sit_down(1, 1));
}

#[test]
fn a_replica_tells_whoever_begins_to_listen_what_waits_at_its_gate() {
    let me = ReplicaId(1);
    let feed = feed_of(Room::default(), Some(me));
    let mut recorder = Recorder::new(Node::Replica(me), 2);
    let mut tell = |kind| feed.publish(vec![recorder.local(Micros(1), None, None, kind)]);
    let [left, messages @ ..] = [1, 2, 3, 4].map(|n| MessageId { from: Node::Replica(me), n });
    let to = Node::Replica(ReplicaId(2));
    let sent = |message| EventKind::Sent { message, to, parcel: Parcel::Peer(Box::default()) };
    tell(sent(left));
    tell(EventKind::Gate(Gate::Closed));
    messages.map(sent).into_iter().for_each(&mut tell);
    messages.map(|message| EventKind::Gate(Gate::Held(message))).into_iter().for_each(&mut tell);
    tell(EventKind::Gate(Gate::Delivered(messages[0])));
    let Some((_, Event { kind: EventKind::Joined { view, held, .. }, .. })) = feed.joined() else {
        panic!("it is one's")
    };
    assert!(view.gated);
    assert_eq!(held.keys().copied().collect::<Vec<_>>(), messages[1..]);
    assert!(held.values().all(|flight| flight.held));
    tell(EventKind::Gate(Gate::Opened));
    let Some((_, Event { kind: EventKind::Joined { held, .. }, .. })) = feed.joined() else { panic!("it is one's") };
    assert!(held.is_empty(), "all has left");
}
