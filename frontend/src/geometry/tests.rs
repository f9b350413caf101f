//! The stage at the sizes of a projector, a large screen and a phone, with 1 to 9 replicas.

use super::links::{Links, pill_place};
use super::*;

/// Stage sizes as the page's grid leaves them, with the size of the type.
const STAGES: [(f64, f64, f64); 5] =
    [(932.0, 556.0, 14.0), (1420.0, 880.0, 18.4), (1180.0, 560.0, 14.0), (2100.0, 1200.0, 22.0), (770.0, 480.0, 14.0)];

fn stages() -> Vec<(Layout, f64, f64)> {
    let mut all = Vec::new();
    for count in 1..=9 {
        for (width, height, unit) in STAGES {
            all.push((layout(width, height, unit, count), width, height));
        }
        for width in [360.0, 390.0, 430.0, 700.0] {
            let height = narrow_height(14.0, count);
            all.push((layout(width, height, 14.0, count), width, height));
        }
    }
    all
}

fn boxes(layout: &Layout) -> Vec<(Node, Rect)> {
    layout.nodes().into_iter().map(|node| (node, layout.rect(node).expect("the node is of this stage"))).collect()
}

#[test]
fn nothing_overlaps_or_leaves_the_stage() {
    for (layout, width, height) in stages() {
        let boxes = boxes(&layout);
        for (index, (node, rect)) in boxes.iter().enumerate() {
            assert!(rect.x >= 0.0 && rect.y >= 0.0, "{node} {rect:?}");
            assert!(rect.x + rect.w <= width && rect.y + rect.h <= height, "{node} {rect:?} in {width}×{height}");
            for (other, second) in &boxes[index + 1..] {
                assert!(!rect.grown(4.0).touches(*second), "{node} and {other}, {width}×{height}, {layout:?}");
            }
        }
    }
}

#[test]
fn links_run_through_no_card() {
    for (layout, width, height) in stages() {
        let links = Links::new(&layout);
        for (a, _) in boxes(&layout) {
            for (b, _) in boxes(&layout).into_iter().filter(|(b, _)| *b != a) {
                let way = links.way(a, b).expect("every pair has a way");
                for (node, rect) in boxes(&layout) {
                    let count = layout.cards.len();
                    assert!(!way.crosses(rect.grown(-1.5)), "{a}→{b} crosses {node}; {count} in {width}×{height}");
                }
            }
        }
    }
}

#[test]
fn cards_have_room_for_a_note() {
    for (layout, width, height) in stages() {
        let card = layout.cards[0];
        assert!(layout.rows >= 2, "{} rows in {width}×{height}", layout.rows);
        assert!(card.w >= 7.0 * layout.unit, "{} wide with {} in {width}", card.w, layout.cards.len());
    }
}

#[test]
fn pills_start_and_end_beside_the_boxes_and_lanes_do_not_overlap() {
    let layout = layout(932.0, 556.0, 14.0, 4);
    let links = Links::new(&layout);
    let way = links.way(Node::Replica(ReplicaId(1)), Node::Replica(ReplicaId(2))).expect("there is a way");
    let size = (100.0, 26.0);
    let start = pill_place(way, 0.0, 0, size);
    assert!(start.x - 50.0 > layout.cards[0].x + layout.cards[0].w);
    let beside = pill_place(way, 0.0, 1, size);
    assert!((beside.y - start.y).abs() >= 26.0);
    let back = pill_place(way.reversed(), 1.0, 0, size);
    assert!((back.x - start.x).abs() < 1e-6 && (back.y - start.y).abs() < 1e-6);
}
