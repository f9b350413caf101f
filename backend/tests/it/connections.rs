//! Connections: how long a head may be, how many there may be, and clients that end their side early.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;
use shared::config::Mode;
use tokio::task::block_in_place;
use tokio::time::Instant;

use super::cluster::Cluster;
use super::raw::{connect, exchange, exchange_half_closed, request, status};

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(10);
/// More than one port serves at once.
const CROWD: usize = 2_177;

#[tokio::test(flavor = "multi_thread")]
async fn a_head_over_32_kib_is_refused_and_its_sender_hears_that() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    for door in cluster.doors() {
        for (size, expected) in [(30_000, 200), (33_000, 431), (300_000, 431), (3_000_000, 431)] {
            let line = format!("x-long: {}", "a".repeat(size));
            let answer = block_in_place(|| exchange(&door, request("GET", "/note", &[&line], "")));
            assert_eq!(status(&answer), expected, "{size} bytes at {door}: {answer}");
        }
        let many: Vec<String> = (0..3_000).map(|n| format!("x-{n}: a")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let answer = block_in_place(|| exchange(&door, request("GET", "/note", &many, "")));
        assert_eq!(status(&answer), 431, "many lines at {door}: {answer}");
    }
}

/// Opens a crowd of connections, no faster than they are accepted.
fn crowd(door: &str) -> Vec<TcpStream> {
    let open = |number| {
        let mut stream = connect(door);
        // They are accepted in order: an answer says that all before it have been.
        if number % 64 == 0 && number < CROWD - 200 {
            stream.write_all(b"GET /nothing HTTP/1.1\r\nhost: localhost\r\n\r\n").expect("there is room");
            assert!(stream.read(&mut [0; 512]).expect("it answers") > 0);
        }
        stream
    };
    (0..CROWD).map(open).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_make_nobody_wait() {
    let cluster = Cluster::memory(Mode::RemoteWrite).await;
    for door in [cluster.gateway(""), cluster.replica(2, "")] {
        // All are younger than that when the answer comes: nobody has waited for an idle one to be given up.
        let given_up = Instant::now() + IDLE;
        let idle = block_in_place(|| crowd(&door));
        let list = format!("{door}/note");
        let got = tokio::time::timeout_at(given_up, cluster.http.get(&list)).await;
        assert_eq!(got.expect("the idle ones do not stand in the way").status, 200);
        let (front, note) = (cluster.gateway("/note"), json!({ "title": "t" }));
        let made = tokio::time::timeout_at(given_up, cluster.call("POST", &front, &note)).await;
        assert_eq!(made.expect("nor between the parts").status, 201);
        drop(idle);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_closes_its_sending_side_hears_the_answer() {
    let cluster = Cluster::disk(Mode::RemoteWrite).await;
    let mut made = 0;
    for door in cluster.doors() {
        for _ in 0..6 {
            let post = request("POST", "/note", &["content-type: application/json"], r#"{"title":"t"}"#);
            let answer = block_in_place(|| exchange_half_closed(&door, post));
            assert_eq!(status(&answer), 201, "write {made} at {door}: {answer:?}");
            made += 1;
        }
        let answer = block_in_place(|| exchange_half_closed(&door, request("GET", "/note", &[], "")));
        assert!(status(&answer) == 200 && answer.ends_with("]}"), "a list at {door}: {answer:?}");
    }
    for list in cluster.lists().await {
        assert_eq!(list["notes"].as_array().map(Vec::len), Some(made));
    }
}
