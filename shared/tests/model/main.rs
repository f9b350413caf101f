//! The real core under an exhaustive model checker.
#![allow(clippy::print_stdout, clippy::disallowed_types, reason = "what was visited, and how long it took, is printed")]

mod checks;
mod ghost;
mod goals;
mod local;
mod network;
mod plan;
mod world;

use std::collections::BTreeMap;
use std::time::Instant;

use stateright::{Checker, Model, Path};

use goals::Goal;
use plan::{ALL, Budget, Plan, Write};
use shared::config::{Ack, Mode};
use shared::id::ReplicaId;
use shared::replica::Cluster;
use world::{Action, Checked, World};

/// Visits a whole space: no time limit and no target stops the checker before nothing is left.
fn check(plan: Plan) {
    let (name, goals) = (plan.name, plan.goals.clone());
    let begun = Instant::now();
    let checker = Checked::new(plan).checker().threads(2).spawn_dfs().join();
    let (states, unique, seconds) =
        (checker.state_count(), checker.unique_state_count(), begun.elapsed().as_secs_f64());
    let reached = &checker.model().table.reached;
    println!("{name}: {unique} states, {states} steps, {seconds:.1} s");
    let found: BTreeMap<&str, Path<World, Action>> = checker.discoveries().into_iter().collect();
    if let Some((property, path)) = found.into_iter().next() {
        panic!("{name}: {property}\n{}", told(path));
    }
    assert!(checker.is_done(), "{name}: something is left");
    for goal in goals {
        assert!(reached.has(goal), "{name}: nowhere in the space: {goal:?}");
    }
}

/// Returns a path step by step.
fn told(path: Path<World, Action>) -> String {
    let step = |(world, action): (World, Option<Action>)| format!("{world:?}\n{action:?}\n");
    path.into_vec().into_iter().map(step).collect()
}

/// A plan in which replica 1 is the primary of the store at the beginning.
fn remote(name: &'static str, writes: Vec<Write>, budget: Budget, goals: &[Goal]) -> Plan {
    let (cluster, mode) = (Cluster::of(3), Mode::RemoteWrite);
    let (settled, spread, fragile, readers, goals) = (true, false, ALL, TWO, goals.to_vec());
    Plan { name, cluster, mode, settled, spread, writes, fragile, readers, budget, goals }
}

/// A plan in which replica 1 has note 1 at the beginning.
fn local(name: &'static str, writes: Vec<Write>, budget: Budget, goals: &[Goal]) -> Plan {
    Plan { mode: Mode::LocalWrite, ..remote(name, writes, budget, goals) }
}

/// Budgets are larger with `BATON_MODEL=long`, for a run of hours.
fn is_long() -> bool {
    std::env::var("BATON_MODEL").is_ok_and(|text| text == "long")
}

const ONE: &[ReplicaId] = &[ReplicaId(1)];
const TWO: &[ReplicaId] = &[ReplicaId(2)];
const THREE: &[ReplicaId] = &[ReplicaId(3)];

fn with(change: impl FnOnce(&mut Budget)) -> Budget {
    let mut budget = Budget::default();
    change(&mut budget);
    if is_long() {
        budget.claims += 1;
    }
    budget
}

#[test]
fn remote_write_starts() {
    let writes = vec![Write::create(Ack::Majority, ONE)];
    let plan = remote("a start, 1 write", writes, with(|_| {}), &[Goal::AllAcknowledged]);
    check(Plan { settled: false, ..plan });
}

#[test]
fn remote_write_with_claims() {
    let goals = [Goal::AllAcknowledged, Goal::LaterEpochCommits];
    let budget = with(|left| left.claims = 2);
    check(remote("1 write, 2 claims", vec![Write::create(Ack::Majority, ONE)], budget, &goals));
}

#[test]
fn remote_write_with_two_writes() {
    let goals = [Goal::AllAcknowledged];
    let writes = vec![Write::create(Ack::Majority, ONE), Write::create(Ack::Majority, TWO)];
    check(remote("2 writes", writes, with(|_| {}), &goals));
}

#[test]
fn remote_write_with_suspicion() {
    let goals = [Goal::AllAcknowledged, Goal::LaterEpochCommits, Goal::TookOver];
    let budget = with(|left| left.suspicions = 1);
    let writes = vec![Write::create(Ack::Majority, ALL)];
    check(remote("1 write anywhere, 1 suspicion", writes, budget, &goals));
}

#[test]
fn remote_write_with_crash() {
    let goals = [Goal::AllAcknowledged, Goal::LaterEpochCommits];
    let budget = with(|left| (left.claims, left.crashes) = (1, 1));
    check(remote("1 write, 1 claim, 1 crash", vec![Write::create(Ack::Majority, ONE)], budget, &goals));
}

#[test]
fn remote_write_asked_twice() {
    let goals = [Goal::AllAcknowledged, Goal::AnsweredAgain];
    let budget = with(|left| left.crashes = 1);
    let writes = vec![Write::create(Ack::Majority, ALL).retried(2)];
    check(remote("1 write asked twice, 1 crash", writes, budget, &goals));
}

#[test]
fn remote_write_with_read() {
    let goals = [Goal::AllAcknowledged, Goal::ReadSeesWrite];
    let budget = with(|left| left.reads = 1);
    check(remote("1 write, 1 read", vec![Write::create(Ack::Majority, ONE)], budget, &goals));
}

#[test]
fn remote_write_with_reads_and_crash() {
    let goals = [Goal::AllAcknowledged, Goal::ReadSeesWrite];
    let budget = with(|left| (left.crashes, left.reads) = (1, 2));
    let plan =
        remote("1 write, 2 reads, 1 crash of the reader", vec![Write::create(Ack::Majority, ONE)], budget, &goals);
    check(Plan { fragile: TWO, ..plan });
}

#[test]
fn remote_write_with_lost_disk() {
    let goals = [Goal::AllAcknowledged, Goal::Recovered];
    let budget = with(|left| left.wipes = 1);
    check(remote("1 write, 1 lost disk", vec![Write::create(Ack::Majority, ONE)], budget, &goals));
}

#[test]
fn local_write_hands_over() {
    let goals = [Goal::AllAcknowledged, Goal::LaterEpochCommits];
    let writes = [ONE, TWO, THREE].map(|at| Write::change(Ack::Primary, at)).to_vec();
    check(local("3 writers of one note, acknowledged by the primary alone", writes, with(|_| {}), &goals));
}

#[test]
fn local_write_takes_over() {
    let goals = [Goal::AllAcknowledged, Goal::TookOver, Goal::RolledBack];
    let writes = [ONE, TWO].map(|at| Write::change(Ack::Primary, at)).to_vec();
    let budget = with(|left| left.suspicions = 1);
    check(local("2 writers of one note, 1 suspicion", writes, budget, &goals));
}

/// Takes a rule away and looks for what that breaks.
#[cfg(feature = "mutants")]
mod mutants {
    use shared::rules::Rule;

    use super::*;

    fn finds(rule: Rule, mut plan: Plan) {
        plan.cluster.broken = Some(rule);
        let begun = Instant::now();
        let checker = Checked::new(plan).checker().threads(2).spawn_bfs().join();
        let (property, path) = checker.discoveries().into_iter().next().unwrap_or_else(|| panic!("{rule:?} survives"));
        let (steps, seconds) = (path.clone().into_actions().len(), begun.elapsed().as_secs_f64());
        println!("{rule:?}: {property}, {steps} steps, {seconds:.1} s\n{}", told(path));
    }

    fn one_write(change: impl FnOnce(&mut Budget)) -> Plan {
        remote("mutant", vec![Write::create(Ack::Majority, ONE)], with(change), &[])
    }

    #[test]
    fn commit_by_one() {
        finds(Rule::MajorityCommit, one_write(|left| left.claims = 1));
    }

    #[test]
    fn promise_not_durable() {
        finds(Rule::DurablePromise, one_write(|left| (left.claims, left.crashes) = (1, 1)));
    }

    #[test]
    fn owner_not_heard() {
        let writes = [ONE, TWO].map(|at| Write::change(Ack::Primary, at)).to_vec();
        finds(Rule::HearOwner, local("mutant", writes, with(|_| {}), &[]));
    }

    #[test]
    fn read_without_majority() {
        finds(Rule::ReadQuorum, one_write(|left| left.reads = 1));
    }

    #[test]
    fn read_of_uncommitted() {
        finds(Rule::ReadCommitted, one_write(|left| left.reads = 1));
    }
}
