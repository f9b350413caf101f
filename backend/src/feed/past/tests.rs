use std::thread;

use shared::event::{Event, EventKind};
use shared::id::{GroupId, MessageId, Node, ReplicaId, Seq};
use shared::message::Parcel;
use shared::recorder::Recorder;
use shared::request::{Method, Request};
use shared::time::Micros;

use super::*;
use crate::feed::stream::Begin;
use crate::feed::tests::{feed, feed_of_past, numbers, open_at, read, snapshot_of};

fn trace(number: u64) -> TraceId {
    TraceId(format!("trace-{number}"))
}

/// Returns the events of request `number`: a message is sent and received, and something is changed.
fn request(recorder: &mut Recorder, number: u64) -> Vec<Event> {
    let (at, trace) = (Micros(number), Some(trace(number)));
    let said = Request { method: Method::Get, path: "/note".to_owned(), body: serde_json::Value::Null };
    let to = Node::Replica(ReplicaId(1));
    let (head, sent) = recorder.send(at, trace.clone(), None, to, Parcel::Request(said));
    let MessageId { from, n } = head.message;
    let received = EventKind::Received { message: MessageId { from, n } };
    let committed = EventKind::Committed { group: GroupId::Store, seq: Seq(number) };
    let mut events = vec![sent];
    events.extend([received, committed].map(|kind| recorder.local(at, trace.clone(), None, kind)));
    events
}

/// Publishes requests `1..=count` event by event; returns the picture after each event, the first is the empty one.
fn publish(feed: &Feed, count: u64) -> Vec<ClusterView> {
    let mut recorder = Recorder::new(Node::Replica(ReplicaId(1)), 1);
    let mut pictures = vec![feed.snapshot().view];
    for event in (1..=count).flat_map(|number| request(&mut recorder, number)) {
        feed.publish(vec![event]);
        pictures.push(feed.snapshot().view);
    }
    pictures
}

#[test]
fn the_picture_before_an_event_is_what_all_earlier_events_tell() {
    for (events, bytes) in [(40, usize::MAX), (usize::MAX / 2, 8_000), (1_000, usize::MAX)] {
        let feed = feed(events, bytes);
        let pictures = publish(&feed, 30);
        let first = feed.last() - feed.read().ring.len() as u64 + 1;
        assert_eq!(first == 1, events == 1_000, "one of them remembers all");
        // Later ones after earlier ones, and the other way round.
        for from in (1..=91).chain((1..=91).rev()) {
            let told = feed.before(&Start::From(from));
            if from < first {
                assert_eq!(told, Err(GoneFrame::From(from)));
            } else {
                let told = told.expect("it is remembered").snapshot;
                assert_eq!((told.seq, &told.view), (from - 1, &pictures[usize::try_from(from - 1).expect("a few")]));
            }
        }
        assert_eq!(feed.before(&Start::From(92)), Err(GoneFrame::From(92)), "what has not happened, and is not next");
    }
}

#[test]
fn the_last_events_are_as_many_as_are_remembered() {
    let feed = feed(40, usize::MAX);
    let pictures = publish(&feed, 30);
    for (count, seq) in [(0, 90), (1, 89), (40, 50), (41, 50), (u64::MAX, 50), (7, 83)] {
        let told = feed.before(&Start::Last(count)).expect("there is always a last event").snapshot;
        assert_eq!((told.seq, &told.view), (seq, &pictures[usize::try_from(seq).expect("a few")]), "last {count}");
    }
}

#[test]
fn a_request_begins_with_its_first_event() {
    let feed = feed(40, usize::MAX);
    let pictures = publish(&feed, 30);
    for number in 18..=30 {
        let told = feed.before(&Start::Trace(trace(number))).expect("it is remembered").snapshot;
        let seq = (number - 1) * 3;
        assert_eq!((told.seq, &told.view), (seq, &pictures[usize::try_from(seq).expect("a few")]));
    }
    let half = feed.before(&Start::Trace(trace(17))).expect("its last event is remembered");
    assert_eq!(half.snapshot.seq, 50);
    for number in [0, 1, 16, 31] {
        assert_eq!(feed.before(&Start::Trace(trace(number))), Err(GoneFrame::Trace(trace(number))));
    }
}

#[tokio::test]
async fn a_stream_from_the_past_has_no_hole() {
    let feed = feed(2_000, usize::MAX);
    let pictures = publish(&feed, 600);
    let (mut body, _stop) = open_at(&feed, Begin::Earlier(Start::Trace(trace(20))));
    let snapshot = snapshot_of(&read(&mut body).await);
    assert_eq!((snapshot.seq, &snapshot.view), (57, &pictures[57]));
    let mut seen = Vec::new();
    while seen.last() != Some(&1_800) {
        seen.extend(numbers(&read(&mut body).await));
    }
    assert_eq!(seen, (58..=1_800).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_is_gone_is_said_before_the_snapshot_of_now() {
    let feed = feed(10, usize::MAX);
    publish(&feed, 30);
    for (start, word) in [(Start::Trace(trace(2)), r#"{"trace":"trace-2"}"#), (Start::From(4), r#"{"from":4}"#)] {
        let (mut body, _stop) = open_at(&feed, Begin::Earlier(start));
        let frame = read(&mut body).await;
        let gone = format!("retry: 1000\n\nevent: gone\nid: run-90\ndata: {word}\n\nevent: snapshot\n");
        assert!(frame.starts_with(&gone), "{frame}");
        assert_eq!(snapshot_of(&frame).seq, 90);
    }
}

#[test]
fn a_request_is_not_found_by_what_another_one_says() {
    let feed = feed(40, usize::MAX);
    let mut recorder = Recorder::new(Node::Gateway, 1);
    let body = serde_json::json!({ "trace": trace(2) });
    let request = Request { method: Method::Post, path: "/note".to_owned(), body };
    for (number, kind) in [(1, EventKind::ClientRequest { request }), (2, EventKind::Recovering)] {
        feed.publish(vec![recorder.local(Micros(number), Some(trace(number)), None, kind)]);
    }
    assert_eq!(feed.before(&Start::Trace(trace(2))).map(|told| told.snapshot.seq), Ok(1));
}

#[test]
fn events_come_and_go_in_lots() {
    let feed = feed(40, usize::MAX);
    for _ in 0..30 {
        publish(&feed, 1);
        let state = feed.read();
        assert!(state.ring.len() < 45 && state.ring.len() as u64 >= state.seq.min(40), "{}", state.ring.len());
        assert_eq!(state.lots.front().map(|lot| lot.seq), Some(state.first()));
        assert_eq!(state.lots.iter().map(|lot| lot.bytes).sum::<usize>(), state.bytes);
    }
}

#[test]
fn the_past_is_right_while_others_publish() {
    let feed = feed(64, usize::MAX);
    let told = thread::scope(|scope| {
        for node in [1, 2] {
            let feed = &feed;
            scope.spawn(move || {
                let mut recorder = Recorder::new(Node::Replica(ReplicaId(node)), 2);
                (1..=2_000).for_each(|number| feed.publish(request(&mut recorder, number)));
            });
        }
        let mut told = 0;
        while feed.last() < 12_000 {
            let now = feed.snapshot();
            if let Ok(Past { snapshot, missed: 0 }) = feed.before(&Start::From(now.seq + 1)) {
                assert_eq!(snapshot.view, now.view, "after event {}", now.seq);
                told += 1;
            }
        }
        told
    });
    assert!(told > 0);
}

/// Returns how many bytes the events behind `seq` have.
fn bytes_after(feed: &Feed, seq: u64) -> usize {
    let state = feed.read();
    let behind = state.ring.len() - usize::try_from(state.seq - seq).expect("a few");
    state.ring.iter().skip(behind).map(|json| json.len()).sum()
}

#[tokio::test]
async fn a_viewer_gets_a_number_of_bytes_of_the_past_and_hears_how_many_events_are_left_out() {
    const PAST: usize = 4_000;
    let feed = feed_of_past(PAST);
    let pictures = publish(&feed, 30);
    for (start, asked) in
        [(Start::Last(80), 80), (Start::Last(u64::MAX), 90), (Start::From(2), 89), (Start::Last(3), 3)]
    {
        let Past { snapshot, missed } = feed.before(&start).expect("it is remembered");
        assert_eq!(snapshot.seq, 90 - asked + missed, "{start:?}");
        assert_eq!(snapshot.view, pictures[usize::try_from(snapshot.seq).expect("a few")]);
        assert!(bytes_after(&feed, snapshot.seq) <= PAST, "{start:?}");
        assert_eq!(missed > 0, asked > 3, "{start:?}");
        assert!(
            missed == 0 || bytes_after(&feed, snapshot.seq - 1) > PAST,
            "no more is left out than must be: {start:?}"
        );
    }
    let request = feed.before(&Start::Trace(trace(1))).expect("it is remembered");
    assert_eq!((request.snapshot.seq, request.missed), (0, 0), "a request is shown from its beginning on");

    let (mut body, _stop) = open_at(&feed, Begin::Earlier(Start::Last(80)));
    let frame = read(&mut body).await;
    let Past { snapshot, missed } = feed.before(&Start::Last(80)).expect("it is remembered");
    let said = format!(
        "retry: 1000\n\nevent: missed\nid: run-{}\ndata: {{\"count\":{missed}}}\n\nevent: snapshot\n",
        snapshot.seq
    );
    assert!(frame.starts_with(&said), "{frame}");
    assert_eq!(numbers(&read(&mut body).await), (snapshot.seq + 1..=90).collect::<Vec<_>>());
}

/// Returns an event that no reader of JSON can read: it is nested too deep.
fn unreadable(recorder: &mut Recorder, trace: TraceId) -> Event {
    let body = (0..200).fold(serde_json::Value::Null, |body, _| serde_json::json!([body]));
    let request = Request { method: Method::Post, path: "/note".to_owned(), body };
    recorder.local(Micros(1), Some(trace), None, EventKind::ClientRequest { request })
}

#[test]
fn an_event_that_cannot_be_read_is_passed_over() {
    let feed = feed(1_000, usize::MAX);
    let mut recorder = Recorder::new(Node::Replica(ReplicaId(1)), 1);
    feed.publish(vec![unreadable(&mut recorder, trace(0))]);
    for number in 1..=3 {
        feed.publish(request(&mut recorder, number));
        feed.publish(vec![unreadable(&mut recorder, trace(number))]);
    }
    let now = feed.snapshot();
    for start in [Start::Last(0), Start::From(now.seq + 1)] {
        assert_eq!(feed.before(&start).expect("it is now").snapshot, now, "{start:?}");
    }
    for (number, seq) in [(0, 0), (1, 1), (3, 9)] {
        assert_eq!(feed.before(&Start::Trace(trace(number))).map(|told| told.snapshot.seq), Ok(seq));
    }
}
