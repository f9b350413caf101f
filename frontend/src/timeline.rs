//! The painted timeline: which events are on it and where, as a pure function of the log and the cursor.
//!
//! Every event with a picture is one tick. When there are more than fit, the strip shows a window that follows
//! the cursor.

mod marks;

use crate::fixed::tenths;
use crate::kind::Kind;
use crate::playback::Playback;
use crate::playback::mark::Mark;
pub use marks::legend;

/// The strip is drawn in these units from left to right, whatever its width on the screen.
pub const SPAN: f64 = 1_000.0;
/// The narrowest and widest distance of two ticks, in pixels.
const PITCH: (f64, f64) = (5.0, 14.0);

/// How many pixels at the top of the strip are for shapes.
const ROW: f64 = 9.0;

/// A part of the log, as the strip shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// The number of the first event shown, from 1.
    pub first: u64,
    /// How many are shown.
    pub count: u64,
    /// The distance of two ticks, in pixels.
    pub pitch: f64,
}

impl Window {
    /// Chooses what a strip of `width` pixels shows of events `gone + 1 ..= stops`, so that `cursor` is on it.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
    pub fn new(width: f64, gone: u64, stops: u64, cursor: u64) -> Window {
        let all = stops - gone;
        let room = (width / PITCH.0).floor().max(1.0) as u64;
        if all <= room {
            let pitch = (width / (all.max(1) as f64)).min(PITCH.1);
            return Window { first: gone + 1, count: all, pitch };
        }
        // The window moves by halves, so that the ticks do not slide under the cursor.
        let half = (room / 2).max(1);
        let page = cursor.saturating_sub(gone + 1) / half;
        let first = (gone + 1 + page.saturating_sub(1) * half).min(stops + 1 - room);
        Window { first, count: room, pitch: PITCH.0 }
    }

    /// Returns where the tick of event `number` is, in pixels from the left.
    #[allow(clippy::cast_precision_loss, reason = "pixels")]
    pub fn x(&self, number: u64) -> f64 {
        (number as f64 - self.first as f64 + 0.5) * self.pitch
    }

    /// Returns the event whose tick is nearest to `x` pixels; 0 is before the first.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
    pub fn at(&self, x: f64) -> u64 {
        let index = (x / self.pitch).floor().max(0.0) as u64;
        (self.first + index).min(self.first + self.count.saturating_sub(1))
    }
}

/// The whole log on a strip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overview {
    width: f64,
    gone: u64,
    stops: u64,
}

impl Overview {
    /// Puts events `gone + 1 ..= stops` on a strip of `width` pixels.
    pub fn new(width: f64, gone: u64, stops: u64) -> Overview {
        Overview { width, gone, stops }
    }

    /// Returns where event `number` ends, in pixels from the left.
    #[allow(clippy::cast_precision_loss, reason = "pixels")]
    pub fn x(&self, number: u64) -> f64 {
        let all = (self.stops - self.gone).max(1) as f64;
        number.saturating_sub(self.gone) as f64 * self.width / all
    }

    /// Returns the event at `x` pixels; the one before the first at the left end.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
    pub fn at(&self, x: f64) -> u64 {
        let part = (x / self.width.max(1.0)).clamp(0.0, 1.0);
        self.gone + (part * (self.stops - self.gone) as f64).round() as u64
    }

    /// Returns what stands out in the whole log, as SVG.
    ///
    /// While something is searched for, each event that was found is a line over all, and the rest is pale.
    pub fn paint(&self, playback: &Playback, height: f64) -> String {
        let x = |stop| self.x(stop).max(0.5);
        let marked = |meets: bool| {
            let marks = playback.log().marks().filter(|(stop, _)| is_found(playback, *stop) == meets);
            marks::paint(marks.map(|(stop, mark)| (x(stop), mark)), height, true)
        };
        let (found, others) = (marked(true), marked(false));
        [pale(&others), found, marks::found(playback.found().map(|found| found.stops().map(x)), height)].concat()
    }
}

/// Returns what stands out in `window`, as SVG shapes above the ticks.
pub fn shapes(playback: &Playback, window: Window, height: f64) -> String {
    let last = window.first + window.count;
    let within = |(stop, _): &(u64, Mark)| (window.first..last).contains(stop);
    let marked = |meets: bool| {
        let marks = playback.log().marks().filter(within).filter(|(stop, _)| is_found(playback, *stop) == meets);
        marks::paint(marks.map(|(stop, mark)| (window.x(stop), mark)), height, false)
    };
    [pale(&marked(false)), marked(true)].concat()
}

/// Whether an event meets what is searched for, by its number; when nothing is, all do.
fn is_found(playback: &Playback, stop: u64) -> bool {
    playback.found().is_none_or(|found| found.has_stop(stop))
}

fn pale(shapes: &str) -> String {
    if shapes.is_empty() { String::new() } else { ["<g class=\"other\">", shapes, "</g>"].concat() }
}

/// Returns one SVG path for each kind that occurs in `window`, for those events that meet what is searched for and for
/// the others. The strip is `height` pixels high; the upper [`ROW`] are free for shapes.
pub fn paths(playback: &Playback, window: Window, height: f64) -> Vec<(Kind, bool, String)> {
    let log = playback.log();
    let mut paths: Vec<_> =
        [false, true].iter().flat_map(|meets| Kind::ALL.map(|kind| (kind, *meets, String::new()))).collect();
    let start = log.stop(window.first).map(|(place, _)| place);
    let stops = start.map(|start| log.entries_from(start)).into_iter().flatten();
    let stops = stops.filter(|(_, entry)| entry.is_stop).take(usize::try_from(window.count).unwrap_or(usize::MAX));
    for (_, entry) in stops {
        let inset = if entry.kind == Kind::Quiet { 0.36 } else { 0.16 } * (height - ROW);
        let x = window.x(entry.stops);
        let meets = is_found(playback, entry.stops);
        if let Some((.., path)) = paths.iter_mut().find(|(kind, of, _)| *kind == entry.kind && *of == meets) {
            let tick = ["M", &tenths(x), " ", &tenths(ROW + inset), "V", &tenths(height - inset)].concat();
            path.push_str(&tick);
        }
    }
    paths.into_iter().filter(|(.., path)| !path.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_log_starts_at_the_left() {
        let window = Window::new(1_000.0, 0, 14, 3);
        assert_eq!((window.first, window.count), (1, 14));
        assert!((window.x(1) - 7.0).abs() < 1e-9);
        assert_eq!(window.at(window.x(3)), 3);
        assert_eq!(window.at(5_000.0), 14);
    }

    #[test]
    fn the_overview_finds_each_event_where_it_paints_it() {
        let overview = Overview::new(1_200.0, 99, 30_000);
        assert_eq!([0.0, 1_200.0, 9_000.0].map(|x| overview.at(x)), [99, 30_000, 30_000]);
        for number in (99..=30_000).step_by(700) {
            assert_eq!(overview.at(overview.x(number)), number);
        }
        assert_eq!(Overview::new(0.0, 0, 0).at(5.0), 0, "nothing is there yet");
    }

    #[test]
    fn the_cursor_is_always_on_the_strip() {
        for cursor in 100..=30_000 {
            let window = Window::new(600.0, 99, 30_000, cursor);
            let x = window.x(cursor);
            assert!((0.0..=600.0).contains(&x), "{cursor}: {x} of {window:?}");
            assert!(window.first + window.count <= 30_001);
        }
    }
}
