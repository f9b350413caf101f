//! The figure over simulated runs: each step is lit exactly when its events are at the cursor.

use serde_json::json;
use shared::event::Event;
use shared::id::ReplicaId;
use shared::sim::{Asking, Faults, World, random_world};

use super::*;
use crate::playback::Action;

/// The events of some requests, one after the other, each at its replica.
fn run(mode: Mode, requests: &[(u8, Method, &str)]) -> Vec<Event> {
    let mut world = World::new(shared::replica::Cluster::of(4), mode, 7, Faults::NONE);
    for (at, method, path) in requests {
        let request = Request { method: *method, path: (*path).to_owned(), body: json!({ "title": "x" }) };
        let asked = world.ask(Asking::new(ReplicaId(*at), request));
        world.run_until(10_000, |world| world.replies.contains_key(&asked));
        world.run_for(shared::time::Micros::from_millis(200));
    }
    world.events
}

fn at_each_stop(events: Vec<Event>, mut look: impl FnMut(&Entry, &Figure)) {
    let mut playback = Playback::default();
    playback.set_still(true);
    for event in events {
        playback.push(event);
    }
    for stop in 1..=playback.status().stops {
        playback.command(Action::Seek(stop));
        let (_, entry) = playback.current().expect("there is an event");
        look(&entry.clone(), &figure(&playback));
    }
}

const WRITES: [(u8, Method, &str); 2] = [(1, Method::Post, "/note"), (3, Method::Patch, "/note/1")];

#[test]
fn a_step_is_lit_exactly_when_its_events_are_at_the_cursor() {
    for mode in [Mode::RemoteWrite, Mode::LocalWrite] {
        let mut seen = std::collections::BTreeSet::new();
        at_each_stop(run(mode, &WRITES), |entry, figure| {
            for step in STEPS {
                let lit = figure.of(step).state == State::Now;
                assert_eq!(lit, entry.event.step == Some(step), "{step:?} at {:?}", entry.event);
                assert_eq!(
                    svg(figure).contains(&format!(
                        "now here\" data-kind=\"{}\" data-step=\"{}\"",
                        kind(step, mode).as_str(),
                        crate::kind::step_name(step)
                    )),
                    lit && takes_an_arrow(entry, figure),
                    "{step:?} at {:?}",
                    entry.event
                );
                if lit {
                    seen.insert(step);
                }
            }
        });
        assert_eq!(seen.len(), 5, "{mode:?}: {seen:?}");
    }
}

/// Whether the event at the cursor is about a message between two boxes that the figure joins.
fn takes_an_arrow(entry: &Entry, figure: &Figure) -> bool {
    let is_message = !matches!(entry.event.kind, EventKind::Stepped { .. });
    // The textbook's W2 goes between the old primary and the new one; the claims of others are beside it.
    let aside = entry.event.step == Some(Step::W2) && figure.mode == Mode::LocalWrite;
    let to_old = figure.ends.is_some_and(|(from, to)| [from, to].map(Node::replica).contains(&figure.cast.primary));
    is_message && (!aside || (figure.cast.primary.is_some() && to_old))
}

#[test]
fn the_messages_of_a_handoff_are_counted() {
    let mut last = None;
    at_each_stop(run(Mode::LocalWrite, &WRITES), |entry, figure| {
        if entry.event.trace.is_some() {
            last = Some(figure.clone());
        }
    });
    let figure = last.expect("there is a request");
    let counts = STEPS.map(|step| figure.of(step).messages);
    // The question; a claim and a promise with each of three; the answer; three updates, three acknowledgements.
    assert_eq!(counts, [1, 6, 1, 3, 3, 0, 0]);
    assert_eq!(figure.request.as_deref(), Some("PATCH /note/1"));
    let cast = &figure.cast;
    assert_eq!((cast.asked, cast.primary), (Some(ReplicaId(3)), Some(ReplicaId(1))), "the item moves from R1 to R3");
    assert_eq!((cast.beside, cast.rest.as_slice()), (Some(ReplicaId(2)), [ReplicaId(4)].as_slice()));
}

#[test]
fn a_forwarded_write_names_its_primary_and_a_read_its_backup() {
    let mut casts = Vec::new();
    let requests = [WRITES[0], WRITES[1], (2, Method::Get, "/note/1")];
    at_each_stop(run(Mode::RemoteWrite, &requests), |entry, figure| {
        if matches!(entry.event.kind, EventKind::ClientReply { .. }) {
            casts.push((
                figure.cast.asked,
                figure.cast.primary,
                figure.cast.beside,
                STEPS.map(|step| figure.of(step).messages),
            ));
        }
    });
    let [one, two, three] = [1, 2, 3].map(|id| Some(ReplicaId(id)));
    // A write at the primary itself; one at a backup (question, forward, updates, acknowledgements, two answers); a read.
    assert_eq!(casts[0], (one, one, two, [1, 0, 3, 3, 1, 0, 0]));
    assert_eq!(casts[1], (three, one, two, [1, 1, 3, 3, 2, 0, 0]));
    assert_eq!(casts[2], (None, one, two, [0, 0, 0, 0, 0, 1, 1]));
}

#[test]
fn a_step_that_was_done_stays_done_until_the_next_request() {
    let mut before: Option<(Option<TraceId>, Figure)> = None;
    at_each_stop(random_world(5).1.events, |entry, figure| {
        let trace = entry.event.trace.clone();
        if let Some((_, earlier)) = before.take().filter(|(old, earlier)| *old == trace && earlier.mode == figure.mode)
        {
            for step in STEPS {
                let (old, new) = (earlier.of(step), figure.of(step));
                assert!(
                    old.messages <= new.messages && (old.state == State::Ahead || new.state != State::Ahead),
                    "{step:?}"
                );
            }
        }
        before = Some((trace, figure.clone()));
    });
}
