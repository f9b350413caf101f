//! Links that run through no card, and the way of a pill along one.

use shared::id::Node;
use shared::map::Map;

use crate::fixed::tenths;

use super::{Layout, Point, Rect};

/// A way from one box's edge to another's: straight, or bent once.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Way {
    /// Where it begins.
    pub from: Point,
    /// Where it bends.
    pub via: Option<Point>,
    /// Where it ends.
    pub to: Point,
}

impl Way {
    fn straight(from: Point, to: Point) -> Way {
        Way { from, via: None, to }
    }

    /// Returns the same way, walked from its end.
    #[must_use]
    pub fn reversed(self) -> Way {
        Way { from: self.to, via: self.via, to: self.from }
    }

    /// Returns its straight parts, one or two.
    fn legs(self) -> impl Iterator<Item = (Point, Point)> {
        let first = (self.from, self.via.unwrap_or(self.to));
        std::iter::once(first).chain(self.via.map(|via| (via, self.to)))
    }

    /// Returns the length in pixels.
    pub fn length(self) -> f64 {
        self.legs().map(|(a, b)| distance(a, b)).sum()
    }

    /// Returns the point at `part` of the way, 0 to 1, and the direction there (of length 1).
    pub fn at(self, part: f64) -> (Point, Point) {
        let mut rest = part * self.length();
        let mut place = (self.from, Point { x: 1.0, y: 0.0 });
        for (a, b) in self.legs() {
            let length = distance(a, b).max(1e-9);
            let ahead = Point { x: (b.x - a.x) / length, y: (b.y - a.y) / length };
            let walked = rest.min(length);
            place = (Point { x: a.x + ahead.x * walked, y: a.y + ahead.y * walked }, ahead);
            rest -= length;
            if rest <= 0.0 {
                break;
            }
        }
        place
    }

    /// Whether this way touches the inside of `rect`.
    pub fn crosses(self, rect: Rect) -> bool {
        self.legs().any(|(a, b)| leg_crosses(a, b, rect))
    }

    /// Returns it as an SVG path.
    pub fn path(self) -> String {
        let mut path = String::from("M");
        for (index, point) in [Some(self.from), self.via, Some(self.to)].into_iter().flatten().enumerate() {
            path.push_str(if index == 0 { "" } else { "L" });
            path.push_str(&tenths(point.x));
            path.push(' ');
            path.push_str(&tenths(point.y));
        }
        path
    }
}

fn distance(a: Point, b: Point) -> f64 {
    ((b.x - a.x).powi(2) + (b.y - a.y).powi(2)).sqrt()
}

/// Whether the line from `a` to `b` touches the inside of `rect` (clipping by Liang and Barsky).
fn leg_crosses(a: Point, b: Point, rect: Rect) -> bool {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    let sides = [(-dx, a.x - rect.x), (dx, rect.x + rect.w - a.x), (-dy, a.y - rect.y), (dy, rect.y + rect.h - a.y)];
    for (direction, distance) in sides {
        if direction.abs() < 1e-9 {
            if distance <= 0.0 {
                return false;
            }
        } else if direction < 0.0 {
            enter = enter.max(distance / direction);
        } else {
            leave = leave.min(distance / direction);
        }
    }
    enter < leave - 1e-9
}

/// Every pair's link, as walked from the first node to the second; both directions are there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Links(Map<(Node, Node), Way>);

impl Links {
    /// Finds a clear way for every pair of nodes of `layout`.
    pub fn new(layout: &Layout) -> Links {
        let nodes = layout.nodes();
        let mut map = Map::new();
        for (index, a) in nodes.iter().enumerate() {
            for b in &nodes[index + 1..] {
                if let Some(way) = route(layout, *a, *b) {
                    map.insert((*a, *b), way);
                    map.insert((*b, *a), way.reversed());
                }
            }
        }
        Links(map)
    }

    /// Returns the way from one node to another.
    pub fn way(&self, from: Node, to: Node) -> Option<Way> {
        self.0.get(&(from, to)).copied()
    }

    /// Returns the links that are drawn: all but those of the clients to replicas, each once.
    pub fn drawn(&self) -> impl Iterator<Item = ((Node, Node), Way)> {
        let drawn = |(a, b): (Node, Node)| a < b && (a != Node::Clients || b == Node::Gateway);
        self.0.iter().map(|(pair, way)| (*pair, *way)).filter(move |(pair, _)| drawn(*pair))
    }
}

/// Returns the straight way from middle to middle if it is clear, else the shortest clear one, else one that bends.
fn route(layout: &Layout, a: Node, b: Node) -> Option<Way> {
    let (from, to) = (layout.rect(a)?, layout.rect(b)?);
    let margin = 0.3 * layout.unit;
    let nodes = layout.nodes().into_iter().filter(|node| *node != a && *node != b);
    let others: Vec<Rect> = nodes.filter_map(|node| layout.rect(node)).map(|rect| rect.grown(margin)).collect();
    let clear = |way: &Way| {
        !others.iter().any(|rect| way.crosses(*rect)) && !way.crosses(from.grown(-1.0)) && !way.crosses(to.grown(-1.0))
    };
    let middle = Way::straight(edge(from, to.center()), edge(to, from.center()));
    let shortest = |via: Option<Point>| {
        let ways =
            anchors(from).into_iter().flat_map(|from| anchors(to).into_iter().map(move |to| Way { from, via, to }));
        ways.filter(clear).min_by(|a, b| a.length().total_cmp(&b.length()))
    };
    let straight = Some(middle).filter(clear).or_else(|| shortest(None));
    straight.or_else(|| shortest(Some(layout.hub))).or(Some(middle))
}

/// Where the line from the middle of `rect` to `target` leaves `rect`.
fn edge(rect: Rect, target: Point) -> Point {
    let center = rect.center();
    let (dx, dy) = (target.x - center.x, target.y - center.y);
    let scale = (rect.w / 2.0 / dx.abs().max(1e-9)).min(rect.h / 2.0 / dy.abs().max(1e-9));
    Point { x: center.x + dx * scale, y: center.y + dy * scale }
}

/// Points on the border of `rect` where a link may end: on each side the middle and near both ends.
fn anchors(rect: Rect) -> Vec<Point> {
    let parts = [0.08, 0.3, 0.5, 0.7, 0.92];
    let across = parts.iter().flat_map(|part| {
        let x = rect.x + rect.w * part;
        [Point { x, y: rect.y }, Point { x, y: rect.y + rect.h }]
    });
    let down = parts.iter().flat_map(|part| {
        let y = rect.y + rect.h * part;
        [Point { x: rect.x, y }, Point { x: rect.x + rect.w, y }]
    });
    across.chain(down).collect()
}

/// Returns where the middle of a pill of this size is at `progress` of its way, in the given lane.
///
/// It starts and ends beside the boxes, not on them, where the link is long enough; lanes lie side by side
/// (on an upright link they overlap a little, because a pill is much wider than it is high).
pub fn pill_place(way: Way, progress: f64, lane: i32, pill: (f64, f64)) -> Point {
    let length = way.length().max(1.0);
    let half = |ahead: Point| f64::midpoint(ahead.x.abs() * pill.0, ahead.y.abs() * pill.1) + 4.0;
    let start = (half(way.at(0.0).1) / length).min(0.36);
    let stop = (half(way.at(1.0).1) / length).min(0.36);
    let (point, ahead) = way.at(start + (1.0 - start - stop) * progress);
    let aside = (ahead.y.abs() * 0.4 * pill.0 + ahead.x.abs() * (pill.1 + 4.0)) * f64::from(lane);
    Point { x: point.x - ahead.y * aside, y: point.y + ahead.x * aside }
}
