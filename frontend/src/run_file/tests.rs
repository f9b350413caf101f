//! Runs of the real core, whole and broken in every way.

use serde_json::json;
use shared::config::Mode;
use shared::event::Event;
use shared::id::ReplicaId;
use shared::request::{Method, Request};
use shared::sim::{Asking, Faults, World, random_world};
use shared::view::{ClusterView, Scene};

use super::*;
use crate::playback::{Action, Playback};

fn scene() -> Scene {
    let replicas = (1..=4).map(|id| format!("127.0.0.1:{id}0000")).collect();
    Scene { service: 9988, replicas, version: "0".to_owned(), started: 1_700_000_000, ..read::scene_of(&[]) }
}

/// Three notes in local-write, the last write a handoff.
fn handoffs() -> Vec<Event> {
    let mut world = World::new(shared::replica::Cluster::of(4), Mode::LocalWrite, 7, Faults::NONE);
    for (replica, method, path) in [
        (1, Method::Post, "/note"),
        (2, Method::Post, "/note"),
        (3, Method::Patch, "/note/1"),
        (4, Method::Patch, "/note/2"),
    ] {
        let body = json!({ "title": format!("by R{replica}") });
        let asked = world.ask(Asking::new(ReplicaId(replica), Request { method, path: path.to_owned(), body }));
        world.run_until(10_000, |world| world.replies.contains_key(&asked));
    }
    world.events
}

fn filled(events: Vec<Event>) -> Playback {
    let mut playback = Playback::default();
    playback.set_still(true);
    for event in events {
        playback.push(event);
    }
    playback
}

fn run_of(events: Vec<Event>) -> Run {
    Run { scene: Some(scene()), view: ClusterView::default(), from: 0, cursor: None, partial: false, events }
}

/// Returns the lines of a written run, without the line breaks.
fn lines(run: &Run) -> Vec<String> {
    write(run).lines().map(str::to_owned).collect()
}

fn words(remarks: &[Remark]) -> Vec<String> {
    remarks.iter().map(Remark::words).collect()
}

#[test]
fn what_is_written_is_read() {
    for seed in 0..4 {
        let mut run = run_of(random_world(seed).1.events);
        run.cursor = Some(Moment { seq: 7, past: 120 });
        assert_eq!(read(&write(&run)), Ok((run, Vec::new())), "seed {seed}");
    }
}

#[test]
fn the_moment_on_the_screen_comes_back() {
    let mut playback = filled(handoffs());
    let stops = playback.status().stops;
    for number in [stops, stops / 2, 1, stops * 4 / 5] {
        playback.command(Action::Seek(number));
        for run in [cut::whole(&playback, &scene()), cut::at_cursor(&playback, &scene())] {
            let (run, remarks) = read(&write(&run)).expect("it is a run");
            assert_eq!(remarks, Vec::new());
            let mut again = filled(Vec::new());
            again.reset(run.view.clone(), 0);
            run.events.iter().for_each(|event| again.push(event.clone()));
            let cursor = run.cursor.expect("the cursor is at an event");
            again.stop_at(cursor.seq, 0.0);
            assert_eq!(again.picture().view, playback.picture().view, "event {number}");
            assert_eq!(again.current().map(|(_, e)| &e.event), playback.current().map(|(_, e)| &e.event));
        }
    }
}

#[test]
fn a_cut_holds_the_request_and_little_else() {
    let mut playback = filled(handoffs());
    playback.command(Action::Live);
    let all = cut::whole(&playback, &scene());
    let trace = playback.current().and_then(|(_, entry)| entry.event.trace.clone()).expect("a write was last");
    let run = cut::at_cursor(&playback, &scene());
    let of_trace = |run: &Run| run.events.iter().filter(|event| event.trace.as_ref() == Some(&trace)).count();
    assert_eq!(of_trace(&run), of_trace(&all), "all of the request is in it");
    assert!(run.events.len() < all.events.len() / 2, "{} of {}", run.events.len(), all.events.len());
}

#[test]
fn a_pruned_picture_keeps_the_notes_of_its_events_as_they_were() {
    let mut playback = filled(handoffs());
    playback.command(Action::Live);
    let run = cut::at_cursor(&playback, &scene());
    let pruned = cut::only_its_notes(run.clone());
    assert!(pruned.partial && write(&pruned).contains("\"partial\":true"));
    let (mut whole, mut part) = (run.view, pruned.view);
    assert!(part.replicas[&ReplicaId(1)].notes.len() < whole.replicas[&ReplicaId(1)].notes.len());
    run.events.iter().for_each(|event| whole.apply(event));
    pruned.events.iter().for_each(|event| part.apply(event));
    for (id, replica) in &part.replicas {
        for (note, version) in &replica.notes {
            assert_eq!(whole.replicas[id].notes.get(note), Some(version));
        }
    }
}

#[test]
fn a_text_cut_anywhere_is_read_or_refused_and_nothing_else() {
    let mut events = handoffs();
    events.truncate(12);
    let run = run_of(events);
    let text = write(&run);
    let header = text.find('\n').expect("a header is a line");
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        match read(&text[..end]) {
            Ok((part, remarks)) => {
                let known = end >= header;
                assert_eq!(part.view, if known { run.view.clone() } else { ClusterView::default() }, "{end}");
                let whole = text[..end].lines().count() == part.events.len() + 1;
                assert!(
                    whole || matches!(remarks.last(), Some(Remark::CutShort { .. } | Remark::BadHeader { .. })),
                    "{end}: {remarks:?}"
                );
            }
            Err(unusable) => assert!(end < header, "{end}: {unusable:?}"),
        }
    }
}

#[test]
fn line_ends_marks_and_unknown_fields_do_not_matter() {
    let run = run_of(handoffs());
    let mut lines = lines(&run);
    lines[0] = lines[0].replacen("{\"baton\":1", "{\"baton\":1,\"later\":[1]", 1);
    lines[1] = lines[1].replacen('{', "{\"later\":{},", 1);
    lines.insert(2, String::new());
    assert_eq!(read(&format!("\u{feff}\r\n{}\r\n", lines.join("\r\n"))), Ok((run, Vec::new())));
}

#[test]
fn a_run_without_a_header_shows_what_its_events_tell() {
    let events = handoffs();
    let text: String = lines(&run_of(events.clone()))[1..].join("\n");
    let (run, remarks) = read(&text).expect("it has events");
    assert_eq!(remarks, [Remark::NoHeader]);
    assert_eq!((run.events, run.scene), (events, None));
    let (run, _) = read(&text).expect("it has events");
    assert_eq!(run.scene().replicas.len(), 4);
}

#[test]
fn holes_doubles_and_disorder_are_put_right_and_told() {
    let run = run_of(handoffs());
    let mut lines = lines(&run);
    lines.drain(21..24);
    let double = lines[9].clone();
    lines.push(double);
    lines.swap(4, 5);
    lines[12] = lines[12].replacen(",\"", " \"", 1);
    let (read, remarks) = read(&lines.join("\n")).expect("most of it is whole");
    assert_eq!(read.events.len(), run.events.len() - 4);
    let words = words(&remarks);
    assert!(words[0].starts_with("Line 13 is not an event: expected `,` or `}` at column "), "{words:?}");
    assert_eq!(words[1..3], ["Out of order, sorted: 2.", "Duplicates, ignored: 1."]);
    assert_eq!(words[3..], ["1 missing between event 11 and event 13.", "3 missing between event 20 and event 24."]);
    assert_eq!(missing(&read), 4);
}

#[test]
fn what_is_no_run_is_refused_with_the_line() {
    assert_eq!(read("\u{feff} \r\n\n"), Err(Unusable::Empty));
    let refused = read("\n<!doctype html>\n<title>Baton</title>\n").expect_err("it is a page").words();
    assert_eq!(
        refused,
        "This is not a run: a header or an event is expected on line 2, not this: expected value at column 1: `<!doctype html>`."
    );
    assert_eq!(read("{\"baton\":2}\n"), Err(Unusable::Newer(2)));
    assert_eq!(read(&"1\n".repeat(LINE_LIMIT + 1)), Err(Unusable::TooManyLines));
    assert_eq!(read(&" ".repeat(SIZE_LIMIT + 1)), Err(Unusable::TooLarge));
}

#[test]
fn impossible_numbers_are_not_believed() {
    let mut events = handoffs();
    events.truncate(3);
    for (from, to) in [("\"seq\":2,", "\"seq\":18446744073709551615,"), ("\"node\":\"", "\"node\":\"r77\",\"was\":\"")]
    {
        let mut lines = lines(&run_of(events.clone()));
        lines[2] = lines[2].replacen(from, to, 1);
        let (run, remarks) = read(&lines.join("\n")).expect("two of its events are whole");
        assert_eq!(run.events.len(), 2);
        assert!(matches!(remarks[0], Remark::BadLine { line: 3, .. }), "{remarks:?}");
    }
}

#[test]
fn a_damaged_header_costs_only_what_was_before() {
    let mut lines = lines(&run_of(handoffs()));
    lines[0].truncate(40);
    let (run, remarks) = read(&lines.join("\n")).expect("its events are whole");
    assert_eq!(run.scene().replicas.len(), 4);
    assert!(words(&remarks)[0].starts_with("Line 1 is a damaged header (EOF while parsing"), "{remarks:?}");
}
