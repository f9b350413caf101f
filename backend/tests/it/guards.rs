//! What keeps strangers out: hosts, origins, the cluster's secret; and the page's own headers.

use serde_json::json;
use shared::config::Mode;

use super::cluster::Cluster;

#[tokio::test(flavor = "multi_thread")]
async fn only_own_names_are_served() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    for door in cluster.doors() {
        for path in ["/", "/note", "/nothing"] {
            let got = cluster.http.send("GET", &format!("{door}{path}"), &[("host", "evil.example")], "").await;
            assert_eq!((got.status, got.json()["code"].as_str()), (421, Some("wrong_host")), "{door}{path}");
        }
        for host in ["localhost", "LOCALHOST:1", "127.0.0.1:9", "[::1]:9988"] {
            let got = cluster.http.send("GET", &format!("{door}/note"), &[("host", host)], "").await;
            assert_eq!(got.status, 200, "{host} at {door}");
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
