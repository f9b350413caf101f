//! The cursor over real events: those of the core, run by the simulation.

use serde_json::json;
use shared::config::Mode;
use shared::event::EventKind;
use shared::id::{Node, ReplicaId};
use shared::request::{Method, Request};
use shared::sim::{Asking, Faults, World, random_world};

use super::pills::{PillKey, pills};
use super::*;

mod moves;

fn random_events(seed: u64) -> Vec<Event> {
    random_world(seed).1.events
}

/// The events of a handoff: note 1 is created at replica 1, then changed at replica 3.
fn handoff() -> Vec<Event> {
    let mut world = World::new(shared::replica::Cluster::of(4), Mode::LocalWrite, 7, Faults::NONE);
    let request =
        |method, path: &str, title: &str| Request { method, path: path.to_owned(), body: json!({ "title": title }) };
    let first = world.ask(Asking::new(ReplicaId(1), request(Method::Post, "/note", "first")));
    world.run_until(10_000, |world| world.replies.contains_key(&first));
    let second = world.ask(Asking::new(ReplicaId(3), request(Method::Patch, "/note/1", "second")));
    world.run_until(10_000, |world| world.replies.contains_key(&second));
    world.events
}

fn filled(events: Vec<Event>) -> Playback {
    let mut playback = Playback::default();
    for event in events {
        playback.push(event);
    }
    playback
}

fn play_to_the_end(playback: &mut Playback) {
    while playback.is_moving() {
        playback.tick(16.0);
    }
}

fn finish_step(playback: &mut Playback) {
    while playback.is_moving() {
        playback.tick(50.0);
    }
}

fn folded(events: &[Event], count: u64) -> ClusterView {
    let mut view = ClusterView::default();
    events.iter().take(usize::try_from(count).expect("few events")).for_each(|event| view.apply(event));
    view
}

#[test]
fn the_screen_is_the_fold_wherever_the_cursor_is() {
    for seed in 0..6 {
        let events = random_events(seed);
        let mut playback = filled(events.clone());
        playback.set_still(true);
        let stops = playback.status().stops;
        for number in [stops, stops / 2, 1, stops / 3, stops, 0, stops / 5, stops * 3 / 4] {
            playback.command(Action::Seek(number));
            assert_eq!(playback.status().stop, number, "seed {seed}");
            assert_eq!(playback.picture.view, folded(&events, playback.place()), "seed {seed}, event {number}");
        }
    }
}

#[test]
fn a_step_back_restores_everything() {
    let events = random_events(3);
    let mut playback = filled(events);
    playback.set_still(true);
    playback.command(Action::Seek(10));
    let (view, seen) = (playback.picture.view.clone(), pills(&playback));
    for _ in 0..40 {
        playback.command(Action::StepForward);
    }
    assert_ne!(playback.picture.view, view);
    for _ in 0..40 {
        playback.command(Action::StepBack);
    }
    assert_eq!((&playback.picture.view, pills(&playback)), (&view, seen));
}

#[test]
fn a_step_glides_to_the_next_picture_and_stops() {
    let mut playback = filled(handoff());
    playback.command(Action::Seek(3));
    playback.command(Action::StepForward);
    assert!(playback.is_moving(), "it glides");
    finish_step(&mut playback);
    assert_eq!(playback.status().stop, 4);
    assert!(!playback.status().playing);
    playback.command(Action::StepForward);
    playback.command(Action::StepForward);
    finish_step(&mut playback);
    assert_eq!(playback.status().stop, 6, "a step that is still gliding counts");
}

#[test]
fn playing_shows_every_message_and_ends_at_live() {
    let events = handoff();
    let sent = events.iter().filter(|event| matches!(event.kind, EventKind::Sent { .. })).count();
    let mut playback = filled(events);
    let mut seen = std::collections::BTreeSet::new();
    while playback.is_moving() {
        playback.tick(16.0);
        seen.extend(pills(&playback).into_iter().map(|pill| pill.key));
    }
    let messages = seen.iter().filter(|key| matches!(key, PillKey::Message(_))).count();
    assert_eq!(messages, sent);
    assert_eq!(seen.len() - messages, 4, "two requests and two replies of clients");
    assert_eq!(playback.status().behind(), 0);
    assert!(pills(&playback).is_empty(), "everything has landed");
}

#[test]
fn a_pill_leaves_at_its_send_and_arrives_at_its_receive() {
    let mut playback = filled(handoff());
    let mut last: std::collections::BTreeMap<PillKey, f64> = std::collections::BTreeMap::new();
    while playback.is_moving() {
        playback.tick(10.0);
        let time = playback.time();
        for pill in pills(&playback) {
            let progress = pill.progress(time);
            let before = last.insert(pill.key, progress);
            assert!(before.is_none_or(|before| before <= progress), "{pill:?} never turns back");
            assert!(before.is_some() || progress < 0.1, "{pill:?} appears where it leaves");
        }
    }
    assert!(last.values().all(|progress| *progress > 0.9), "{last:?}");
}

#[test]
fn the_crown_travels_with_the_promise_of_the_old_holder_alone() {
    let mut playback = filled(handoff());
    let mut crowned = std::collections::BTreeMap::new();
    while playback.is_moving() {
        playback.tick(16.0);
        crowned.extend(
            pills(&playback).into_iter().filter(|pill| pill.crown).map(|pill| (pill.key, (pill.from, pill.to))),
        );
    }
    let replica = |id| Node::Replica(ReplicaId(id));
    assert_eq!(crowned.values().copied().collect::<Vec<_>>(), [(replica(1), replica(3))]);
}

#[test]
fn what_comes_while_paused_waits_and_live_jumps_over_it() {
    let events = handoff();
    let (early, late) = events.split_at(events.len() / 2);
    let mut playback = filled(early.to_vec());
    play_to_the_end(&mut playback);
    playback.command(Action::Pause);
    let before = playback.picture.view.clone();
    late.iter().cloned().for_each(|event| playback.push(event));
    playback.tick(16.0);
    assert_eq!(playback.picture.view, before);
    assert!(playback.status().behind() > 0 && !playback.is_moving());
    playback.command(Action::Live);
    assert_eq!(playback.picture.view, folded(&events, events.len() as u64));
    assert!(playback.status().playing && playback.status().behind() == 0);
}

#[test]
fn memory_is_bounded_and_places_stay() {
    let run = handoff();
    let mut playback = Playback::default();
    playback.command(Action::Pause);
    let mut sent = 0;
    while sent < log::LIMIT + 3_000 {
        for event in &run {
            playback.push(event.clone());
            sent += 1;
        }
    }
    assert!(playback.log.end_place() - playback.log.first_place() <= log::LIMIT as u64);
    assert!(playback.place() >= playback.log.first_place(), "the cursor is moved along with what is kept");
    playback.command(Action::Live);
    assert_eq!(playback.place(), sent as u64);
    let last = playback.status().stops;
    playback.command(Action::Seek(last - 100));
    assert_eq!(playback.status().stop, last - 100);
    playback.command(Action::Seek(1));
    assert!(playback.status().stop <= playback.status().gone + 1);
}

#[test]
fn a_snapshot_starts_again_and_keeps_the_speed() {
    let mut playback = filled(handoff());
    playback.command(Action::Speed(Speed::Real(20)));
    let view = playback.log.picture(playback.log.end_place()).view;
    playback.reset(view.clone(), 0);
    assert_eq!((playback.status().stops, playback.status().speed), (0, Speed::Real(20)));
    assert_eq!(playback.picture.view, view);
}

#[test]
fn the_past_lies_behind_the_cursor_from_the_beginning() {
    let mut events = handoff();
    (1..).zip(&mut events).for_each(|(seq, event)| event.seq = seq);
    let past = events.len() as u64 - 10;
    let mut playback = Playback::default();
    playback.reset(ClusterView::default(), past);
    for event in events.iter().cloned() {
        playback.push(event);
    }
    assert_eq!((playback.place(), playback.status().playing), (past, true), "what is new is shown");
    playback.reset(ClusterView::default(), past);
    for event in events {
        playback.push(event);
        if playback.place() == 20 {
            playback.command(Action::Seek(1));
        }
    }
    assert_eq!(playback.status().stop, 1, "whoever looks at the past already stays there");
}

#[test]
fn the_cursor_says_where_it_is_in_its_request() {
    let mut playback = filled(handoff());
    playback.command(Action::Live);
    let within = playback.within().expect("the last event belongs to a request");
    assert_eq!(within.number, within.count);
    assert!((within.elapsed - within.total).abs() < 1e-9 && within.total > 0.0);
}

#[test]
fn many_events_at_once_are_the_same_as_one_by_one() {
    for seed in 0..4 {
        let numbered = |(index, event): (usize, Event)| Event { seq: index as u64 + 1, ..event };
        let events: Vec<Event> = random_events(seed).into_iter().enumerate().map(numbered).collect();
        let past = events.len() as u64 / 2;
        let (mut at_once, mut single) = (Playback::default(), Playback::default());
        at_once.reset(ClusterView::default(), past);
        single.reset(ClusterView::default(), past);
        at_once.push_all(events.clone());
        for event in events {
            single.push(event);
        }
        // What is shown while the last reply of the past lands has its place there, too.
        assert!(at_once.place() >= past, "the cursor begins behind the past");
        assert_eq!(at_once.place(), at_once.log().place_at(at_once.time()));
        assert_eq!((at_once.place(), at_once.picture()), (single.place(), single.picture()));
        assert_eq!(at_once.status(), single.status());
        at_once.command(Action::Live);
        single.command(Action::Live);
        assert_eq!(at_once.picture(), single.picture());
    }
}
