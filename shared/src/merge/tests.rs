//! Causal order over random histories, whichever way the streams come in; and what happens when a part never comes.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::id::{Epoch, MessageId, Node};
use crate::map::Map;
use crate::message::{Head, Parcel};
use crate::recorder::Recorder;
use crate::request::{Method, Request};
use crate::view::ReplicaView;

const REPLICAS: u8 = 3;

/// One random move of a history; what cannot be done at its turn is left out.
#[derive(Clone, Copy, Debug)]
enum Move {
    Act(u8),
    Send { from: u8, to: u8 },
    Arrive(usize),
    Restart(u8),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let replica = 1..=REPLICAS;
    let step = prop_oneof![
        2 => (0..=REPLICAS).prop_map(Move::Act),
        6 => (0..=REPLICAS, 0..=REPLICAS).prop_map(|(from, to)| Move::Send { from, to }),
        6 => (0..8_usize).prop_map(Move::Arrive),
        1 => replica.prop_map(Move::Restart),
    ];
    prop::collection::vec(step, 1..150)
}

fn node(number: u8) -> Node {
    if number == 0 { Node::Gateway } else { Node::Replica(ReplicaId(number)) }
}

/// Nodes that exchange messages, and all that happened to them.
struct History {
    recorders: Vec<Recorder>,
    starts: u64,
    flying: Vec<Head>,
    events: Vec<Event>,
}

impl History {
    fn new() -> History {
        let recorders = (0..=REPLICAS).map(|number| Recorder::new(node(number), REPLICAS.into())).collect();
        History { recorders, starts: 0, flying: Vec::new(), events: Vec::new() }
    }

    fn of(moves: &[Move]) -> Vec<Event> {
        let mut history = History::new();
        for step in moves {
            history.step(*step);
        }
        history.events
    }

    fn step(&mut self, step: Move) {
        let at = Micros(self.events.len() as u64);
        let event = match step {
            Move::Act(number) => self.recorders[usize::from(number)].local(at, None, None, froze()),
            Move::Send { from, to } => {
                let (head, event) = self.recorders[usize::from(from)].send(at, None, None, node(to), parcel());
                self.flying.push(head);
                event
            }
            Move::Arrive(choice) if !self.flying.is_empty() => {
                let head = self.flying.remove(choice % self.flying.len());
                let place = head.to.clock_index().expect("clients get nothing here");
                self.recorders[place].receive(at, &head)
            }
            Move::Arrive(_) => return,
            Move::Restart(number) => {
                self.starts += 1;
                let mut recorder = Recorder::new(node(number), REPLICAS.into());
                recorder.number_after(self.starts * 1_000_000);
                let started = recorder.local(at, None, None, EventKind::Started { view: ReplicaView::default() });
                self.recorders[usize::from(number)] = recorder;
                started
            }
        };
        self.events.push(event);
    }
}

fn parcel() -> Parcel {
    Parcel::Request(Request { method: Method::Get, path: String::new(), body: Value::Null })
}

fn froze() -> EventKind {
    EventKind::Froze { epoch: Epoch::NONE }
}

/// Hands a history to a merger at one instant: the gateway's events as they happen, each replica's as late as
/// `delays` says. `tell` may keep an event back for ever.
fn merge(history: &[Event], delays: &[u8], tell: impl Fn(&Event) -> bool) -> (Merger, Vec<Event>) {
    let mut merger = Merger::new(REPLICAS.into());
    let mut streams: BTreeMap<Node, VecDeque<Event>> = BTreeMap::new();
    let mut delays = delays.iter().cycle();
    let mut released = Vec::new();
    for event in history {
        if event.node == Node::Gateway {
            merger.take(Micros(0), event.clone());
        } else {
            streams.entry(event.node).or_default().push_back(event.clone());
            // Several of one stream, or none of any.
            let number = delays.next().copied().unwrap_or(0);
            for _ in 0..number / 4 {
                let next = streams.get_mut(&node(number % 4)).and_then(VecDeque::pop_front);
                next.filter(&tell).into_iter().for_each(|event| merger.take(Micros(0), event));
            }
        }
        released.extend(merger.release(Micros(0)));
    }
    let rest: Vec<Event> = streams.into_values().rev().flatten().filter(tell).collect();
    for event in rest {
        merger.take(Micros(0), event);
    }
    released.extend(merger.release(Micros(0)));
    (merger, released)
}

/// Checks that every node's events are all there in their own order, and that sends come before their receives.
fn check(merged: &[Event], told: &[&Event]) {
    for number in 0..=REPLICAS {
        let own = |events: &[&Event]| -> Vec<Event> {
            events.iter().filter(|event| event.node == node(number)).map(|event| Event::clone(event)).collect()
        };
        assert_eq!(own(&merged.iter().collect::<Vec<_>>()), own(told), "the events of {}", node(number));
    }
    let sendable: BTreeSet<MessageId> = told.iter().filter_map(|event| sent(event)).collect();
    let mut seen = BTreeSet::new();
    for event in merged {
        seen.extend(sent(event));
        if let EventKind::Received { message } = event.kind {
            assert!(seen.contains(&message) || !sendable.contains(&message), "{message} arrives before it is sent");
        }
    }
}

#[allow(clippy::wildcard_enum_match_arm, reason = "only sends matter")]
fn sent(event: &Event) -> Option<MessageId> {
    match event.kind {
        EventKind::Sent { message, .. } => Some(message),
        _ => None,
    }
}

proptest! {
    #[test]
    fn every_receive_stands_behind_its_send(moves in moves(), delays in prop::collection::vec(0..24_u8, 1..40)) {
        let history = History::of(&moves);
        let (merger, merged) = merge(&history, &delays, |_| true);
        check(&merged, &history.iter().collect::<Vec<_>>());
        prop_assert_eq!(merger.deadline(), None);
    }

    #[test]
    fn what_never_comes_is_waited_for_once(
        moves in moves(),
        delays in prop::collection::vec(0..24_u8, 1..40),
        gone in 1..=REPLICAS,
        last in 0..50_u64,
    ) {
        // The last events before the first restart die with the process.
        let history = History::of(&moves);
        let tell = |event: &Event| event.node != node(gone) || !(last..1_000_000).contains(&event.stamp.vector[usize::from(gone)]);
        let (mut merger, mut merged) = merge(&history, &delays, tell);
        for _ in 0..=history.len() {
            let Some(deadline) = merger.deadline() else { break };
            prop_assert!(merger.awaited().count() > 0);
            prop_assert!(deadline <= PATIENCE, "all came at once, so all waits end at once: {deadline:?}");
            merged.extend(merger.release(deadline));
        }
        prop_assert_eq!(merger.deadline(), None);
        check(&merged, &history.iter().filter(|event| tell(event)).collect::<Vec<_>>());
    }
}

/// R1 sends to R2; returns the send, the receive and one more event of R2.
fn exchange() -> [Event; 3] {
    let moves = [Move::Send { from: 1, to: 2 }, Move::Arrive(0), Move::Act(2)];
    History::of(&moves).try_into().expect("each move is an event")
}

fn numbers(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.at.0).collect()
}

#[test]
fn a_receive_waits_long_for_a_late_stream_and_not_long_for_one_that_is_down() {
    for (open, patience) in [(true, LONGEST), (false, PATIENCE)] {
        let [send, receive, after] = exchange();
        let mut merger = Merger::new(REPLICAS.into());
        merger.set_open(ReplicaId(1), open);
        merger.take(Micros(10), receive);
        assert_eq!(numbers(&merger.release(Micros(10))), [0_u64; 0]);
        assert_eq!(merger.awaited().collect::<Vec<_>>(), [ReplicaId(1)]);
        assert_eq!(merger.deadline(), Some(Micros(10) + patience));
        assert_eq!(numbers(&merger.release(Micros(9) + patience)), [0_u64; 0]);
        assert_eq!(numbers(&merger.release(Micros(10) + patience)), [1]);
        merger.take(Micros(10) + patience, after);
        assert_eq!(numbers(&merger.release(Micros(10) + patience)), [2], "what was given up is not waited for again");
        merger.take(Micros(11) + patience, send);
        assert_eq!(numbers(&merger.release(Micros(11) + patience)), [0], "late is better than never");
    }
}

#[test]
fn a_state_that_is_told_waits_for_nobody_and_counts_as_all_before_it() {
    let [send, receive, after] = exchange();
    let mut merger = Merger::new(REPLICAS.into());
    let kind = EventKind::Joined { view: ReplicaView::default(), held: Map::new(), missed: None };
    let joined = |event: Event| Event { kind: kind.clone(), ..event };
    merger.take(Micros(0), joined(receive));
    merger.take(Micros(0), after);
    assert_eq!(numbers(&merger.release(Micros(0))), [1], "what follows it waits as ever");
    merger.take(Micros(0), joined(send));
    assert_eq!(numbers(&merger.release(Micros(0))), [0, 2]);
}

#[test]
fn a_gateway_that_begins_later_counts_on_from_what_is_known_of_it() {
    let mut history = History::new();
    for step in [Move::Send { from: 0, to: 1 }, Move::Arrive(0)] {
        history.step(step);
    }
    let mut again = Recorder::new(Node::Gateway, REPLICAS.into());
    again.learn(&history.events[1].stamp);
    let (head, event) = again.send(Micros(2), None, None, node(1), parcel());
    assert_eq!((head.message.n, event.stamp.vector), (2, vec![2, 1, 0, 0]));
}

#[test]
fn strangers_are_left_out() {
    let mut merger = Merger::new(1);
    merger.take(Micros(0), exchange()[1].clone());
    assert!(merger.release(LONGEST + PATIENCE).is_empty());
}
