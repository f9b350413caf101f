//! The gate by hand, over real HTTP: what it holds, what can be done with it, and that nothing is lost by it.

use serde_json::{Value, json};
use shared::config::Mode;
use shared::event::{Event, EventKind, Gate, Why};
use shared::gist::Say;
use shared::id::{MessageId, Node, ReplicaId};
use shared::message::Parcel;
use shared::view::{ClusterView, Flight};
use tokio::task::JoinHandle;

use super::cluster::{Cluster, MODES, config};
use super::http::{Got, Http};
use super::parts::{Parts, SECRET};
use super::watch::Watch;
use backend::feed::Room;

const R1: Node = Node::Replica(ReplicaId(1));
const R2: Node = Node::Replica(ReplicaId(2));

/// A cluster of three whose gate is closed, and a viewer who has seen that.
async fn closed(mode: Mode) -> (Cluster, Watch) {
    let cluster = Cluster::start(config(mode, 3, None), Room::default()).await;
    let first = cluster.call("POST", &cluster.gateway("/note"), &json!({ "title": "first" })).await;
    assert_eq!(first.status, 201);
    let mut watch = Watch::open(&cluster.http, &cluster.gateway("/events")).await;
    turn(&cluster, true).await;
    while watch.view.gated().count() < 3 {
        watch.more().await;
    }
    (cluster, watch)
}

async fn turn(cluster: &Cluster, closed: bool) {
    let got = cluster.call("PUT", &cluster.gateway("/cluster/gate"), &json!({ "closed": closed })).await;
    assert_eq!(got.pair(), (200, json!({ "res": true, "closed": closed })));
}

async fn handle(cluster: &Cluster, message: MessageId, deed: &str) {
    let url = cluster.gateway(&format!("/cluster/gate/{message}"));
    let got = cluster.call("POST", &url, &json!({ "do": deed })).await;
    assert_eq!(got.pair(), (200, json!({ "res": true, "message": message, "done": deed })));
}

/// Begins to create a note at a replica.
fn create(cluster: &Cluster, id: usize, title: &str) -> JoinHandle<Got> {
    let (url, body) = (cluster.replica(id, "/note"), json!({ "title": title }));
    tokio::spawn(async move { Http::new().call("POST", &url, Some(&body)).await })
}

/// Waits until a message from one node to another is held that says something and carries it, and is none of `known`.
async fn held(watch: &mut Watch, way: (Node, Node), say: Say, known: &[MessageId]) -> MessageId {
    loop {
        let says =
            |flight: &Flight| matches!(&flight.parcel, Parcel::Peer(gist) if gist.say == say && !gist.is_notice());
        let wanted =
            |id: &MessageId, flight: &Flight| (flight.from, flight.to) == way && says(flight) && !known.contains(id);
        if let Some((id, _)) = watch.view.held().into_iter().find(|(id, flight)| wanted(id, flight)) {
            return id;
        }
        watch.more().await;
    }
}

fn titles(list: &Value) -> Vec<&str> {
    list["notes"].as_array().into_iter().flatten().filter_map(|note| note["title"].as_str()).collect()
}

fn received(events: &[Event]) -> Vec<MessageId> {
    let arrival = |event: &Event| if let EventKind::Received { message } = event.kind { Some(message) } else { None };
    events.iter().filter_map(arrival).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_waits_until_its_messages_are_delivered_one_by_one() {
    for mode in MODES {
        let (cluster, mut watch) = closed(mode).await;
        let mut write = create(&cluster, 2, "second");
        while watch.view.held().is_empty() {
            watch.more().await;
        }
        assert_eq!(cluster.lists().await.iter().map(|list| titles(list).len()).collect::<Vec<_>>(), [1, 1, 1]);
        assert!(!write.is_finished());
        let answer = loop {
            let next = watch.view.held().first().map(|(message, _)| *message);
            if let Some(message) = next {
                handle(&cluster, message, "deliver").await;
                watch.until(|event| event.kind == EventKind::Gate(Gate::Delivered(message))).await;
                continue;
            }
            tokio::select! {
                answer = &mut write => break answer,
                () = watch.more() => {}
            }
        };
        assert_eq!(answer.expect("it ends").status, 201);
        assert!(watch.events.iter().all(|event| !matches!(event.kind, EventKind::Lost { .. })));
    }
}

/// What is said on the way of a message between replicas.
fn said(flight: &Flight) -> Say {
    let Parcel::Peer(gist) = &flight.parcel else { panic!("only replicas' messages are held: {flight:?}") };
    gist.say
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handoff_is_stepped_through_message_by_message() {
    let (cluster, mut watch) = closed(Mode::LocalWrite).await;
    let (url, body) = (cluster.gateway("/note/1"), json!({ "title": "moved" }));
    let mut write = tokio::spawn(async move { Http::new().call("PATCH", &url, Some(&body)).await });
    while watch.view.held().is_empty() {
        watch.more().await;
    }
    let mut steps = Vec::new();
    let answer = loop {
        if let Some((message, flight)) = watch.view.held().first().map(|(id, flight)| (*id, (*flight).clone())) {
            steps.push((flight.from, flight.to, said(&flight)));
            handle(&cluster, message, "deliver").await;
            watch.until(|event| event.kind == EventKind::Gate(Gate::Delivered(message))).await;
            continue;
        }
        tokio::select! {
            answer = &mut write => break answer.expect("it ends"),
            () = watch.more() => {}
        }
    };
    assert_eq!(answer.pair(), (200, json!({ "res": true })));
    assert_eq!(steps[..2], [(R2, R1, Say::Claim), (R1, R2, Say::Promise)]);
    let nothing_else = |say: &Say| matches!(say, Say::Claim | Say::Promise | Say::Append | Say::Ack);
    assert!(steps.iter().all(|(_, _, say)| nothing_else(say)), "nobody is missed: {steps:?}");
    assert_eq!(watch.events.iter().filter(|event| matches!(event.kind, EventKind::Suspected { .. })).count(), 0);
    let asked = |event: &&Event| matches!(&event.kind, EventKind::Sent { parcel: Parcel::Request(_), .. });
    assert_eq!(watch.events.iter().filter(asked).count(), 1, "no other replica is asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_dropped_by_hand_is_lost_and_sent_again() {
    let (cluster, mut watch) = closed(Mode::RemoteWrite).await;
    let write = create(&cluster, 1, "second");
    let update = held(&mut watch, (R1, R2), Say::Append, &[]).await;
    handle(&cluster, update, "drop").await;
    let again = held(&mut watch, (R1, R2), Say::Append, &[update]).await;
    let lost = EventKind::Lost { message: update, why: Why::DroppedByHand };
    let (at, event) = watch.events.iter().enumerate().find(|(_, event)| event.kind == lost).expect("it is told");
    assert!(event.trace.is_some(), "it belongs to its request");
    assert!(watch.events[at..].iter().any(|event| event.kind == EventKind::Gate(Gate::Held(again))));
    turn(&cluster, false).await;
    assert_eq!(write.await.expect("it ends").status, 201);
    watch.until(|event| event.kind == EventKind::Received { message: again }).await;
    assert!(!received(&watch.events).contains(&update));
    assert_eq!(cluster.lists().await.iter().map(titles).collect::<Vec<_>>(), [["first", "second"]; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_doubled_arrives_twice_and_is_done_once() {
    let (cluster, mut watch) = closed(Mode::RemoteWrite).await;
    let write = create(&cluster, 2, "second");
    let forward = held(&mut watch, (R2, R1), Say::Forward, &[]).await;
    handle(&cluster, forward, "double").await;
    let twice = |events: &[Event]| received(events).iter().filter(|message| **message == forward).count() == 2;
    while !twice(&watch.events) {
        watch.more().await;
    }
    turn(&cluster, false).await;
    assert_eq!(write.await.expect("it ends").status, 201);
    assert_eq!(cluster.lists().await.iter().map(titles).collect::<Vec<_>>(), [["first", "second"]; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_one_link_arrive_in_the_order_of_the_hand_that_delivers_them() {
    let (cluster, mut watch) = closed(Mode::RemoteWrite).await;
    let writes = [create(&cluster, 2, "second"), create(&cluster, 2, "third")];
    let one = held(&mut watch, (R2, R1), Say::Forward, &[]).await;
    let other = held(&mut watch, (R2, R1), Say::Forward, &[one]).await;
    for message in [one.max(other), one.min(other)] {
        handle(&cluster, message, "deliver").await;
        watch.until(|event| event.kind == EventKind::Received { message }).await;
    }
    turn(&cluster, false).await;
    for write in writes {
        assert_eq!(write.await.expect("it ends").status, 201);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn open_again_all_that_was_held_leaves_in_order_and_no_write_is_lost() {
    for mode in MODES {
        let (cluster, mut watch) = closed(mode).await;
        let names: Vec<String> = (2..8).map(|number| format!("note {number}")).collect();
        let writes: Vec<_> =
            names.iter().zip([1, 2, 3].repeat(2)).map(|(name, id)| create(&cluster, id, name)).collect();
        let is_of_way = |(_, flight): &(MessageId, &Flight)| (flight.from, flight.to) == (R2, R1);
        while watch.view.held().len() < 8 || !watch.view.held().iter().any(is_of_way) {
            watch.more().await;
        }
        let listed = cluster.http.get(&cluster.gateway("/cluster/gate")).await.json();
        assert_eq!((&listed["closed"], &listed["at"]), (&json!(true), &json!([1, 2, 3])));
        let waiting: Vec<MessageId> = serde_json::from_value(
            listed["held"].as_array().expect("a list").iter().map(|held| held["message"].clone()).collect(),
        )
        .expect("each has its id");
        turn(&cluster, false).await;
        for write in writes {
            assert_eq!(write.await.expect("it ends").status, 201);
        }
        while waiting.iter().any(|message| !received(&watch.events).contains(message)) {
            watch.more().await;
        }
        let came = |way: (Node, Node)| -> Vec<u64> {
            let of_way = |event: &&Event| matches!(event.kind, EventKind::Received { message } if (message.from, event.node) == way && waiting.contains(&message));
            received(&watch.events.iter().filter(of_way).cloned().collect::<Vec<_>>()).iter().map(|id| id.n).collect()
        };
        let order = came((R2, R1));
        assert!(!order.is_empty() && order.is_sorted(), "{order:?}");
        let mut titles: Vec<String> = titles(&cluster.lists().await[2]).into_iter().map(str::to_owned).collect();
        titles.sort();
        assert_eq!(titles, [["first".to_owned()].as_slice(), &names].concat());
        assert_eq!(watch.view.gated().count(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_gate_is_asked_wrongly_is_said() {
    let (cluster, _watch) = closed(Mode::RemoteWrite).await;
    let gate = cluster.gateway("/cluster/gate");
    for (method, path, body, status, code) in [
        ("PUT", "", json!({ "closed": "yes" }), 422, "bad_gate"),
        ("PUT", "", json!({}), 422, "bad_gate"),
        ("POST", "/r1-1", json!({ "do": "burn" }), 422, "bad_gate"),
        ("POST", "/r1-1", json!({ "do": "drop" }), 404, "unknown_message"),
        ("POST", "/r9-1", json!({ "do": "drop" }), 404, "unknown_message"),
        ("POST", "/gateway-1", json!({ "do": "drop" }), 404, "unknown_message"),
        ("POST", "/hello", json!({ "do": "drop" }), 404, "unknown_message"),
        ("DELETE", "", json!({}), 405, "method_not_allowed"),
        ("GET", "/r1-1", json!({}), 405, "method_not_allowed"),
    ] {
        let got = cluster.call(method, &format!("{gate}{path}"), &body).await;
        assert_eq!((got.status, got.json()["code"].as_str()), (status, Some(code)), "{method} {path} {body}");
    }
    let got = cluster.http.send("PUT", &gate, &[], "closed").await;
    assert_eq!((got.status, got.json()["code"].as_str()), (415, Some("content_type")));
    for (method, path) in [("PUT", "/gate"), ("POST", "/gate/r1-1")] {
        let got = cluster.call(method, &cluster.replica(1, path), &json!({ "closed": false, "do": "drop" })).await;
        assert_eq!((got.status, got.json()["code"].as_str()), (403, Some("not_a_peer")), "{path} is for the gateway");
    }
}

/// Reads the feed until the messages held are as `wanted` says.
async fn until(watch: &mut Watch, wanted: impl Fn(&ClusterView) -> bool) {
    while !wanted(&watch.view) {
        watch.more().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_of_their_own_hold_too_and_a_gateway_that_starts_again_knows_what() {
    let mut parts = Parts::start(Mode::RemoteWrite, 3).await;
    let first = parts.http.call("POST", &parts.front("/note"), Some(&json!({ "title": "first" }))).await;
    assert_eq!(first.status, 201, "R1 is the primary: {first:?}");
    let got = parts.http.call("PUT", &parts.front("/cluster/gate"), Some(&json!({ "closed": true }))).await;
    assert_eq!(got.pair(), (200, json!({ "res": true, "closed": true })));
    let (url, body) = (parts.back(2, "/note"), json!({ "title": "t" }));
    let write = tokio::spawn(async move { Http::new().call("POST", &url, Some(&body)).await });
    let mut watch = parts.watch().await;
    let forward = held(&mut watch, (R2, R1), Say::Forward, &[]).await;
    parts.kill_gateway();
    parts.start_gateway();
    let mut watch = parts.watch().await;
    until(&mut watch, |view| view.gated().count() == 3 && view.held().iter().any(|(id, _)| *id == forward)).await;
    let url = parts.front(&format!("/cluster/gate/{forward}"));
    let got = parts.http.call("POST", &url, Some(&json!({ "do": "deliver" }))).await;
    assert_eq!(got.pair(), (200, json!({ "res": true, "message": forward, "done": "deliver" })));
    let update = held(&mut watch, (R1, R2), Say::Append, &[]).await;
    // What is told becomes what is.
    parts.settle(&mut watch).await;

    parts.kill_replica(1);
    let got = parts.http.call("PUT", &parts.front("/cluster/gate"), Some(&json!({ "closed": true }))).await;
    assert_eq!(got.pair(), (200, json!({ "res": true, "closed": true, "without": [1] })));
    let url = parts.front(&format!("/cluster/gate/{update}"));
    let got = parts.http.call("POST", &url, Some(&json!({ "do": "deliver" }))).await;
    assert_eq!((got.status, got.json()["code"].as_str()), (503, Some("refused")));
    parts.start_replica(1);
    until(&mut watch, |view| !view.replicas[&ReplicaId(1)].gated).await;
    assert!(watch.view.held().iter().all(|(id, _)| id.from != R1), "it was in memory alone");

    let got = parts.http.call("PUT", &parts.front("/cluster/gate"), Some(&json!({ "closed": false }))).await;
    assert_eq!(got.pair(), (200, json!({ "res": true, "closed": false })));
    assert_eq!(write.await.expect("it ends").status, 201);
    let got = parts.http.send("PUT", &parts.back(1, "/gate"), &[(SECRET, "0000")], "{}").await;
    assert_eq!((got.status, got.json()["code"].as_str()), (403, Some("not_a_peer")));
}
