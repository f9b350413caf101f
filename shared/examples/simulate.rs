//! Runs the simulation over many seeds, or one seed with its trace: `cargo xtask sim` starts it.
//!
//! Progress goes to standard error, results to standard output.
#![allow(clippy::print_stdout, reason = "its reader is the person who started it")]
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "it tells how long it takes, and writes traces to files"
)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use shared::sim::{Goal, Goals, Plan, Run, World, attempt, trace};

/// How often progress is said.
const OFTEN: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["seed", seed, folder] => number(seed).map_or(ExitCode::FAILURE, |seed| replay(seed, Path::new(folder))),
        ["runs", from, runs] => match (number(from), number(runs)) {
            (Some(from), Some(runs)) => batch(from, runs),
            (None, _) | (_, None) => ExitCode::FAILURE,
        },
        _ => {
            eprintln!("usage: simulate seed SEED FOLDER | simulate runs FROM COUNT; or cargo xtask sim --help");
            ExitCode::FAILURE
        }
    }
}

fn number(text: &str) -> Option<u64> {
    let number = text.parse().ok();
    if number.is_none() {
        eprintln!("error: `{text}` is no number");
    }
    number
}

/// Runs one seed and writes its trace.
fn replay(seed: u64, folder: &Path) -> ExitCode {
    let plan = Plan::random(seed);
    println!("{plan:#?}");
    match attempt(plan) {
        Ok((run, world)) => {
            println!("seed {seed}: all invariants hold; {}", in_words(&run));
            written(folder, seed, &world);
            ExitCode::SUCCESS
        }
        Err(failure) => {
            written(folder, seed, &failure.world);
            println!("seed {seed} failed at {} µs: {}", failure.world.now.0, failure.why);
            ExitCode::FAILURE
        }
    }
}

fn in_words(run: &Run) -> String {
    let Run { events, steps, asked, acknowledged, took, digest, .. } = run;
    let seconds = took.0 / 1_000_000;
    format!(
        "{asked} requests, {acknowledged} writes acknowledged, {steps} steps, {events} events in {seconds} s, digest {digest:016x}"
    )
}

fn written(folder: &Path, seed: u64, world: &World) {
    let path: PathBuf = folder.join(format!("seed-{seed}.txt"));
    let done = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, trace::whole(world)));
    match done {
        Ok(()) => println!("its trace is in {}", path.display()),
        Err(error) => eprintln!("error: {} cannot be written: {error}", path.display()),
    }
}

/// What all threads have done.
#[derive(Default)]
struct Total {
    runs: u64,
    steps: u64,
    goals: Goals,
    failed: Vec<(u64, String)>,
}

fn batch(from: u64, runs: u64) -> ExitCode {
    let (next, done) = (AtomicU64::new(from), AtomicBool::new(false));
    let total = Mutex::new(Total::default());
    let started = Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::panic::set_hook(Box::new(|_| {}));
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| work(&next, from + runs, &total))).collect();
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                std::thread::park_timeout(OFTEN);
                progress(&total, runs, started);
            }
        });
        let clean = workers.into_iter().map(std::thread::ScopedJoinHandle::join).all(|end| end.is_ok());
        assert!(clean, "a worker catches the panics of its runs");
        done.store(true, Ordering::Relaxed);
    });
    summary(&total.into_inner().expect("no worker panicked"), from, started)
}

fn work(next: &AtomicU64, end: u64, total: &Mutex<Total>) {
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= end {
            return;
        }
        let result = attempt(Plan::random(seed));
        let mut total = total.lock().expect("no worker panicked");
        total.runs += 1;
        match result {
            Ok((run, _)) => {
                total.steps += run.steps;
                total.goals.add(&run.goals);
            }
            Err(failure) => {
                eprintln!("seed {seed} failed: {}", failure.why.chars().take(300).collect::<String>());
                total.failed.push((seed, failure.why));
            }
        }
    }
}

fn progress(total: &Mutex<Total>, runs: u64, started: Instant) {
    let total = total.lock().expect("no worker panicked");
    let reached = Goal::ALL.len() - total.goals.missing().len();
    eprintln!(
        "{} of {runs} runs, {:.0} a second, {reached} of {} goals, {} failed",
        total.runs,
        per_second(total.runs, started),
        Goal::ALL.len(),
        total.failed.len()
    );
}

#[allow(clippy::cast_precision_loss, reason = "a rate for people")]
fn per_second(count: u64, started: Instant) -> f64 {
    count as f64 / started.elapsed().as_secs_f64()
}

fn summary(total: &Total, from: u64, started: Instant) -> ExitCode {
    let Total { runs, steps, goals, failed } = total;
    for goal in Goal::ALL {
        println!("{:>9}  {goal:?}", goals.count(goal));
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{runs} runs from seed {from}, {steps} steps, {seconds:.1} s, {:.0} runs a second",
        per_second(*runs, started)
    );
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("{} runs failed:", failed.len());
    for (seed, why) in failed.iter().take(20) {
        println!("  seed {seed}: {}", why.chars().take(200).collect::<String>());
    }
    let seed = failed.iter().map(|(seed, _)| *seed).min().unwrap_or_default();
    println!("replay one: cargo xtask sim --seed {seed}");
    ExitCode::FAILURE
}
