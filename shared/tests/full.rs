//! A cluster that holds as much as it may: what would make it larger is refused, all else goes on.

use serde_json::{Value, json};
use shared::config::Mode;
use shared::id::ReplicaId;
use shared::replica::{Cluster, Limits};
use shared::request::{Method, Request};
use shared::sim::{Asking, Faults, World};

const MODES: [Mode; 2] = [Mode::RemoteWrite, Mode::LocalWrite];

/// Asks a replica and returns the status and, where there is one, the problem's code.
fn ask(world: &mut World, at: u8, method: Method, path: &str, body: &Value, op: Option<&str>) -> (u16, String) {
    let request = Request { method, path: path.to_owned(), body: body.clone() };
    let mut asking = Asking::new(ReplicaId(at), request);
    asking.op = op.map(|op| shared::id::OpId(op.to_owned())).or(asking.op);
    let asked = world.ask(asking);
    world.run_until(10_000, |world| world.replies.contains_key(&asked));
    world.run_until(10_000, |world| world.network.next().is_none() && world.is_quiet());
    let reply = &world.replies[&asked];
    (reply.status, reply.body["code"].as_str().unwrap_or_default().to_owned())
}

fn full() -> (u16, String) {
    (507, "full".to_owned())
}

fn ok(status: u16) -> (u16, String) {
    (status, String::new())
}

#[test]
fn notes_beyond_the_limit_are_refused_and_a_retry_gets_its_first_result() {
    for mode in MODES {
        let limits = Limits { notes: 2, ..Limits::default() };
        let mut world = World::new(Cluster { limits, ..Cluster::of(3) }, mode, 1, Faults::NONE);
        let note = json!({ "title": "t" });
        let post = |world: &mut World, at, op| ask(world, at, Method::Post, "/note", &note, op);
        assert_eq!(post(&mut world, 1, None), ok(201));
        assert_eq!(post(&mut world, 2, Some("second")), ok(201));
        assert_eq!(post(&mut world, 3, None), full(), "{mode:?}");
        assert_eq!(post(&mut world, 3, Some("second")), ok(201), "it was done before");
        assert_eq!(ask(&mut world, 3, Method::Patch, "/note/1", &json!({ "title": "longer" }), None), ok(200));
        assert_eq!(ask(&mut world, 3, Method::Delete, "/note/1", &json!({}), None), ok(200));
        assert_eq!(post(&mut world, 1, None), full(), "its id is never used again");
    }
}

#[test]
fn text_beyond_the_limit_is_refused_until_there_is_room_again() {
    for mode in MODES {
        let limits = Limits { bytes: 10, ..Limits::default() };
        let mut world = World::new(Cluster { limits, ..Cluster::of(3) }, mode, 1, Faults::NONE);
        let text = |length: usize| json!({ "title": "x".repeat(length) });
        assert_eq!(ask(&mut world, 1, Method::Post, "/note", &text(6), None), ok(201));
        assert_eq!(ask(&mut world, 2, Method::Post, "/note", &text(5), None), full(), "{mode:?}");
        assert_eq!(ask(&mut world, 2, Method::Post, "/note", &text(4), None), ok(201));
        assert_eq!(ask(&mut world, 3, Method::Patch, "/note/1", &text(7), None), full());
        assert_eq!(ask(&mut world, 3, Method::Put, "/note/1", &text(2), None), ok(200));
        assert_eq!(ask(&mut world, 1, Method::Patch, "/note/2", &text(8), None), ok(200));
        assert_eq!(ask(&mut world, 1, Method::Get, "/note/2", &json!({}), None), ok(200));
    }
}
