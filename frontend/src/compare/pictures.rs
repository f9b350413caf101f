//! The pictures of a comparison, as SVG texts: a bar for a request, and its messages between the nodes; pure.

use std::fmt::Write as _;

use shared::event::EventKind;
use shared::id::{MessageId, Node, TraceId};

use crate::fixed::tenths;
use crate::kind::step_name;
use crate::playback::{Entry, Log};

/// The distance of two rows of a strip.
const ROW: f64 = 9.0;
/// The distance of two nodes.
const LANE: f64 = 48.0;

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
    let x_of = |node: Node| lanes.iter().position(|lane| *lane == node).map(|index| LANE * (index as f64 + 0.5));
    for (row, entry) in entries.iter().enumerate() {
        let EventKind::Sent { message, to, .. } = entry.event.kind else { continue };
        let (Some(from), Some(to)) = (x_of(entry.event.node), x_of(to)) else { continue };
        let end = entries.iter().position(|entry| ends(entry, message)).unwrap_or(row + 1);
        message_line(&mut svg, entry, (from, y(row)), (to, y(end)));
    }
    svg + "</svg>"
}

#[allow(clippy::cast_precision_loss, reason = "few rows")]
fn y(row: usize) -> f64 {
    26.0 + ROW * row as f64
}

fn ends(entry: &Entry, id: MessageId) -> bool {
    let (EventKind::Received { message } | EventKind::Lost { message, .. }) = &entry.event.kind else { return false };
    *message == id
}

fn message_line(svg: &mut String, entry: &Entry, from: (f64, f64), to: (f64, f64)) {
    let side = if to.0 > from.0 { -5.0 } else { 5.0 };
    let step = entry.event.step.map_or("", step_name);
    let _ = write!(
        svg,
        r#"<g data-kind="{}"><path class="way" d="M{} {}L{} {}"/><path class="end" d="M{} {}l{} -3v6z"/><text class="step" x="{}" y="{}">{step}</text></g>"#,
        entry.kind.as_str(),
        tenths(from.0),
        tenths(from.1),
        tenths(to.0),
        tenths(to.1),
        tenths(to.0),
        tenths(to.1),
        tenths(side),
        tenths(from.0 + (to.0 - from.0) * 0.2),
        tenths(from.1 + (to.1 - from.1) * 0.2 - 2.0),
    );
}

fn lanes(log: &Log) -> Vec<Node> {
    let replicas = log.latest().replicas.keys().map(|id| Node::Replica(*id));
    std::iter::once(Node::Gateway).chain(replicas).collect()
}
