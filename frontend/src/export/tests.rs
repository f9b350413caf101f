//! What is written is read back: as XML, as `ShiViz` reads it, and against a diagram known to be right.

use std::collections::BTreeMap;

use serde_json::Value;
use shared::sim::random_world;

use super::*;
use crate::diagram::tests::{filled, handoff};

#[test]
fn a_picture_is_well_formed_and_has_every_event() {
    for playback in [handoff(), filled(&random_world(3).1.events)] {
        let svg = write(&playback, 4, Scope::Everything, Format::Svg);
        let document = roxmltree::Document::parse(&svg).expect("it is XML");
        let said = document
            .descendants()
            .filter(|node| node.has_tag_name("text") && node.text().is_some_and(|text| text.contains('[')));
        assert_eq!(said.count(), places(&playback, Scope::Everything).len());
        assert!(!svg.contains("style="), "colours are attributes");
    }
}

/// Reads a log as `ShiViz` does and checks what it checks.
fn read_shiviz(log: &str) -> usize {
    let mut lines = log.lines();
    assert_eq!((lines.next(), lines.next()), (Some(shiviz::PARSER), Some("")));
    let lines: Vec<&str> = lines.collect();
    let mut own: BTreeMap<String, u64> = BTreeMap::new();
    for pair in lines.chunks(2) {
        let [head, what] = pair else { panic!("a line stands alone: {pair:?}") };
        let (host, clock) = head.split_once(' ').expect("a host and a clock");
        let clock: BTreeMap<String, u64> = serde_json::from_str(clock).expect("the clock is JSON");
        assert!(!what.is_empty() && clock.values().all(|count| *count > 0));
        *own.entry(host.to_owned()).or_default() += 1;
        assert_eq!(clock[host], own[host], "clocks grow by one");
        assert!(clock.iter().all(|(node, count)| own.get(node).is_some_and(|known| count <= known)), "{head}");
    }
    lines.len() / 2
}

#[test]
fn shiviz_takes_the_log() {
    for seed in 0..12 {
        let playback = filled(&random_world(seed).1.events);
        let count = places(&playback, Scope::Everything).len();
        assert_eq!(read_shiviz(&write(&playback, 5, Scope::Everything, Format::ShiViz)), count, "seed {seed}");
    }
    let request = write(&handoff(), 4, Scope::Request, Format::ShiViz);
    assert!(read_shiviz(&request) > 10, "{request}");
    let clock = request.lines().nth(2).and_then(|line| line.split_once(' ')).expect("there is an event").1;
    assert_eq!(serde_json::from_str::<Value>(clock).expect("it is JSON").to_string(), "{\"r3\":1}");
}

#[test]
fn a_request_is_a_sequence_diagram() {
    let text = write(&handoff(), 4, Scope::Request, Format::Mermaid);
    assert_eq!(text, include_str!("tests/handoff.mmd"), "{text}");
}

#[test]
fn before_any_request_there_is_none_to_write() {
    let playback = Playback::default();
    for format in Format::ALL {
        assert_eq!(write(&playback, 4, Scope::Request, format), "");
    }
}
