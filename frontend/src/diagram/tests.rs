//! Scenes and orders of real events: those of the core, run by the simulation.

use std::collections::BTreeMap;

use serde_json::json;
use shared::config::Mode;
use shared::event::{Event, EventKind, Why};
use shared::id::MessageId;
use shared::replica::Cluster;
use shared::request::{Method, Request};
use shared::sim::{Asking, Faults, World, random_world};

use super::order::{Order, compare, verdict};
use super::rows::Rows;
use super::scene::{End, Frame, Scene, Sign};
use super::*;
use crate::kind::Kind;
use crate::playback::{Action, Log, Playback};

pub(crate) fn filled(events: &[Event]) -> Playback {
    let mut playback = Playback::default();
    for event in events {
        playback.push(event.clone());
    }
    playback.command(Action::Live);
    playback
}

/// Note 1 is created at replica 1, then changed at replica 3.
pub(crate) fn handoff() -> Playback {
    let mut world = World::new(Cluster::of(4), Mode::LocalWrite, 7, Faults::NONE);
    let request =
        |method, path: &str, title: &str| Request { method, path: path.to_owned(), body: json!({ "title": title }) };
    let first = world.ask(Asking::new(ReplicaId(1), request(Method::Post, "/note", "first")));
    world.run_until(10_000, |world| world.replies.contains_key(&first));
    let second = world.ask(Asking::new(ReplicaId(3), request(Method::Patch, "/note/1", "second; <b> & “more”")));
    world.run_until(10_000, |world| world.replies.contains_key(&second));
    filled(&world.events)
}

fn frame(replicas: usize) -> Frame {
    Frame { lanes: lanes(replicas), width: 340.0, unit: 14.0 }
}

fn whole(playback: &Playback, rows: &Rows) -> Scene {
    Scene::new(playback, rows, frame(4), 0..rows.count(playback.log()))
}

/// The events before any replica starts for a second time: a clock in memory ends with its replica.
fn first_lives(events: &[Event]) -> &[Event] {
    let mut started = Vec::new();
    let again = events.iter().position(|event| {
        let again = matches!(event.kind, EventKind::Started { .. }) && started.contains(&event.node);
        started.push(event.node);
        again
    });
    &events[..again.unwrap_or(events.len())]
}

/// For each event: those from which it is reached, along nodes and messages.
fn reached(events: &[Event]) -> Vec<Vec<bool>> {
    let mut last: BTreeMap<Node, usize> = BTreeMap::new();
    let mut sent: BTreeMap<MessageId, usize> = BTreeMap::new();
    let mut reached: Vec<Vec<bool>> = Vec::new();
    for (index, event) in events.iter().enumerate() {
        let mut causes: Vec<usize> = last.get(&event.node).copied().into_iter().collect();
        if let EventKind::Received { message } = event.kind {
            causes.push(sent[&message]);
        }
        let mut from = vec![false; events.len()];
        for cause in causes {
            from[cause] = true;
            reached[cause].iter().enumerate().filter(|(_, is)| **is).for_each(|(earlier, _)| from[earlier] = true);
        }
        reached.push(from);
        last.insert(event.node, index);
        if let EventKind::Sent { message, .. } = event.kind {
            sent.insert(message, index);
        }
    }
    reached
}

#[test]
fn the_order_of_the_clocks_is_that_of_the_graph_and_each_way_is_a_way() {
    let (mut before, mut concurrent) = (0, 0);
    for seed in 0..25 {
        let events = random_world(seed).1.events;
        let events = first_lives(&events);
        let events = &events[..events.len().min(500)];
        let (playback, reached) = (filled(events), reached(events));
        for b in (0..events.len()).step_by(3) {
            for a in (0..events.len()).step_by(5) {
                let order = compare(playback.log(), a as u64, b as u64).expect("both are kept");
                match order {
                    Order::Same => assert_eq!(a, b),
                    Order::Concurrent => {
                        assert!(!reached[b][a] && !reached[a][b], "seed {seed}: {a} and {b}");
                        concurrent += 1;
                    }
                    Order::Before { first, then, way } => {
                        let (one, other) = if first == a as u64 { (a, b) } else { (b, a) };
                        assert!(reached[other][one], "seed {seed}: {first} before {then}");
                        check_way(playback.log(), &way, (first, then), seed);
                        before += 1;
                    }
                }
            }
        }
    }
    assert!(before > 1_000 && concurrent > 1_000, "{before} in order, {concurrent} not");
}

fn check_way(log: &Log, way: &[order::Hop], (first, then): (u64, u64), seed: u64) {
    let ends = (way.first().map(|hop| hop.place), way.last().map(|hop| hop.place));
    assert_eq!(ends, (Some(first), Some(then)), "seed {seed}: {way:?}");
    for (before, hop) in way.iter().zip(&way[1..]) {
        let node = |place| log.entry(place).expect("it is kept").event.node;
        assert!(before.place < hop.place, "seed {seed}: {way:?}");
        match hop.message {
            None => assert_eq!(node(before.place), node(hop.place), "seed {seed}: {way:?}"),
            Some(message) => assert_eq!(log.passage(message).map(|passage| passage.sent), Some(before.place)),
        }
    }
}

#[test]
fn a_handoff_says_why_in_words() {
    let playback = handoff();
    let at = |wanted: &dyn Fn(&EventKind) -> bool| {
        let found = playback.log().entries_from(0).filter(|(_, entry)| wanted(&entry.event.kind));
        found.map(|(place, _)| place).collect::<Vec<_>>()
    };
    let asked = at(&|kind| matches!(kind, EventKind::ClientRequest { .. }));
    let replied = at(&|kind| matches!(kind, EventKind::ClientReply { .. }));
    let said = verdict(playback.log(), replied[1], asked[0]).expect("both are kept");
    assert_eq!(said.sentence, "B happened before A: it could have caused it.");
    assert!(said.way.starts_with("R1 —") && said.way.ends_with("R3"), "{}", said.way);
    let acks = playback.log().entries_from(0).filter(|(_, entry)| {
        entry.kind == Kind::Ack
            && matches!(entry.event.kind, EventKind::Sent { .. })
            && entry.event.node != Node::Gateway
    });
    let acks: Vec<u64> = acks.map(|(place, _)| place).take(2).collect();
    let said = verdict(playback.log(), acks[0], acks[1]).expect("both are kept");
    assert_eq!(
        (said.sentence.as_str(), said.deciding.len()),
        ("A and B are concurrent: neither could have caused the other.", 2)
    );
}

#[test]
fn two_are_picked_and_let_go() {
    let mut options = Options::default();
    options.pick(4);
    options.pick(9);
    assert_eq!(options.picked, [Some(4), Some(9)]);
    options.pick(7);
    assert_eq!(options.picked, [Some(4), Some(7)]);
    options.pick(4);
    assert_eq!(options.picked, [Some(7), None]);
    options.pick(7);
    assert_eq!(options.picked, [None, None]);
}

#[test]
fn rows_are_found_both_ways() {
    for seed in 0..4 {
        let playback = filled(&random_world(seed).1.events);
        let log = playback.log();
        let some: Vec<u64> = (0..log.end_place()).step_by(7).collect();
        for rows in [Rows::Pictured, Rows::All, Rows::These(some)] {
            let count = rows.count(log);
            assert!(rows.event(log, count).is_none() && count > 0);
            for row in 0..count {
                let (place, _) = rows.event(log, row).expect("there is such a row");
                assert_eq!((rows.of(log, place), rows.before(log, place)), (Some(row), row), "seed {seed}, {rows:?}");
            }
        }
    }
}

#[test]
fn every_message_is_an_arrow_and_every_event_a_dot() {
    let playback = handoff();
    let scene = whole(&playback, &Rows::Pictured);
    let log = playback.log();
    let sent = log.entries_from(0).filter(|(_, entry)| matches!(entry.event.kind, EventKind::Sent { .. })).count();
    let visits = log.entries_from(0).filter(|(_, entry)| {
        matches!(entry.event.kind, EventKind::ClientRequest { .. } | EventKind::ClientReply { .. })
    });
    assert_eq!(scene.arrows.len(), sent + visits.count());
    assert_eq!(scene.dots.len() as u64, log.stops());
    assert!(scene.dots.iter().any(|dot| dot.sign == Sign::Crown));
    let arrived = scene.arrows.iter().filter(|arrow| arrow.end == End::Arrives && arrow.message.is_some());
    for arrow in arrived {
        assert!(arrow.to.y > arrow.from.y, "{arrow:?} goes back in time");
    }
}

#[test]
fn a_window_shows_what_the_whole_shows_there() {
    for seed in [2, 5, 11] {
        let playback = filled(&random_world(seed).1.events);
        let all = whole(&playback, &Rows::Pictured);
        for start in (0..all.rows.end).step_by(37) {
            let part = Scene::new(&playback, &Rows::Pictured, frame(4), start..start + 30);
            let wanted = |dot: &&scene::Dot| part.rows.contains(&dot.row);
            assert!(part.dots.iter().eq(all.dots.iter().filter(wanted)), "seed {seed}, row {start}");
            for arrow in all.arrows.iter().filter(|arrow| part.dots.iter().any(|dot| dot.place == arrow.place)) {
                assert!(part.arrows.iter().any(|other| other.from == arrow.from && other.to == arrow.to), "{arrow:?}");
            }
        }
    }
}

#[test]
fn a_lost_message_ends_on_its_way() {
    let mut events: Vec<Event> = Vec::new();
    for event in handoff().log().entries_from(0).map(|(_, entry)| entry.event.clone()) {
        if let EventKind::Received { message } = event.kind
            && events.len() > 60
        {
            let kind = EventKind::Lost { message, why: Why::Unreachable };
            events.push(Event { node: message.from, kind, ..event });
            break;
        }
        events.push(event);
    }
    let scene = whole(&filled(&events), &Rows::Pictured);
    let dead: Vec<_> = scene.arrows.iter().filter(|arrow| arrow.end == End::Dies).collect();
    let [dead] = dead.as_slice() else { panic!("one message is lost, not {dead:?}") };
    assert!(!scene.frame.lanes.iter().any(|lane| (scene.frame.x(*lane) - dead.to.x).abs() < 1.0), "between two lanes");
}
