//! A large state: what it costs in memory, and that it is switched, restarted and learnt anew.

use std::sync::Arc;

use serde_json::{Value, json};
use shared::config::Mode;

use super::http::{Got, Http};
use super::process::{Baton, command, config, program};

/// How many notes, each as long as a note may be.
const NOTES: usize = 600;
/// How many clients write them.
const CLIENTS: usize = 8;
/// What the four replicas and the gateway, one process, may take after the switch of the mode, in MB: each replica has the
/// 6 MB of text once, and the feed and the program take the rest.
#[cfg(target_os = "linux")]
const MEMORY: u64 = 300;

fn note(number: usize) -> Value {
    let body: String = format!("{number} ").chars().cycle().take(10_000).collect();
    json!({ "title": format!("Note {number}"), "body": body })
}

async fn write(home: Arc<str>, numbers: impl Iterator<Item = usize>) {
    let http = Http::new();
    for number in numbers {
        let created = http.call("POST", &format!("{home}/note"), Some(&note(number))).await;
        assert_eq!(created.status, 201, "{created:?}");
    }
}

/// Waits until a replica that may be recovering shows as many notes as the others.
async fn list(http: &Http, replica: &Value) -> Got {
    let url = format!("http://{}/note", replica.as_str().expect("an address"));
    let whole =
        |got: &Got| got.status == 200 && got.json()["notes"].as_array().is_some_and(|notes| notes.len() == NOTES);
    loop {
        match http.try_send("GET", &url, &[], Vec::new().into()).await {
            Some(got) if whole(&got) => return got,
            Some(_) | None => tokio::task::yield_now().await,
        }
    }
}

async fn check_all(http: &Http, replicas: &[Value]) {
    let mut lists = Vec::new();
    for replica in replicas {
        lists.push(list(http, replica).await.text);
    }
    assert!(lists.iter().all(|list| *list == lists[0]), "all replicas hold the same");
    assert!(lists[0].len() > NOTES * 10_000, "the notes are whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_state_is_switched_restarted_and_learnt_by_who_lost_its_disk() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let config = config(Mode::RemoteWrite, 4);
    let replicas = config["replicas"].as_array().expect("a list").clone();
    let (http, baton) = (Http::new(), Baton::start(&mut command(place.path(), &config)));
    let home: Arc<str> = baton.home.as_str().into();
    let write = |client| tokio::spawn(write(Arc::clone(&home), (client..NOTES).step_by(CLIENTS)));
    let writers: Vec<_> = (0..CLIENTS).map(write).collect();
    for writer in writers {
        writer.await.expect("its notes were taken");
    }
    let switched = http.call("PUT", &format!("{home}/cluster/mode"), Some(&json!({ "mode": "local-write" }))).await;
    assert_eq!(switched.status, 200, "{switched:?}");
    #[cfg(target_os = "linux")]
    assert!(baton.memory() < MEMORY, "{} MB", baton.memory());
    check_all(&http, &replicas).await;
    let picture = http.get(&format!("{home}/cluster")).await;
    assert!(picture.text.len() < NOTES * 4 * 600, "the picture has excerpts: {} bytes", picture.text.len());
    baton.kill();
    std::fs::remove_file(place.path().join("data/replica-3.redb")).expect("it is there");
    let _baton = Baton::start(&mut program(place.path()));
    check_all(&http, &replicas).await;
}
