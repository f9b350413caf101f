//! A scene as SVG: on the page, where style sheets give the colours, and as a file that stands alone.

use shared::id::Node;

use super::scene::{Arrow, Dot, End, Frame, Scene, Sign};
use super::{lane_name, order};
use crate::components::icon::Icon;
use crate::fixed::{tenths, tenths as n};
use crate::geometry::Point;
use crate::kind::Kind;
use crate::markup::escaped;
use crate::playback::Playback;
use crate::words;

/// Where a drawing is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// On the page.
    Page,
    /// In a file of its own.
    File,
}

impl Ink {
    /// Begins a group in the colour of a kind; on the page what does not meet the search is pale.
    fn group(self, kind: Kind, meets: bool) -> String {
        match self {
            Ink::Page => {
                let class = if meets { "" } else { "class=\"other\" " };
                ["<g ", class, "data-kind=\"", kind.as_str(), "\">"].concat()
            }
            Ink::File => ["<g color=\"", file_colour(kind), "\">"].concat(),
        }
    }
}

/// The colours of the light page, for a white ground.
fn file_colour(kind: Kind) -> &'static str {
    match kind {
        Kind::Write => "#0a62c9",
        Kind::Update => "#8f5400",
        Kind::Ack => "#0a7044",
        Kind::Move => "#a3217f",
        Kind::Read | Kind::Reply => "#55555e",
        Kind::Lost => "#c02626",
        Kind::Quiet => "#8a8a90",
    }
}

/// Moves shapes of a scene up by the rows above it.
pub fn shifted(scene: &Scene, shapes: &str) -> String {
    let up = scene.frame.y(scene.rows.start) - scene.frame.row_height() / 2.0;
    ["<g transform=\"translate(0 ", &n(-up), ")\">", shapes, "</g>"].concat()
}

/// Returns lanes, arrows and events, without the frame around them.
pub fn shapes(scene: &Scene, ink: Ink) -> String {
    let mut svg = lanes(scene);
    scene.arrows.iter().for_each(|arrow| svg.push_str(&draw_arrow(arrow, scene.frame.unit, ink)));
    scene.dots.iter().for_each(|dot| svg.push_str(&draw_dot(dot, scene.frame.unit, ink)));
    scene.arrows.iter().for_each(|arrow| svg.push_str(&draw_label(arrow, scene.frame.unit, ink)));
    svg
}

fn lanes(scene: &Scene) -> String {
    let (top, bottom) = (scene.frame.y(scene.rows.start), scene.frame.y(scene.rows.end));
    let half = scene.frame.row_height() / 2.0;
    let lane = |node: &Node| {
        let x = n(scene.frame.x(*node));
        ["M", &x, " ", &n(top - half), "V", &n(bottom - half)].concat()
    };
    let paths: Vec<String> = scene.frame.lanes.iter().map(lane).collect();
    ["<path class=\"lane\" fill=\"none\" stroke=\"#b9b8b1\" d=\"", &paths.concat(), "\"/>"].concat()
}

fn draw_arrow(arrow: &Arrow, unit: f64, ink: Ink) -> String {
    let Arrow { from, to, .. } = arrow;
    let tip = shortened(*from, *to, if arrow.end == End::Arrives { 0.36 * unit } else { 0.0 });
    let line = ["M", &n(from.x), " ", &n(from.y), "L", &n(tip.x), " ", &n(tip.y)].concat();
    let head = match arrow.end {
        End::Arrives => head(*from, tip, 0.5 * unit),
        End::Dies => cross(*to, 0.32 * unit),
        End::Unknown => String::new(),
    };
    let dashes = if arrow.end == End::Unknown { " stroke-dasharray=\"3 3\"" } else { "" };
    let mut svg = ink.group(arrow.kind, arrow.meets);
    if ink == Ink::Page {
        let message = arrow.message.map_or_else(String::new, |id| id.to_string());
        let place = arrow.place.to_string();
        let hit =
            ["<path class=\"hit\" data-message=\"", &message, "\" data-place=\"", &place, "\" d=\"", &line, "\"/>"];
        svg.push_str(&hit.concat());
    }
    svg.push_str("<path class=\"arrow\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\"");
    svg.push_str(dashes);
    svg.push_str(&[" d=\"", &line, &head, "\"/></g>"].concat());
    svg
}

fn shortened(from: Point, to: Point, by: f64) -> Point {
    let (x, y) = (to.x - from.x, to.y - from.y);
    let length = x.hypot(y).max(0.1);
    Point { x: to.x - x / length * by, y: to.y - y / length * by }
}

fn head(from: Point, tip: Point, size: f64) -> String {
    let (x, y) = (tip.x - from.x, tip.y - from.y);
    let length = x.hypot(y).max(0.1);
    let (x, y) = (x / length * size, y / length * size);
    let wing = |side: f64| (n(tip.x - x - side * 0.5 * y), n(tip.y - y + side * 0.5 * x));
    let ((ax, ay), (bx, by)) = (wing(1.0), wing(-1.0));
    ["M", &ax, " ", &ay, "L", &n(tip.x), " ", &n(tip.y), "L", &bx, " ", &by].concat()
}

fn cross(at: Point, size: f64) -> String {
    let (left, right, top, bottom) = (n(at.x - size), n(at.x + size), n(at.y - size), n(at.y + size));
    ["M", &left, " ", &top, "L", &right, " ", &bottom, "M", &left, " ", &bottom, "L", &right, " ", &top].concat()
}

fn draw_dot(dot: &Dot, unit: f64, ink: Ink) -> String {
    let (x, y) = (n(dot.at.x), n(dot.at.y));
    let disc = |class: &str, radius: f64| {
        ["<circle ", class, " cx=\"", &x, "\" cy=\"", &y, "\" r=\"", &n(radius), "\"/>"].concat()
    };
    if dot.sign == Sign::Arrival {
        return [&ink.group(dot.kind, dot.meets), &disc("class=\"dot\" fill=\"currentColor\"", 0.3 * unit), "</g>"]
            .concat();
    }
    let (icon, size, class) = match dot.sign {
        Sign::Crown => (Icon::Crown, 1.15 * unit, " class=\"crown\""),
        Sign::Kind | Sign::Arrival => (Icon::Kind(dot.kind), 0.85 * unit, ""),
    };
    let colour = if ink == Ink::File && dot.sign == Sign::Crown { "#b37800" } else { "currentColor" };
    let (left, top) = (n(dot.at.x - size / 2.0), n(dot.at.y - size / 2.0));
    [
        &ink.group(dot.kind, dot.meets),
        &disc("class=\"ground\" fill=\"#fff\"", size * 0.52),
        "<svg x=\"",
        &left,
        "\" y=\"",
        &top,
        "\" width=\"",
        &n(size),
        "\" height=\"",
        &n(size),
        "\" viewBox=\"0 0 16 16\"><path fill=\"",
        colour,
        "\"",
        class,
        " d=\"",
        icon.path(),
        "\"/></svg></g>",
    ]
    .concat()
}

fn draw_label(arrow: &Arrow, unit: f64, ink: Ink) -> String {
    let Some((step, at)) = arrow.label else { return String::new() };
    let text = [
        "<text class=\"step\" text-anchor=\"middle\" fill=\"currentColor\" stroke=\"#fff\" stroke-width=\"3\" \
         paint-order=\"stroke\" font-weight=\"700\" font-size=\"",
        &n(0.72 * unit),
        "\" x=\"",
        &n(at.x),
        "\" y=\"",
        &n(at.y + 0.26 * unit),
        "\">",
        step,
        "</text>",
    ];
    [&ink.group(arrow.kind, arrow.meets), &*text.concat(), "</g>"].concat()
}

/// Below these distances of two lanes, in units, the clients' name and the gateway's stand above the others.
const TIGHT: [f64; 2] = [5.4, 4.4];

/// Below this distance, the replicas' whole names would touch.
const CLOSE: f64 = 1.2;

/// Returns the names of the lanes, for a drawing that is two and a half units high.
pub fn heads(frame: &Frame) -> String {
    let pitch = frame.pitch() / frame.unit;
    let size = (pitch * 0.5).clamp(0.62, 0.85) * frame.unit;
    let name = |(index, node): (usize, &Node)| {
        let up = TIGHT.get(index).is_some_and(|tight| pitch < *tight);
        let y = if up { 0.95 } else { 2.05 } * frame.unit;
        let (x, anchor, size) = match (up, index) {
            (_, 0) => (0.3 * frame.unit, "start", 0.85 * frame.unit),
            (true, _) => (frame.x(*node).max(5.1 * frame.unit), "start", 0.85 * frame.unit),
            (false, _) => (frame.x(*node), "middle", size),
        };
        let place = ["<text class=\"head\" font-weight=\"600\" text-anchor=\"", anchor, "\" x=\"", &n(x), "\" y=\""];
        let name = lane_name(*node);
        // Where lanes are this close together, a replica's number has to do.
        let name = if pitch < CLOSE { name.strip_prefix('R').unwrap_or(&name) } else { &name };
        [&*place.concat(), &n(y), "\" font-size=\"", &n(size), "\">", &escaped(name), "</text>"].concat()
    };
    frame.lanes.iter().enumerate().map(name).collect()
}

/// The height of the names of the lanes, in units.
pub const HEAD: f64 = 2.5;
/// The width of the words beside a drawing in a file, in units.
const WORDS: f64 = 44.0;

/// Returns a scene as a file: with the names of the lanes, the events in words, and its own colours.
pub fn file(scene: &Scene, playback: &Playback) -> String {
    let unit = scene.frame.unit;
    let (width, height) = (scene.frame.width + WORDS * unit, scene.frame.y(scene.rows.end) + HEAD * unit);
    let size = [&*n(width), " ", &*n(height)].concat();
    let mut svg = [
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ",
        &size,
        "\" width=\"",
        &n(width),
        "\" height=\"",
        &n(height),
        "\" font-family=\"system-ui, 'Noto Sans', 'Noto Sans CJK KR', sans-serif\" color=\"#1d1d20\" fill=\"#1d1d20\">\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>",
        &heads(&scene.frame),
        "<g transform=\"translate(0 ",
        &tenths(HEAD * unit),
        ")\">",
    ]
    .concat();
    svg.push_str(&shapes(scene, Ink::File));
    scene.dots.iter().for_each(|dot| svg.push_str(&said(scene, dot, playback)));
    svg.push_str("</g></svg>\n");
    svg
}

/// An event in words, beside a drawing in a file.
fn said(scene: &Scene, dot: &Dot, playback: &Playback) -> String {
    let Some(entry) = playback.log().entry(dot.place) else { return String::new() };
    let unit = scene.frame.unit;
    let what = words::what(&entry.event, playback.letter(&entry.event));
    let text = [&*what, "  ", &order::vector(&entry.event.stamp)].concat();
    let place = ["<text x=\"", &*n(scene.frame.width + unit), "\" y=\"", &*n(dot.at.y + 0.3 * unit), "\" font-size=\""];
    [&*place.concat(), &*n(0.85 * unit), "\">", &escaped(&text), "</text>"].concat()
}
