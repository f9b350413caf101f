//! Where a process may have few files and connections open: viewers and clients are refused first, and in words.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};
use shared::config::Mode;
use tokio::task::block_in_place;

use super::http::Http;
use super::process::{Baton, config, failure, limited};
use super::raw::{connect, status};

/// How many files and connections macOS gives a process.
const FILES: usize = 256;
const VIEWERS: usize = 230;
const WRITES: usize = 30;

/// Asks for the events and returns the connection with the beginning of what it heard; nothing when it was cut off.
fn watch(door: &str) -> (TcpStream, String) {
    let mut stream = connect(door);
    let mut heard = vec![0; 2_048];
    let asked = stream.write_all(b"GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let count = asked.and_then(|()| stream.read(&mut heard)).unwrap_or(0);
    (stream, String::from_utf8_lossy(&heard[..count]).into_owned())
}

async fn write(http: &Http, door: &str, number: usize) {
    let made = http.call("POST", &format!("{door}/note"), Some(&json!({ "title": format!("Note {number}") }))).await;
    assert_eq!(made.status, 201, "write {number} at {door}: {made:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_go_on_when_more_watch_than_there_is_room_for() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let config = config(Mode::LocalWrite, 4);
    let baton = Baton::start(&mut limited(place.path(), &config, FILES));
    let doors: Vec<String> = config["replicas"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .map(|address| format!("http://{address}"))
        .chain([baton.home.clone(), baton.home.clone()])
        .collect();
    let viewers: Vec<(TcpStream, String)> = block_in_place(|| (0..VIEWERS).map(|_| watch(&baton.home)).collect());
    let of = |wanted| viewers.iter().filter(|(_, heard)| status(heard) == wanted).count();
    let (watching, refused) = (of(200), of(503));
    assert!(watching >= 16 && watching + refused == VIEWERS, "{watching} watch, {refused} are refused");
    for (_, heard) in viewers.iter().filter(|(_, heard)| status(heard) == 503) {
        assert!(heard.contains("retry-after: 1\r\n") && heard.contains("\"code\":\"too_many_viewers\""), "{heard}");
    }
    let http = Http::new();
    for number in 0..WRITES {
        write(&http, &doors[number % doors.len()], number).await;
    }
    // Many at once, each on a connection of its own.
    let crowd = (0..WRITES).map(|number| {
        let (door, http) = (doors[number % doors.len()].clone(), Http::new());
        tokio::spawn(async move {
            let made = http.call("POST", &format!("{door}/note"), Some(&json!({ "title": "t" }))).await;
            assert!(
                matches!((made.status, made.json()["code"].as_str()), (201, None) | (503, Some("refused"))),
                "{made:?}"
            );
            made.status == 201
        })
    });
    let mut done = WRITES;
    for write in crowd.collect::<Vec<_>>() {
        done += usize::from(write.await.expect("it is answered"));
    }
    let list = http.get(&format!("{}/note", baton.home)).await.json();
    assert_eq!(list["notes"].as_array().map(Vec::len), Some(done), "what was refused was not done");
    drop(viewers);
    write(&http, &baton.home, 0).await;
}

#[test]
fn too_few_files_are_refused_at_the_start() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let (code, said) = failure(&mut limited(place.path(), &config(Mode::RemoteWrite, 4), 64));
    assert_eq!(code, Some(1));
    assert!(
        said.starts_with("baton: 64 files and connections may be open at once") && said.contains("`ulimit -n "),
        "{said}"
    );
}
