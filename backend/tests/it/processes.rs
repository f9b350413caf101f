//! One cluster, a process for each part: the feed is whole and causal, parts die and come back, strangers stay out.

use serde_json::{Value, json};
use shared::config::Mode;
use shared::event::{Event, EventKind};
use shared::id::{Node, ReplicaId};

use super::cluster::MODES;
use super::http::Http;
use super::parts::{Parts, SECRET, replica};
use super::process::{Baton, at_once, command, config, failure, program};
use super::watch::Watch;

const CLIENTS: usize = 4;
const WRITES: usize = 15;

fn started(event: &Event, id: u8) -> bool {
    event.node == Node::Replica(ReplicaId(id)) && matches!(event.kind, EventKind::Started { .. })
}

fn joined(event: &Event, id: u8) -> bool {
    event.node == Node::Replica(ReplicaId(id)) && matches!(event.kind, EventKind::Joined { .. })
}

/// Creates a note at each replica that runs, through the gateway; returns how many.
async fn create_everywhere(parts: &Parts) -> usize {
    let up: Vec<usize> = (1..=parts.replicas.len()).filter(|id| parts.replicas[id - 1].is_some()).collect();
    for id in &up {
        let headers = [("content-type", "application/json"), ("x-replica", &*id.to_string())];
        let got = parts.http.send("POST", &parts.front("/note"), &headers, r#"{"title":"t"}"#).await;
        assert_eq!((got.status, got.header("x-served-by")), (201, &*id.to_string()), "{got:?}");
    }
    up.len()
}

/// Writes from several clients at once to the same notes, 1 to 4, which must be there.
async fn write_at_once(parts: &Parts) {
    let write = |client: usize, front: String| async move {
        let http = Http::new();
        for number in 0..WRITES {
            let url = format!("{front}/note/{}", (client + number) % 4 + 1);
            let got = http.call("PATCH", &url, Some(&json!({ "body": format!("{client} {number}") }))).await;
            assert_eq!(got.status, 200, "{got:?}");
        }
    };
    let clients: Vec<_> = (0..CLIENTS).map(|client| tokio::spawn(write(client, parts.front("")))).collect();
    for client in clients {
        client.await.expect("the client gets all its answers");
    }
}

/// Waits until the feed tells what the replicas hold, and checks that the gateway says the same of the cluster.
async fn settle(parts: &Parts, watch: &mut Watch, notes: usize) {
    parts.settle(watch).await;
    let cluster = parts.cluster().await;
    for (id, view) in &cluster.replicas {
        assert_eq!(*view, parts.state(id.0.into()).await, "{id}");
        assert_eq!(view.notes.len(), notes, "{id}");
    }
    assert_eq!(cluster.replicas.len(), parts.replicas.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_of_many_processes_is_whole_and_causal() {
    for (mode, other) in [(MODES[0], MODES[1]), (MODES[1], MODES[0])] {
        let parts = Parts::start(mode, 4).await;
        let mut watch = parts.watch().await;
        let mut notes = create_everywhere(&parts).await;
        write_at_once(&parts).await;
        let switched = parts.http.call("PUT", &parts.front("/cluster/mode"), Some(&json!({ "mode": other }))).await;
        assert_eq!(switched.status, 200, "{switched:?}");
        notes += create_everywhere(&parts).await;
        write_at_once(&parts).await;
        settle(&parts, &mut watch, notes).await;
        assert!(watch.view.replicas.values().all(|replica| replica.mode == other));
        assert_eq!(watch.orphans, [], "every receive has its send before it");
        let received = watch.events.iter().filter(|event| matches!(event.kind, EventKind::Received { .. })).count();
        assert!(received > CLIENTS * WRITES * 8, "only {received} messages");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_one_trace_across_processes() {
    let parts = Parts::start(Mode::RemoteWrite, 3).await;
    let mut watch = parts.watch().await;
    let headers = [("content-type", "application/json"), ("x-replica", "2")];
    let got = parts.http.send("POST", &parts.front("/note"), &headers, r#"{"title":"t"}"#).await;
    let of_trace = |event: &Event| event.trace.as_ref().is_some_and(|trace| trace.0 == got.header("x-trace-id"));
    let reply = |event: &Event| event.node == Node::Gateway && matches!(event.kind, EventKind::ClientReply { .. });
    watch.until(|event| of_trace(event) && reply(event)).await;
    let events: Vec<&Event> = watch.events.iter().filter(|event| of_trace(event)).collect();
    let steps: std::collections::BTreeSet<String> =
        events.iter().filter_map(|event| event.step.map(|step| format!("{step:?}"))).collect();
    assert_eq!(steps.into_iter().collect::<Vec<_>>(), ["W1", "W2", "W3", "W4", "W5"]);
    let (first, last) = (events[0], events[events.len() - 1]);
    assert!(first.stamp.happened_before(&last.stamp) && first.at <= last.at, "{first:?} {last:?}");
    let log = std::fs::read_to_string(parts.place.path().join("log/log.txt")).expect("there is a log");
    assert!(log.contains("REPLICA [REQUEST] Forward request to primary"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_is_killed_is_heard_again_from_its_beginning() {
    for mode in MODES {
        let mut parts = Parts::start(mode, 4).await;
        let mut watch = parts.watch().await;
        let mut notes = create_everywhere(&parts).await;
        for _ in 0..2 {
            let known = watch.events.len();
            write_at_once(&parts).await;
            parts.kill_replica(3);
            parts.start_replica(3);
            notes += create_everywhere(&parts).await;
            write_at_once(&parts).await;
            settle(&parts, &mut watch, notes).await;
            let starts = watch.events[known..].iter().filter(|event| started(event, 3)).count();
            assert_eq!(starts, 1);
            assert!(!watch.events.iter().any(|event| joined(event, 3)), "all that it told is there");
        }
        let foreign: Vec<_> =
            watch.orphans.iter().filter(|message| message.from != Node::Replica(ReplicaId(3))).collect();
        assert!(foreign.is_empty(), "only what R3 had not told when it was killed is missing: {foreign:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_lost_its_disk_gets_all_from_the_others() {
    for mode in MODES {
        let mut parts = Parts::start(mode, 4).await;
        let mut watch = parts.watch().await;
        let mut notes = create_everywhere(&parts).await;
        parts.kill_replica(3);
        std::fs::remove_file(parts.place.path().join("data/replica-3.redb")).expect("it is there");
        parts.start_replica(3);
        settle(&parts, &mut watch, notes).await;
        notes += create_everywhere(&parts).await;
        write_at_once(&parts).await;
        settle(&parts, &mut watch, notes).await;
    }
}

/// Every part has a folder of its own, and knows the others by name.
#[tokio::test(flavor = "multi_thread")]
async fn parts_on_several_hosts_share_a_secret_and_nothing_else() {
    let secret = "sixteen_letters!";
    let places: Vec<_> = (0..4).map(|_| tempfile::tempdir().expect("a temporary folder")).collect();
    let mut config = config(Mode::RemoteWrite, 3);
    for address in config["replicas"].as_array_mut().expect("a list") {
        *address = json!(address.as_str().expect("text").replace("127.0.0.1", "localhost"));
    }
    let part = |place: usize| {
        let mut part = command(places[place].path(), &config);
        part.env("BATON_SECRET", secret);
        part
    };
    let gateway = Baton::start(part(0).arg("gateway"));
    let replicas: Vec<_> = (1..4).map(|id| Baton::start(part(id).args(["replica", "--id", &id.to_string()]))).collect();
    let http = Http::new();
    let mut watch = Watch::open(&http, &format!("{}/events", gateway.home)).await;
    watch.until_all_vote(replicas.len()).await;
    let made = http.call("POST", &format!("{}/note", gateway.home), Some(&json!({ "title": "t" }))).await;
    assert_eq!(made.status, 201, "{made:?}");
    while watch.view.replicas.values().filter(|replica| replica.notes.len() == 1).count() < replicas.len() {
        watch.more().await;
    }
    assert_eq!(watch.orphans, []);
    assert!(!places[1].path().join("data/secret").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_started_again_shows_the_whole_cluster() {
    let mut parts = Parts::start(Mode::LocalWrite, 4).await;
    let mut watch = parts.watch().await;
    let mut notes = create_everywhere(&parts).await;
    settle(&parts, &mut watch, notes).await;
    // A gateway hears all of a replica that started in its own second or later, which these replicas must not have.
    let born = Parts::second();
    parts.kill_gateway();
    while Parts::second() == born {
        parts.http.get(&parts.back(1, "/note")).await;
    }
    parts.start_gateway();
    let mut watch = parts.watch().await;
    settle(&parts, &mut watch, notes).await;
    notes += create_everywhere(&parts).await;
    write_at_once(&parts).await;
    settle(&parts, &mut watch, notes).await;
    assert!(!watch.events.iter().any(|event| started(event, 1)), "what was before is not told again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_is_held_tells_the_rest_when_it_goes_on() {
    let parts = Parts::start(Mode::LocalWrite, 4).await;
    let mut watch = parts.watch().await;
    let notes = create_everywhere(&parts).await;
    settle(&parts, &mut watch, notes).await;
    parts.signal_replica(2, "STOP");
    let read = parts.http.send("GET", &parts.front("/note"), &[("x-replica", "1")], "").await;
    assert_eq!(read.status, 200, "{read:?}");
    parts.signal_replica(2, "CONT");
    write_at_once(&parts).await;
    settle(&parts, &mut watch, notes).await;
    assert_eq!(watch.orphans, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_parts_of_a_cluster_hear_a_replica() {
    let parts = Parts::start(Mode::RemoteWrite, 2).await;
    for path in ["/feed", "/state"] {
        for secret in ["", "0000", &"0".repeat(64)] {
            let got = parts.http.send("GET", &parts.back(2, path), &[(SECRET, secret)], "").await;
            assert_eq!((got.status, got.json()["code"].as_str()), (403, Some("not_a_peer")), "{path}");
        }
        let got = parts.http.call("POST", &parts.back(2, path), Some(&json!({}))).await;
        assert_eq!((got.status, got.json()["code"].as_str()), (405, Some("method_not_allowed")), "{path}");
        assert_eq!(parts.http.get(&parts.front(path)).await.status, 404, "{path} is no path of the gateway's");
    }
    assert_eq!(parts.state(2).await.mode, Mode::RemoteWrite);
}

#[test]
fn a_data_folder_is_for_one_process_or_for_parts() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let config = config(Mode::RemoteWrite, 2);
    let first = Baton::start(&mut command(place.path(), &config));
    // Elsewhere nothing listens on the ports.
    let mut moved = super::process::config(Mode::RemoteWrite, 2);
    moved["data"] = json!(place.path().join("data"));
    let other = tempfile::tempdir().expect("a temporary folder");
    command(other.path(), &moved);
    for arguments in [&["replica", "--id", "1"][..], &["gateway"]] {
        let (code, said) = failure(at_once(program(other.path()).args(arguments)));
        assert_eq!(code, Some(1));
        assert!(said.contains("is in use by another baton (process "), "{said}");
    }
    first.kill();
    let held = Baton::start(&mut replica(other.path(), 1));
    let (code, said) = failure(at_once(&mut program(place.path())));
    assert_eq!(code, Some(1));
    assert!(said.contains("is in use by `baton replica` or `baton gateway`: stop those"), "{said}");
    let (code, said) = failure(at_once(&mut replica(place.path(), 1)));
    assert_eq!(code, Some(1));
    assert!(said.contains("replica R1 already runs on the data folder"), "{said}");
    drop(Baton::start(&mut replica(place.path(), 2)));
    held.signal("INT");
    let (status, said) = held.end();
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
    drop(Baton::start(&mut program(place.path())));
}

#[test]
fn a_part_that_cannot_start_says_why_in_one_line() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut config = config(Mode::RemoteWrite, 2);
    command(place.path(), &config);
    for id in [0, 3] {
        let (code, said) = failure(&mut replica(place.path(), id));
        assert_eq!(code, Some(1));
        assert!(said.contains(&format!("there is no replica {id}: config.json names 2")), "{said}");
    }
    let (code, said) = failure(replica(place.path(), 1).env("BATON_SECRET", "short"));
    assert_eq!(code, Some(1));
    assert!(said.contains("BATON_SECRET must be 16 to 256"), "{said}");
    config["data"] = Value::Null;
    command(place.path(), &config);
    let (code, said) = failure(program(place.path()).arg("gateway"));
    assert_eq!(code, Some(1));
    assert!(said.contains("set BATON_SECRET"), "{said}");
    let _alone = Baton::start(replica(place.path(), 1).env("BATON_SECRET", "sixteen_letters!"));
    for part in ["replica", "gateway"] {
        let help = program(place.path()).args([part, "--help"]).output().expect("the program can be run");
        assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("BATON_SECRET"), "{help:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_with_another_secret_says_so_once() {
    let mut parts = Parts::start(Mode::RemoteWrite, 1).await;
    parts.kill_gateway();
    let mut stranger = Baton::start(program(parts.place.path()).arg("gateway").env("BATON_SECRET", "x".repeat(16)));
    let said = stranger.complaint();
    assert!(said.contains("replica R1 at") && said.contains("has another secret than this gateway"), "{said}");
    stranger.signal("INT");
    let (status, rest) = stranger.end();
    assert_eq!((status.code(), rest.as_str()), (Some(0), ""));
}
