//! What ends a server at once, as a test sees it that runs in a process of its own.

use std::process::{Command, Output};
use std::time::Duration;

use backend::feed::Room;
use backend::server::{ReplicaServer, Server, Settings};
use shared::clock::Stamp;
use shared::config::Mode;
use shared::id::{Epoch, Generation, GroupId, MessageId, Node, NoteId, OpId, ReplicaId, Seq};
use shared::message::{Envelope, Head, LogPart, Message};
use shared::note::Entry;

use super::cluster::config;
use super::http::{HANGS, Http};
use super::parts::SECRET;

/// Says to a test of this program that it is the process of its own.
const ALONE: &str = "BATON_TEST_ALONE";
const WORD: &str = "sixteen_letters!";

/// Runs one test of this program in a process of its own, where the harness keeps what it prints.
fn alone(test: &str) -> Output {
    let program = std::env::current_exe().expect("this program is a file");
    let mut command = Command::new(program);
    command.args(["--exact", test]).env(ALONE, "1").env_remove("RUST_TEST_NOCAPTURE");
    command.output().expect("this program can be run")
}

/// An update that puts the seventh entry into an empty log: no replica sends such a one.
fn impossible() -> Envelope {
    let (from, to) = (Node::Replica(ReplicaId(2)), Node::Replica(ReplicaId(1)));
    let stamp = Stamp { lamport: 1, vector: vec![0, 0, 1] };
    let head = Head { message: MessageId { from, n: 1 }, to, trace: None, step: None, stamp };
    let entry = Entry { seq: Seq(7), op: OpId("a".to_owned()), note: NoteId(1), version: None };
    let message = Message::Append {
        group: GroupId::Store,
        epoch: Epoch { n: 9, owner: ReplicaId(2) },
        install: true,
        from: Epoch::NONE,
        log: LogPart { base: None, after: Seq(0), entries: vec![entry] },
        commit: Seq(0),
        everywhere: Seq(0),
        live: Seq(0),
        without: Vec::new(),
        active: false,
    };
    Envelope { head, generation: Generation(0), message }
}

/// Runs R1 of two replicas on its disk, and hands it what breaks a rule.
async fn break_a_rule() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let config = config(Mode::RemoteWrite, 2, Some("data"));
    let (file, wait) = (place.path().join("config.json"), Duration::ZERO);
    let settings = Settings { config, file, verbose: false, room: Room::default(), wait, page: |_| None };
    // Only a whole cluster that starts for the first time knows that no disk was lost.
    Server::start(settings.clone()).await.expect("it starts").shutdown().await;
    let replica = ReplicaServer::start(settings, 1, Some(WORD)).await.expect("it starts");
    let headers = [("content-type", "application/json"), (SECRET, WORD), ("x-baton-store", "2 - 0 1")];
    let batch = serde_json::to_string(&[impossible()]).expect("messages are JSON");
    let got = Http::new().send("POST", &format!("{}/peer", replica.home()), &headers, batch).await;
    assert_eq!(got.status, 204, "{got:?}");
    tokio::time::timeout(HANGS, std::future::pending::<()>()).await.expect("it ends this process");
}

/// Whoever runs the tests must be told which rule it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_broken_rule_reaches_the_terminal_of_a_test_that_keeps_its_output() {
    if std::env::var_os(ALONE).is_some() {
        return break_a_rule().await;
    }
    let output = alone("endings::a_broken_rule_reaches_the_terminal_of_a_test_that_keeps_its_output");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(said.starts_with("baton: replica R1 broke a rule of the protocol; please report this line: "), "{said}");
    assert!(
        said.contains("entries are applied in order; left: Seq(7); right: Seq(1), at shared/src/note.rs:"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "the harness keeps all else: {said}");
}
