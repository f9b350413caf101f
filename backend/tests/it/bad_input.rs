//! Bad input: each gets a JSON error with a code and a sentence, changes nothing, and shows in the step log once.

use serde_json::json;
use shared::config::Mode;
use tokio::net::TcpStream;

use super::cluster::Cluster;

const JSON: &str = "application/json";
const BIG: &str = "18446744073709551616";

/// Returns all that must be refused: method, path, content type, body, expected status and code.
fn cases() -> Vec<(&'static str, String, &'static str, String, u16, &'static str)> {
    let note = |id: &str| format!("/note/{id}");
    let body = |text: &str| text.to_owned();
    let title = |size: usize| json!({ "title": "é".repeat(size) }).to_string();
    let mut cases = vec![
        ("POST", body("/note"), JSON, body("{"), 400, "not_json"),
        ("POST", body("/note"), JSON, body(""), 400, "not_json"),
        ("POST", body("/note"), "text/plain", body("{\"title\":\"t\"}"), 415, "content_type"),
        ("POST", body("/note"), "application/x-www-form-urlencoded", body("title=t"), 415, "content_type"),
        ("POST", body("/note"), JSON, body("{\"title\":\"t\",\"colour\":1}"), 422, "unknown_field"),
        ("POST", body("/note"), JSON, body("{\"title\":1}"), 422, "wrong_type"),
        ("POST", body("/note"), JSON, body("{\"title\":null}"), 422, "wrong_type"),
        ("POST", body("/note"), JSON, body("{\"title\":\" \"}"), 422, "empty_title"),
        ("POST", body("/note"), JSON, body("{\"body\":\"b\"}"), 422, "missing_title"),
        ("POST", body("/note"), JSON, body("[]"), 422, "not_an_object"),
        ("POST", body("/note"), JSON, title(201), 422, "too_long"),
        ("POST", body("/note"), JSON, json!({ "title": "t", "body": "b".repeat(10_001) }).to_string(), 422, "too_long"),
        ("POST", body("/note"), JSON, "x".repeat(64 * 1024 + 1), 413, "too_large"),
        ("PUT", body("/note/1"), JSON, body("{\"title\":\"\"}"), 422, "empty_title"),
        ("PATCH", body("/note/1"), JSON, body("{}"), 422, "no_fields"),
        ("PATCH", body("/note/1"), JSON, body("{\"id\":2}"), 422, "unknown_field"),
        ("PUT", body("/note"), JSON, body("{\"title\":\"t\"}"), 405, "method_not_allowed"),
        ("DELETE", body("/note"), "", body(""), 405, "method_not_allowed"),
        ("POST", body("/note/1"), JSON, body("{\"title\":\"t\"}"), 405, "method_not_allowed"),
        ("GET", body("/note/7"), "", body(""), 404, "unknown_note"),
        ("PATCH", body("/note/7"), JSON, body("{\"body\":\"b\"}"), 404, "unknown_note"),
        ("DELETE", body("/note/18446744073709551615"), "", body(""), 404, "unknown_note"),
        ("GET", body("/note/1/2"), "", body(""), 404, "unknown_path"),
    ];
    for id in ["0", "-1", "x", "1.5", "+1", BIG] {
        cases.push(("GET", note(id), "", body(""), 400, "bad_id"));
        cases.push(("PUT", note(id), JSON, body("{\"title\":\"t\"}"), 400, "bad_id"));
    }
    cases
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_at_every_door_and_changes_nothing() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    cluster.call("POST", &cluster.gateway("/note"), &json!({ "title": "kept" })).await;
    let mut refused = 0;
    for door in cluster.doors() {
        for (method, path, mime, body, status, code) in cases() {
            let got = cluster.http.send(method, &format!("{door}{path}"), &[("content-type", mime)], body).await;
            let said = got.json();
            assert_eq!((got.status, said["code"].as_str()), (status, Some(code)), "{method} {door}{path}");
            assert_eq!(said["res"], json!(false));
            assert!(said["msg"].as_str().is_some_and(|msg| msg.ends_with('.')), "{said}");
            if status == 405 {
                assert!(!got.header("allow").is_empty(), "{method} {path}");
            }
            refused += 1;
        }
    }
    let kept = json!({ "res": true, "notes": [{ "title": "kept", "id": 1 }] });
    assert_eq!(cluster.lists().await, vec![kept; 4]);
    let log = cluster.log().await;
    for end in ["CLIENT [REQUEST]", "CLIENT [REPLY]"] {
        let pairs = log.iter().filter(|line| line.starts_with(end)).count();
        assert_eq!(pairs, 1 + refused + 4, "each request has one pair of lines");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_and_paths_that_do_not_exist_are_json_errors() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    for door in cluster.doors() {
        for (method, path, status, code) in [
            ("FOO", "/note", 405, "method_not_allowed"),
            ("DELETE", "/cluster/mode", 405, "method_not_allowed"),
            ("GET", "/nothing", 404, "unknown_path"),
            ("POST", "/nothing", 404, "unknown_path"),
            ("GET", "/../secret", 404, "unknown_path"),
            ("GET", &format!("/note/{}", "1".repeat(2_000)), 414, "too_long_address"),
        ] {
            let got = cluster.http.send(method, &format!("{door}{path}"), &[], "").await;
            assert_eq!((got.status, got.json()["code"].as_str()), (status, Some(code)), "{method} {door}{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_headers_are_refused_before_anything_is_done() {
    let cluster = Cluster::memory(Mode::LocalWrite).await;
    let url = cluster.gateway("/note");
    for (name, value, code) in [
        ("x-replica", "0", "unknown_replica"),
        ("x-replica", "5", "unknown_replica"),
        ("x-replica", "one", "unknown_replica"),
        ("x-ack", "most", "bad_header"),
        ("idempotency-key", "", "bad_header"),
    ] {
        let headers = [("content-type", JSON), (name, value)];
        let got = cluster.http.send("POST", &url, &headers, r#"{"title":"t"}"#).await;
        assert_eq!((got.status, got.json()["code"].as_str()), (400, Some(code)), "{name}: {value}");
    }
    let straight = [("content-type", JSON), ("x-ack", "most")];
    let got = cluster.http.send("POST", &cluster.replica(1, "/note"), &straight, r#"{"title":"t"}"#).await;
    assert_eq!((got.status, got.json()["code"].as_str()), (400, Some("bad_header")));
    assert_eq!(cluster.lists().await, vec![json!({ "res": true, "notes": [] }); 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_announced_as_far_too_long_is_not_waited_for() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    for door in cluster.doors() {
        let stream = TcpStream::connect(door.trim_start_matches("http://")).await.expect("it listens");
        let head = "POST /note HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
        let request = format!("{head}content-length: 99999999999\r\n\r\n{{");
        stream.writable().await.expect("it is open");
        stream.try_write(request.as_bytes()).expect("there is room");
        stream.readable().await.expect("it is open");
        let mut start = [0; 12];
        stream.try_read(&mut start).expect("an answer");
        assert_eq!(&start, b"HTTP/1.1 413", "at {door}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limits_themselves_are_allowed() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    let note = json!({ "title": "é".repeat(200), "body": "가".repeat(10_000) });
    let made = cluster.call("POST", &cluster.gateway("/note"), &note).await;
    assert_eq!(made.status, 201, "{made:?}");
    let got = cluster.http.get(&cluster.replica(4, "/note/1")).await.json();
    assert_eq!((&got["note"]["title"], &got["note"]["body"]), (&note["title"], &note["body"]));
    let head = cluster.http.send("HEAD", &cluster.gateway("/note/1"), &[], "").await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
}
