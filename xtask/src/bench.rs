//! `cargo xtask bench page`: what the page costs, measured in headless Chromium.
//!
//! The work is done by `backend/benches/page`, built as users get it; this sets up, builds the page and starts it.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::report::Steps;
use crate::{browser, command, serve};

/// Measures.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What.
    of: Of,
    /// How long the page's memory is watched under 20 writes a second, in minutes.
    #[arg(long, default_value_t = 30)]
    minutes: u64,
    /// Measures only this part: load, seek, frames or memory; may be given more than once.
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Of {
    /// First visit, jumps, frames, memory.
    Page,
}

/// Sets up what is missing, builds and measures; ends with 1 when a budget is not kept.
pub fn bench(arguments: &Arguments) -> Result<ExitCode> {
    let Of::Page = arguments.of;
    let mut steps = Steps::inner();
    serve::target(&mut steps)?;
    let tools = serve::page_tools(&mut steps)?;
    serve::page(&mut steps, &tools)?;
    let driver = browser::ensure(&mut steps)?;
    let mut bench = command::cargo();
    bench.args(["bench", "--package", "backend", "--bench", "page", "--", "--minutes", &arguments.minutes.to_string()]);
    bench.args(arguments.only.iter().flat_map(|part| ["--only", part]));
    bench.env("CHROMEDRIVER", driver).env("BATON_PAGE", "1");
    command::run(&mut bench, "the line that says NOT KEPT names what is over its budget").map(|()| ExitCode::SUCCESS)
}
