//! Searches over real events: those of the core, run by the simulation.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use shared::config::Mode;
use shared::event::{Event, EventKind};
use shared::id::{Node, NoteId, ReplicaId, TraceId};
use shared::request::{Method, Request};
use shared::sim::{Asking, Faults, World, random_world};

use super::query::{CLIENT, KIND, NOTE, term_of, with_term};
use super::{Matcher, Problem, Query};
use crate::playback::mark::Jump;
use crate::playback::{Entry, Playback};

/// Note 1 is created at replica 1 and changed at replica 3, note 2 is created at replica 2.
fn events() -> Vec<Event> {
    let mut world = World::new(shared::replica::Cluster::of(4), Mode::LocalWrite, 7, Faults::NONE);
    let requests = [
        (1, Method::Post, "/note", "first"),
        (3, Method::Patch, "/note/1", "second"),
        (2, Method::Post, "/note", "other"),
    ];
    for (replica, method, path, title) in requests {
        let request = Request { method, path: path.to_owned(), body: json!({ "title": title }) };
        let asked = world.ask(Asking::new(ReplicaId(replica), request));
        world.run_until(10_000, |world| world.replies.contains_key(&asked));
    }
    world.events
}

fn playback(events: Vec<Event>) -> Playback {
    let mut playback = Playback::default();
    for event in events {
        playback.push(event);
    }
    playback
}

/// Searches a log; returns the events that were found.
fn search(playback: &mut Playback, text: &str) -> Vec<Event> {
    let query = Query::parse(text, 4).unwrap_or_else(|problem| panic!("{text}: {}", problem.words()));
    playback.search(Some(query.matcher()));
    let found = playback.found().expect("something is searched for");
    let entries: Vec<(u64, &Entry)> =
        playback.log().entries_from(0).filter(|(place, _)| playback.meets(*place)).collect();
    let stops: Vec<u64> = entries.iter().filter(|(_, entry)| entry.is_stop).map(|(_, entry)| entry.stops).collect();
    assert_eq!(found.stops().collect::<Vec<_>>(), stops, "{text}: both lists are of the same events");
    entries.into_iter().map(|(_, entry)| entry.event.clone()).collect()
}

#[test]
fn each_term_finds_its_events_and_no_others() {
    let mut playback = playback(events());
    let all = playback.log().len();

    let about = search(&mut playback, "note:2");
    assert!(!about.is_empty() && about.len() < all / 2);
    assert!(about.iter().all(|event| event.trace == about.last().and_then(|last| last.trace.clone())));

    let at_two = search(&mut playback, "replica:2");
    let second = Node::Replica(ReplicaId(2));
    let others: Vec<&Event> = at_two.iter().filter(|event| event.node != second).collect();
    let letters: Vec<_> =
        others.iter().map(|event| playback.letter(event).expect("only messages are elsewhere")).collect();
    assert!(letters.iter().all(|letter| (letter.from == second) != (letter.to == second)));
    assert!(letters.iter().any(|letter| letter.from == second) && letters.iter().any(|letter| letter.to == second));
    assert!(others.len() < at_two.len());
    assert_eq!(search(&mut playback, "Replica:R2").len(), at_two.len());

    let handoffs = search(&mut playback, "kind:handoff");
    assert_eq!(handoffs.len(), 1, "one crown goes from one replica to another");
    assert!(matches!(handoffs[0].kind, EventKind::Sent { .. }));
    assert_eq!(
        playback.found().and_then(|found| found.beside(0, true)),
        playback.jump(Jump::Handoff, true).or(Some(0))
    );

    let words = search(&mut playback, "HANDS role");
    assert_eq!(words, handoffs, "its sentence has both words");
    let line = search(&mut playback, "\"[PATCH] /note/1\"");
    assert!(
        line.iter().all(|event| matches!(event.kind, EventKind::ClientRequest { .. } | EventKind::ClientReply { .. }))
    );
    assert_eq!(line.len(), 2, "the lines of the step log are searched, too");
}

#[test]
fn a_client_is_its_door_or_its_request() {
    let mut playback = playback(events());
    let straight = search(&mut playback, "client:r3");
    assert!(matches!(straight.first().map(|event| &event.kind), Some(EventKind::ClientRequest { .. })));
    assert!(straight.iter().any(|event| event.node == Node::Replica(ReplicaId(1))), "what it caused elsewhere, too");
    assert!(straight.iter().all(|event| event.trace == straight[0].trace));
    assert_eq!(search(&mut playback, "client:gateway"), [], "no request came to the gateway");
    let query = Query::parse("client:a1b2-7", 4).expect("it is a trace id");
    assert_eq!(query.clients, [super::Client::Request(TraceId("a1b2-7".to_owned()))]);
}

#[test]
fn terms_of_one_name_are_any_and_all_others_must_hold() {
    let mut playback = playback(events());
    let count = |playback: &mut Playback, text| search(playback, text).len();
    let (one, two) = (count(&mut playback, "note:1"), count(&mut playback, "note:2"));
    assert_eq!(count(&mut playback, "note:1 note:2"), one + two);
    assert_eq!(count(&mut playback, "note:2 client:r3"), 0);
    assert!((1..one).contains(&count(&mut playback, "note:1 client:r3 kind:update replica:4")));
}

#[test]
fn what_is_no_query_is_said() {
    let problem = |text| Query::parse(text, 4).map_err(|problem| problem.words());
    assert!(problem("node:1").is_err_and(|said| said.starts_with("There is no search term node:; there are note:")));
    assert!(problem("note:x").is_err_and(|said| said.contains("not “x”")));
    assert!(problem("replica:5").is_err_and(|said| said.contains("from 1 to 4")));
    assert!(problem("client:me").is_err_and(|said| said.contains("r1 to r4")));
    assert!(problem("kind:hatch").is_err_and(|said| said.contains("read, update") && said.ends_with("switch.")));
    assert_eq!(Query::parse("a \"b c", 4), Err(Problem::Quote));
    assert!(Query::parse("  ", 4).is_ok_and(|query| query.is_empty()));
    assert!(Query::parse("note: kind: replica: client:", 4).is_ok_and(|query| query.is_empty()), "still being typed");
    let begun = Query::parse("kind:RE client:gat", 4).expect("beginnings are enough");
    assert_eq!(
        begun.sorts,
        ["request", "read", "reply"]
            .map(|word| Query::parse(&format!("kind:{word}"), 4).expect("it is a kind").sorts[0])
    );
    assert_eq!(begun.clients, [super::Client::Gateway]);
    let quoted = Query::parse("\"todo: Milk\" Buy", 4).expect("a colon may stand in quotation marks");
    assert_eq!(quoted.words, ["todo: milk", "buy"]);
}

#[test]
fn a_menu_changes_its_own_term_and_nothing_else() {
    let typed = "hello NOTE:1 \"a: b\" kind:ack note:2";
    assert_eq!(with_term(typed, NOTE, Some("3")), "hello \"a: b\" kind:ack note:3");
    assert_eq!(with_term(typed, KIND, None), "hello NOTE:1 \"a: b\" note:2");
    assert_eq!(with_term("", CLIENT, Some("gateway")), "client:gateway");
    assert_eq!(term_of(typed, NOTE).as_deref(), Some("1"));
    assert_eq!(term_of(typed, CLIENT), None);
    assert_eq!(Query::parse(&with_term(typed, NOTE, Some("3")), 4).map(|query| query.notes), Ok(vec![NoteId(3)]));
}

#[test]
fn each_event_is_looked_at_once_however_much_moves() {
    let looked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&looked);
    let matcher = Matcher::new(move |_, entry| {
        counter.fetch_add(1, Ordering::Relaxed);
        entry.kind == crate::kind::Kind::Update
    });
    let (mut playback, events) = (Playback::default(), random_world(5).1.events);
    let half = events.len() / 2;
    let mut rest = events.clone().into_iter();
    rest.by_ref().take(half).for_each(|event| playback.push(event));
    playback.search(Some(matcher));
    assert_eq!(looked.load(Ordering::Relaxed), half);
    rest.for_each(|event| playback.push(event));
    for _ in 0..2_000 {
        playback.tick(16.0);
    }
    assert_eq!(looked.load(Ordering::Relaxed), events.len());
    let found: Vec<u64> = playback.found().expect("something is searched for").stops().collect();
    let expected = playback.log().entries_from(0).filter(|(_, entry)| entry.kind == crate::kind::Kind::Update);
    assert_eq!(found, expected.filter(|(_, entry)| entry.is_stop).map(|(_, entry)| entry.stops).collect::<Vec<_>>());
}

#[test]
fn what_is_found_goes_with_the_oldest_events_and_a_new_start() {
    let mut playback = Playback::default();
    playback.search(Some(Matcher::new(|_, _| true)));
    let events = random_world(3).1.events;
    let many = events.iter().cycle().take(crate::playback::LIMIT + 1).cloned();
    many.for_each(|event| playback.push(event));
    let first = playback.log().first_place();
    assert!(first > 0 && !playback.found().is_some_and(|found| found.has(first - 1)));
    assert!(playback.found().is_some_and(|found| found.has(first)));
    playback.reset(shared::view::ClusterView::default(), 0);
    assert_eq!(playback.found().map(super::Found::len), Some(0));
    events.iter().take(9).for_each(|event| playback.push(event.clone()));
    assert!(playback.found().is_some_and(|found| found.has(8)), "the search goes on");
    playback.search(None);
    assert!(playback.found().is_none() && playback.meets(8));
}

#[test]
fn steps_between_matches_are_counted_as_folded() {
    let mut playback = playback(events());
    search(&mut playback, "kind:request");
    let found = playback.found().expect("something is searched for");
    assert_eq!(found.len(), 3);
    let around = found.around(playback.log().end_place(), 9, 9, 0);
    let stops: Vec<u64> = found.stops().collect();
    let folded = [stops[0] - 1, stops[1] - stops[0] - 1, stops[2] - stops[1] - 1];
    assert_eq!(around.iter().map(|(_, folded)| *folded).collect::<Vec<_>>(), folded);
    assert_eq!(found.around(around[1].0, 1, 1, 0), around[..2]);
    assert_eq!((found.beside(stops[1], true), found.beside(stops[1], false)), (Some(stops[2]), Some(stops[0])));
    assert_eq!((found.beside(stops[2], true), found.beside(stops[0], false)), (None, None));
    assert_eq!((found.end_of(true), found.end_of(false)), (Some(stops[2]), Some(stops[0])));
    assert_eq!((found.until(stops[1]), found.until(stops[1] - 1)), (2, 1));
}
