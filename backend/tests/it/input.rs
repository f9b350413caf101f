//! Input that is unusual, and what it means: each case has one answer, at every door.

use serde_json::{Value, json};
use shared::config::Mode;
use tokio::task::block_in_place;

use super::cluster::Cluster;
use super::raw::{connect, exchange, request, rest_of, status};

const JSON: &str = "content-type: application/json";

/// Sends a request of raw bytes; returns the status and the code, if any.
fn ask(door: &str, request: Vec<u8>) -> (u16, String) {
    let answer = block_in_place(|| exchange(door, request));
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    (status(&answer), body["code"].as_str().unwrap_or_default().to_owned())
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_means_one_thing_or_is_refused() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    let marked = "\u{feff}{\"title\":\"marked\"}";
    let deep = format!("{{\"title\":{}{}}}", "[".repeat(200), "]".repeat(200));
    let long = format!("{{\"title\":\"t\",\"body\":{}}}", "9".repeat(5_000));
    let cases: &[(&[&str], Vec<u8>, u16, &str)] = &[
        (&[JSON], marked.into(), 201, ""),
        (&["content-type: application/json; charset=UTF-8"], marked.into(), 201, ""),
        (&["content-type: application/json; charset=\"utf-8\""], marked.into(), 201, ""),
        (&[JSON, "content-encoding: identity"], marked.into(), 201, ""),
        (&[JSON], "{\"title\":\"a\",\"title\":\"b\"}".into(), 400, "duplicate_key"),
        (&[JSON], "{\"title\":\"a\",\"t\\u0069tle\":\"a\"}".into(), 400, "duplicate_key"),
        (&[JSON], "{\"title\":{\"a\":1,\"a\":1}}".into(), 400, "duplicate_key"),
        (&[JSON, "content-encoding: gzip"], b"\x1f\x8b\x08\0".to_vec(), 415, "content_encoding"),
        (&[JSON, "content-encoding: gzip"], "{\"title\":\"t\"}".into(), 415, "content_encoding"),
        (&[JSON, "content-encoding: identity, br"], "{\"title\":\"t\"}".into(), 415, "content_encoding"),
        (&["content-type: application/json; charset=utf-16"], utf16("{\"title\":\"t\"}"), 415, "content_type"),
        (&["content-type: application/json; charset=latin1"], "{\"title\":\"t\"}".into(), 415, "content_type"),
        (&[JSON, "content-type: text/plain"], "{\"title\":\"t\"}".into(), 415, "content_type"),
        (&[JSON], utf16("\u{feff}{\"title\":\"t\"}"), 400, "not_json"),
        (&[JSON], b"{\"title\":\"\xff\"}".to_vec(), 400, "not_json"),
        (&[JSON], "\u{feff}\u{feff}{\"title\":\"t\"}".into(), 400, "not_json"),
        (&[JSON], "{\"title\":\"\\ud800\"}".into(), 400, "not_json"),
        (&[JSON], "{\"title\":NaN}".into(), 400, "not_json"),
        (&[JSON], "{\"title\":1e999}".into(), 400, "not_json"),
        (&[JSON], "{\"title\":-0}".into(), 422, "wrong_type"),
        (&[JSON], long.into(), 400, "not_json"),
        (&[JSON], deep.into(), 400, "not_json"),
        (&[JSON, "idempotency-key: a", "idempotency-key: b"], marked.into(), 400, "bad_header"),
        (&[JSON, "x-ack: all", "x-ack: primary"], marked.into(), 400, "bad_header"),
    ];
    let mut made = 0;
    for door in cluster.doors() {
        for (headers, body, status, code) in cases {
            let got = ask(&door, request("POST", "/note", headers, body));
            assert_eq!((got.0, got.1.as_str()), (*status, *code), "{headers:?} {:?}", String::from_utf8_lossy(body));
            made += usize::from(*status == 201);
        }
        let switch = request("PUT", "/cluster/mode", &[JSON], "{\"mode\":\"local-write\",\"mode\":1}");
        assert_eq!(ask(&door, switch), (400, "duplicate_key".to_owned()));
    }
    for list in cluster.lists().await {
        let notes = list["notes"].as_array().expect("a list");
        assert_eq!(notes.len(), made, "what was refused has changed nothing");
        assert!(notes.iter().all(|note| note["title"] == "marked"), "the mark is no part of it: {list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_may_be_written_in_several_ways() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    cluster.call("POST", &cluster.gateway("/note"), &json!({ "title": "t" })).await;
    for door in cluster.doors() {
        for (path, status, code) in [
            ("/note/%31", 200, ""),
            ("/%6eote/1", 200, ""),
            ("/%6Eote/%31/", 200, ""),
            ("/note/1?x=1&x=2", 200, ""),
            ("/note/1%2F", 400, "bad_id"),
            ("/note/%2531", 400, "bad_id"),
            ("/note/-0", 400, "bad_id"),
            ("/note/%EF%BC%91", 400, "bad_id"),
            ("/note/%", 400, "bad_id"),
            ("/note/%zz", 400, "bad_id"),
            ("/note//", 400, "bad_id"),
            ("/note//1", 404, "unknown_path"),
            ("//note/1", 404, "unknown_path"),
        ] {
            let got = ask(&door, request("GET", path, &[], ""));
            assert_eq!((got.0, got.1.as_str()), (status, code), "{path} at {door}");
        }
    }
    let patched = request("PATCH", "/note/%31", &[JSON], r#"{"title":"new"}"#);
    assert_eq!(ask(&cluster.gateway(""), patched).0, 200);
    assert_eq!(cluster.http.get(&cluster.replica(3, "/note/1")).await.json()["note"]["title"], "new");
    for path in ["/events?last=1&last=2", "/events?from=1&trace=a", "/events?last=-0", "/events?last=1e3"] {
        assert_eq!(cluster.http.get(&cluster.gateway(path)).await.status, 400, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn options_tells_what_a_path_takes() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    let all: &[(&str, &str)] = &[
        ("/note", "GET, HEAD, POST, OPTIONS"),
        ("/note/", "GET, HEAD, POST, OPTIONS"),
        ("/note/1", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"),
        ("/cluster/mode", "PUT, OPTIONS"),
    ];
    let front = [
        ("/cluster", "GET, HEAD, OPTIONS"),
        ("/cluster/gate", "GET, HEAD, PUT, OPTIONS"),
        ("/cluster/gate/r1-1", "POST, OPTIONS"),
        ("/events", "GET, HEAD, OPTIONS"),
        ("/", "GET, HEAD, OPTIONS"),
    ];
    for (index, door) in cluster.doors().iter().enumerate() {
        let own: &[(&str, &str)] = if index == 0 { &front } else { &[("/", "GET, HEAD, OPTIONS")] };
        for (path, allow) in all.iter().chain(own) {
            let got = cluster.http.send("OPTIONS", &format!("{door}{path}"), &[], "").await;
            assert_eq!((got.status, got.header("allow"), got.text.as_str()), (204, *allow, ""), "{path} at {door}");
            let wrong = cluster.http.send("FOO", &format!("{door}{path}"), &[], "").await;
            assert_eq!((wrong.status, wrong.header("allow")), (405, *allow), "{path} at {door}");
        }
        let nothing = cluster.http.send("OPTIONS", &format!("{door}/nothing"), &[], "").await;
        assert_eq!((nothing.status, nothing.json()["code"].as_str()), (404, Some("unknown_path")));
        let whole = block_in_place(|| exchange(door, request("OPTIONS", "*", &[], "")));
        assert_eq!(status(&whole), 204, "of the server as a whole: {whole}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_far_too_much_hears_that_it_is_too_much() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    let body = vec![b'x'; 20_000_000];
    for door in cluster.doors() {
        let long = request("POST", "/note", &[JSON], &body);
        assert_eq!(ask(&door, long), (413, "too_large".to_owned()), "at {door}");
        let mut chunked = request("POST", "/note", &[JSON, "transfer-encoding: chunked"], "");
        for part in body.chunks(1_000_000) {
            chunked.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
            chunked.extend_from_slice(part);
            chunked.extend_from_slice(b"\r\n");
        }
        chunked.extend_from_slice(b"0\r\n\r\n");
        assert_eq!(ask(&door, chunked), (413, "too_large".to_owned()), "in chunks at {door}");
        // Whoever is refused for another reason, and nobody reads what it sends.
        let nowhere = request("POST", "/nothing", &[JSON], &body);
        assert_eq!(ask(&door, nowhere), (404, "unknown_path".to_owned()), "at {door}");
        let foreign = request("POST", "/note", &[JSON, "origin: http://evil.example"], &body);
        assert_eq!(ask(&door, foreign), (403, "cross_site".to_owned()), "at {door}");
        let expected = request("POST", "/note", &[JSON, "expect: 100-continue", "content-length: 20000000"], "");
        let answer = block_in_place(|| exchange(&door, expected));
        assert_eq!(status(&answer), 413, "it need not send it at all: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_may_come_in_chunks_with_trailers_and_be_announced() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    for door in cluster.doors() {
        let mut chunked = request("POST", "/note", &[JSON, "transfer-encoding: chunked", "trailer: x-sum"], "");
        chunked.extend_from_slice(b"5;a=b\r\n{\"tit\r\n8\r\nle\":\"t\"}\r\n0\r\nx-sum: 1\r\n\r\n");
        assert_eq!(ask(&door, chunked).0, 201, "in chunks at {door}");
        let announced = request("POST", "/note", &[JSON, "expect: 100-continue"], r#"{"title":"t"}"#);
        let answer = block_in_place(|| exchange(&door, announced));
        assert!(answer.starts_with("HTTP/1.1 100 ") && answer.contains("HTTP/1.1 201 "), "{answer}");
        let other = request("POST", "/note", &[JSON, "transfer-encoding: gzip, chunked"], "");
        assert_eq!(ask(&door, [other, b"0\r\n\r\n".to_vec()].concat()), (501, "transfer_encoding".to_owned()));
        let head = block_in_place(|| exchange(&door, request("HEAD", "/note/1", &[], "")));
        assert!(status(&head) == 200 && head.ends_with("\r\n\r\n"), "{head}");
        // A client that sends nothing and closes gets nothing.
        let silent = connect(&door);
        silent.shutdown(std::net::Shutdown::Write).expect("it is open");
        assert_eq!(block_in_place(|| rest_of(silent)), "");
    }
}
