//! Read levels and sessions over HTTP, through every door.

use serde_json::json;

use super::cluster::{Cluster, MODES};

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test(flavor = "multi_thread")]
async fn every_door_reads_at_every_level_what_was_just_written_elsewhere() {
    for mode in MODES {
        let cluster = Cluster::memory(mode).await;
        cluster.call("POST", &cluster.replica(2, "/note"), &json!({ "title": "old" })).await;
        // A majority has this; which of the others have it already is chance.
        let headers = [JSON, ("x-ack", "majority")];
        let wrote = cluster.http.send("PATCH", &cluster.replica(3, "/note/1"), &headers, r#"{"title":"new"}"#).await;
        assert_eq!(wrote.status, 200);
        let session = wrote.header("x-session").to_owned();
        for door in cluster.doors() {
            for level in ["linearizable", "session"] {
                let headers = [("x-read", level), ("x-session", session.as_str())];
                let one = cluster.http.send("GET", &format!("{door}/note/1"), &headers, "").await;
                assert_eq!(one.pair(), (200, json!({ "res": true, "note": { "title": "new", "id": 1 } })), "{level}");
                let list = cluster.http.send("GET", &format!("{door}/note"), &headers, "").await;
                assert_eq!(list.json()["notes"], json!([{ "title": "new", "id": 1 }]), "{level} {door}");
                assert!(!list.header("x-session").is_empty(), "{list:?}");
                let none = cluster.http.send("GET", &format!("{door}/note/9"), &headers, "").await;
                assert_eq!((none.status, &none.json()["code"]), (404, &json!("unknown_note")), "{level} {door}");
            }
            let committed = cluster.http.send("GET", &format!("{door}/note/1"), &[("x-read", "committed")], "").await;
            assert_eq!(committed.status, 200, "{door}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_nobody_has_reached_is_refused_and_broken_headers_are_named() {
    let cluster = Cluster::memory(MODES[0]).await;
    for door in [cluster.gateway("/note"), cluster.replica(2, "/note")] {
        for (name, value) in [("x-read", "strong"), ("x-session", "17"), ("x-session", "0:store@x")] {
            let got = cluster.http.send("GET", &door, &[(name, value)], "").await;
            assert_eq!((got.status, &got.json()["code"]), (400, &json!("bad_header")), "{name}: {value}");
        }
    }
    let headers = [("x-read", "session"), ("x-session", "0:store@99")];
    let ahead = cluster.http.send("GET", &cluster.replica(2, "/note"), &headers, "").await;
    assert_eq!((ahead.status, &ahead.json()["code"]), (503, &json!("refused")));
    assert_eq!(ahead.header("x-session"), "0:store@99", "nothing is forgotten");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_that_is_asked_twice_at_once_at_two_replicas_makes_one_note() {
    for mode in MODES {
        let cluster = Cluster::memory(mode).await;
        let headers = [JSON, ("idempotency-key", "one and only")].map(|(name, value)| (name, value.replace(' ', "-")));
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let ask = |id: usize| {
            let (http, url, headers) = (cluster.http.clone(), cluster.replica(id, "/note"), headers.clone());
            async move { http.send("POST", &url, &headers, r#"{"title":"t"}"#).await }
        };
        let (one, two, three) = tokio::join!(ask(1), ask(3), ask(4));
        for got in [one, two, three, ask(2).await] {
            assert_eq!(got.pair(), (201, json!({ "res": true, "id": 1 })), "{mode:?}");
        }
        for list in cluster.lists().await {
            assert_eq!(list["notes"].as_array().map(Vec::len), Some(1), "{mode:?}");
        }
    }
}
