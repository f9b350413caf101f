//! Whatever the intake accepts or refuses can be read by everybody who reads the feed.

use proptest::collection::{hash_map, vec};
use proptest::prelude::*;
use shared::api::{EventsFrame, SnapshotFrame};
use shared::config::{Ack, Failover, Reads};
use shared::event::{Event, EventKind};
use shared::id::Node;
use shared::json::{self, FromJson};
use shared::message::Parcel;
use shared::recorder::Recorder;
use shared::request::Reply;
use shared::time::Micros;
use shared::view::{ClusterView, Scene};

use super::*;

/// Keys that have a meaning somewhere: in this program, or inside of `serde_json` with features that it is not built with.
const KEYS: [&str; 6] = ["title", "body", "…", "", "$serde_json::private::RawValue", "$serde_json::private::Number"];

fn key() -> impl Strategy<Value = String> {
    prop_oneof![proptest::sample::select(&KEYS[..]).prop_map(str::to_owned), ".{0,300}"]
}

/// Any JSON that is not deep.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,300}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 12, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..12).prop_map(Value::from),
            hash_map(key(), inner, 0..12).prop_map(|parts| Value::Object(parts.into_iter().collect())),
        ]
    })
}

/// The text of any JSON as deep as a reader goes, and deeper.
fn body() -> impl Strategy<Value = String> {
    let deep = (value(), 0..132_usize, any::<bool>()).prop_map(|(value, levels, lists)| {
        let (open, close) = if lists { ("[", "]") } else { ("{\"a\":", "}") };
        format!("{}{value}{}", open.repeat(levels), close.repeat(levels))
    });
    prop_oneof![9 => deep, 1 => ".{0,500}"]
}

fn take(method: &str, path: &str, body: String) -> Intake {
    let request = HttpRequest::builder().method(method).uri(path).header("content-type", "application/json");
    let request = request.body(Body::from(body)).expect("a valid request");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("there is a clock");
    runtime.block_on(read(request)).expect("a method of the API")
}

/// All that is told of a request that a gateway gets and answers.
fn events(Intake { request, command }: &Intake) -> Vec<Event> {
    let mut recorder = Recorder::new(Node::Gateway, 1);
    let (status, answer) = match command {
        // What would be read after that.
        Ok(_) => (200, json!({ "res": true, "note": request.body })),
        Err(problem) => (problem.status, problem.body()),
    };
    let (told, reply) = (request.excerpt(), Reply::to(request, status, answer).excerpt());
    let asked = recorder.local(Micros(1), None, None, EventKind::ClientRequest { request: told.clone() });
    let (_, sent) = recorder.send(Micros(2), None, None, Node::Replica(ReplicaId(1)), Parcel::Request(told));
    vec![asked, sent, recorder.local(Micros(3), None, None, EventKind::ClientReply { reply })]
}

/// Reads a frame as the page does and as the other readers do.
#[track_caller]
fn check<T: serde::Serialize + serde::de::DeserializeOwned + FromJson + PartialEq + std::fmt::Debug>(frame: &T) {
    let text = serde_json::to_string(frame).expect("it can be written");
    let read: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(json::read::<T>(&text).as_ref(), Ok(&read), "the page reads something else: {text}");
}

/// Checks all that is told of a request.
fn check_all(method: &str, path: &str, body: String) {
    let events = events(&take(method, path, body));
    let mut view = ClusterView::default();
    for event in &events {
        view.apply(event);
    }
    check(&EventsFrame(events));
    check(&SnapshotFrame { seq: 3, latest: 3, scene: scene(), view });
}

#[test]
fn a_name_that_is_private_to_serde_json_is_a_key_like_any_other() {
    for value in ["null", "{}", "\"[1\"", "\"{\\\"a\\\":1}\"", "\"\""] {
        let body = format!("{{\"$serde_json::private::RawValue\":{value}}}");
        check_all("POST", "/note", body);
    }
}

fn scene() -> Scene {
    let (ack, reads, failover) = (Ack::All, Reads::Local, Failover::Auto);
    Scene { service: 1, replicas: Vec::new(), ack, reads, failover, version: String::new(), started: 0 }
}

proptest! {
    #[test]
    fn whatever_is_accepted_or_refused_can_be_read_by_everybody(
        method in proptest::sample::select(&["POST", "PUT", "PATCH"][..]),
        path in proptest::sample::select(&["/note", "/note/1", "/note/x"][..]),
        body in body(),
    ) {
        check_all(method, path, body);
    }
}
