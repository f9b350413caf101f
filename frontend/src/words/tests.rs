//! Sentences that a lecture relies on.

use serde_json::json;
use shared::clock::Stamp;
use shared::event::{Event, EventKind};
use shared::id::{Epoch, MessageId, NoteId, ReplicaId, Seq};
use shared::message::{LogPart, Message};
use shared::request::{Method, Request};
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
fn a_handoff_says_who_hands_what_to_whom() {
    let group = GroupId::Note(NoteId(1));
    let promise = Message::Promise {
        group,
        epoch: Epoch::NONE.next(ReplicaId(3)),
        accepted: Epoch::NONE,
        commit: Seq(0),
        log: LogPart::default(),
    };
    let parcel = Parcel::Peer(promise);
    let letter = Letter { from: R2, to: R3, parcel: &parcel, crown: true };
    let message = MessageId { from: R2, n: 1 };
    let sent = event(R2, EventKind::Sent { message, to: R3, parcel: parcel.clone() });
    assert_eq!(what(&sent, Some(letter)), "R2 hands note 1 and its crown to R3.");
    assert!(why(&sent, Some(letter), Mode::LocalWrite).contains("handoff"));
    let received = event(R3, EventKind::Received { message });
    assert_eq!(what(&received, Some(letter)), "R3 gets the item and the crown from R2.");
}
