//! Crashes of the whole process: whatever was acknowledged is there when it starts again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use shared::config::Mode;
use tokio::sync::Notify;

use super::cluster::{Cluster, MODES};
use super::http::Http;
use super::process::{Baton, command, config};

const ROUNDS: usize = 3;
const CLIENTS: u64 = 4;
/// After how many acknowledged writes of a round the process is killed.
const WRITES: u64 = 60;

/// What one client knows of its own note.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    acknowledged: u64,
    sent: u64,
}

/// Counts acknowledged writes of all clients, and says when there are enough.
#[derive(Debug, Default)]
struct Counter {
    done: AtomicU64,
    enough: Notify,
}

/// Writes ever larger numbers into one note until the server is gone.
async fn write(home: String, note: u64, mut known: Known, counter: Arc<Counter>) -> Known {
    let http = Http::new();
    loop {
        known.sent += 1;
        let body = json!({ "body": known.sent.to_string() }).to_string();
        let (url, headers) = (format!("{home}/note/{note}"), [("content-type", "application/json")]);
        let Some(got) = http.try_send("PATCH", &url, &headers, body.into()).await else { return known };
        assert_eq!(got.status, 200, "{got:?}");
        known.acknowledged = known.sent;
        if counter.done.fetch_add(1, Ordering::Relaxed) + 1 == WRITES {
            counter.enough.notify_one();
        }
    }
}

/// Asks every replica for a note's number; all must know at least what was acknowledged.
async fn check(replicas: &[Value], note: u64, known: Known) {
    for address in replicas {
        let address = address.as_str().expect("text");
        let got = Http::new().get(&format!("http://{address}/note/{note}")).await;
        let number = got.json()["note"]["body"].as_str().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        assert!((known.acknowledged..=known.sent).contains(&number), "{known:?}, {address} has {number}");
    }
}

async fn killed_in_the_middle(mode: Mode) {
    let place = tempfile::tempdir().expect("a temporary folder");
    let config = config(mode, 4);
    let replicas = config["replicas"].as_array().expect("a list").clone();
    let mut baton = Baton::start(&mut command(place.path(), &config));
    let mut known: Vec<Known> = Vec::new();
    for note in 1..=CLIENTS {
        let created = Http::new().call("POST", &format!("{}/note", baton.home), Some(&json!({ "title": "t" }))).await;
        assert_eq!(created.json()["id"], json!(note));
        known.push(Known::default());
    }
    for _ in 0..ROUNDS {
        let counter = Arc::new(Counter::default());
        let tasks: Vec<_> = (1..)
            .zip(&known)
            .map(|(note, known)| tokio::spawn(write(baton.home.clone(), note, *known, Arc::clone(&counter))))
            .collect();
        counter.enough.notified().await;
        baton.kill();
        known.clear();
        for task in tasks {
            known.push(task.await.expect("the client saw no wrong answer"));
        }
        baton = Baton::start(&mut command(place.path(), &config));
        for (note, known) in (1..).zip(&known) {
            check(&replicas, note, *known).await;
        }
    }
    // And it goes on working.
    for note in 1..=CLIENTS {
        let url = format!("{}/note/{note}", baton.home);
        assert_eq!(Http::new().call("PATCH", &url, Some(&json!({ "body": "after" }))).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_writes_survive_kill_in_remote_write() {
    killed_in_the_middle(Mode::RemoteWrite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_writes_survive_kill_in_local_write() {
    killed_in_the_middle(Mode::LocalWrite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_notes_deletions_and_the_mode() {
    for mode in MODES {
        let other = if mode == Mode::RemoteWrite { Mode::LocalWrite } else { Mode::RemoteWrite };
        let cluster = Cluster::disk(mode).await;
        for title in ["a", "b", "c"] {
            cluster.call("POST", &cluster.gateway("/note"), &json!({ "title": title })).await;
        }
        cluster.http.call("DELETE", &cluster.gateway("/note/2"), None).await;
        let switched = cluster.call("PUT", &cluster.gateway("/cluster/mode"), &json!({ "mode": other })).await;
        assert_eq!(switched.status, 200, "{switched:?}");
        let lists = cluster.lists().await;
        let cluster = cluster.restart().await;
        assert_eq!(cluster.lists().await, lists);
        assert_eq!(cluster.server.mode(), other);
        assert_eq!(cluster.http.get(&cluster.gateway("/cluster")).await.json()["mode"], json!(other));
        assert_eq!(cluster.http.get(&cluster.gateway("/note/2")).await.status, 404);
        let made = cluster.call("POST", &cluster.gateway("/note"), &json!({ "title": "d" })).await;
        assert_eq!(made.json()["id"], json!(4), "ids are never used again");
    }
}
