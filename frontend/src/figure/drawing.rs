//! The figure as one SVG text: two clients above, the servers of the data store below, an arrow for each step; pure.
//!
//! Colours and states are classes that `components/figure.css` knows.

use std::fmt::Write as _;

use shared::config::Mode;
use shared::event::Step;

use super::cast::Part;
use super::{Figure, State, kind};
use crate::fixed::tenths;
use crate::kind::step_name;
use crate::lang::{en, t};

/// Left, top, width and height.
type Rect = (f64, f64, f64, f64);
type Point = (f64, f64);

/// An arrow of the figure: its step, its ends and where its label stands along it.
struct Arrow {
    step: Step,
    parts: (Part, Part),
    from: Point,
    to: Point,
    label: f64,
}

const fn arrow(step: Step, parts: (Part, Part), from: Point, to: Point, label: f64) -> Arrow {
    Arrow { step, parts, from, to, label }
}

const SERVERS: [Part; 4] = [Part::Asked, Part::Primary, Part::Beside, Part::Rest];

fn rect(part: Part) -> Rect {
    let (x, y) = match part {
        Part::Writer => (6.0, 2.0),
        Part::Reader => (224.0, 2.0),
        Part::Asked => (6.0, 94.0),
        Part::Beside => (224.0, 94.0),
        Part::Primary => (6.0, 232.0),
        Part::Rest => (224.0, 232.0),
    };
    let height = if matches!(part, Part::Writer | Part::Reader) { 26.0 } else { 56.0 };
    (x, y, 110.0, height)
}

/// What is written in a box, under the names of who plays it.
fn role(part: Part, mode: Mode) -> [&'static str; 2] {
    match (part, mode) {
        (Part::Writer | Part::Reader, _) => [en("Client"), ""],
        (Part::Asked, Mode::RemoteWrite) => [en("Server that"), en("the client asks")],
        (Part::Asked, Mode::LocalWrite) => [en("New primary"), en("for item x")],
        (Part::Primary, Mode::RemoteWrite) => [en("Primary server"), en("for item x")],
        (Part::Primary, Mode::LocalWrite) => [en("Old primary"), en("for item x")],
        (Part::Beside | Part::Rest, _) => [en("Backup server"), ""],
    }
}

/// The arrows between the servers of each figure.
fn arrows(mode: Mode) -> Vec<Arrow> {
    use Part::{Asked, Beside, Primary, Reader, Rest, Writer};
    let (down, up) = ((94.0, 28.0), (28.0, 94.0));
    let vertical = |step, parts, x: f64, (to, from): Point, label| arrow(step, parts, (x, from), (x, to), label);
    let answer = if mode == Mode::RemoteWrite { Step::W5 } else { Step::W3 };
    let mut arrows = vec![
        vertical(Step::W1, (Writer, Asked), 38.0, down, 0.3),
        vertical(answer, (Asked, Writer), 84.0, up, 0.7),
        vertical(Step::R1, (Reader, Beside), 256.0, down, 0.3),
        vertical(Step::R2, (Beside, Reader), 302.0, up, 0.7),
    ];
    let (down, up) = ((232.0, 150.0), (150.0, 232.0));
    arrows.extend(match mode {
        Mode::RemoteWrite => [
            vertical(Step::W2, (Asked, Primary), 20.0, down, 0.36),
            vertical(Step::W5, (Primary, Asked), 47.0, up, 0.36),
            vertical(Step::W3, (Primary, Asked), 74.0, up, 0.64),
            vertical(Step::W4, (Asked, Primary), 101.0, down, 0.64),
            arrow(Step::W3, (Primary, Beside), (116.0, 236.0), (224.0, 124.0), 0.6),
            arrow(Step::W4, (Beside, Primary), (224.0, 146.0), (116.0, 256.0), 0.36),
            arrow(Step::W3, (Primary, Rest), (116.0, 268.0), (224.0, 268.0), 0.36),
            arrow(Step::W4, (Rest, Primary), (224.0, 281.0), (116.0, 281.0), 0.36),
        ],
        Mode::LocalWrite => [
            vertical(Step::W2, (Asked, Primary), 20.0, down, 0.36),
            vertical(Step::W2, (Primary, Asked), 47.0, up, 0.36),
            vertical(Step::W4, (Asked, Primary), 74.0, down, 0.36),
            vertical(Step::W5, (Primary, Asked), 101.0, up, 0.36),
            arrow(Step::W4, (Asked, Beside), (116.0, 101.0), (224.0, 101.0), 0.36),
            arrow(Step::W5, (Beside, Asked), (224.0, 114.0), (116.0, 114.0), 0.36),
            arrow(Step::W4, (Asked, Rest), (116.0, 126.0), (224.0, 236.0), 0.6),
            arrow(Step::W5, (Rest, Asked), (224.0, 258.0), (116.0, 146.0), 0.36),
        ],
    });
    arrows
}

/// Draws the figure.
pub fn svg(figure: &Figure) -> String {
    let mut svg = String::from(
        r#"<svg viewBox="0 0 340 300"><rect class="store" x="1" y="62" width="338" height="236" rx="10"/>"#,
    );
    text(&mut svg, "store-name", (170.0, 76.0), t(en("Data store")));
    for part in [Part::Writer, Part::Reader].into_iter().chain(SERVERS) {
        draw_box(&mut svg, figure, part);
    }
    // What is lit lies above what is not.
    let mut arrows: Vec<(Look, Arrow)> =
        arrows(figure.mode).into_iter().map(|arrow| (look(figure, &arrow), arrow)).collect();
    arrows.sort_by_key(|(look, _)| *look);
    for (look, arrow) in arrows {
        draw_arrow(&mut svg, figure, &arrow, look);
    }
    svg + "</svg>"
}

/// How an arrow looks, the faintest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Look {
    Ahead,
    Done,
    Lit,
    Now,
}

/// Of the arrows of the step at the cursor, the one that the message takes is more than lit.
fn look(figure: &Figure, Arrow { step, parts, .. }: &Arrow) -> Look {
    match figure.of(*step).state {
        State::Ahead => Look::Ahead,
        State::Done => Look::Done,
        State::Now => {
            let takes = |(from, to)| figure.cast.plays(from, parts.0) && figure.cast.plays(to, parts.1);
            if figure.ends.is_some_and(takes) { Look::Now } else { Look::Lit }
        }
    }
}

fn draw_box(svg: &mut String, figure: &Figure, part: Part) {
    let (x, y, width, height) = rect(part);
    let names = figure.cast.names(part);
    let is_client = matches!(part, Part::Writer | Part::Reader);
    let empty = if is_client { (part == Part::Reader) != figure.cast.reads } else { names.is_empty() };
    let class = if empty { "box empty" } else { "box" };
    let at = [x, y, width, height].map(tenths);
    let [x_text, y_text, width_text, height_text] = at;
    // Writing to a text cannot fail.
    let _ = write!(
        svg,
        r#"<rect class="{class}" x="{x_text}" y="{y_text}" width="{width_text}" height="{height_text}" rx="5"/>"#
    );
    let middle = x + width / 2.0;
    let mut line = y + if is_client { 17.0 } else { 18.0 };
    if !is_client {
        text(svg, "names", (middle, line), if empty { "–" } else { &names });
        line += 15.0;
    }
    for words in role(part, figure.mode).into_iter().filter(|words| !words.is_empty()) {
        text(svg, "role", (middle, line), t(words));
        line += 13.0;
    }
}

fn draw_arrow(svg: &mut String, figure: &Figure, arrow: &Arrow, look: Look) {
    let Arrow { step, from, to, label, .. } = arrow;
    let along = |part: f64| (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
    let length = (to.0 - from.0).hypot(to.1 - from.1).max(1.0);
    let (dx, dy) = ((to.0 - from.0) / length, (to.1 - from.1) / length);
    let back = |side: f64| tip(to.0 - 7.0 * dx - side * dy, to.1 - 7.0 * dy + side * dx);
    let class = match look {
        Look::Ahead => "ahead",
        Look::Done => "done",
        Look::Lit => "now",
        Look::Now => "now here",
    };
    let kind = kind(*step, figure.mode).as_str();
    let (x, y) = along(*label);
    let _ = write!(
        svg,
        r#"<g class="arrow {class}" data-kind="{kind}" data-step="{}"><path class="line" d="M{}L{}"/><path class="head" d="M{}L{}L{}z"/><rect x="{}" y="{}" width="22" height="13" rx="6"/>"#,
        step_name(*step),
        tip(from.0, from.1),
        tip(to.0 - 5.0 * dx, to.1 - 5.0 * dy),
        tip(to.0, to.1),
        back(3.5),
        back(-3.5),
        tenths(x - 11.0),
        tenths(y - 6.5),
    );
    text(svg, "label", (x, y + 3.5), step_name(*step));
    svg.push_str("</g>");
}

fn tip(x: f64, y: f64) -> String {
    [&tenths(x), " ", &tenths(y)].concat()
}

fn text(svg: &mut String, class: &str, (x, y): Point, words: &str) {
    let _ = write!(svg, r#"<text class="{class}" x="{}" y="{}">{words}</text>"#, tenths(x), tenths(y));
}
