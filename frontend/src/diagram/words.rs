//! The events of a scene as rows of a list: for those who listen, and beside the picture where there is room.

use super::scene::{Dot, Scene};
use super::{Clocks, order};
use crate::markup::{escaped, tag};
use crate::playback::Playback;
use crate::words;

/// A vector of more nodes is written a little smaller, so that two lines of a narrow diagram hold it.
const LONG: usize = 7;

/// Returns the rows as markup, each named by what happened.
pub fn list(scene: &Scene, playback: &Playback, clocks: Clocks) -> Vec<String> {
    let row = |dot: &Dot| {
        let entry = playback.log().entry(dot.place)?;
        let stamp = &entry.event.stamp;
        let clock = match clocks {
            Clocks::None => String::new(),
            Clocks::Lamport => stamp.lamport.to_string(),
            Clocks::Vector => order::vector(stamp),
        };
        let class = if stamp.vector.len() > LONG { "clock long" } else { "clock" };
        let clock = if clock.is_empty() { clock } else { tag("span", &[("class", class)], &clock) + " " };
        let what = escaped(&words::what(&entry.event, playback.letter(&entry.event)));
        let (place, number) = (dot.place.to_string(), (dot.row + 1).to_string());
        let attributes = [
            ("role", "option"),
            ("class", if dot.meets { "" } else { "other" }),
            ("aria-selected", "false"),
            ("id", &["ev-", &*place].concat()),
            ("data-place", &place),
            ("aria-posinset", &number),
            ("aria-setsize", "-1"),
        ];
        let inside = clock + &tag("span", &[("class", "what"), ("dir", "auto")], &what);
        Some(tag("div", &attributes, &inside))
    };
    scene.dots.iter().filter_map(row).collect()
}
