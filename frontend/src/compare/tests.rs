//! The numbers of simulated runs, held against what the protocols say they are.

use serde_json::json;
use shared::event::{Event, EventKind};
use shared::id::{ReplicaId, TraceId};
use shared::request::{Method, Request};
use shared::sim::{Asking, Faults, World};
use shared::time::Micros;
use shared::view::ClusterView;

use super::*;
use crate::playback::Log;

/// Runs writes of note 1 at these replicas of `count`, after its creation at replica 1; returns the log and the writes.
fn run(mode: Mode, count: u8, replicas: &[u8], faults: Faults) -> (Log, Vec<TraceId>) {
    let mut world = World::new(shared::replica::Cluster::of(count), mode, 7, faults);
    let mut ask = |at: u8, method, path: &str| {
        let request = Request { method, path: path.to_owned(), body: json!({ "title": "x" }) };
        let asked = world.ask(Asking::new(ReplicaId(at), request));
        world.run_until(10_000, |world| world.replies.contains_key(&asked));
        world.run_for(Micros::from_millis(100));
    };
    ask(1, Method::Post, "/note");
    for at in replicas {
        ask(*at, Method::Patch, "/note/1");
    }
    let log = logged(world.events);
    let traces: Vec<TraceId> = (2..replicas.len() + 2).map(|number| TraceId(format!("t{number}"))).collect();
    assert!(is_over(&log, &traces.iter().collect::<Vec<_>>()));
    (log, traces)
}

/// The same of four; returns what each cost.
fn costs(mode: Mode, replicas: &[u8]) -> Vec<Measure> {
    let (log, traces) = run(mode, 4, replicas, Faults::NONE);
    traces.iter().map(|trace| measure(&log, trace).expect("it was answered")).collect()
}

fn logged(events: Vec<Event>) -> Log {
    let mut log = Log::new(ClusterView::default());
    for (index, event) in events.into_iter().enumerate() {
        log.push(Event { seq: index as u64 + 1, ..event });
    }
    log
}

/// Messages between replicas, hops and handoffs.
fn counts(measure: &Measure) -> [u64; 3] {
    [measure.between, measure.hops, measure.handoffs]
}

#[test]
fn remote_write_costs_what_the_protocol_says() {
    let costs = costs(Mode::RemoteWrite, &[3, 1]);
    // At a backup of four: forward, three updates, three acknowledgements, the answer; four of them in a row.
    assert_eq!(counts(&costs[0]), [8, 4, 0]);
    // At the primary: three updates and three acknowledgements; an update and its acknowledgement in a row.
    assert_eq!(counts(&costs[1]), [6, 2, 0]);
}

#[test]
fn local_write_costs_a_handoff_once() {
    let costs = costs(Mode::LocalWrite, &[3, 3]);
    // Claim and promise with each of three, three updates, three acknowledgements; the old primary is asked first, then
    // the others, then the backups are told: three times there and back.
    assert_eq!(counts(&costs[0]), [12, 6, 1]);
    // The holder writes at once.
    assert_eq!(counts(&costs[1]), [6, 2, 0]);
    assert!(costs.iter().all(|cost| cost.all == cost.between && cost.micros > 0), "no gateway stands between");
}

#[test]
fn a_request_under_way_has_no_cost_yet() {
    let mut world = World::new(shared::replica::Cluster::of(4), Mode::RemoteWrite, 7, Faults::NONE);
    let request = Request { method: Method::Post, path: "/note".to_owned(), body: json!({ "title": "x" }) };
    world.ask(Asking::new(ReplicaId(2), request));
    let trace = TraceId("t1".to_owned());
    let log = logged(world.events);
    assert_eq!(measure(&log, &trace), None);
    assert!(!is_over(&log, &[&trace]));
}

#[test]
fn a_plan_asks_the_same_each_time() {
    let plan = |pattern, number| Plan { notes: 2, writes: 10, pattern, number };
    let replicas = |plan: Plan| plan.writes(4).iter().map(|write| write.replica).collect::<Vec<_>>();
    assert_eq!(replicas(plan(Pattern::Turns, 0)), [1, 2, 3, 4, 1, 2, 3, 4, 1, 2]);
    assert_eq!(replicas(plan(Pattern::Same, 3)), [3; 10]);
    assert_eq!(replicas(plan(Pattern::Same, 9)), [4; 10], "there are four");
    let random = plan(Pattern::Random, 5);
    assert_eq!(random.writes(4), random.writes(4));
    assert_ne!(random.writes(4), plan(Pattern::Random, 6).writes(4));
    assert!(random.writes(4).iter().all(|write| (1..=4).contains(&write.replica) && write.note < 2));
}

#[test]
fn the_report_says_what_was_counted() {
    let sides = [costs(Mode::RemoteWrite, &[3, 1]), costs(Mode::LocalWrite, &[3, 3])];
    let table = table(&sides);
    assert!(table.contains("<th scope=\"row\">messages between replicas</th><td>14</td><td>7</td><td>7</td><td>8</td><td>18</td><td>9</td>"), "{table}");
    let said = sentences(&sides).join(" ");
    assert!(said.contains("7 messages between replicas in remote-write and 9 in local-write"), "{said}");
    assert!(said.contains("Handoffs in local-write: 1."), "{said}");
}

#[test]
fn no_label_of_a_strip_stands_on_another() {
    // Messages that leave together arrive in any order, so that their lines cross.
    let uneven = Faults { delay_max: Micros(4_000), ..Faults::NONE };
    for (mode, count) in [(Mode::RemoteWrite, 4), (Mode::LocalWrite, 4), (Mode::RemoteWrite, 9), (Mode::LocalWrite, 9)]
    {
        let (log, traces) = run(mode, count, &[3, 1, 2, 3], uneven);
        for trace in &traces {
            let entries: Vec<_> = log.trace(trace).iter().filter_map(|place| log.entry(*place)).collect();
            let rays = pictures::rays(&entries, &pictures::lanes(&log));
            let labels: Vec<_> = rays.iter().filter_map(|ray| ray.label).collect();
            let sent = entries
                .iter()
                .filter(|entry| entry.event.step.is_some() && matches!(entry.event.kind, EventKind::Sent { .. }));
            assert_eq!(labels.len(), sent.count(), "{mode:?} of {count}: every message has its label");
            for (index, (step, at)) in labels.iter().enumerate() {
                let met = labels[..index].iter().find(|(_, other)| pictures::collide(*at, *other));
                assert!(met.is_none(), "{mode:?} of {count}: {step} on {met:?}");
            }
        }
    }
}
