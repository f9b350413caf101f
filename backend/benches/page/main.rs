//! What the page costs, measured in headless Chromium on a real server: `cargo xtask bench page`.
//!
//! Prints one line for each number; a number that is over its budget makes the program end with 1, and the line says so.

#![allow(clippy::print_stdout, reason = "its reader is the person who started it")]

#[path = "../../tests/browser/driver.rs"]
mod driver;
#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../../tests/browser/feed.rs"]
mod feed;
mod first_load;
mod frames;
mod load;
mod memory;
#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../../tests/browser/page.rs"]
mod page;
mod seek;
#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../../tests/browser/server.rs"]
mod server;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;

use crate::driver::Driver;
use crate::page::Page;
use crate::server::Server;

/// A laptop's window, in CSS pixels.
const SIZE: (u32, u32) = (1280, 720);

/// What to measure.
#[derive(Debug, Parser)]
struct Arguments {
    /// How long the memory is watched, in minutes.
    #[arg(long, default_value_t = 30)]
    minutes: u64,
    /// Measures only this: load, seek, frames or memory; may be given more than once.
    #[arg(long)]
    only: Vec<String>,
    /// Cargo says this to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A server and a browser of its own.
pub struct Bench {
    /// Four replicas and a gateway.
    pub server: Arc<Server>,
    /// The browser.
    pub page: Page,
    _driver: Driver,
    _profile: tempfile::TempDir,
}

impl Bench {
    async fn start() -> Bench {
        let driver = Driver::start();
        let profile = tempfile::tempdir().expect("there is a temporary folder");
        let page = Page::new(driver.open(profile.path()).await);
        page.resize(SIZE.0, SIZE.1).await;
        Bench { server: Arc::new(Server::start("remote-write").await), page, _driver: driver, _profile: profile }
    }

    /// Opens the page and waits until it is live.
    pub async fn open(&self) {
        self.page.open(&self.server.home(), SIZE).await;
        self.page.until("the page is connected", "one('connection')?.dataset.link == 'live'").await;
    }
}

/// Prints a number and whether it is within its budget; returns that.
pub fn judge(what: &str, number: f64, unit: &str, budget: Option<f64>) -> bool {
    let fits = budget.is_none_or(|budget| number <= budget);
    let verdict = match budget {
        None => String::new(),
        Some(budget) if fits => format!("  (at most {budget} {unit}: kept)"),
        Some(budget) => format!("  (at most {budget} {unit}: NOT KEPT)"),
    };
    println!("{what:<58} {number:>10.1} {unit}{verdict}");
    fits
}

/// Returns the middle one.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

/// Returns the largest.
pub fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().copied().fold(0.0, f64::max)
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let wanted = |name: &str| arguments.only.is_empty() || arguments.only.iter().any(|only| only == name);
    let bench = Bench::start().await;
    let mut kept = true;
    if wanted("load") {
        kept &= first_load::measure(&bench).await;
    }
    if wanted("seek") {
        kept &= seek::measure(&bench).await;
    }
    if wanted("frames") {
        kept &= frames::measure(&bench).await;
    }
    if wanted("memory") {
        kept &= memory::measure(&bench, arguments.minutes).await;
    }
    bench.page.close().await;
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
