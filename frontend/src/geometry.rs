//! Where things stand on the stage: a pure function of the stage's size and the number of replicas.
//!
//! Called by the stage when its size changes. Links never run through a card: the replicas
//! stand around an empty middle, and [`links`] picks for each pair the first line that is clear (a direct way
//! of the clients to a replica may bend once).

pub mod links;

use shared::id::{Node, ReplicaId};

/// A point of the stage, in pixels from its top left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

/// A box on the stage, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl Rect {
    /// Returns the middle.
    pub fn center(self) -> Point {
        Point { x: self.x + self.w / 2.0, y: self.y + self.h / 2.0 }
    }

    /// Returns this box, larger by `margin` on every side.
    #[must_use]
    pub fn grown(self, margin: f64) -> Rect {
        Rect { x: self.x - margin, y: self.y - margin, w: self.w + 2.0 * margin, h: self.h + 2.0 * margin }
    }

    /// Whether the two boxes share a point.
    pub fn touches(self, other: Rect) -> bool {
        self.x < other.x + other.w
            && other.x < self.x + self.w
            && self.y < other.y + other.h
            && other.y < self.y + self.h
    }
}

/// Where everything stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Browsers and curl.
    pub clients: Rect,
    /// The gateway.
    pub gateway: Rect,
    /// The replicas; the first is R1.
    pub cards: Vec<Rect>,
    /// A point in the empty middle, for links that cannot be straight.
    pub hub: Point,
    /// How many lines of notes a card has room for.
    pub rows: usize,
    /// The size of the type, in pixels: every length is a multiple of it.
    pub unit: f64,
    /// The stage's width, in pixels.
    pub width: f64,
}

impl Layout {
    /// Returns the box of `node`; `None` for a replica that is not of this stage.
    pub fn rect(&self, node: Node) -> Option<Rect> {
        match node {
            Node::Clients => Some(self.clients),
            Node::Gateway => Some(self.gateway),
            Node::Replica(id) => self.cards.get(usize::from(id.0).checked_sub(1)?).copied(),
        }
    }

    /// Returns all nodes, the replicas last and in order.
    pub fn nodes(&self) -> Vec<Node> {
        let replicas = (1..=9).take(self.cards.len()).map(|id| Node::Replica(ReplicaId(id)));
        [Node::Clients, Node::Gateway].into_iter().chain(replicas).collect()
    }
}

/// Below this many units of width the stage is that of a phone: the gateway above, the replicas below.
const NARROW: f64 = 54.0;
/// A card's largest width and height, in units.
const CARD: (f64, f64) = (18.0, 13.0);
/// What a card needs besides its lines, the same of a tight one, and one line, in units.
const CARD_HEAD: f64 = 3.3;
const TIGHT_HEAD: f64 = 3.0;
const CARD_LINE: f64 = 1.6;
/// What is kept free at the foot of the stage for the caption, in units.
const CAPTION: f64 = 3.4;

/// Whether a stage of this width is laid out for a phone.
pub fn is_narrow(width: f64, unit: f64) -> bool {
    width < NARROW * unit
}

/// Below this width of a card, in units of type, everything on the stage is a little smaller.
const TIGHT: f64 = 11.5;

/// Whether a card is so narrow that everything on the stage is a little smaller.
pub fn is_tight(card: Rect, unit: f64) -> bool {
    card.w < TIGHT * unit
}

/// Returns the height that a phone's stage needs for `count` replicas, in pixels.
pub fn narrow_height(unit: f64, count: usize) -> f64 {
    let rows = count.div_ceil(2).max(1);
    (NARROW_TOP + CAPTION + lines(rows) * NARROW_CARD + lines(rows - 1) * NARROW_GAP + 1.0) * unit
}

/// Lays out a stage of `width` by `height` pixels for `count` replicas, 1 to 9, in type of `unit` pixels.
pub fn layout(width: f64, height: f64, unit: f64, count: usize) -> Layout {
    let count = count.clamp(1, 9);
    if is_narrow(width, unit) { narrow(width, unit, count) } else { wide(width, height, unit, count) }
}

#[allow(clippy::cast_precision_loss, reason = "at most nine")]
fn lines(count: usize) -> f64 {
    count as f64
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number, at least 1")]
fn rows_in(card: Rect, unit: f64) -> usize {
    let head = if is_tight(card, unit) { TIGHT_HEAD } else { CARD_HEAD };
    ((card.h / unit - head) / CARD_LINE).floor().max(1.0) as usize
}

/// How far the card at `index` of `per_row` is moved towards the middle, as a part of the largest such move:
/// the row is a shallow arc, so that a line between its ends passes its middle.
fn arc(index: usize, per_row: usize) -> f64 {
    if per_row < 3 {
        return 0.0;
    }
    let half = lines(per_row - 1) / 2.0;
    ((lines(index) - half) / half).powi(2)
}

/// The replicas in two rows, an odd one at the right; gateway and clients at the left.
fn wide(width: f64, height: f64, unit: f64, count: usize) -> Layout {
    let margin = 1.3 * unit;
    let floor = height - CAPTION * unit;
    let left = Rect { x: margin, y: 0.0, w: 8.4 * unit, h: 4.8 * unit };
    let gateway = Rect { y: (floor - left.h) / 2.0, ..left };
    let clients_height = 3.6 * unit;
    let clients_top = (gateway.y - clients_height - 7.0 * unit).max(margin);
    let clients = Rect { y: clients_top, h: clients_height, ..left };
    let begin = gateway.x + gateway.w + (0.12 * width).clamp(6.5 * unit, 13.0 * unit);
    let area = Rect { x: begin, y: margin, w: width - margin - begin, h: floor - 2.0 * margin };
    let hub = Point { x: begin - unit, y: area.center().y };
    let cards = ring(area, unit, count);
    let rows = rows_in(cards.first().copied().unwrap_or_default(), unit);
    Layout { clients, gateway, cards, hub, rows, unit, width }
}

fn ring(area: Rect, unit: f64, count: usize) -> Vec<Rect> {
    let (per_row, odd) = (count / 2, count % 2 == 1);
    let bend = if per_row < 3 { 0.0 } else { 1.9 * unit };
    let size = ring_card(area, unit, count, bend);
    if per_row == 0 {
        let (x, y) = (area.x + (area.w - size.w) / 2.0, area.y + (area.h - size.h) / 2.0);
        return vec![Rect { x, y, ..size }];
    }
    let spare = (area.h - 2.0 * (size.h + bend) - if odd { size.h + 2.0 * unit } else { 20.0 * unit }).max(0.0);
    let top = area.y + spare / 2.0;
    let bottom = area.y + area.h - spare / 2.0 - size.h;
    let columns = columns(area, unit, size.w, per_row, odd);
    let at = |index: usize, y: f64| Rect { x: columns.get(index).copied().unwrap_or(area.x), y, ..size };
    let above = (0..per_row).map(|index| at(index, top + bend * arc(index, per_row)));
    let middle = Rect { x: area.x + area.w - size.w, y: area.y + (area.h - size.h) / 2.0, ..size };
    let below = (0..per_row).map(|index| at(index, bottom - bend * arc(index, per_row)));
    above.chain(odd.then_some(middle)).chain(below).collect()
}

/// The size of one card in the ring.
fn ring_card(area: Rect, unit: f64, count: usize, bend: f64) -> Rect {
    let (per_row, odd) = (count / 2, count % 2 == 1);
    let gap = match per_row {
        0 | 1 => 0.0,
        2 => 8.6,
        3 => 3.2,
        _ => 1.6,
    } * unit;
    let across = lines(per_row.max(1)) + if odd && per_row > 0 { SHIFT } else { 0.0 };
    let w = ((area.w - lines(per_row.saturating_sub(1)) * gap) / across).min(CARD.0 * unit);
    let down = if odd && per_row > 0 {
        (area.h - 2.0 * bend - 2.4 * unit) / 3.0
    } else {
        // On a low stage, such as in projector mode, the notes need the room more than the messages do.
        let between = (area.h - 13.6 * unit).clamp(2.6 * unit, 6.5 * unit);
        (area.h - 2.0 * bend - between) / 2.0
    };
    Rect { w, h: down.min(CARD.1 * unit), ..Rect::default() }
}

/// How far an odd replica stands out at the right, as a part of a card's width.
const SHIFT: f64 = 0.45;

/// The left edges of the columns.
fn columns(area: Rect, unit: f64, width: f64, per_row: usize, odd: bool) -> Vec<f64> {
    let room = area.w - width - if odd { SHIFT * width } else { 0.0 };
    if per_row == 1 {
        let inset = if odd { (room - 8.0 * unit).max(0.0) / 4.0 } else { room / 2.0 };
        return vec![area.x + inset];
    }
    let widest = if per_row == 2 { 22.0 * unit + width } else { f64::INFINITY };
    let step = (room / lines(per_row - 1)).min(widest);
    let inset = (room - step * lines(per_row - 1)) / 2.0;
    (0..per_row).map(|index| area.x + inset + lines(index) * step).collect()
}

/// The phone: heights in units. With four replicas the controls of time have room below, on the first screen.
const NARROW_TOP: f64 = 7.2;
const NARROW_GAP: f64 = 2.6;
const NARROW_CARD: f64 = 7.9;

/// The gateway above, the replicas in two columns, an odd one below in the middle.
fn narrow(width: f64, unit: f64, count: usize) -> Layout {
    let margin = 0.8 * unit;
    let clients = Rect { x: margin, y: margin, w: 6.7 * unit, h: 3.4 * unit };
    let gateway = Rect { x: width * 0.48, y: margin, w: 7.0 * unit, h: 3.4 * unit };
    let per_column = count / 2;
    let size = Rect { w: (width - 2.0 * margin - 6.0 * unit) / 2.0, h: NARROW_CARD * unit, ..Rect::default() };
    let bend = if per_column < 3 { 0.0 } else { unit };
    let size = Rect { w: size.w - bend / 2.0, ..size };
    let y = |row: usize| (NARROW_TOP + lines(row) * (NARROW_CARD + NARROW_GAP)) * unit;
    let left = |row| Rect { x: margin + bend * arc(row, per_column), y: y(row), ..size };
    let right = |row| Rect { x: width - margin - size.w - bend * arc(row, per_column), y: y(row), ..size };
    let odd = Rect { x: (width - size.w) / 2.0, y: y(per_column), ..size };
    let pairs = (0..per_column).flat_map(|row| [left(row), right(row)]);
    let cards = pairs.chain((count % 2 == 1).then_some(odd)).collect();
    let hub = Point { x: width / 2.0, y: (NARROW_TOP - 1.2) * unit };
    Layout { clients, gateway, cards, hub, rows: rows_in(size, unit), unit, width }
}

#[cfg(test)]
mod tests;
