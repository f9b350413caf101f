//! Properties of the schedule, over random feeds that are causal as real ones are.

use proptest::prelude::*;
use serde_json::json;

use std::collections::BTreeMap;

use super::*;
use crate::clock::Stamp;
use crate::id::{Epoch, GroupId, ReplicaId};
use crate::message::Parcel;
use crate::request::{Method, Reply, Request};

/// One random move of a feed; what cannot be done at its turn is left out.
#[derive(Clone, Copy, Debug)]
enum Move {
    Request(u8),
    Reply(usize),
    Send { from: u8, to: u8, traced: bool },
    Arrive(usize),
    Lose(usize),
    Promise(u8),
}

fn moves() -> impl Strategy<Value = Vec<(Move, u64)>> {
    let step = prop_oneof![
        2 => (0..4_u8).prop_map(Move::Request),
        2 => (0..8_usize).prop_map(Move::Reply),
        6 => (0..4_u8, 0..4_u8, any::<bool>()).prop_map(|(from, to, traced)| Move::Send { from, to, traced }),
        6 => (0..8_usize).prop_map(Move::Arrive),
        1 => (0..8_usize).prop_map(Move::Lose),
        2 => (0..4_u8).prop_map(Move::Promise),
    ];
    let wait = prop_oneof![8 => 0..400_u64, 1 => 10_000..60_000_000_u64];
    prop::collection::vec((step, wait), 1..120)
}

fn node(number: u8) -> Node {
    if number == 0 { Node::Gateway } else { Node::Replica(ReplicaId(number)) }
}

/// Builds a feed: a message arrives or is lost once, after it was sent.
#[derive(Default)]
struct Feed {
    now: u64,
    events: Vec<Event>,
    flying: Vec<(MessageId, Node, Node, Option<TraceId>)>,
    open: Vec<(TraceId, Node)>,
}

impl Feed {
    fn say(&mut self, at: Node, trace: Option<TraceId>, kind: EventKind) {
        let seq = self.events.len() as u64 + 1;
        self.events.push(Event {
            seq,
            at: Micros(self.now),
            node: at,
            stamp: Stamp::default(),
            trace,
            step: None,
            kind,
        });
    }

    fn perform(&mut self, step: Move) {
        match step {
            Move::Request(at) => {
                let trace = TraceId(format!("t{}", self.events.len()));
                self.open.push((trace.clone(), node(at)));
                let request = Request { method: Method::Get, path: "/note".to_owned(), body: json!({}) };
                self.say(node(at), Some(trace), EventKind::ClientRequest { request });
            }
            Move::Reply(index) if index < self.open.len() => {
                let (trace, at) = self.open.remove(index);
                let said = Request { method: Method::Get, path: "/note".to_owned(), body: json!({}) };
                let reply = Reply::to(&said, 200, json!({}));
                self.say(at, Some(trace), EventKind::ClientReply { reply });
            }
            Move::Send { from, to, traced } if from != to => {
                let message = MessageId { from: node(from), n: self.events.len() as u64 };
                let trace = traced.then(|| TraceId("t".to_owned()));
                self.flying.push((message, node(from), node(to), trace.clone()));
                let parcel = Parcel::Peer(Box::default());
                self.say(node(from), trace, EventKind::Sent { message, to: node(to), parcel });
            }
            Move::Arrive(index) if index < self.flying.len() => {
                let (message, _, to, trace) = self.flying.remove(index);
                self.say(to, trace, EventKind::Received { message });
            }
            Move::Lose(index) if index < self.flying.len() => {
                let (message, from, _, trace) = self.flying.remove(index);
                self.say(from, trace, EventKind::Lost { message, why: crate::event::Why::Unreachable });
            }
            Move::Promise(at) => {
                self.say(node(at), None, EventKind::Promised { group: GroupId::Store, epoch: Epoch::NONE });
            }
            Move::Reply(_) | Move::Send { .. } | Move::Arrive(_) | Move::Lose(_) => {}
        }
    }
}

fn feed(moves: Vec<(Move, u64)>) -> Vec<Event> {
    let mut feed = Feed::default();
    for (step, wait) in moves {
        feed.now += wait;
        feed.perform(step);
    }
    feed.events
}

fn schedule(events: &[Event]) -> Vec<f64> {
    let mut pacer = Pacer::new(Pace::default());
    events.iter().map(|event| pacer.push(event)).collect()
}

proptest! {
    #[test]
    fn the_order_of_the_feed_is_kept(moves in moves()) {
        let events = feed(moves);
        let shown = schedule(&events);
        prop_assert!(shown.windows(2).all(|pair| pair[0] <= pair[1]), "{shown:?}");
    }

    #[test]
    fn pictured_events_are_told_apart(moves in moves()) {
        let events = feed(moves);
        let shown = schedule(&events);
        let pictured: Vec<f64> =
            events.iter().zip(&shown).filter(|(event, _)| has_picture(&event.kind)).map(|(_, at)| *at).collect();
        prop_assert!(pictured.windows(2).all(|pair| pair[1] - pair[0] >= Pace::default().stagger - 1e-6));
    }

    #[test]
    fn a_flight_lasts_long_enough_to_be_seen(moves in moves()) {
        let events = feed(moves);
        let shown = schedule(&events);
        let mut left = BTreeMap::new();
        for (event, at) in events.iter().zip(&shown) {
            if let EventKind::Sent { message, .. } = &event.kind {
                left.insert(*message, *at);
            }
            if let EventKind::Received { message } = &event.kind {
                let pace = Pace::default();
                let least = if event.trace.is_some() { pace.flight } else { pace.quiet_flight };
                prop_assert!(at - left[message] >= least - 1e-6, "{message} flew {}", at - left[message]);
            }
        }
    }

    #[test]
    fn one_node_does_one_thing_after_the_other(moves in moves()) {
        let events = feed(moves);
        let shown = schedule(&events);
        let mut latest: BTreeMap<Node, (f64, bool)> = BTreeMap::new();
        for (event, at) in events.iter().zip(&shown).filter(|(event, _)| has_picture(&event.kind)) {
            let sends = matches!(event.kind, EventKind::Sent { .. });
            if let Some((before, sent)) = latest.insert(event.node, (*at, sends)) {
                let pace = Pace::default();
                let least = if sends && sent { pace.stagger } else { pace.gap };
                prop_assert!(at - before >= least - 1e-6);
            }
        }
    }

    #[test]
    fn idle_time_is_short_and_bookkeeping_takes_none(moves in moves()) {
        let events = feed(moves);
        let shown = schedule(&events);
        let pace = Pace::default();
        let mut before = 0.0;
        for (event, at) in events.iter().zip(&shown) {
            let most = if has_picture(&event.kind) { 2.0 * pace.flight + pace.pause + pace.gap } else { 0.0 };
            prop_assert!(at - before <= most + 1e-6, "{} ms before {event:?}", at - before);
            before = *at;
        }
    }
}

#[test]
fn a_lone_request_starts_after_the_last_reply_has_landed() {
    let mut pacer = Pacer::new(Pace::default());
    let moves = vec![(Move::Request(0), 0), (Move::Reply(0), 90), (Move::Request(0), 40)];
    let shown: Vec<f64> = feed(moves).iter().map(|event| pacer.push(event)).collect();
    let pace = Pace::default();
    assert!(shown[2] >= shown[1] + pace.flight, "{shown:?}");
    assert!(shown[1] >= shown[0] + pace.flight, "a request arrives before it has an effect: {shown:?}");
}

#[test]
fn a_burst_of_sends_flies_in_parallel() {
    let send = |to| Move::Send { from: 1, to, traced: true };
    let moves = vec![(Move::Request(1), 0), (send(2), 5), (send(3), 1), (send(0), 1)];
    let shown = schedule(&feed(moves));
    assert!(shown[3] - shown[1] < 200.0, "{shown:?}");
}

/// Returns when the last of these events, all of one feed, is shown after the one before it; R1 sends and R2 receives.
fn last_after(kinds: &[(u8, EventKind)]) -> f64 {
    let mut feed = Feed::default();
    for (at, kind) in kinds {
        feed.now += 500_000;
        feed.say(node(*at), None, kind.clone());
    }
    let shown = schedule(&feed.events);
    shown[shown.len() - 1] - shown[shown.len() - 2]
}

#[test]
fn what_was_held_flies_from_where_it_was_let_go_and_dies_where_it_waits() {
    let message = MessageId { from: node(1), n: 1 };
    let sent = EventKind::Sent { message, to: node(2), parcel: Parcel::Peer(Box::default()) };
    let held = [(1, sent), (1, EventKind::Gate(Gate::Held(message)))];
    let flown = |how| {
        let arrives = [(1, EventKind::Gate(how)), (2, EventKind::Received { message })];
        last_after(&[held.as_slice(), &arrives].concat())
    };
    let Pace { quiet_flight, pause, .. } = Pace::default();
    for how in [Gate::Delivered(message), Gate::Doubled(message), Gate::Opened] {
        assert!(flown(how) >= quiet_flight, "{how:?}: {}", flown(how));
    }
    let why = crate::event::Why::DroppedByHand;
    let dropped = last_after(&[held.as_slice(), &[(1, EventKind::Lost { message, why })]].concat());
    assert!((dropped - pause).abs() < 1e-6, "{dropped}");
}

#[test]
fn the_slowdown_is_shown_over_real() {
    let mut pacer = Pacer::new(Pace::default());
    assert_eq!(pacer.slowdown(), None);
    let moves = vec![
        (Move::Request(0), 0),
        (Move::Send { from: 0, to: 1, traced: true }, 1_000),
        (Move::Arrive(0), 1_000),
        (Move::Reply(0), 7_000_000),
    ];
    let shown: Vec<f64> = feed(moves).iter().map(|event| pacer.push(event)).collect();
    let expected = (shown[2] - shown[0]) / 2.0;
    assert!(pacer.slowdown().is_some_and(|ratio| (ratio - expected).abs() < 1e-6), "idle time does not count");
}
