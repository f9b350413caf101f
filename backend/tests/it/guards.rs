//! What keeps strangers out: hosts, origins, the cluster's secret; and the page's own headers.

use backend::feed::Room;
use serde_json::json;
use shared::config::{Config, Mode};

use super::cluster::{Cluster, config};
use super::raw;

#[tokio::test(flavor = "multi_thread")]
async fn only_own_names_are_served() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    for door in cluster.doors() {
        for path in ["/", "/note", "/nothing"] {
            let got = cluster.http.send("GET", &format!("{door}{path}"), &[("host", "evil.example")], "").await;
            assert_eq!((got.status, got.json()["code"].as_str()), (421, Some("wrong_host")), "{door}{path}");
        }
        for host in ["localhost", "LOCALHOST:1", "127.0.0.1:9", "[::1]:9988", "192.168.0.7"] {
            let got = cluster.http.send("GET", &format!("{door}/note"), &[("host", host)], "").await;
            assert_eq!(got.status, 200, "{host} at {door}");
        }
    }
}

/// A container's name, one of the local network, a tunnel's, and what a proxy calls those behind it.
#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_told_the_key_and_an_address_that_works() {
    let called = ["baton", "box.local", "abc123.tunnel.example"];
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    for door in cluster.doors() {
        for host in called {
            let got = cluster.http.send("GET", &format!("{door}/note"), &[("host", &format!("{host}:80"))], "").await;
            assert_eq!(got.status, 421, "{host} at {door}");
            let said = got.json()["msg"].as_str().expect("a sentence").to_owned();
            assert!(said.contains(&format!("add \"{host}\" to the list `names` in its config.json")), "{said}");
            let works = said.split_once(", or use ").expect("an address").1.trim_end_matches('.');
            assert_eq!(works, door);
        }
    }
    let names = called.map(|name| name.parse().expect("a host")).to_vec();
    let cluster = Cluster::start(Config { names, ..config(Mode::RemoteWrite, 2, None) }, Room::default()).await;
    for door in cluster.doors() {
        for (host, status) in [(called[0], 200), (called[1], 200), (called[2], 200), ("evil.example", 421)] {
            let got = cluster.http.send("GET", &format!("{door}/note"), &[("host", host)], "").await;
            assert_eq!(got.status, status, "{host} at {door}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_checks_of_the_time_before_the_header_are_answered() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    for door in cluster.doors() {
        for (request, status) in [
            ("GET /note HTTP/1.0\r\n\r\n", 200),
            ("HEAD /note HTTP/1.0\r\n\r\n", 200),
            ("OPTIONS /note HTTP/1.0\r\n\r\n", 204),
            ("GET /note HTTP/1.0\r\nhost: evil.example\r\n\r\n", 421),
            ("GET /note HTTP/1.1\r\nconnection: close\r\n\r\n", 400),
            ("POST /note HTTP/1.0\r\norigin: http://evil.example\r\ncontent-length: 0\r\n\r\n", 403),
        ] {
            let answer = raw::exchange(&door, request);
            assert_eq!(raw::status(&answer), status, "{request:?} at {door}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_of_other_sites_are_refused() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    for door in cluster.doors() {
        for header in [("origin", "http://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
            let headers = [("content-type", "application/json"), header];
            let got = cluster.http.send("POST", &format!("{door}/note"), &headers, r#"{"title":"t"}"#).await;
            assert_eq!((got.status, got.json()["code"].as_str()), (403, Some("cross_site")), "{header:?} at {door}");
        }
    }
    let own = [("content-type", "application/json"), ("sec-fetch-site", "same-origin")];
    let got = cluster.http.send("POST", &cluster.gateway("/note"), &own, r#"{"title":"t"}"#).await;
    assert_eq!(got.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_heads_and_messages_are_not_believed() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    let head = json!({
        "message": "gateway-1", "to": "r2", "trace": "forged",
        "stamp": { "lamport": 1_000_000, "vector": [1_000_000, 0, 0, 0, 0] }
    });
    let head = head.to_string();
    let url = cluster.replica(2, "/note");
    for secret in ["", "0000", &"0".repeat(64)] {
        let headers = [
            ("content-type", "application/json"),
            ("x-baton-secret", secret),
            ("x-baton-head", &head),
            ("x-baton-operation", "forged"),
        ];
        let got = cluster.http.send("POST", &url, &headers, r#"{"title":"t"}"#).await;
        assert_eq!(got.status, 201);
        assert_ne!(got.header("x-trace-id"), "forged");
        assert_eq!(got.header("x-baton-head"), "", "it counts as a client that came straight here");
        let got = cluster.http.send("POST", &cluster.replica(2, "/peer"), &headers, "[]").await;
        assert_eq!((got.status, got.json()["code"].as_str()), (403, Some("not_a_peer")));
    }
    let mut frames = cluster.http.events(&cluster.gateway("/events"), None).await;
    let snapshot = frames.next().await.expect("a snapshot");
    assert!(!snapshot.data.contains("forged"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_safe_headers() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    for door in cluster.doors() {
        for path in ["/", "/note", "/note/0", "/nothing"] {
            let got = cluster.http.get(&format!("{door}{path}")).await;
            assert_eq!(got.header("x-content-type-options"), "nosniff", "{door}{path}");
            assert!(got.header("content-security-policy").contains("default-src 'none'"), "{door}{path}");
            assert!(got.header("content-security-policy").contains("frame-ancestors 'none'"), "{door}{path}");
            assert_eq!(got.header("cross-origin-resource-policy"), "same-origin", "{door}{path}");
            assert_eq!(got.header("access-control-allow-origin"), "", "{door}{path}");
        }
    }
    let page = cluster.http.get(&cluster.gateway("/")).await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.header("content-security-policy").contains("connect-src 'self'"));
    let replica = cluster.http.get(&cluster.replica(3, "/")).await;
    assert!(replica.text.contains("replica R3") && replica.text.contains(&cluster.server.home()), "{}", replica.text);
}
