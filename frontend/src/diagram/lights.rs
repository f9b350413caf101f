//! What lies over a scene: rings and bands around what is pointed at, the letters and the way of two compared events.

use super::order::Hop;
use super::scene::{Arrow, Dot, Scene};
use crate::fixed::tenths as n;
use crate::focus::Lit;
use crate::playback::Playback;

/// Returns the lights of a scene as SVG.
pub fn lights(scene: &Scene, playback: &Playback, lit: Lit) -> String {
    let log = playback.log();
    let is_lit = |place: u64| log.entry(place).is_some_and(|entry| lit.has(place, entry));
    let arrows = scene.arrows.iter().filter(|arrow| match arrow.message {
        Some(message) => lit.message == Some(message) || is_lit(arrow.place),
        None => is_lit(arrow.place),
    });
    let arrows = arrows.map(|arrow| line(arrow, "lit-arrow"));
    let dots = scene.dots.iter().filter(|dot| is_lit(dot.place));
    let dots = dots.map(|dot| [band(scene, dot), ring(scene, dot, "lit-ring", 0.68)].concat());
    arrows.chain(dots).collect()
}

/// Returns the compared events, each with its letter, and the way from one to the other.
pub fn compared(scene: &Scene, picked: [Option<u64>; 2], way: &[Hop]) -> String {
    let on_way = |arrow: &&Arrow| arrow.message.is_some() && way.iter().any(|hop| hop.message == arrow.message);
    let arrows = scene.arrows.iter().filter(on_way).map(|arrow| line(arrow, "way"));
    let letters = picked.into_iter().zip(["A", "B"]).filter_map(|(place, letter)| {
        let dot = scene.dots.iter().find(|dot| Some(dot.place) == place)?;
        Some([ring(scene, dot, "picked", 0.62), written(scene, dot, letter)].concat())
    });
    arrows.chain(stays(scene, way)).chain(letters).collect()
}

/// The parts of a way that stay at one node, as far as they are in sight.
fn stays<'a>(scene: &'a Scene, way: &'a [Hop]) -> impl Iterator<Item = String> + 'a {
    way.iter().zip(way.iter().skip(1)).filter(|(_, hop)| hop.message.is_none()).filter_map(|(before, hop)| {
        let dot = |place: u64| scene.dots.iter().find(|dot| dot.place == place);
        let (from, to) = (dot(before.place), dot(hop.place));
        let x = from.or(to)?.at.x;
        let top = from.map_or(scene.frame.y(scene.rows.start), |dot| dot.at.y);
        let bottom = to.map_or(scene.frame.y(scene.rows.end), |dot| dot.at.y);
        Some(["<path class=\"way\" d=\"M", &n(x), " ", &n(top), "V", &n(bottom), "\"/>"].concat())
    })
}

fn line(arrow: &Arrow, class: &str) -> String {
    let (from, to) = (arrow.from, arrow.to);
    let way = ["M", &n(from.x), " ", &n(from.y), "L", &n(to.x), " ", &n(to.y)].concat();
    ["<path class=\"", class, "\" d=\"", &way, "\"/>"].concat()
}

fn ring(scene: &Scene, dot: &Dot, class: &str, radius: f64) -> String {
    let (x, y, radius) = (n(dot.at.x), n(dot.at.y), n(radius * scene.frame.unit));
    ["<circle class=\"", class, "\" cx=\"", &x, "\" cy=\"", &y, "\" r=\"", &radius, "\"/>"].concat()
}

fn band(scene: &Scene, dot: &Dot) -> String {
    let height = scene.frame.row_height();
    let (y, height) = (n(dot.at.y - height / 2.0), n(height));
    ["<rect class=\"lit-band\" x=\"0\" width=\"100%\" y=\"", &y, "\" height=\"", &height, "\"/>"].concat()
}

fn written(scene: &Scene, dot: &Dot, letter: &str) -> String {
    let unit = scene.frame.unit;
    let (x, y) = (n(dot.at.x), n(dot.at.y + 0.3 * unit));
    let size = n(0.82 * unit);
    ["<text class=\"letter\" text-anchor=\"middle\" x=\"", &x, "\" y=\"", &y, "\" font-size=\"", &size, "\">", letter]
        .concat()
        + "</text>"
}
