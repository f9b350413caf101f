//! The seeded simulation: random operations and faults, every invariant after every step.
#![allow(clippy::print_stdout, reason = "the seeds of a run are printed")]

use std::sync::Mutex;

use shared::event::Event;
use shared::sim::{Goals, Plan, attempt, random_run, random_world};

/// How many runs; `BATON_SIM_RUNS` asks for more, `BATON_SIM_SEED` for one alone.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[test]
fn invariants_hold_in_random_runs() {
    if let Some(seed) = number("BATON_SIM_SEED") {
        println!("seed {seed}: {:?}", random_run(seed));
        return;
    }
    let runs = number("BATON_SIM_RUNS").unwrap_or(10_000);
    let threads = 2;
    let total = Mutex::new((Goals::default(), 0));
    std::thread::scope(|scope| {
        for part in 0..threads {
            let total = &total;
            scope.spawn(move || {
                for seed in (0..runs).filter(|seed| seed % threads == part) {
                    let run = attempt(Plan::random(seed)).map(|(run, _)| run);
                    let run = run.unwrap_or_else(|failure| {
                        panic!("seed {seed}: {}\nits trace: cargo xtask sim --seed {seed}", failure.why)
                    });
                    let mut total = total.lock().expect("the other thread did not panic");
                    total.0.add(&run.goals);
                    total.1 += run.steps;
                }
            });
        }
    });
    let (goals, steps) = total.into_inner().expect("no thread panicked");
    println!("{runs} runs, seeds 0 to {}, {steps} steps: {goals:?}", runs - 1);
    // Fewer runs are for a quick look.
    assert!(runs < 10_000 || goals.missing().is_empty(), "never happened: {:?}", goals.missing());
}

#[test]
fn the_same_seed_gives_the_same_run() {
    for seed in 0..50 {
        assert_eq!(random_run(seed), random_run(seed), "seed {seed}");
    }
    assert_ne!(random_run(7).digest, random_run(8).digest);
}

#[test]
fn every_event_survives_the_wire() {
    for seed in 0..20 {
        for event in random_world(seed).1.events {
            let text = serde_json::to_string(&event).expect("an event can be written");
            let back: Event = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            assert_eq!(back, event);
        }
    }
}
