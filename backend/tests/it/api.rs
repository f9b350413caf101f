//! The client API, in both modes, through the gateway and straight at each replica.

use serde_json::{Value, json};
use shared::config::Mode;

use super::cluster::{Cluster, MODES};

/// Walks one note through its life at one door, and looks at it from all replicas on the way.
async fn life(cluster: &Cluster, door: &str, id: u64) {
    let one = format!("{door}/note/{id}");
    let call = |method: &'static str, url: String, body: Value| async move { cluster.call(method, &url, &body).await };

    let made = call("POST", format!("{door}/note"), json!({ "title": "Hello world", "body": "patch note" })).await;
    assert_eq!(made.pair(), (201, json!({ "res": true, "id": id })), "{door}");
    assert_eq!(made.header("location"), format!("/note/{id}"));
    everywhere(cluster, id, Some(json!({ "title": "Hello world", "body": "patch note", "id": id }))).await;

    let changed = call("PATCH", one.clone(), json!({ "title": "New" })).await;
    assert_eq!(changed.pair(), (200, json!({ "res": true })), "{door}");
    everywhere(cluster, id, Some(json!({ "title": "New", "body": "patch note", "id": id }))).await;

    let replaced = call("PUT", one.clone(), json!({ "body": "alone" })).await;
    assert_eq!(replaced.pair(), (200, json!({ "res": true })), "{door}");
    everywhere(cluster, id, Some(json!({ "body": "alone", "id": id }))).await;

    let deleted = cluster.http.call("DELETE", &one, None).await;
    assert_eq!(deleted.pair(), (200, json!({ "res": true })), "{door}");
    everywhere(cluster, id, None).await;
    for (method, body) in [
        ("DELETE", None),
        ("GET", None),
        ("PATCH", Some(json!({ "body": "b" }))),
        ("PUT", Some(json!({ "body": "b" }))),
    ] {
        let again = cluster.http.call(method, &one, body.as_ref()).await;
        assert_eq!((again.status, &again.json()["code"]), (404, &json!("unknown_note")), "{method} {door}");
        assert_eq!(again.json()["res"], json!(false));
    }
}

/// Asks every replica for a note.
async fn everywhere(cluster: &Cluster, id: u64, expected: Option<Value>) {
    for door in cluster.doors() {
        let got = cluster.http.get(&format!("{door}/note/{id}")).await;
        match &expected {
            Some(note) => assert_eq!(got.pair(), (200, json!({ "res": true, "note": note })), "{door}"),
            None => assert_eq!(got.status, 404, "{door}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_live_and_die_through_every_door_in_both_modes() {
    for mode in MODES {
        let cluster = Cluster::memory(mode).await;
        for (door, id) in cluster.doors().into_iter().zip(1..) {
            life(&cluster, &door, id).await;
        }
        let empty = json!({ "res": true, "notes": [] });
        assert_eq!(cluster.lists().await, vec![empty; 4]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_has_the_live_notes_by_id() {
    for mode in MODES {
        let cluster = Cluster::memory(mode).await;
        for title in ["a", "b", "c"] {
            cluster.call("POST", &cluster.gateway("/note"), &json!({ "title": title })).await;
        }
        cluster.http.call("DELETE", &cluster.gateway("/note/2"), None).await;
        let expected = json!({ "res": true, "notes": [{ "title": "a", "id": 1 }, { "title": "c", "id": 3 }] });
        assert_eq!(cluster.lists().await, vec![expected; 4]);
        let made = cluster.call("POST", &cluster.gateway("/note"), &json!({ "title": "d" })).await;
        assert_eq!(made.json()["id"], json!(4), "ids are never used again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_say_who_served_them() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    let url = cluster.gateway("/note");
    for wanted in ["3", "1", "3"] {
        let got = cluster.http.send("GET", &url, &[("x-replica", wanted)], "").await;
        assert_eq!(got.header("x-served-by"), wanted);
        assert!(!got.header("x-trace-id").is_empty());
    }
    let mut served: Vec<String> = Vec::new();
    for _ in 0..4 {
        served.push(cluster.http.get(&url).await.header("x-served-by").to_owned());
    }
    served.sort();
    assert_eq!(served, ["1", "2", "3", "4"], "the gateway takes them in turn");
    let straight = cluster.http.get(&cluster.replica(2, "/note")).await;
    assert_eq!(straight.header("x-served-by"), "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledgement_policies_are_taken_per_request() {
    let cluster = Cluster::memory(Mode::LocalWrite).await;
    for policy in ["all", "majority", "primary"] {
        for door in cluster.doors() {
            let headers = [("content-type", "application/json"), ("x-ack", policy)];
            let url = format!("{door}/note");
            let got = cluster.http.send("POST", &url, &headers, r#"{"title":"t"}"#).await;
            assert_eq!(got.status, 201, "{policy} at {door}: {got:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_with_the_same_key_is_done_once() {
    for mode in MODES {
        let cluster = Cluster::memory(mode).await;
        let url = cluster.gateway("/note/1");
        let keyed = |key: &'static str, body: &'static str| {
            let (http, url) = (cluster.http.clone(), url.clone());
            let headers = [("content-type", "application/json"), ("idempotency-key", key), ("x-replica", "2")];
            async move { http.send("PATCH", &url, &headers, body).await.pair() }
        };
        cluster.call("POST", &cluster.gateway("/note"), &json!({ "title": "t" })).await;
        for (key, body) in [("k-1", "{\"body\":\"a\"}"), ("k-2", "{\"body\":\"b\"}"), ("k-1", "{\"body\":\"a\"}")] {
            assert_eq!(keyed(key, body).await, (200, json!({ "res": true })), "{mode:?}");
        }
        everywhere(&cluster, 1, Some(json!({ "title": "t", "body": "b", "id": 1 }))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_is_retried_with_the_same_id() {
    for mode in MODES {
        let cluster = Cluster::memory(mode).await;
        for replica in ["2", "1", "2"] {
            let headers = [("content-type", "application/json"), ("idempotency-key", "k-1"), ("x-replica", replica)];
            let got = cluster.http.send("POST", &cluster.gateway("/note"), &headers, r#"{"title":"t"}"#).await;
            assert_eq!(got.pair(), (201, json!({ "res": true, "id": 1 })), "at {replica} in {mode:?}");
        }
        assert_eq!(cluster.lists().await[2]["notes"].as_array().map(Vec::len), Some(1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_used_for_another_request_does_not_stand_in_its_way() {
    for mode in MODES {
        let cluster = Cluster::memory(mode).await;
        let requests = [
            ("POST", "/note", r#"{"title":"a"}"#, json!({ "res": true, "id": 1 })),
            ("POST", "/note", r#"{"title":"b"}"#, json!({ "res": true, "id": 2 })),
            ("PATCH", "/note/1", r#"{"title":"c"}"#, json!({ "res": true })),
            ("PATCH", "/note/2", r#"{"title":"c"}"#, json!({ "res": true })),
            ("PUT", "/note/2", r#"{"title":"c"}"#, json!({ "res": true })),
            ("DELETE", "/note/1", "", json!({ "res": true })),
        ];
        // The second round goes straight to the replica that served the first: it is the same operation there.
        for door in [cluster.gateway(""), cluster.replica(2, "")] {
            for (method, path, body, expected) in &requests {
                let headers = [("content-type", "application/json"), ("idempotency-key", "k-1"), ("x-replica", "2")];
                let got = cluster.http.send(method, &format!("{door}{path}"), &headers, *body).await;
                assert_eq!(&got.json(), expected, "{method} {path} at {door} in {mode:?}");
            }
        }
        everywhere(&cluster, 1, None).await;
        everywhere(&cluster, 2, Some(json!({ "title": "c", "id": 2 }))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_sent_twice_at_once_makes_one_note() {
    for mode in MODES {
        let cluster = Cluster::memory(mode).await;
        let url = cluster.gateway("/note");
        for round in 0..10 {
            let key = format!("k-{round}");
            let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str())];
            let send = || cluster.http.send("POST", &url, &headers, r#"{"title":"t"}"#);
            let (one, other) = tokio::join!(send(), send());
            assert_eq!(one.pair(), other.pair(), "{mode:?}");
            assert_eq!(one.pair(), (201, json!({ "res": true, "id": round + 1 })), "{mode:?}");
        }
        assert_eq!(cluster.lists().await[2]["notes"].as_array().map(Vec::len), Some(10));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mode_is_switched_with_all_notes_kept() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    cluster.call("POST", &cluster.gateway("/note"), &json!({ "title": "kept" })).await;
    for (door, mode) in cluster.doors().into_iter().zip(["local-write", "remote-write", "local-write"]) {
        let got = cluster.call("PUT", &format!("{door}/cluster/mode"), &json!({ "mode": mode })).await;
        assert_eq!(got.status, 200, "{door}: {got:?}");
        let url = cluster.gateway("/note/1");
        assert_eq!(cluster.call("PATCH", &url, &json!({ "body": mode })).await.status, 200);
        assert_eq!(cluster.http.get(&cluster.gateway("/cluster")).await.json()["mode"], json!(mode));
        everywhere(&cluster, 1, Some(json!({ "title": "kept", "body": mode, "id": 1 }))).await;
    }
    let bad = cluster.call("PUT", &cluster.gateway("/cluster/mode"), &json!({ "mode": "both" })).await;
    assert_eq!((bad.status, &bad.json()["code"]), (422, &json!("bad_mode")));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_replica_is_a_cluster_too() {
    for mode in MODES {
        let cluster = Cluster::start(super::cluster::config(mode, 1, None), backend::feed::Room::default()).await;
        life(&cluster, &cluster.server.home(), 1).await;
        life(&cluster, &cluster.replica(1, ""), 2).await;
    }
}
