//! What happened, for other programs: a picture (SVG), a `ShiViz` log, a Mermaid sequence diagram.
//!
//! Pure: text out of the log and the cursor. Who asks saves it ([`crate::source::download`]).

mod clocks;
pub mod mermaid;
pub mod shiviz;

use crate::diagram::rows::Rows;
use crate::diagram::scene::{Frame, Scene};
use crate::diagram::{draw, lanes};
use crate::playback::Playback;

/// How much of the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The client's request that the cursor is in.
    Request,
    /// All that is kept.
    Everything,
}

/// The kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A picture that stands alone.
    Svg,
    /// A log for `ShiViz`.
    ShiViz,
    /// A sequence diagram.
    Mermaid,
}

impl Format {
    /// All, in the order in which they are offered.
    pub const ALL: [Format; 3] = [Format::Svg, Format::ShiViz, Format::Mermaid];

    /// Returns its name, the ending of its files and their type.
    pub fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Format::Svg => ("SVG", "svg", "image/svg+xml"),
            Format::ShiViz => ("ShiViz", "shiviz.log", "text/plain"),
            Format::Mermaid => ("Mermaid", "mmd", "text/plain"),
        }
    }
}

/// Returns the places of a scope's events that have a picture.
pub fn places(playback: &Playback, scope: Scope) -> Vec<u64> {
    let log = playback.log();
    let trace = playback.current().and_then(|(_, entry)| entry.event.trace.as_ref());
    match (scope, trace) {
        (Scope::Request, Some(trace)) => {
            log.trace(trace).iter().copied().filter(|place| *place >= log.first_place()).collect()
        }
        (Scope::Request, None) => Vec::new(),
        (Scope::Everything, _) => {
            log.entries_from(log.first_place()).filter(|(_, entry)| entry.is_stop).map(|(place, _)| place).collect()
        }
    }
}

/// Writes a scope of the log of a cluster of `replicas` replicas; empty when there is nothing in it.
pub fn write(playback: &Playback, replicas: usize, scope: Scope, format: Format) -> String {
    let places = places(playback, scope);
    if places.is_empty() {
        return String::new();
    }
    match format {
        Format::Svg => svg(playback, replicas, places),
        Format::ShiViz => shiviz::write(playback, &places),
        Format::Mermaid => mermaid::write(playback, replicas, &places),
    }
}

/// The size of the type in a picture, in pixels, and the distance of two lanes, in units of it.
const UNIT: f64 = 14.0;
const LANE: f64 = 6.5;

#[allow(clippy::cast_precision_loss, reason = "at most eleven")]
fn svg(playback: &Playback, replicas: usize, places: Vec<u64>) -> String {
    let lanes = lanes(replicas);
    let width = lanes.len() as f64 * LANE * UNIT;
    let rows = 0..places.len() as u64;
    let scene = Scene::new(playback, &Rows::These(places), Frame { lanes, width, unit: UNIT }, rows);
    draw::file(&scene, playback)
}

#[cfg(test)]
mod tests;
