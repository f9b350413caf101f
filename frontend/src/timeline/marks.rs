//! How marks are painted: each kind has a shape of its own, the most important one wins where several fall on one pixel.

use crate::fixed::tenths;
use crate::lang::{en, t};
use crate::playback::mark::Mark;

/// How wide a shape is, in pixels, with the room beside it.
const SHAPE: f64 = 10.0;

/// Returns the name that style sheets and tests use, and what the legend calls it.
fn names(mark: Mark) -> (&'static str, &'static str) {
    match mark {
        Mark::Read => ("read", en("short bar: read")),
        Mark::Write => ("write", en("bar: write")),
        Mark::Handoff => ("handoff", en("crown: handoff")),
        Mark::Switch => ("switch", en("dashed line: mode switch")),
        Mark::Missed => ("missed", en("cross: a replica is suspected, a message is lost")),
        Mark::Restart => ("restart", en("ring: a replica restarts or rolls back writes")),
        Mark::Gate => ("gate", en("posts with a bar: the gate is closed or opened")),
        Mark::Takeover => ("takeover", en("triangle: takeover")),
        Mark::Error => ("error", en("exclamation mark: a client received an error")),
    }
}

/// Returns the legend, in one line.
pub fn legend() -> String {
    Mark::ALL.map(|mark| t(names(mark).1)).join(" · ")
}

/// Returns SVG paths for marks at `x` pixels, in rising order: shapes in the upper 9 pixels, bars from there to `height`.
pub fn paint(marks: impl Iterator<Item = (f64, Mark)>, height: f64, with_bars: bool) -> String {
    let mut paths = Mark::ALL.map(|mark| (mark, String::new(), -SHAPE));
    for (x, mark) in thinned(marks) {
        let Some((_, path, last)) = paths.iter_mut().find(|(other, ..)| *other == mark) else { continue };
        let at = tenths(x);
        if with_bars {
            let top = if mark == Mark::Read { f64::midpoint(height, 9.0) } else { 9.0 };
            path.push_str(&["M", &at, " ", &tenths(top), "V", &tenths(height)].concat());
        }
        if x - *last >= SHAPE {
            let shape = shape(mark, height);
            if !shape.is_empty() {
                *last = x;
                path.push_str(&["M", &at, shape].concat());
            }
        }
    }
    let drawn = paths.iter().filter(|(_, path, _)| !path.is_empty());
    drawn.map(|(mark, path, _)| ["<path data-mark=\"", names(*mark).0, "\" d=\"", path, "\"/>"].concat()).collect()
}

/// Returns a line for each event that was found, at `x` pixels, in rising order; nothing while nothing is searched for.
pub fn found(x: Option<impl Iterator<Item = f64>>, height: f64) -> String {
    let (mut path, mut last) = (String::new(), -1.0);
    for x in x.into_iter().flatten() {
        if x - last >= 1.0 {
            last = x;
            path.push_str(&["M", &tenths(x), " ", &tenths(height * 0.6), "V", &tenths(height)].concat());
        }
    }
    if path.is_empty() { path } else { ["<path class=\"found\" d=\"", &path, "\"/>"].concat() }
}

/// Keeps the most important mark of each pixel.
fn thinned(marks: impl Iterator<Item = (f64, Mark)>) -> Vec<(f64, Mark)> {
    let mut kept: Vec<(f64, Mark)> = Vec::new();
    for (x, mark) in marks {
        match kept.last_mut() {
            Some((last, other)) if x.floor() <= last.floor() => *other = mark.max(*other),
            Some(_) | None => kept.push((x, mark)),
        }
    }
    kept
}

/// Returns a shape's path behind its `M x`.
fn shape(mark: Mark, height: f64) -> &'static str {
    match mark {
        Mark::Read | Mark::Write => "",
        Mark::Handoff => " 7.8h-3.6l-1-5.6 2.4 2 2.2-3.4 2.2 3.4 2.4-2-1 5.6z",
        Mark::Switch if height > 20.0 => " 0v3m0 3v3m0 3v3m0 3v3m0 3v3",
        Mark::Switch => " 0v3m0 3v3",
        Mark::Missed => " 4.5m-3 -3l6 6m0 -6l-6 6",
        Mark::Restart => " 1.5a3 3 0 1 1-.1 0z",
        Mark::Gate => " 4.5m-3.5 -3.5v7m7 0v-7m0 3.5h-7",
        Mark::Takeover => " 1l3.8 6.6h-7.6z",
        Mark::Error => " .8v4.4m0 1.8v1.2",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_important_mark_of_a_pixel_is_painted() {
        let marks = [(1.2, Mark::Write), (1.4, Mark::Error), (1.9, Mark::Handoff), (3.0, Mark::Write)];
        assert_eq!(thinned(marks.into_iter()), [(1.2, Mark::Error), (3.0, Mark::Write)]);
    }

    #[test]
    fn shapes_do_not_lie_on_each_other() {
        let crowns = |x: [f64; 3]| {
            let painted = paint(x.into_iter().map(|x| (x, Mark::Handoff)), 20.0, true);
            (painted.matches('V').count(), painted.matches('h').count())
        };
        assert_eq!(crowns([5.0, 8.0, 30.0]).0, 3, "each has its bar");
        assert!(crowns([5.0, 8.0, 30.0]).1 < crowns([5.0, 18.0, 30.0]).1);
    }
}
