//! A log for `ShiViz`: two lines for each event, its node with its vector clock, and what happened.
//!
//! The first line is the expression by which `ShiViz` reads the rest; the second, which would part several runs, is empty.

use super::clocks::{Vector, clocks};
use crate::playback::Playback;
use crate::words;

/// How `ShiViz` is to read the log.
pub const PARSER: &str = r"(?<host>\S*) (?<clock>{.*})\n(?<event>.*)";

/// Writes these events, which are in order.
pub fn write(playback: &Playback, places: &[u64]) -> String {
    let mut text = [PARSER, "\n\n"].concat();
    for (place, clock) in places.iter().zip(clocks(playback.log(), places)) {
        let Some(entry) = playback.log().entry(*place) else { continue };
        let what = words::what(&entry.event, playback.letter(&entry.event)).replace(char::is_control, " ");
        text.push_str(&[&entry.event.node.to_string(), " ", &json(&clock), "\n", &what, "\n"].concat());
    }
    text
}

fn json(clock: &Vector) -> String {
    let counts: Vec<String> = clock.iter().map(|(node, count)| format!("\"{node}\": {count}")).collect();
    ["{", &counts.join(", "), "}"].concat()
}
