//! What the page costs, measured in headless Chromium on a real server: `cargo xtask bench page`.
//!
//! Prints one line for each number; a number that is over its budget makes the program end with 1, and the line says so.

#![allow(clippy::print_stdout, reason = "its reader is the person who started it")]

mod diagram;
#[path = "../../tests/browser/driver.rs"]
mod driver;
#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../../tests/browser/feed.rs"]
mod feed;
mod first_load;
mod flights;
mod frames;
#[path = "../../tests/common/free_port.rs"]
mod free_port;
mod jumps;
mod load;
mod memory;
mod numbers;
#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../../tests/browser/page.rs"]
mod page;
#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../../tests/browser/server.rs"]
mod server;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use tempfile::TempDir;

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
    /// Measures only this: load, jumps, diagram, flights or memory; may be given more than once.
    #[arg(long)]
    only: Vec<String>,
    /// Cargo says this to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A browser with a profile of its own.
pub struct Visitor {
    /// Its page.
    pub page: Page,
    _profile: TempDir,
}

impl Visitor {
    /// Starts it.
    ///
    /// # Panics
    /// When there is no temporary folder, or no browser.
    pub async fn new(driver: &Driver) -> Visitor {
        let profile = tempfile::tempdir().expect("there is a temporary folder");
        let page = Page::new(driver.open(profile.path()).await);
        page.resize(SIZE.0, SIZE.1).await;
        Visitor { page, _profile: profile }
    }
}

/// A server, and browsers.
pub struct Bench {
    /// Four replicas and a gateway.
    pub server: Arc<Server>,
    /// What starts browsers.
    pub driver: Driver,
}

impl Bench {
    async fn start(mode: &str) -> Bench {
        Bench { server: Arc::new(Server::start(mode).await), driver: Driver::start() }
    }

    /// Opens the page in a browser of its own and waits until it is live.
    pub async fn visit(&self) -> Visitor {
        let visitor = Visitor::new(&self.driver).await;
        self.open(&visitor.page).await;
        visitor
    }

    /// Opens the page and waits until it is live.
    pub async fn open(&self, page: &Page) {
        page.open(&self.server.home(), SIZE).await;
        page.until("the page is connected", "one('connection')?.dataset.link == 'live'").await;
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let wanted = |name: &str| arguments.only.is_empty() || arguments.only.iter().any(|only| only == name);
    let mut kept = true;
    if wanted("load") {
        kept &= first_load::measure(&Bench::start("remote-write").await).await;
    }
    if wanted("jumps") {
        kept &= jumps::measure(&Bench::start("remote-write").await).await;
    }
    if wanted("diagram") {
        kept &= diagram::measure(&Bench::start("remote-write").await).await;
    }
    if wanted("flights") {
        kept &= flights::measure(&Bench::start("local-write").await).await;
    }
    if wanted("memory") {
        kept &= memory::measure(&Bench::start("remote-write").await, arguments.minutes).await;
    }
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
