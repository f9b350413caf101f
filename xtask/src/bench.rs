//! `cargo xtask bench page`: what the page costs, measured in headless Chromium.
//!
//! The work is done by `backend/benches/page`, built as users get it; this sets up, builds the page and starts it.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::report::Steps;
use crate::{browser, command, serve};

/// Measures what the page costs: the budgets it has to keep, one line each.
///
/// load: the files of a first visit, gzipped, as a browser with an empty profile fetches them until the first message is
/// seen (350 kB; over 400 kB it fails; none of it for parts that are opened later), and how long that takes (1 s from this
/// machine, 1.5 s over a line of 10 Mbit/s and 40 ms). jumps: with a full log, from the press to the end of the frame that
/// shows where it leads (50 ms). diagram: ten thousand events, scrolled; flights: three hundred messages on the stage; both
/// leave out no more frames than an animation of nothing in the same run, but for 2 % of noise. memory: flat within 3 %
/// once the log is full, under 20 writes a second, for half an hour.
///
/// A number over its budget is NOT KEPT. Other work on the machine makes every time longer: measure when it is idle.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What.
    of: Of,
    /// How long the page's memory is watched under 20 writes a second, in minutes.
    #[arg(long, default_value_t = 30)]
    minutes: u64,
    /// Measures only this part: load, jumps, diagram, flights or memory; may be given more than once.
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Of {
    /// First visit, jumps, frames of the diagram and of the stage, memory.
    Page,
}

/// Sets up what is missing, builds and measures; ends with 1 when a budget is not kept.
pub fn bench(arguments: &Arguments) -> Result<ExitCode> {
    let Of::Page = arguments.of;
    let mut steps = Steps::inner();
    serve::target(&mut steps)?;
    serve::page(&mut steps)?;
    let driver = browser::ensure(&mut steps)?;
    let mut bench = command::cargo();
    bench.args(["bench", "--package", "backend", "--bench", "page", "--", "--minutes", &arguments.minutes.to_string()]);
    bench.args(arguments.only.iter().flat_map(|part| ["--only", part]));
    bench.env("CHROMEDRIVER", driver).env("BATON_PAGE", "1");
    command::run(&mut bench, "the line that says NOT KEPT names what is over its budget").map(|()| ExitCode::SUCCESS)
}
