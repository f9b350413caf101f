//! The events of a scene as rows of a list: for those who listen, and beside the picture where there is room.

use super::scene::Scene;
use super::{Clocks, order};
use crate::markup::escaped;
use crate::playback::Playback;
use crate::words;

/// A vector of more nodes is written a little smaller, so that two lines of a narrow diagram hold it.
const LONG: usize = 7;

/// Returns the rows as HTML, each named by what happened.
pub fn list(scene: &Scene, playback: &Playback, clocks: Clocks) -> String {
    let mut html = String::new();
    for dot in &scene.dots {
        let Some(entry) = playback.log().entry(dot.place) else { continue };
        let stamp = &entry.event.stamp;
        let clock = match clocks {
            Clocks::None => String::new(),
            Clocks::Lamport => stamp.lamport.to_string(),
            Clocks::Vector => order::vector(stamp),
        };
        let class = if stamp.vector.len() > LONG { "clock long" } else { "clock" };
        let clock =
            if clock.is_empty() { clock } else { ["<span class=\"", class, "\">", &clock, "</span> "].concat() };
        let place = dot.place.to_string();
        let what = escaped(&words::what(&entry.event, playback.letter(&entry.event)));
        let row = [
            "<div role=\"option\"",
            if dot.meets { "" } else { " class=\"other\"" },
            " aria-selected=\"false\" id=\"ev-",
            &place,
            "\" data-place=\"",
            &place,
            "\" aria-posinset=\"",
            &(dot.row + 1).to_string(),
            "\" aria-setsize=\"-1\">",
            &clock,
            "<span class=\"what\" dir=\"auto\">",
            &what,
            "</span></div>",
        ];
        html.push_str(&row.concat());
    }
    html
}
