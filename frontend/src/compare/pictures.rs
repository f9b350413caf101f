//! The pictures of a comparison, as SVG texts: a bar for a request, and its messages between the nodes; pure.

use std::fmt::Write as _;

use shared::event::EventKind;
use shared::id::{MessageId, Node, TraceId};

use crate::fixed::tenths;
use crate::geometry::Point;
use crate::kind::{Kind, step_name};
use crate::playback::{Entry, Log};

/// The distance of two rows of a strip.
const ROW: f64 = 9.0;
/// The distance of two nodes.
const LANE: f64 = 48.0;
/// The room that a label takes.
const LABEL: (f64, f64) = (12.0, 7.5);
/// Where on its way a message may have its label, the best first.
const PARTS: [f64; 6] = [0.2, 0.35, 0.5, 0.65, 0.8, 0.1];

/// Draws a bar as long as `value` of `most`.
#[allow(clippy::cast_precision_loss, reason = "small numbers")]
pub fn bar(value: u64, most: u64) -> String {
    let width = tenths(100.0 * value as f64 / most.max(1) as f64);
    format!(
        r#"<svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="{width}" height="8"/></svg>"#
    )
}

/// Draws the messages of a request between its nodes, time running down, one row for each event.
#[allow(clippy::cast_precision_loss, reason = "few rows")]
pub fn strip(log: &Log, trace: &TraceId) -> String {
    let entries: Vec<&Entry> = log.trace(trace).iter().filter_map(|place| log.entry(*place)).collect();
    let lanes = lanes(log);
    let height = ROW * entries.len() as f64 + 34.0;
    let width = LANE * lanes.len() as f64;
    let mut svg = format!(r#"<svg viewBox="0 0 {} {}" aria-hidden="true">"#, tenths(width), tenths(height));
    for (index, node) in lanes.iter().enumerate() {
        let x = tenths(LANE * (index as f64 + 0.5));
        let name = node.replica().map_or_else(|| "gw".to_owned(), |id| id.to_string());
        // Writing to a text cannot fail.
        let _ = write!(
            svg,
            r#"<text x="{x}" y="12">{name}</text><path class="lane" d="M{x} 18V{}"/>"#,
            tenths(height - 4.0)
        );
    }
    let rays = rays(&entries, &lanes);
    // The labels above all lines.
    for ray in &rays {
        draw(&mut svg, ray);
    }
    for ray in &rays {
        write_label(&mut svg, ray);
    }
    svg + "</svg>"
}

/// A message of a strip.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ray {
    kind: Kind,
    from: Point,
    to: Point,
    /// Its step, and where that stands; `None` where there is no room.
    pub(super) label: Option<(&'static str, Point)>,
}

/// Returns the messages of a request, each with its step where no other stands.
#[allow(clippy::cast_precision_loss, reason = "few lanes")]
pub(super) fn rays(entries: &[&Entry], lanes: &[Node]) -> Vec<Ray> {
    let x_of = |node: Node| lanes.iter().position(|lane| *lane == node).map(|index| LANE * (index as f64 + 0.5));
    let mut rays: Vec<Ray> = Vec::new();
    for (row, entry) in entries.iter().enumerate() {
        let EventKind::Sent { message, to, .. } = entry.event.kind else { continue };
        let (Some(from), Some(to)) = (x_of(entry.event.node), x_of(to)) else { continue };
        let end = entries.iter().position(|entry| ends(entry, message)).unwrap_or(row + 1);
        let (from, to) = (Point { x: from, y: y(row) }, Point { x: to, y: y(end) });
        let is_free = |at: &Point| rays.iter().filter_map(|ray| ray.label).all(|(_, other)| !collide(*at, other));
        let at = PARTS.map(|part| along(from, to, part)).into_iter().find(is_free);
        let label = entry.event.step.map(step_name).zip(at);
        rays.push(Ray { kind: entry.kind, from, to, label });
    }
    rays
}

/// Whether two labels would overlap.
pub(super) fn collide(one: Point, other: Point) -> bool {
    (one.x - other.x).abs() < LABEL.0 && (one.y - other.y).abs() < LABEL.1
}

fn along(from: Point, to: Point, part: f64) -> Point {
    Point { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part }
}

#[allow(clippy::cast_precision_loss, reason = "few rows")]
fn y(row: usize) -> f64 {
    26.0 + ROW * row as f64
}

fn ends(entry: &Entry, id: MessageId) -> bool {
    let (EventKind::Received { message } | EventKind::Lost { message, .. }) = &entry.event.kind else { return false };
    *message == id
}

fn draw(svg: &mut String, ray: &Ray) {
    let Ray { kind, from, to, .. } = ray;
    let (x, y) = (tenths(to.x), tenths(to.y));
    let side = if to.x > from.x { -5.0 } else { 5.0 };
    // Writing to a text cannot fail.
    let _ = write!(
        svg,
        r#"<g data-kind="{}"><path class="way" d="M{} {}L{x} {y}"/><path class="end" d="M{x} {y}l{} -3v6z"/></g>"#,
        kind.as_str(),
        tenths(from.x),
        tenths(from.y),
        tenths(side),
    );
}

fn write_label(svg: &mut String, ray: &Ray) {
    if let Some((step, at)) = ray.label {
        let (kind, x, y) = (ray.kind.as_str(), tenths(at.x), tenths(at.y + 2.5));
        // Writing to a text cannot fail.
        let _ = write!(svg, r#"<text class="step" data-kind="{kind}" x="{x}" y="{y}">{step}</text>"#);
    }
}

pub(super) fn lanes(log: &Log) -> Vec<Node> {
    let replicas = log.latest().replicas.keys().map(|id| Node::Replica(*id));
    std::iter::once(Node::Gateway).chain(replicas).collect()
}
