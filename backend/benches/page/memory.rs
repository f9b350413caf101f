//! Half an hour of writes: does the page's memory stay where it is, once its log is full?

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Bench;
use crate::jumps::{FULL, KEPT};
use crate::load::{self, Steady};
use crate::numbers::{judge, median, rise, tell};
use crate::page::Page;

/// Writes a second.
const RATE: u32 = 20;
/// How much may come between the minute in which the log was full and the end, in percent.
const GROWTH: f64 = 3.0;
/// Between two looks.
const PERIOD: Duration = Duration::from_secs(15);
/// How many looks are one number.
const FEW: usize = 6;
/// How long after the log was full the watch begins, in looks.
const SETTLED: usize = 4;

/// One look, after the browser has thrown away what nobody uses.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// When, in minutes.
    pub at: f64,
    /// How many events the page keeps.
    pub kept: f64,
    /// What the program has asked the browser for, in megabytes. It never gives back.
    pub program: f64,
    /// What scripts hold, in megabytes.
    pub script: f64,
    /// Elements and texts, in thousands.
    pub nodes: f64,
    /// Functions that wait for something to happen.
    pub listeners: f64,
}

/// How much memory the program has, asked through its own script.
const PROGRAM: &str = "import(document.querySelector('link[rel=modulepreload]').href)
    .then(script => arguments[arguments.length - 1](script.initSync().memory.buffer.byteLength))";

/// Looks now.
pub async fn look(page: &Page) -> Look {
    page.devtools("HeapProfiler.collectGarbage", json!({})).await;
    let script = page.devtools("Runtime.getHeapUsage", json!({})).await;
    let counts = page.devtools("Memory.getDOMCounters", json!({})).await;
    let program = page.evaluate_later(PROGRAM).await;
    let number = |value: &Value| value.as_f64().unwrap_or_default();
    Look {
        at: 0.0,
        kept: number(&page.evaluate(KEPT).await),
        program: number(&program) / 1e6,
        script: number(&script["usedSize"]) / 1e6,
        nodes: number(&counts["nodes"]) / 1e3,
        listeners: number(&counts["jsEventListeners"]),
    }
}

/// Watches for so long; returns whether the memory is flat.
pub async fn measure(bench: &Bench, minutes: u64) -> bool {
    load::notes(&bench.server, 8).await;
    let visitor = bench.visit().await;
    let steady = Steady::start(&bench.server, RATE, 8);
    let looks = watch(&visitor.page, &steady, Duration::from_secs(60 * minutes)).await;
    tell("memory: writes acknowledged meanwhile", f64::from(u32::try_from(steady.done()).unwrap_or(u32::MAX)), "");
    drop(steady);
    visitor.page.close().await;
    let full = looks.iter().position(|look| look.kept >= FULL).map_or(looks.len(), |full| full + SETTLED);
    let flat = &looks[full.min(looks.len())..];
    let (Some(first), Some(last)) = (flat.first(), flat.last()) else {
        println!("memory: the log was not full in time (NOT KEPT)");
        return false;
    };
    tell("memory: watched with a full log", last.at - first.at, "min");
    let parts: [Part; 4] = [
        ("the program", "MB", |look| look.program),
        ("scripts", "MB", |look| look.script),
        ("elements, thousands", "", |look| look.nodes),
        ("listeners", "", |look| look.listeners),
    ];
    parts.into_iter().fold(true, |kept, (what, unit, of)| is_flat(flat, what, unit, of) && kept)
}

/// What a part is called, its unit, and how much of it there is.
type Part = (&'static str, &'static str, fn(&Look) -> f64);

/// Says how large a part is and by how much it grows; returns whether that is little. What is on the stage comes and goes;
/// what is never given back lifts the least of a few looks.
fn is_flat(looks: &[Look], what: &str, unit: &str, of: fn(&Look) -> f64) -> bool {
    let few = looks.chunks(FEW).map(|few| (few[0].at, few.iter().map(of).fold(f64::MAX, f64::min)));
    let least: Vec<(f64, f64)> = few.collect();
    let level = median(&least.iter().map(|(_, least)| *least).collect::<Vec<_>>());
    tell(&format!("memory: {what}, least of {FEW} looks, median"), level, unit);
    let growth = 100.0 * rise(&least) / level.max(1e-9);
    judge(&format!("memory: {what}, growth meanwhile"), growth, "%", Some(GROWTH))
}

async fn watch(page: &Page, steady: &Steady, span: Duration) -> Vec<Look> {
    let started = Instant::now();
    let mut beat = tokio::time::interval(PERIOD);
    let mut looks = Vec::new();
    beat.tick().await;
    while started.elapsed() < span {
        beat.tick().await;
        let look = Look { at: started.elapsed().as_secs_f64() / 60.0, ..look(page).await };
        let Look { at, kept, program, script, nodes, listeners } = look;
        println!(
            "{at:>6.1} min {:>7} writes {kept:>7} events kept: program {program:.2} MB, scripts {script:.2} MB, \
             {nodes:.2} thousand elements, {listeners} listeners",
            steady.done()
        );
        looks.push(look);
    }
    looks
}
