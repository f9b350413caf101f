//! Sentences that a lecture relies on.

use serde_json::json;
use shared::clock::Stamp;
use shared::event::{Action, Event, EventKind, Phase};
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
    assert_eq!(said, "A client sends PATCH /note/1 to the gateway.");
}

#[test]
fn only_a_write_is_said_to_be_durable_when_its_client_is_told() {
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
    assert_eq!(what(&sent, Some(letter)), "R2 hands note 1 and its primary role to R3.");
    assert!(why(&sent, Some(letter), Mode::LocalWrite).contains("handoff"));
    let received = event(R3, EventKind::Received { message });
    assert_eq!(what(&received, Some(letter)), "R3 receives note 1 and its primary role from R2.");
}

fn entry(note: u64, version: Option<Version>) -> Entry {
    Entry { seq: Seq(note), op: OpId(format!("op {note}")), note: NoteId(note), version }
}

fn written(version: u64, title: &str) -> Version {
    Version { version, note: Some(Note { title: Some(title.into()), body: None }) }
}

#[test]
fn a_roll_back_names_what_was_rolled_back() {
    let one = EventKind::RolledBack { group: GroupId::Store, entries: vec![entry(1, Some(written(3, "Hello")))] };
    let said = "R2 rolls back a write that no majority had: note 1 “Hello”, version 3.";
    assert_eq!(what(&event(R2, one), None), said);
    let deleted = Some(Version { version: 2, note: None });
    let entries =
        vec![entry(1, deleted), entry(2, None), entry(3, Some(written(1, "é".repeat(90).as_str()))), entry(4, None)];
    let said = what(&event(R2, EventKind::RolledBack { group: GroupId::Store, entries }), None);
    assert!(said.starts_with("R2 rolls back 4 writes that no majority had: the deletion of note 1, nothing"), "{said}");
    assert!(said.ends_with(&format!("“{}…”, version 1 and 1 more.", "é".repeat(40))), "{said}");
}

#[test]
fn a_suspected_replica_is_named_with_those_who_suspect_it() {
    let suspected = |by: &[u8]| {
        let by = by.iter().map(|id| ReplicaId(*id)).collect();
        what(&event(R2, EventKind::Suspected { replica: ReplicaId(1), by }), None)
    };
    assert_eq!(suspected(&[]), "R2 suspects R1 (no answer for about 1 s).");
    assert_eq!(suspected(&[3]), "R2 suspects R1, and so does R3.");
    assert_eq!(suspected(&[3, 4]), "R2 suspects R1, and so do R3 and R4.");
    let took = EventKind::TookOver { group: GroupId::Store, owner: ReplicaId(1) };
    let said = "R2 takes over the primary role of the store from R1, which a majority suspects.";
    assert_eq!(what(&event(R2, took), None), said);
}

#[test]
fn the_two_answers_that_are_neither_yes_nor_no_differ() {
    let request = Request { method: Method::Post, path: "/note".to_owned(), body: json!({}) };
    let reply = |status: u16, body| EventKind::ClientReply { reply: Reply::to(&request, status, body) };
    let refused = event(R2, reply(503, json!({ "res": false, "code": "refused" })));
    let unknown = event(R2, reply(503, json!({ "res": false, "code": "unknown" })));
    assert_eq!(what(&refused, None), "R2 replies to the client: 503, refused: nothing was changed.");
    assert_eq!(what(&unknown, None), "R2 replies to the client: 503, unknown: it may or may not have been done.");
    assert_ne!(why(&refused, None, Mode::RemoteWrite), why(&unknown, None, Mode::RemoteWrite));
    let mut done = Reply::to(&request, 201, json!({ "res": true }));
    done.without = vec![ReplicaId(1), ReplicaId(4)];
    let done = event(R2, EventKind::ClientReply { reply: done });
    assert_eq!(what(&done, None), "R2 replies to the client: 201, created, without R1 and R4.");
    assert!(why(&done, None, Mode::RemoteWrite).contains("names that replica"));
}

#[test]
fn a_read_names_what_it_returned() {
    let told = |path: &str, body| {
        let request = Request { method: Method::Get, path: path.to_owned(), body: json!({}) };
        what(&event(R2, EventKind::ClientReply { reply: Reply::to(&request, 200, body) }), None)
    };
    let note = json!({ "res": true, "note": { "title": "Hello", "id": 1 } });
    assert_eq!(told("/note/1", note), "R2 replies to the client: 200, note 1 “Hello”.");
    assert_eq!(told("/note", json!({ "res": true, "notes": [] })), "R2 replies to the client: 200, all notes.");
}

#[test]
fn a_step_names_its_note_also_before_it_has_an_id() {
    let step =
        |action, phase, note| what(&event(R2, EventKind::Stepped { action, phase, method: Method::Post, note }), None);
    let asks = "R2 is not the primary of note 2 and asks for the role.";
    assert_eq!(step(Action::Move, Phase::Request, Some(NoteId(2))), asks);
    assert_eq!(step(Action::Move, Phase::Reply, None), "R2 has the primary role of the new note now.");
    let committed = "Committed: R2 has the acknowledgements it needs for note 2.";
    assert_eq!(step(Action::Update, Phase::Reply, Some(NoteId(2))), committed);
}

#[test]
fn an_acknowledgement_names_the_note_but_not_the_store() {
    let acknowledges = |group| {
        let ack = Message::Ack { group, epoch: Epoch::NONE.next(ReplicaId(3)), len: Seq(1) };
        let parcel = Parcel::Peer(Box::new(Gist::from(&ack)));
        let letter = Letter { from: R2, to: R3, parcel: &parcel, crown: false };
        let message = MessageId { from: R2, n: 1 };
        what(&event(R2, EventKind::Sent { message, to: R3, parcel: parcel.clone() }), Some(letter))
    };
    assert_eq!(acknowledges(GroupId::Store), "R2 acknowledges the update to R3.");
    assert_eq!(acknowledges(GroupId::Note(NoteId(1))), "R2 acknowledges the update of note 1 to R3.");
}
