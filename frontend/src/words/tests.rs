//! Sentences that a lecture relies on.

use serde_json::json;
use shared::clock::Stamp;
use shared::event::{Event, EventKind};
use shared::gist::Gist;
use shared::id::{Epoch, MessageId, NoteId, OpId, ReplicaId, Seq};
use shared::message::{LogPart, Message};
use shared::note::{Entry, Note, Version};
use shared::request::{Method, Reply, Request};
use shared::time::Micros;

use super::*;

fn event(node: Node, kind: EventKind) -> Event {
    Event { seq: 1, at: Micros(0), node, stamp: Stamp::default(), trace: None, step: None, kind }
}

const R2: Node = Node::Replica(ReplicaId(2));
const R3: Node = Node::Replica(ReplicaId(3));

#[test]
fn a_request_names_method_and_path() {
    let request = Request { method: Method::Patch, path: "/note/1".to_owned(), body: json!({}) };
    let said = what(&event(Node::Gateway, EventKind::ClientRequest { request }), None);
    assert_eq!(said, "A client asks the gateway: PATCH /note/1.");
}

#[test]
fn only_a_write_is_said_to_be_durable_when_its_client_hears() {
    let told = |method| {
        let request = Request { method, path: "/note/1".to_owned(), body: json!({}) };
        let reply = Reply::to(&request, 200, json!({ "res": true }));
        why(&event(Node::Gateway, EventKind::ClientReply { reply }), None, Mode::LocalWrite)
    };
    assert!(told(Method::Patch).contains("durable"));
    assert!(told(Method::Get).contains("A read changes nothing"));
}

#[test]
fn a_handoff_says_who_hands_what_to_whom() {
    let group = GroupId::Note(NoteId(1));
    let promise = Message::Promise {
        group,
        epoch: Epoch::NONE.next(ReplicaId(3)),
        accepted: Epoch::NONE,
        commit: Seq(0),
        log: LogPart::default(),
        below: Vec::new(),
    };
    let parcel = Parcel::Peer(Box::new(Gist::from(&promise)));
    let letter = Letter { from: R2, to: R3, parcel: &parcel, crown: true };
    let message = MessageId { from: R2, n: 1 };
    let sent = event(R2, EventKind::Sent { message, to: R3, parcel: parcel.clone() });
    assert_eq!(what(&sent, Some(letter)), "R2 hands note 1 and its crown to R3.");
    assert!(why(&sent, Some(letter), Mode::LocalWrite).contains("handoff"));
    let received = event(R3, EventKind::Received { message });
    assert_eq!(what(&received, Some(letter)), "R3 gets the item and the crown from R2.");
}

fn entry(note: u64, version: Option<Version>) -> Entry {
    Entry { seq: Seq(note), op: OpId(format!("op {note}")), note: NoteId(note), version }
}

fn written(version: u64, title: &str) -> Version {
    Version { version, note: Some(Note { title: Some(title.into()), body: None }) }
}

#[test]
fn a_roll_back_names_what_was_taken_back() {
    let one = EventKind::RolledBack { group: GroupId::Store, entries: vec![entry(1, Some(written(3, "Hello")))] };
    let said = "R2 takes back a write that no majority had: note 1 “Hello”, version 3.";
    assert_eq!(what(&event(R2, one), None), said);
    let deleted = Some(Version { version: 2, note: None });
    let entries =
        vec![entry(1, deleted), entry(2, None), entry(3, Some(written(1, "é".repeat(90).as_str()))), entry(4, None)];
    let said = what(&event(R2, EventKind::RolledBack { group: GroupId::Store, entries }), None);
    assert!(said.starts_with("R2 takes back 4 writes that no majority had: the deletion of note 1, nothing"), "{said}");
    assert!(said.ends_with(&format!("“{}…”, version 1 and 1 more.", "é".repeat(40))), "{said}");
}

#[test]
fn a_missed_replica_is_named_with_those_who_miss_it() {
    let suspected = |by: &[u8]| {
        let by = by.iter().map(|id| ReplicaId(*id)).collect();
        what(&event(R2, EventKind::Suspected { replica: ReplicaId(1), by }), None)
    };
    assert_eq!(suspected(&[]), "R2 hears nothing of R1 and misses it.");
    assert_eq!(suspected(&[3]), "R2 misses R1, and so does R3.");
    assert_eq!(suspected(&[3, 4]), "R2 misses R1, and so do R3 and R4.");
    let took = EventKind::TookOver { group: GroupId::Store, owner: ReplicaId(1) };
    let said = "R2 takes the crown of the store without R1, its last holder, which a majority misses.";
    assert_eq!(what(&event(R2, took), None), said);
}

#[test]
fn the_two_answers_that_are_neither_yes_nor_no_differ() {
    let request = Request { method: Method::Post, path: "/note".to_owned(), body: json!({}) };
    let reply = |status: u16, body| EventKind::ClientReply { reply: Reply::to(&request, status, body) };
    let refused = event(R2, reply(503, json!({ "res": false, "code": "refused" })));
    let unknown = event(R2, reply(503, json!({ "res": false, "code": "unknown" })));
    assert_eq!(what(&refused, None), "R2 answers the client: 503, refused: nothing was changed.");
    assert_eq!(what(&unknown, None), "R2 answers the client: 503, unknown: it may have been done or not.");
    assert_ne!(why(&refused, None, Mode::RemoteWrite), why(&unknown, None, Mode::RemoteWrite));
    let mut done = Reply::to(&request, 201, json!({ "res": true }));
    done.without = vec![ReplicaId(1), ReplicaId(4)];
    let done = event(R2, EventKind::ClientReply { reply: done });
    assert_eq!(what(&done, None), "R2 answers the client: 201, created, without R1 and R4.");
    assert!(why(&done, None, Mode::RemoteWrite).contains("told who that is"));
}
