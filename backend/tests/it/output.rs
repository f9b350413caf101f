//! What the server writes while it runs: the step log and the terminal, which nobody waits for.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use shared::config::Mode;

use super::http::{Got, Http};
use super::process::{Baton, command, config};

/// How many times something is tried that another process does in its own time.
const TRIES: usize = 10_000;

async fn post(http: &Http, baton: &Baton, note: &Value) -> Got {
    http.call("POST", &format!("{}/note", baton.home), Some(note)).await
}

fn lines_with(path: &Path, part: &str) -> usize {
    fs::read_to_string(path).map_or(0, |text| text.lines().filter(|line| line.contains(part)).count())
}

/// Ends the program; returns what it has said on stderr.
async fn end(baton: Baton, signal: &str) -> String {
    baton.signal(signal);
    let (status, said) = tokio::task::spawn_blocking(move || baton.end()).await.expect("it is our child");
    assert_eq!(status.code(), Some(0), "{said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_stands_still_stops_nothing() {
    for workers in ["1", "2"] {
        let place = tempfile::tempdir().expect("a temporary folder");
        let mut program = command(place.path(), &config(Mode::RemoteWrite, 3));
        // Its standard output is a pipe that nobody reads from here on, and holds 64 KiB.
        let baton = Baton::start(program.arg("-v").env("TOKIO_WORKER_THREADS", workers));
        let (http, note) = (Http::new(), json!({ "title": "t", "body": "b".repeat(5_000) }));
        for number in 0..60 {
            let made = post(&http, &baton, &note).await;
            assert_eq!(made.status, 201, "write {number} with {workers} workers: {made:?}");
        }
        end(baton, "TERM").await;
        let log = place.path().join("log/log.txt");
        assert_eq!(lines_with(&log, "CLIENT [REQUEST] [POST] /note"), 60, "the file has all, with {workers} workers");
        assert_eq!(lines_with(&log, "CLIENT [REPLY] [POST] /note"), 60);
    }
}

/// Writes notes until the program complains on stderr; returns what it says.
fn complaint(http: &Http, baton: &mut Baton) -> String {
    let (http, url) = (http.clone(), format!("{}/note", baton.home));
    let writing = tokio::spawn(async move {
        for _ in 0..TRIES {
            assert_eq!(http.call("POST", &url, Some(&json!({ "title": "t" }))).await.status, 201);
        }
    });
    let said = tokio::task::block_in_place(|| baton.complaint());
    writing.abort();
    said
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_under_the_log_is_complained_of_once_until_it_works_again() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let (link, log) = (place.path().join("link"), place.path().join("log.txt"));
    // There is never room on this device.
    std::os::unix::fs::symlink("/dev/full", &link).expect("a writable folder");
    let mut config = config(Mode::RemoteWrite, 2);
    config["log"] = json!("link");
    let mut baton = Baton::start(&mut command(place.path(), &config));
    let (http, note) = (Http::new(), json!({ "title": "t" }));
    let turn = |baton: &Baton, target: &Path| {
        fs::remove_file(&link).expect("it is there");
        std::os::unix::fs::symlink(target, &link).expect("a writable folder");
        baton.signal("HUP");
    };
    let first = complaint(&http, &mut baton);
    assert!(first.contains("cannot write the step log") && first.contains("make room on the disk"), "{first}");
    for _ in 0..9 {
        assert_eq!(post(&http, &baton, &note).await.status, 201);
    }
    turn(&baton, &log);
    let again = complaint(&http, &mut baton);
    assert!(again.contains("the step log is written again"), "one complaint is enough: {again}");
    let text = fs::read_to_string(&log).expect("the log is there");
    assert!(text.starts_with("... ") && text.contains(" lines are missing here"), "{text}");
    turn(&baton, Path::new("/dev/full"));
    let second = complaint(&http, &mut baton);
    assert!(second.contains("cannot write the step log"), "{second}");
    for _ in 0..9 {
        assert_eq!(post(&http, &baton, &note).await.status, 201);
    }
    assert_eq!(end(baton, "INT").await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hangup_opens_the_log_anew() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let (log, old) = (place.path().join("log/log.txt"), place.path().join("log/log.txt.1"));
    let baton = Baton::start(&mut command(place.path(), &config(Mode::RemoteWrite, 2)));
    let (http, first) = (Http::new(), json!({ "title": "first" }));
    assert_eq!(post(&http, &baton, &first).await.status, 201);
    while lines_with(&log, "[REPLY]") == 0 {
        tokio::task::yield_now().await;
    }
    fs::rename(&log, &old).expect("the log is there");
    baton.signal("HUP");
    for _ in 0..TRIES {
        if lines_with(&log, "second") > 0 {
            break;
        }
        assert_eq!(post(&http, &baton, &json!({ "title": "second" })).await.status, 201, "it goes on");
    }
    assert_eq!(end(baton, "INT").await, "");
    assert!(lines_with(&log, "second") > 0 && lines_with(&old, "first") == 1);
    assert_eq!(lines_with(&log, "first"), 0);
}

/// The same signal says that the terminal is gone which it was started from.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn who_closes_its_terminal_ends_it() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let nix::pty::OpenptyResult { master, slave } = nix::pty::openpty(None, None).expect("there are terminals");
    // Copies are not handed on to the program.
    let [master, slave] = [master, slave].map(|end| end.try_clone().expect("it is open"));
    let mut program = command(place.path(), &config(Mode::RemoteWrite, 2));
    let baton = Baton::start(program.stdin(slave));
    baton.signal("HUP");
    assert_eq!(post(&Http::new(), &baton, &json!({ "title": "t" })).await.status, 201, "the terminal is there");
    drop((program, master));
    assert_eq!(end(baton, "HUP").await, "");
}

/// A replica has no log to open: the signal ends it no more than the others.
#[tokio::test(flavor = "multi_thread")]
async fn a_hangup_ends_no_part_of_a_cluster() {
    let parts = super::parts::Parts::start(Mode::RemoteWrite, 3).await;
    for id in 1..=3 {
        parts.signal_replica(id, "HUP");
    }
    parts.gateway.as_ref().expect("it runs").signal("HUP");
    for _ in 0..9 {
        let made = parts.http.call("POST", &parts.front("/note"), Some(&json!({ "title": "t" }))).await;
        assert_eq!(made.status, 201, "{made:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_can_be_turned_off() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut config = config(Mode::RemoteWrite, 2);
    config["log"] = Value::Null;
    let mut baton = Baton::start(command(place.path(), &config).arg("-v"));
    assert_eq!(post(&Http::new(), &baton, &json!({ "title": "t" })).await.status, 201);
    for _ in 0..2 {
        let mut line = String::new();
        std::io::BufRead::read_line(&mut baton.out, &mut line).expect("text");
        assert!(line.contains("CLIENT [RE") || line.contains("REPLICA [RE"), "the terminal gets it: {line}");
    }
    baton.signal("HUP");
    assert_eq!(end(baton, "INT").await, "");
    assert!(!place.path().join("log").exists());
}
