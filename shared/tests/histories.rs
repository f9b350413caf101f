//! Histories of concurrent clients over the simulation: what each level promises holds, and what it allows is found.
//!
//! Many seeds of each plan; a failure prints its seed. `BATON_HISTORY_RUNS` asks for other numbers of runs,
//! `BATON_HISTORY_SEED` for one alone; with `BATON_HISTORY_SHOW` its events and operations are printed.
//!
//! The clients see the system from outside only: the invariants of the simulation are off.
#![allow(clippy::print_stdout, reason = "the seeds of a run are printed")]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

#[path = "histories/anomalies.rs"]
mod anomalies;
#[path = "histories/client.rs"]
mod client;
#[path = "histories/guarantees.rs"]
mod guarantees;
#[cfg(feature = "mutants")]
#[path = "histories/mutants.rs"]
mod mutants;
#[path = "histories/order.rs"]
mod order;
#[path = "histories/plan.rs"]
mod plan;
#[path = "histories/run.rs"]
mod run;

use plan::Plan;
use run::{Outcome, run};

/// What must hold of a run, or what is wrong with it.
type Check = fn(&Outcome) -> Result<(), String>;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Checks a guarantee over many seeds.
#[track_caller]
fn holds(runs: u64, plan: &Plan, check: Check) {
    let seeds =
        number("BATON_HISTORY_SEED").map_or(0..number("BATON_HISTORY_RUNS").unwrap_or(runs), |seed| seed..seed + 1);
    let mut operations = 0;
    for seed in seeds.clone() {
        let result = catch_unwind(AssertUnwindSafe(|| {
            let outcome = run(plan, seed);
            if number("BATON_HISTORY_SEED").is_some() && number("BATON_HISTORY_SHOW").is_some() {
                show(&outcome);
            }
            check(&outcome).map(|()| outcome.history.operations().count())
        }));
        match result {
            Ok(Ok(count)) => operations += count,
            Ok(Err(why)) => panic!("seed {seed}: {why}\nReplay it with BATON_HISTORY_SEED={seed}"),
            Err(panic) => {
                println!("seed {seed} panicked: replay it with BATON_HISTORY_SEED={seed}");
                resume_unwind(panic);
            }
        }
    }
    println!("{} runs with {operations} operations", seeds.count());
    assert!(operations > 0, "no client was answered");
}

/// Prints a run, event by event and operation by operation.
fn show(outcome: &Outcome) {
    for event in &outcome.world.events {
        if let Some(line) = shared::sim::trace::line(event, &outcome.world.events) {
            println!("{:>9} {line}", event.at.0);
        }
    }
    outcome.history.operations().for_each(|(id, operation)| println!("#{} {operation}", id.0));
}

/// Runs seeds until `find` has an example, `limit` of them at most.
#[track_caller]
fn finds(limit: u64, plan: &Plan, find: fn(&Outcome) -> Option<String>) {
    let found = (0..limit).find_map(|seed| find(&run(plan, seed)).map(|example| (seed, example)));
    let (seed, example) = found.unwrap_or_else(|| panic!("not found in {limit} runs"));
    println!("found after {} runs: {example}", seed + 1);
}
