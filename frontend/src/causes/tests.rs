//! Chains over simulated runs: each cause before its effect, each client's chain back to its request.

use serde_json::json;
use shared::config::Mode;
use shared::gist::Say;
use shared::id::ReplicaId;
use shared::message::Parcel;
use shared::request::{Method, Request};
use shared::sim::{Asking, Faults, World, random_world};
use shared::view::ClusterView;

use super::*;

fn logged(events: &[Event]) -> Log {
    let mut log = Log::new(ClusterView::default());
    events.iter().cloned().for_each(|event| log.push(event));
    log
}

/// Note 1 is created at replica 1, then changed at replica 3.
fn handoff(mode: Mode) -> World {
    let mut world = World::new(shared::replica::Cluster::of(4), mode, 7, Faults::NONE);
    for (at, method, path) in [(1, Method::Post, "/note"), (3, Method::Patch, "/note/1")] {
        let request = Request { method, path: path.to_owned(), body: json!({ "title": "x" }) };
        let asked = world.ask(Asking::new(ReplicaId(at), request));
        world.run_until(10_000, |world| world.replies.contains_key(&asked));
    }
    world
}

fn event(log: &Log, place: u64) -> &Event {
    &log.entry(place).expect("it is kept").event
}

/// Returns what a link names.
fn named(link: Link) -> Option<u64> {
    match link {
        Link::Because(place) | Link::Awaited(place) => Some(place),
        Link::Timer | Link::Asked | Link::ByHand | Link::Forgotten => None,
    }
}

#[test]
fn a_cause_happened_before_its_effect() {
    for seed in 0..12 {
        let log = logged(&random_world(seed).1.events);
        for place in 0..log.end_place() {
            let mut effect = place;
            for link in chain(&log, place) {
                let Some(cause) = named(link) else { continue };
                let (before, after) = (&event(&log, cause).stamp, &event(&log, effect).stamp);
                assert!(before.happened_before(after), "seed {seed}: {cause} before {effect}");
                if link == Link::Because(cause) {
                    effect = cause;
                }
            }
        }
    }
}

#[test]
fn a_clients_chain_ends_at_its_own_request() {
    let mut whole = 0;
    for seed in 0..12 {
        let log = logged(&random_world(seed).1.events);
        for place in 0..log.end_place() {
            let Some(trace) = event(&log, place).trace.clone() else { continue };
            let last = chain(&log, place).last().copied();
            let Some(last) = last else { continue };
            let Link::Because(end) = last else { panic!("seed {seed}, event {place} ends with {last:?}") };
            let end = event(&log, end);
            let is_request = matches!(end.kind, EventKind::ClientRequest { .. });
            assert!(is_request, "seed {seed}, event {place}: {:?}", end.kind);
            assert_eq!(end.trace.as_ref(), Some(&trace), "seed {seed}, event {place}");
            whole += 1;
        }
    }
    assert!(whole > 1_000, "{whole} chains");
}

/// Returns the name of an event's kind as the feed has it.
fn name(kind: &serde_json::Value) -> &str {
    let key = || kind.as_object()?.keys().next().map(String::as_str);
    kind.as_str().or_else(key).unwrap_or_default()
}

/// Writes a chain as the names of its nodes and events.
fn written(log: &Log, place: u64) -> String {
    let one = |link: Link| {
        let Some(place) = named(link) else { return format!("{link:?}") };
        let event = event(log, place);
        let kind = serde_json::to_value(&event.kind).expect("events are JSON");
        let wait = if matches!(link, Link::Awaited(_)) { "awaited " } else { "" };
        format!("{wait}{} {}", event.node, name(&kind))
    };
    chain(log, place).into_iter().map(one).collect::<Vec<_>>().join(" < ")
}

#[test]
fn the_reply_of_a_handoff_goes_back_over_ack_update_promises_and_claims() {
    let log = logged(&handoff(Mode::LocalWrite).events);
    let last = log.end_place() - 1;
    assert!(matches!(event(&log, last).kind, EventKind::ClientReply { .. }));
    let chain = written(&log, last);
    let round = |other| format!("r3 received < {other} sent < {other} received < r3 sent < ");
    let other = if chain.contains("r2 sent") { "r2" } else { "r4" };
    assert!(chain.starts_with("r3 received < "), "{chain}");
    assert!(chain.ends_with(&[round(other), round("r1"), "r3 client_request".to_owned()].concat()), "{chain}");
    assert_eq!(chain.matches('<').count(), 12, "ack and update, promise and claim, crown and question: {chain}");
}

#[test]
fn what_nobody_caused_is_a_timers() {
    let mut world = handoff(Mode::RemoteWrite);
    world.network.cut(ReplicaId(2), ReplicaId(1));
    let request = Request { method: Method::Patch, path: "/note/1".to_owned(), body: json!({ "title": "y" }) };
    world.ask(Asking::new(ReplicaId(2), request));
    world.run_for(shared::time::Micros::from_millis(400));
    let log = logged(&world.events);
    let forwards = |place: &u64| matches!(&event(&log, *place).kind, EventKind::Sent { parcel, .. } if matches!(parcel, Parcel::Peer(gist) if gist.say == Say::Forward));
    let again = (0..log.end_place()).rev().find(forwards).expect("it is forwarded again");
    assert_eq!(written(&log, again), "Timer < r2 client_request");
}

#[test]
fn a_switch_was_asked_for() {
    let mut world = handoff(Mode::RemoteWrite);
    world.switch(ReplicaId(2), Mode::LocalWrite);
    world.run_for(shared::time::Micros::from_millis(400));
    let log = logged(&world.events);
    let froze = |node: Node| {
        let is = |place: &u64| {
            event(&log, *place).node == node && matches!(event(&log, *place).kind, EventKind::Froze { .. })
        };
        (0..log.end_place()).find(is).expect("all freeze")
    };
    assert_eq!(written(&log, froze(Node::Replica(ReplicaId(2)))), "Asked");
    assert_eq!(written(&log, froze(Node::Replica(ReplicaId(3)))), "r3 received < r2 sent < Asked");
}
