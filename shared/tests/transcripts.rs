//! The original system's step logs, to the letter: what each request prints in each mode.

use serde_json::{Value, json};
use shared::config::Mode;
use shared::id::ReplicaId;
use shared::replica::Cluster;
use shared::request::{Method, Request};
use shared::sim::{Asking, Faults, World};
use shared::steplog;

const FORWARD: &str = "REPLICA [REQUEST] Forward request to primary";
const FORWARDED: &str = "REPLICA [REPLY] Forward request to primary";
const MOVE: &str = "REPLICA [REQUEST] Move item to new primary";
const MOVED: &str = "REPLICA [REPLY] Move item to new primary";
const TELL: &str = "REPLICA [REQUEST] Tell backups to update";
const TOLD: &str = "REPLICA [REPLY] Tell backups to update";

/// A cluster of four in which replica 1 has written note 1.
fn world(mode: Mode) -> World {
    let mut world = World::new(Cluster::of(4), mode, 1, Faults::NONE);
    lines(&mut world, 1, Method::Post, "/note", &json!({ "title": "Hello world", "body": "first" }));
    world
}

/// Asks replica `at` and returns the lines of the step log until all is quiet.
fn lines(world: &mut World, at: u8, method: Method, path: &str, body: &Value) -> Vec<String> {
    let before = world.events.len();
    let request = Request { method, path: path.to_owned(), body: body.clone() };
    let asked = world.ask(Asking::new(ReplicaId(at), request));
    world.run_until(10_000, |world| world.replies.contains_key(&asked));
    world.run_until(10_000, |world| world.network.next().is_none() && world.is_quiet());
    world.events[before..].iter().filter_map(steplog::line).collect()
}

#[track_caller]
fn check(world: &mut World, at: u8, (method, path): (Method, &str), body: &Value, expected: &[&str]) {
    assert_eq!(lines(world, at, method, path, body), expected);
}

fn note() -> Value {
    json!({ "title": "Hello world", "body": "patch note" })
}

#[test]
fn remote_write_at_a_backup_forwards() {
    let mut world = world(Mode::RemoteWrite);
    let post = "CLIENT [REQUEST] [POST] /note [{'title': 'Hello world', 'body': 'patch note'}]";
    let posted = "CLIENT [REPLY] [POST] /note [{'res': True}]";
    check(&mut world, 2, (Method::Post, "/note"), &note(), &[post, FORWARD, FORWARDED, TELL, TOLD, posted]);
    for (method, name) in [(Method::Patch, "PATCH"), (Method::Put, "PUT")] {
        let asked = format!("CLIENT [REQUEST] [{name}] /note/1 [{{'title': 'Hello world', 'body': 'patch note'}}]");
        let done = format!("CLIENT [REPLY] [{name}] /note/1 [{{'res': True}}]");
        check(&mut world, 3, (method, "/note/1"), &note(), &[&asked, FORWARD, TELL, TOLD, &done]);
    }
    let read = "CLIENT [REQUEST] [GET] /note/1 [{}]";
    let shown = "CLIENT [REPLY] [GET] /note/1 \
                 [{'res': True, 'note': {'title': 'Hello world', 'body': 'patch note', 'id': 1}}]";
    check(&mut world, 4, (Method::Get, "/note/1"), &json!({}), &[read, shown]);
    let list = ["CLIENT [REQUEST] [GET] /note [{}]", "CLIENT [REPLY] [GET] /note [{}]"];
    check(&mut world, 4, (Method::Get, "/note"), &json!({}), &list);
    let delete = "CLIENT [REQUEST] [DELETE] /note/1 [{}]";
    let deleted = "CLIENT [REPLY] [DELETE] /note/1 [{}]";
    check(&mut world, 4, (Method::Delete, "/note/1"), &json!({}), &[delete, FORWARD, TELL, TOLD, deleted]);
}

#[test]
fn remote_write_at_the_primary_forwards_nothing() {
    let mut world = world(Mode::RemoteWrite);
    let asked = "CLIENT [REQUEST] [PATCH] /note/1 [{'title': 'Hello world', 'body': 'patch note'}]";
    let done = "CLIENT [REPLY] [PATCH] /note/1 [{'res': True}]";
    check(&mut world, 1, (Method::Patch, "/note/1"), &note(), &[asked, TELL, TOLD, done]);
}

#[test]
fn local_write_moves_the_item_to_the_writer_once() {
    let mut world = world(Mode::LocalWrite);
    let asked = "CLIENT [REQUEST] [PATCH] /note/1 [{'title': 'Hello world', 'body': 'patch note'}]";
    let done = "CLIENT [REPLY] [PATCH] /note/1 [{'res': True}]";
    check(&mut world, 3, (Method::Patch, "/note/1"), &note(), &[asked, MOVE, MOVED, TELL, TOLD, done]);
    check(&mut world, 3, (Method::Patch, "/note/1"), &note(), &[asked, TELL, TOLD, done]);
    let delete = "CLIENT [REQUEST] [DELETE] /note/1 [{}]";
    let deleted = "CLIENT [REPLY] [DELETE] /note/1 [{}]";
    check(&mut world, 2, (Method::Delete, "/note/1"), &json!({}), &[delete, MOVE, MOVED, TELL, TOLD, deleted]);
}

#[test]
fn local_write_creates_without_a_move() {
    let mut world = world(Mode::LocalWrite);
    let asked = "CLIENT [REQUEST] [POST] /note [{'title': 'Hello world', 'body': 'patch note'}]";
    let done = "CLIENT [REPLY] [POST] /note [{'res': True}]";
    check(&mut world, 2, (Method::Post, "/note"), &note(), &[asked, TELL, TOLD, done]);
}

#[test]
fn a_missing_note_changes_nothing() {
    for mode in [Mode::RemoteWrite, Mode::LocalWrite] {
        let mut world = world(mode);
        let before = world.view.replicas.values().map(|replica| replica.notes.clone()).collect::<Vec<_>>();
        let said = lines(&mut world, 1, Method::Patch, "/note/9", &note());
        let last = "CLIENT [REPLY] [PATCH] /note/9 [{'res': False, 'msg': 'There is no note 9.'}]";
        assert_eq!(said.last().map(String::as_str), Some(last));
        let after: Vec<_> = world.view.replicas.values().map(|replica| replica.notes.clone()).collect();
        assert_eq!(after, before);
    }
}
