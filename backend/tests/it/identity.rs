//! Stores in the wrong place: a file of another replica or another cluster, an older copy, a list of replicas in another order.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use shared::config::Mode;
use tempfile::TempDir;

use super::http::Http;
use super::parts::Parts;
use super::process::{Baton, command, config, failure, program};
use super::watch::Watch;

const SECRET: (&str, &str) = ("BATON_SECRET", "sixteen_letters!");

fn store(place: &Path, id: usize) -> PathBuf {
    place.join(format!("data/replica-{id}.redb"))
}

/// Starts a server, writes a note if `title` is not empty, and ends the server.
async fn run(place: &Path, title: &str) {
    let server = Baton::start(&mut program(place));
    if !title.is_empty() {
        let made = Http::new().call("POST", &format!("{}/note", server.home), Some(&json!({ "title": title }))).await;
        assert_eq!(made.status, 201, "{made:?}");
    }
    server.signal("TERM");
    let (status, said) = server.end();
    assert!(status.success() && said.is_empty(), "{status} {said}");
}

/// Makes the folder of a server that has run and holds a note.
async fn ran(replicas: usize) -> TempDir {
    let place = tempfile::tempdir().expect("a temporary folder");
    drop(command(place.path(), &config(Mode::RemoteWrite, replicas)));
    run(place.path(), "first").await;
    place
}

#[track_caller]
fn refused(place: &Path, words: &[&str]) {
    let (code, said) = failure(&mut program(place));
    assert_eq!(code, Some(1));
    assert!(words.iter().all(|word| said.contains(word)), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_of_a_store_is_refused() {
    let place = ran(3).await;
    let (file, old) = (store(place.path(), 2), place.path().join("old"));
    fs::copy(&file, &old).expect("there is room");
    run(place.path(), "second").await;
    let latest = fs::read(&file).expect("it is there");
    fs::copy(&old, &file).expect("there is room");
    refused(place.path(), &["replica-2.redb is an older copy than replica R1 has seen", "move this one away"]);
    fs::write(&file, latest).expect("there is room");
    run(place.path(), "third").await;
    // All of them as they were once is an older state of the cluster, and whole.
    let backup = tempfile::tempdir().expect("a temporary folder");
    for id in 1..=3 {
        fs::copy(store(place.path(), id), backup.path().join(id.to_string())).expect("there is room");
    }
    run(place.path(), "fourth").await;
    for id in 1..=3 {
        fs::copy(backup.path().join(id.to_string()), store(place.path(), id)).expect("there is room");
    }
    run(place.path(), "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_of_another_replica_or_cluster_is_refused() {
    let (place, other) = (ran(3).await, ran(3).await);
    let [second, third] = [2, 3].map(|id| store(place.path(), id));
    let kept = fs::read(&second).expect("it is there");
    fs::copy(&third, &second).expect("there is room");
    refused(place.path(), &["replica-2.redb is the store of replica 3", "replica-3.redb"]);
    fs::copy(store(other.path(), 2), &second).expect("there is room");
    refused(place.path(), &["replica-2.redb belongs to another cluster than", "move this one away"]);
    fs::write(&second, kept).expect("there is room");
    run(place.path(), "second").await;
    for id in 1..=3 {
        fs::remove_file(store(place.path(), id)).expect("it is there");
    }
    refused(place.path(), &["belongs to a cluster whose stores are not there", "empty the folder"]);
    fs::remove_dir_all(place.path().join("data")).expect("it is there");
    run(place.path(), "first").await;
}

/// Replicas on hosts of their own, each with its own data folder and configuration.
struct Hosts {
    places: Vec<TempDir>,
    config: Value,
}

impl Hosts {
    fn new(count: usize) -> Hosts {
        let places = (0..count).map(|_| tempfile::tempdir().expect("a temporary folder")).collect();
        Hosts { places, config: config(Mode::RemoteWrite, count) }
    }

    /// Returns how to run a replica in the folder of a host.
    fn replica(&self, host: usize, id: usize) -> Command {
        let mut replica = command(self.places[host - 1].path(), &self.config);
        replica.env(SECRET.0, SECRET.1).args(["replica", "--id", &id.to_string()]);
        replica
    }

    /// Starts all replicas, waits until all may vote, and writes a note.
    async fn run(&self, title: &str) -> Vec<Baton> {
        let place = tempfile::tempdir().expect("a temporary folder");
        let gateway = Baton::start(command(place.path(), &self.config).env(SECRET.0, SECRET.1).arg("gateway"));
        let count = self.places.len();
        let replicas: Vec<Baton> = (1..=count).map(|id| Baton::start(&mut self.replica(id, id))).collect();
        let http = Http::new();
        Watch::open(&http, &format!("{}/events", gateway.home)).await.until_all_vote(count).await;
        let url = format!("{}/note", gateway.home);
        let made = http.call("POST", &url, Some(&json!({ "title": title }))).await;
        assert_eq!(made.status, 201, "{made:?}");
        replicas
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_replicas_in_another_order_starts_nothing() {
    let mut hosts = Hosts::new(3);
    drop(hosts.run("first").await);
    hosts.config["replicas"].as_array_mut().expect("a list").rotate_left(1);
    for (host, id) in [(1, 3), (2, 1), (3, 2)] {
        let (code, said) = failure(&mut hosts.replica(host, id));
        assert_eq!(code, Some(1));
        assert!(said.contains(&format!("replica R{id} never ran on it: put `replicas`")), "{said}");
    }
    hosts.config["replicas"].as_array_mut().expect("a list").rotate_right(1);
    drop(hosts.run("second").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_peers_refuse_an_older_copy() {
    let hosts = Hosts::new(3);
    let (file, old) = (store(hosts.places[1].path(), 2), hosts.places[1].path().join("old"));
    drop(hosts.run("first").await);
    fs::copy(&file, &old).expect("there is room");
    let mut replicas = hosts.run("second").await;
    replicas.remove(1).kill();
    fs::copy(&old, &file).expect("there is room");
    let (status, said) = Baton::spawn(&mut hosts.replica(2, 2)).end();
    assert_eq!(status.code(), Some(1));
    assert!(said.contains("the store of replica R2 is an older copy than replica"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_peers_refuse_the_store_of_another_cluster() {
    let (hosts, others) = (Hosts::new(3), Hosts::new(3));
    drop(others.run("theirs").await);
    let mut replicas = hosts.run("ours").await;
    replicas.remove(1).kill();
    let data = hosts.places[1].path().join("data");
    fs::rename(&data, hosts.places[1].path().join("kept")).expect("a writable folder");
    fs::rename(others.places[1].path().join("data"), data).expect("a writable folder");
    let (status, said) = Baton::spawn(&mut hosts.replica(2, 2)).end();
    assert_eq!(status.code(), Some(1));
    assert!(said.contains("belongs to another cluster than replica R2"), "{said}");
}

/// What a folder says of its cluster is believed even when all that was in it is gone. With more replicas the same line ends
/// the one that is the first to have heard from all others.
#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_lost_all_stores_start_no_new_cluster() {
    let mut parts = Parts::start(Mode::RemoteWrite, 1).await;
    parts.kill_replica(1);
    fs::remove_file(store(parts.place.path(), 1)).expect("it is there");
    let (status, said) = Baton::spawn(program(parts.place.path()).args(["replica", "--id", "1"])).end();
    assert_eq!(status.code(), Some(1));
    assert!(said.contains("all replicas are empty, but the data folder belongs to the cluster"), "{said}");
}

/// A supervisor starts what has ended again: what was refused once is refused again. Refused starts, and starts while
/// nobody else is there, are runs of the copy, not of what it is a copy of.
#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_is_refused_at_every_start() {
    let hosts = Hosts::new(3);
    let (file, old) = (store(hosts.places[1].path(), 2), hosts.places[1].path().join("old"));
    drop(hosts.run("first").await);
    fs::copy(&file, &old).expect("there is room");
    let replicas = hosts.run("second").await;
    // What a peer says of its store is kept with the next records: R2 has acknowledged, and so was met before these.
    let url = format!("{}/note", replicas[0].home);
    assert_eq!(Http::new().call("POST", &url, Some(&json!({ "title": "third" }))).await.status, 201);
    drop(replicas);
    fs::copy(&old, &file).expect("there is room");
    for _ in 0..2 {
        drop(Baton::start(&mut hosts.replica(2, 2)));
    }
    let _first = Baton::start(&mut hosts.replica(1, 1));
    for _ in 0..3 {
        let (status, said) = Baton::spawn(&mut hosts.replica(2, 2)).end();
        assert_eq!(status.code(), Some(1));
        assert!(said.contains("the store of replica R2 is an older copy than replica"), "{said}");
    }
}

/// Its peers have not seen its last runs, and it says that it goes on from the one that they have seen.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_ran_while_its_peers_were_away_is_no_older_copy() {
    let hosts = Hosts::new(3);
    drop(hosts.run("first").await);
    for _ in 0..2 {
        drop(Baton::start(&mut hosts.replica(2, 2)));
    }
    drop(hosts.run("second").await);
}

/// All start at once, so each may be the first to notice.
#[tokio::test(flavor = "multi_thread")]
async fn a_replica_among_others_with_the_store_of_another_cluster_ends() {
    let (hosts, others) = (Hosts::new(3), Hosts::new(3));
    drop(others.run("theirs").await);
    drop(hosts.run("ours").await);
    let data = hosts.places[1].path().join("data");
    fs::rename(&data, hosts.places[1].path().join("kept")).expect("a writable folder");
    fs::rename(others.places[1].path().join("data"), data).expect("a writable folder");
    let mut all: Vec<Baton> = (1..=3).map(|id| Baton::spawn(&mut hosts.replica(id, id))).collect();
    let (status, said) = all.remove(1).end();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.lines().last().is_some_and(|line| line.contains("another cluster than replica R2")), "{said}");
    for mut stayed in all {
        assert!(stayed.complaint().contains("replica R2 belongs to another cluster than replica"));
        stayed.until_it_runs();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_whose_list_has_another_order_is_told_whom_it_reaches() {
    let mut hosts = Hosts::new(3);
    let mut others: Vec<Baton> = [2, 3].map(|id| Baton::start(&mut hosts.replica(id, id))).into();
    hosts.config["replicas"].as_array_mut().expect("a list").swap(1, 2);
    let mut first = Baton::start(&mut hosts.replica(1, 1));
    let said = [first.complaint(), first.complaint()].concat();
    for [wanted, found] in [["R2", "R3"], ["R3", "R2"]] {
        let line = said.lines().find(|line| line.contains(&format!("replica {wanted} at "))).unwrap_or_default();
        assert!(line.contains(&format!("this is replica {found}; give all parts the same `replicas`")), "{said}");
    }
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut gateway = Baton::start(command(place.path(), &hosts.config).env(SECRET.0, SECRET.1).arg("gateway"));
    let said = [gateway.complaint(), gateway.complaint()].concat();
    for wanted in ["R2", "R3"] {
        assert!(
            said.contains(&format!("replica {wanted} at ")) && said.contains("is another replica: give all"),
            "{said}"
        );
    }
    others.clear();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_for_all_does_not_start_in_the_folder_of_one_replica() {
    let hosts = Hosts::new(3);
    drop(hosts.run("first").await);
    let place = hosts.places[1].path();
    let (code, said) = failure(&mut command(place, &hosts.config));
    assert_eq!(code, Some(1));
    assert!(said.contains("replica R1 never ran on it"), "{said}");
    assert!(!store(place, 1).exists() && !store(place, 3).exists(), "nothing is made there");
    drop(hosts.run("second").await);
}
