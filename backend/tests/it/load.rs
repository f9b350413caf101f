//! Concurrent writers: four clients, 250 writes each, to the same four notes through random replicas.

use serde_json::{Value, json};
use shared::config::Mode;
use shared::view::ClusterView;

use super::cluster::Cluster;
use super::http::Http;

const CLIENTS: u64 = 4;
const WRITES: u64 = 250;
const NOTES: u64 = 4;
/// How often a write is asked again that the server could not finish in time.
const RETRIES: usize = 20;

/// A small generator of numbers, the same in every run (xorshift).
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// Writes as one client; returns how often each note was written.
async fn write(doors: Vec<String>, client: u64) -> Vec<u64> {
    let (http, mut dice) = (Http::new(), Dice(client + 1));
    let mut written = vec![0; usize::try_from(NOTES).expect("a few")];
    for number in 0..WRITES {
        let note = dice.roll(NOTES);
        let door = &doors[usize::try_from(dice.roll(doors.len() as u64)).expect("a few")];
        let body = json!({ "title": format!("{client}"), "body": format!("{number}") });
        let method = if dice.roll(2) == 0 { "PATCH" } else { "PUT" };
        let (url, key) = (format!("{door}/note/{}", note + 1), format!("{client}-{number}"));
        let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str())];
        // A busy machine may need longer than a client is kept waiting; under its name the write is done once.
        let mut got = http.send(method, &url, &headers, body.to_string()).await;
        for _ in 0..RETRIES {
            if got.status != 503 {
                break;
            }
            got = http.send(method, &url, &headers, body.to_string()).await;
        }
        assert_eq!(got.pair(), (200, json!({ "res": true })), "client {client}, write {number}");
        written[usize::try_from(note).expect("a few")] += 1;
    }
    written
}

async fn many_writers(mode: Mode) {
    let cluster = Cluster::disk(mode).await;
    for _ in 0..NOTES {
        cluster.call("POST", &cluster.gateway("/note"), &json!({ "title": "t" })).await;
    }
    let tasks: Vec<_> = (0..CLIENTS).map(|client| tokio::spawn(write(cluster.doors(), client))).collect();
    // The creation of each note is its first version.
    let mut versions = vec![1; usize::try_from(NOTES).expect("a few")];
    for task in tasks {
        let written = task.await.expect("the client gets all its answers");
        versions.iter_mut().zip(written).for_each(|(sum, more)| *sum += more);
    }
    let lists = cluster.lists().await;
    assert!(lists.iter().all(|list| *list == lists[0]), "{mode:?}: {lists:?}");
    let body = cluster.http.get(&cluster.gateway("/cluster")).await.json();
    let view: ClusterView = serde_json::from_value(body["view"].clone()).expect("a view");
    for (id, replica) in &view.replicas {
        let held: Vec<u64> = replica.notes.values().map(|version| version.version).collect();
        assert_eq!(held, versions, "{id} in {mode:?}: every write made one version");
    }
    let again = cluster.restart().await;
    let restarted: Vec<Value> = again.lists().await;
    assert_eq!(restarted, lists, "{mode:?}: a restart keeps everything");
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_agree_after_many_writers_in_remote_write() {
    many_writers(Mode::RemoteWrite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_agree_after_many_writers_in_local_write() {
    many_writers(Mode::LocalWrite).await;
}
