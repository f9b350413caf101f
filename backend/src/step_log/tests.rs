use std::fs;
use std::time::{Duration, SystemTime};

use shared::event::EventKind;
use shared::id::Node;
use shared::recorder::Recorder;
use shared::request::{Method, Request};
use shared::time::Micros;

use super::*;

fn event(at: Micros, path: &str) -> Event {
    let request = Request { method: Method::Get, path: path.to_owned(), body: serde_json::json!({}) };
    Recorder::new(Node::Gateway, 1).local(at, None, None, EventKind::ClientRequest { request })
}

fn unix() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is after 1970").as_secs()
}

/// A machine that sleeps, or whose clock is set, has another time than that of its start and what has passed since.
#[tokio::test]
async fn lines_have_the_time_of_the_wall_clock() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let path = place.path().join("log.txt");
    let clock = Clock::start().0;
    let (lines, log) = open(Some(&path), clock, false).expect("a writable folder");
    let before = unix();
    lines.take(&event(clock.now(), "/note"));
    // Told late: it is of an earlier time.
    lines.take(&event(Micros(0), "/note/1"));
    let after = unix();
    log.end().await;
    let text = fs::read_to_string(&path).expect("there is a log");
    let stamps: Vec<&str> =
        text.lines().filter_map(|line| line.split_once(" CLIENT")).map(|(stamp, _)| stamp).collect();
    let between = |from: u64, to: u64| (from..=to).map(steplog::stamp).collect::<Vec<_>>();
    assert!(between(before, after).contains(&stamps[0].to_owned()), "{text}");
    assert!(between(before - 1, after).contains(&stamps[1].to_owned()), "{text}");
}

#[tokio::test]
async fn what_finds_no_room_is_counted_where_it_is_missing() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let path = place.path().join("log.txt");
    let (lines, log) = open(Some(&path), Clock::start().0, false).expect("a writable folder");
    log.state.tally.enter(WAITING_BYTES, WAITING_BYTES, 0, || true);
    for _ in 0..3 {
        lines.take(&event(Micros(0), "/note"));
    }
    log.state.tally.leave(WAITING_BYTES);
    lines.take(&event(Micros(0), "/note/1"));
    log.end().await;
    let text = fs::read_to_string(&path).expect("there is a log");
    assert!(text.starts_with("... 3 lines are missing here: the disk was too slow\n["), "{text}");
    assert_eq!(text.lines().count(), 2);
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_full_disk_did_not_take_is_counted_when_it_works_again() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let path = place.path().join("log.txt");
    std::os::unix::fs::symlink("/dev/full", &path).expect("a writable folder");
    let mut file = LogFile::open(&path).expect("it is there");
    file.write("one\ntwo\n");
    file.write("three\n");
    fs::remove_file(&path).expect("it is there");
    file.reopen();
    file.write("four\n");
    let text = fs::read_to_string(&path).expect("there is a log");
    assert_eq!(text, "... 3 lines are missing here: the disk was full\nfour\n");
}

/// An ended log takes no more, and nobody waits for it.
#[tokio::test]
async fn it_ends_with_whoever_fills_it() {
    let (lines, log) = open(None, Clock::start().0, false).expect("there is nothing to open");
    lines.take(&event(Micros(0), "/note"));
    drop(lines);
    tokio::time::timeout(Duration::from_mins(1), log.end()).await.expect("it ends");
}
