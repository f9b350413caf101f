//! The picture equals the truth: what a viewer folds from the feed is what `GET /cluster` says and what every replica
//! answers at its own port, through every door, in both modes, across a switch and a crash.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::api::{list_body, note_body};
use shared::config::Mode;
use shared::digest::Digest;
use shared::id::{NoteId, ReplicaId};
use shared::note::Note;
use shared::view::ReplicaView;

use super::parts::Parts;
use super::watch::Watch;

const REPLICAS: usize = 4;

/// What clients have written, by note; `None` is deleted.
type Written = BTreeMap<NoteId, Option<Note>>;

/// Writes through every door, in every way: creates, changes, replaces, and deletes every third note.
async fn write(parts: &Parts, written: &mut Written, round: usize) {
    let doors: Vec<String> =
        std::iter::once(parts.front("")).chain((1..=REPLICAS).map(|id| parts.back(id, ""))).collect();
    for (index, door) in doors.iter().enumerate() {
        let title = format!("round {round}, door {index}");
        let made = call(parts, "POST", &format!("{door}/note"), &json!({ "title": title, "body": "first" })).await;
        let note = NoteId(made["id"].as_u64().expect("a creation tells the id"));
        written.insert(note, Some(Note { title: Some(title.as_str().into()), body: Some("first".into()) }));

        let next = &doors[(index + 1) % doors.len()];
        call(parts, "PATCH", &format!("{next}/note/{note}"), &json!({ "body": "second" })).await;
        written.insert(note, Some(Note { title: Some(title.as_str().into()), body: Some("second".into()) }));

        let third = &doors[(index + 2) % doors.len()];
        if index % 3 == 0 {
            call(parts, "DELETE", &format!("{third}/note/{note}"), &Value::Null).await;
            written.insert(note, None);
        } else if index % 3 == 1 {
            call(parts, "PUT", &format!("{third}/note/{note}"), &json!({ "title": "third" })).await;
            written.insert(note, Some(Note { title: Some("third".into()), body: None }));
        }
    }
}

async fn call(parts: &Parts, method: &str, url: &str, body: &Value) -> Value {
    let body = Some(body).filter(|body| !body.is_null());
    let got = parts.http.call(method, url, body).await;
    assert!(got.status < 300, "{method} {url}: {got:?}");
    got.json()
}

/// Waits until the viewers have heard all, and compares what they have folded with everybody who must know.
async fn check(parts: &Parts, viewers: &mut [Watch], written: &Written) {
    let live: BTreeMap<NoteId, &Note> = written.iter().filter_map(|(id, note)| Some((*id, note.as_ref()?))).collect();
    for watch in viewers {
        parts.settle(watch).await;
        assert_eq!(watch.view.replicas, parts.cluster().await.replicas, "`GET /cluster` says the same");
        let digests: Vec<Digest> = watch.view.replicas.values().map(Digest::of).collect();
        assert!(digests.len() == REPLICAS && digests.windows(2).all(|pair| pair[0] == pair[1]), "{digests:?}");
        for id in 1..=REPLICAS {
            let view = &watch.view.replicas[&ReplicaId(u8::try_from(id).expect("a few"))];
            let told: BTreeMap<NoteId, &Note> =
                view.notes.iter().filter_map(|(id, version)| Some((*id, version.note.as_ref()?))).collect();
            assert_eq!(told, live, "the picture of R{id} is what was written");
            compare_reads(parts, id, view).await;
        }
    }
}

/// Reads at a replica's own port: the list, and each note by itself, the deleted ones too.
async fn compare_reads(parts: &Parts, id: usize, view: &ReplicaView) {
    let list = parts.http.get(&parts.back(id, "/note")).await;
    assert_eq!(list.pair(), (200, list_body(view.notes.iter())), "R{id}");
    for (note, version) in &view.notes {
        let read = parts.http.get(&parts.back(id, &format!("/note/{note}"))).await;
        match &version.note {
            Some(text) => {
                assert_eq!(read.pair(), (200, json!({ "res": true, "note": note_body(*note, text) })), "R{id}");
            }
            None => assert_eq!(read.status, 404, "R{id}, note {note}: {read:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_equals_the_truth() {
    for (mode, other) in [(Mode::RemoteWrite, Mode::LocalWrite), (Mode::LocalWrite, Mode::RemoteWrite)] {
        let mut parts = Parts::start(mode, REPLICAS).await;
        let (mut viewers, mut written) = (vec![parts.watch().await], Written::new());
        write(&parts, &mut written, 1).await;
        check(&parts, &mut viewers, &written).await;

        // Whoever joins late begins with a snapshot that has notes, crowns and tombstones in it.
        viewers.push(parts.watch().await);
        call(&parts, "PUT", &parts.front("/cluster/mode"), &json!({ "mode": other })).await;
        write(&parts, &mut written, 2).await;
        check(&parts, &mut viewers, &written).await;
        assert!(viewers.iter().all(|watch| watch.view.configuration().1 == other));

        parts.kill_replica(2);
        parts.start_replica(2);
        viewers.push(parts.watch().await);
        write(&parts, &mut written, 3).await;
        check(&parts, &mut viewers, &written).await;
    }
}
