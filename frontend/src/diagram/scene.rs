//! Where everything of some rows stands: lanes, events and arrows, in pixels from the top left corner of row 0.
//!
//! An arrow goes from the event of sending to that of arrival. Clients tell nothing of themselves, so their requests come
//! from a little above the event that took them, and replies go to a little below.

use std::collections::BTreeSet;
use std::ops::Range;

use shared::event::{EventKind, Role, Step};
use shared::id::{MessageId, Node};

use super::rows::Rows;
use crate::geometry::Point;
use crate::kind::{Kind, step_name};
use crate::playback::pills::{first_step, last_step};
use crate::playback::{Entry, Passage, Playback};

/// The height of a row, in units of type.
pub const PITCH: f64 = 1.75;
/// How far above the rows in sight an arrow may begin and still be drawn, in events.
const REACH: usize = 400;
/// How far along its way a lost message dies.
const DIES_AT: f64 = 0.6;
/// How far above or below its event a client's end of an arrow is, in rows.
const SLANT: f64 = 0.45;
/// The room at both sides of the lanes, in units.
const MARGIN: f64 = 1.3;
/// The room that a label takes, in units.
const LABEL: (f64, f64) = (1.5, 0.8);

/// The frame of a diagram.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The nodes, from left to right.
    pub lanes: Vec<Node>,
    /// The width of all lanes, in pixels.
    pub width: f64,
    /// The size of the type, in pixels.
    pub unit: f64,
}

impl Frame {
    /// Returns the distance of two lanes, in pixels.
    #[allow(clippy::cast_precision_loss, reason = "at most eleven")]
    pub fn pitch(&self) -> f64 {
        let gaps = self.lanes.len().saturating_sub(1).max(1) as f64;
        (self.width - 2.0 * MARGIN * self.unit) / gaps
    }

    /// Returns where the lane of `node` is; that of a node without a lane is the first.
    #[allow(clippy::cast_precision_loss, reason = "at most eleven")]
    pub fn x(&self, node: Node) -> f64 {
        let index = self.lanes.iter().position(|lane| *lane == node).unwrap_or(0);
        MARGIN * self.unit + index as f64 * self.pitch()
    }

    /// Returns the middle of a row.
    #[allow(clippy::cast_precision_loss, reason = "pixels")]
    pub fn y(&self, row: u64) -> f64 {
        (row as f64 + 0.5) * self.row_height()
    }

    /// Returns the height of a row, in pixels.
    pub fn row_height(&self) -> f64 {
        PITCH * self.unit
    }

    fn at(&self, node: Node, row: u64) -> Point {
        Point { x: self.x(node), y: self.y(row) }
    }
}

/// What an event looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The sign of its kind.
    Kind,
    /// A node became a primary.
    Crown,
    /// The end of a message.
    Arrival,
}

/// An event.
#[derive(Clone, Debug, PartialEq)]
pub struct Dot {
    /// Its place in the log.
    pub place: u64,
    /// Its row.
    pub row: u64,
    /// Where it is.
    pub at: Point,
    /// Its accent.
    pub kind: Kind,
    /// What it looks like.
    pub sign: Sign,
    /// Whether it meets what is searched for.
    pub meets: bool,
}

/// How a message ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It arrives.
    Arrives,
    /// It is lost.
    Dies,
    /// The feed has not told.
    Unknown,
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrow {
    /// Its id; a client's request or reply has none.
    pub message: Option<MessageId>,
    /// The place of the event that it leaves at, or that a client's request arrives at.
    pub place: u64,
    /// Where it leaves.
    pub from: Point,
    /// Where it ends.
    pub to: Point,
    /// How it ends.
    pub end: End,
    /// Its accent.
    pub kind: Kind,
    /// Whether the event of its leaving or of its end meets what is searched for.
    pub meets: bool,
    /// The textbook's step, and where it is written: in the middle of the arrow, if there is room.
    pub label: Option<(&'static str, Point)>,
}

/// Everything of some rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// The lanes.
    pub frame: Frame,
    /// The rows shown.
    pub rows: Range<u64>,
    /// The events, in order.
    pub dots: Vec<Dot>,
    /// The messages, in order of their sending.
    pub arrows: Vec<Arrow>,
}

impl Scene {
    /// Places the events of `rows.start .. rows.end`, as far as there are so many, and every arrow that passes there.
    pub fn new(playback: &Playback, of: &Rows, frame: Frame, rows: Range<u64>) -> Scene {
        let rows = rows.start..rows.end.min(of.count(playback.log()));
        let dots: Vec<Dot> = rows.clone().filter_map(|row| dot(playback, of, &frame, row)).collect();
        let mut scene = Scene { frame, rows, dots, arrows: Vec::new() };
        scene.arrows = scene.all_arrows(playback, of);
        scene.label(playback);
        scene
    }

    fn all_arrows(&self, playback: &Playback, of: &Rows) -> Vec<Arrow> {
        let mut seen = BTreeSet::new();
        let above = self.dots.first().map_or(0, |dot| dot.place);
        let earlier = playback.log().entries_before(above).take(REACH).map(|(place, _)| place);
        let earlier: Vec<u64> = earlier.collect();
        let places = earlier.into_iter().rev().chain(self.dots.iter().map(|dot| dot.place));
        let arrows = places.filter_map(|place| self.arrow(playback, of, place)).filter(|arrow| {
            let (top, bottom) = (self.frame.y(self.rows.start), self.frame.y(self.rows.end));
            arrow.to.y >= top - self.frame.row_height()
                && arrow.from.y <= bottom
                && arrow.message.is_none_or(|message| seen.insert(message))
        });
        arrows.collect()
    }

    /// Returns the arrow of the event at `place`, if one begins there.
    fn arrow(&self, playback: &Playback, of: &Rows, place: u64) -> Option<Arrow> {
        let log = playback.log();
        let entry = log.entry(place)?;
        let row = of.of(log, place)?;
        let here = self.frame.at(entry.event.node, row);
        let off = SLANT * self.frame.row_height();
        let outside = |y| Point { x: self.frame.x(Node::Clients), y };
        let (from, to, message, end) = if matches!(entry.event.kind, EventKind::ClientRequest { .. }) {
            (outside(here.y - off), here, None, End::Arrives)
        } else if matches!(entry.event.kind, EventKind::ClientReply { .. }) {
            (here, outside(here.y + off), None, End::Arrives)
        } else {
            let EventKind::Sent { message, to, .. } = &entry.event.kind else { return None };
            let (to, end) = self.target(playback, of, log.passage(*message)?, (here, *to))?;
            (here, to, Some(*message), end)
        };
        let ended = message.and_then(|message| log.passage(message)?.ended);
        let meets = playback.meets(place) || ended.is_some_and(|ended| playback.meets(ended));
        Some(Arrow { message, place, from, to, end, kind: entry.kind, meets, label: None })
    }

    /// Returns where a message that left `from` ends.
    fn target(
        &self,
        playback: &Playback,
        of: &Rows,
        passage: &Passage,
        (from, to): (Point, Node),
    ) -> Option<(Point, End)> {
        let log = playback.log();
        let x = self.frame.x(to);
        match passage.ended {
            Some(place) if passage.lost => {
                let y = self.frame.y(of.before(log, place));
                Some((Point { x: from.x + (x - from.x) * DIES_AT, y }, End::Dies))
            }
            Some(place) => Some((Point { x, y: self.frame.y(of.of(log, place)?) }, End::Arrives)),
            None => {
                let y = from.y + 1.2 * self.frame.row_height();
                Some((Point { x: from.x + (x - from.x) * DIES_AT, y }, End::Unknown))
            }
        }
    }

    /// Writes each step on its arrow, where no other stands.
    fn label(&mut self, playback: &Playback) {
        let (width, height) = (LABEL.0 * self.frame.unit, LABEL.1 * self.frame.unit);
        let mut taken: Vec<Point> = Vec::new();
        for arrow in &mut self.arrows {
            let step = playback.log().entry(arrow.place).and_then(|entry| step_of(entry, playback));
            let Some(step) = step.filter(|_| (arrow.to.x - arrow.from.x).abs() > width) else { continue };
            let near = taken.iter().rev().take(64);
            let near: Vec<Point> = near.copied().collect();
            let is_free =
                |at: &Point| near.iter().all(|other| (other.x - at.x).abs() > width || (other.y - at.y).abs() > height);
            let Some(at) = [0.5, 0.36, 0.64].map(|part| along(arrow, part)).into_iter().find(is_free) else { continue };
            taken.push(at);
            arrow.label = Some((step_name(step), at));
        }
    }
}

/// Returns the point of an arrow at a part of its way.
fn along(arrow: &Arrow, part: f64) -> Point {
    let (from, to) = (arrow.from, arrow.to);
    Point { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part }
}

/// A client's own end of a request carries no step in the feed; the figures give it the first and the last.
fn step_of(entry: &Entry, playback: &Playback) -> Option<Step> {
    if let EventKind::ClientRequest { request } = &entry.event.kind {
        return entry.event.step.or(Some(first_step(request.method)));
    }
    if let EventKind::ClientReply { reply } = &entry.event.kind {
        return entry.event.step.or(Some(last_step(reply.method, playback.mode())));
    }
    entry.event.step
}

fn dot(playback: &Playback, of: &Rows, frame: &Frame, row: u64) -> Option<Dot> {
    let (place, entry) = of.event(playback.log(), row)?;
    let kind = &entry.event.kind;
    let sign = if matches!(kind, EventKind::Became { role: Role::Primary, .. }) {
        Sign::Crown
    } else if matches!(kind, EventKind::Received { .. } | EventKind::Ignored { .. }) {
        Sign::Arrival
    } else {
        Sign::Kind
    };
    let meets = playback.meets(place);
    Some(Dot { place, row, at: frame.at(entry.event.node, row), kind: entry.kind, sign, meets })
}
