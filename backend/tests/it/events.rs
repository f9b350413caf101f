//! The event feed over HTTP: snapshot, numbered events, resume, loss, goodbye.

use std::collections::BTreeSet;

use backend::feed::Room;
use serde_json::json;
use shared::api::{EventsFrame, HEARTBEAT, MissedFrame, SnapshotFrame};
use shared::config::Mode;
use shared::event::{Event, EventKind, Step};
use shared::id::Node;
use shared::view::ClusterView;

use super::cluster::{Cluster, MODES, config};
use super::http::{Frame, Frames};

fn snapshot(frame: &Frame) -> SnapshotFrame {
    assert_eq!(frame.name, "snapshot");
    serde_json::from_str(&frame.data).expect("a snapshot")
}

/// Reads events until one that `is_last` accepts.
async fn events(frames: &mut Frames, is_last: impl Fn(&Event) -> bool) -> Vec<Event> {
    let mut events = Vec::new();
    while !events.last().is_some_and(&is_last) {
        let frame = frames.next().await.expect("the stream goes on");
        assert_eq!(frame.name, "events");
        let EventsFrame(more) = serde_json::from_str(&frame.data).expect("events");
        assert!(frame.id.ends_with(&format!("-{}", more.last().expect("at least one").seq)), "{}", frame.id);
        for event in more {
            events.push(event);
            if events.last().is_some_and(&is_last) {
                break;
            }
        }
    }
    events
}

fn is_reply_of_gateway(event: &Event) -> bool {
    event.node == Node::Gateway && matches!(event.kind, EventKind::ClientReply { .. })
}

async fn post(cluster: &Cluster) {
    let made = cluster.call("POST", &cluster.gateway("/note"), &json!({ "title": "t" })).await;
    assert_eq!(made.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_numbered_without_holes_and_causes_come_first() {
    for mode in MODES {
        let cluster = Cluster::memory(mode).await;
        let mut frames = cluster.http.events(&cluster.gateway("/events"), None).await;
        let first = snapshot(&frames.next().await.expect("a snapshot"));
        assert_eq!(first.scene.replicas.len(), 4);
        let mut sent: BTreeSet<_> = first.view.flights.keys().copied().collect();
        let (mut seq, mut view) = (first.seq, first.view);
        let mut replies = 0;
        for number in 1..=5 {
            post(&cluster).await;
            while replies < number {
                // All of a frame: on a busy machine more comes with the reply.
                let EventsFrame(more) =
                    serde_json::from_str(&frames.next().await.expect("it goes on").data).expect("events");
                for event in more {
                    replies += u32::from(is_reply_of_gateway(&event));
                    seq += 1;
                    assert_eq!(event.seq, seq);
                    if let EventKind::Sent { message, .. } = &event.kind {
                        assert!(sent.insert(*message), "{message} is sent twice");
                    }
                    if let EventKind::Received { message } = &event.kind {
                        assert!(sent.contains(message), "{message} comes from nowhere");
                    }
                    view.apply(&event);
                }
            }
        }
        let all: BTreeSet<u64> = view.replicas.values().map(|replica| replica.notes.len() as u64).collect();
        assert_eq!(all, BTreeSet::from([5]), "the events tell the whole state");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_shows_as_one_trace_with_its_textbook_steps() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    let mut frames = cluster.http.events(&cluster.gateway("/events"), None).await;
    frames.next().await.expect("a snapshot");
    let headers = [("content-type", "application/json"), ("x-replica", "2")];
    let got = cluster.http.send("POST", &cluster.gateway("/note"), &headers, r#"{"title":"t"}"#).await;
    let events = events(&mut frames, is_reply_of_gateway).await;
    let trace = got.header("x-trace-id");
    let of_trace: Vec<&Event> =
        events.iter().filter(|event| event.trace.as_ref().is_some_and(|t| t.0 == trace)).collect();
    let steps: BTreeSet<Step> = of_trace.iter().filter_map(|event| event.step).collect();
    assert_eq!(steps, BTreeSet::from([Step::W1, Step::W2, Step::W3, Step::W4, Step::W5]));
    let requests = of_trace.iter().filter(|event| matches!(event.kind, EventKind::ClientRequest { .. })).count();
    assert_eq!(requests, 1);
    assert!(of_trace.windows(2).all(|pair| pair[0].stamp.lamport > 0 && pair[0].seq < pair[1].seq));
    let (first, last) = (of_trace[0], of_trace[of_trace.len() - 1]);
    assert!(first.stamp.happened_before(&last.stamp), "{first:?} {last:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_that_returns_misses_nothing() {
    let cluster = Cluster::memory(Mode::LocalWrite).await;
    let url = cluster.gateway("/events");
    let mut frames = cluster.http.events(&url, None).await;
    let first = frames.next().await.expect("a snapshot");
    drop(frames);
    post(&cluster).await;
    let mut again = cluster.http.events(&url, Some(&first.id)).await;
    let missed = events(&mut again, is_reply_of_gateway).await;
    assert_eq!(missed[0].seq, snapshot(&first).seq + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_old_is_said_and_followed_by_a_snapshot() {
    let small = Room { events: 10, ..Room::default() };
    let cluster = Cluster::start(config(Mode::RemoteWrite, 4, None), small).await;
    let url = cluster.gateway("/events");
    let first = cluster.http.events(&url, None).await.next().await.expect("a snapshot");
    post(&cluster).await;
    let mut late = cluster.http.events(&url, Some(&first.id)).await;
    let missed = late.next().await.expect("a word on the loss");
    assert_eq!(missed.name, "missed");
    let MissedFrame { count } = serde_json::from_str(&missed.data).expect("a count");
    let now = snapshot(&late.next().await.expect("a snapshot"));
    assert_eq!(count, now.seq - snapshot(&first).seq);
    let mut other_run = cluster.http.events(&url, Some("0123456789abcdef-3")).await;
    assert_eq!(other_run.next().await.expect("a snapshot").name, "snapshot");
}

/// What browsers show to a page: a frame with a name. It has no id, so a viewer comes back to where it really was.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_gives_signs_of_life_when_it_begins_and_while_nothing_happens() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    let url = cluster.gateway("/events");
    let mut frames = cluster.http.events(&url, None).await;
    let first = frames.next_of_all().await.expect("a snapshot");
    let alive = Frame { name: "alive".to_owned(), data: "{}".to_owned(), ..Frame::default() };
    assert_eq!((first.name.as_str(), frames.next_of_all().await), ("snapshot", Some(alive.clone())));
    let mut again = cluster.http.events(&url, Some(&first.id)).await;
    assert_eq!(again.next_of_all().await, Some(alive.clone()), "also to who has missed nothing");
    // The replicas may still be starting.
    let sign = async { while again.next_of_all().await != Some(alive.clone()) {} };
    assert_eq!(tokio::time::timeout(HEARTBEAT * 3, sign).await, Ok(()), "and once nothing happens");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_says_goodbye() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    let mut frames = cluster.http.events(&cluster.gateway("/events"), None).await;
    frames.next().await.expect("a snapshot");
    cluster.log().await;
    let mut last = None;
    while let Some(frame) = frames.next().await {
        last = Some(frame.name);
    }
    assert_eq!(last.as_deref(), Some("bye"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_of_the_cluster_is_what_the_feed_tells() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    post(&cluster).await;
    let body = cluster.http.get(&cluster.gateway("/cluster")).await.json();
    let view: ClusterView = serde_json::from_value(body["view"].clone()).expect("a view");
    assert_eq!((&body["res"], &body["mode"]), (&json!(true), &json!("remote-write")));
    assert!(view.replicas.values().all(|replica| replica.notes.len() == 1));
}
