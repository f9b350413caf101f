//! `cargo xtask sim`: the simulation over many seeds, or one seed with its trace.
//!
//! The work is done by `shared/examples/simulate.rs`, built for speed; this only starts it.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::{command, workspace};

/// Runs the simulation: random operations and faults, every invariant after every step.
#[derive(Debug, Args)]
pub struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 10_000)]
    runs: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Runs this seed alone and writes what happened to target/sim/seed-N.txt.
    #[arg(long, conflicts_with_all = ["runs", "from"])]
    seed: Option<u64>,
    /// Builds with the profile of the tests: sooner ready, slower at work.
    #[arg(long)]
    dev: bool,
}

/// Builds and runs it; a run that fails is told with its seed and the commit.
pub fn sim(arguments: &Arguments) -> Result<ExitCode> {
    let mut simulate = command::cargo();
    simulate.args(["run", "--quiet", "--package", "shared", "--example", "simulate"]);
    if !arguments.dev {
        simulate.arg("--release");
    }
    simulate.arg("--");
    match arguments.seed {
        Some(seed) => simulate.args(["seed", &seed.to_string()]).arg(workspace::target_dir()?.join("sim")),
        None => simulate.args(["runs", &arguments.from.to_string(), &arguments.runs.to_string()]),
    };
    let commit = command::printed(command::program("git").args(["describe", "--always", "--dirty"]));
    eprintln!("commit {}", commit.as_deref().unwrap_or("unknown"));
    command::run(&mut simulate, "what failed is told above, with its seed").map(|()| ExitCode::SUCCESS)
}
