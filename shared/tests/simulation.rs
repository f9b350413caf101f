//! The seeded simulation: random operations and faults, every invariant after every step.
#![allow(clippy::print_stdout, reason = "the seeds of a run are printed")]

use shared::event::Event;
use shared::sim::{random_run, random_world};

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
    let runs = number("BATON_SIM_RUNS").unwrap_or(2_000);
    let threads = 2;
    std::thread::scope(|scope| {
        for part in 0..threads {
            scope.spawn(move || {
                for seed in (0..runs).filter(|seed| seed % threads == part) {
                    let run = std::panic::catch_unwind(|| random_run(seed));
                    assert!(run.is_ok(), "seed {seed} failed: replay it with BATON_SIM_SEED={seed}");
                }
            });
        }
    });
    println!("{runs} runs, seeds 0 to {}", runs - 1);
}

#[test]
fn the_same_seed_gives_the_same_run() {
    assert_eq!(random_run(7), random_run(7));
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
