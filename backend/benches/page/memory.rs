//! Half an hour of writes: does the page's memory stay where it is?

use std::time::{Duration, Instant};

use serde_json::json;

use crate::load::{self, Steady};
use crate::{Bench, judge, median};

/// Writes a second.
const RATE: u32 = 20;
/// How much more the last third may hold than the second one, in percent.
const GROWTH: f64 = 3.0;
/// Between two looks.
const PERIOD: Duration = Duration::from_secs(15);

/// One look, in megabytes.
struct Look {
    program: f64,
    script: f64,
}

/// Watches for so long; returns whether the memory is flat.
pub async fn measure(bench: &Bench, minutes: u64) -> bool {
    load::notes(&bench.server, 8).await;
    bench.open().await;
    let steady = Steady::start(&bench.server, RATE, 8);
    let (started, span) = (Instant::now(), Duration::from_secs(60 * minutes));
    let mut beat = tokio::time::interval(PERIOD);
    let mut looks: Vec<Look> = Vec::new();
    beat.tick().await;
    while started.elapsed() < span {
        beat.tick().await;
        let look = look(bench).await;
        println!(
            "{:>6.1} min {:>8} writes: program {:.1} MB, script {:.1} MB",
            started.elapsed().as_secs_f64() / 60.0,
            steady.done(),
            look.program,
            look.script
        );
        looks.push(look);
    }
    let third = looks.len() / 3;
    let typical = |looks: &[Look], of: fn(&Look) -> f64| median(looks.iter().map(of).collect());
    let growth = |of: fn(&Look) -> f64| {
        let (before, after) = (typical(&looks[third..2 * third], of), typical(&looks[2 * third..], of));
        100.0 * (after - before) / before.max(1.0)
    };
    judge("writes acknowledged meanwhile", f64::from(u32::try_from(steady.done()).unwrap_or(u32::MAX)), "", None);
    judge("the program's memory at the end", looks.last().map_or(0.0, |look| look.program), "MB", None);
    judge("the scripts' memory at the end", looks.last().map_or(0.0, |look| look.script), "MB", None);
    let program =
        judge("growth of the program's memory, last third to second", growth(|look| look.program), "%", Some(GROWTH));
    let script =
        judge("growth of the scripts' memory, last third to second", growth(|look| look.script), "%", Some(GROWTH));
    program && script
}

async fn look(bench: &Bench) -> Look {
    bench.page.devtools("HeapProfiler.collectGarbage", json!({})).await;
    let number = async |expression| bench.page.evaluate(expression).await.as_f64().unwrap_or_default() / 1e6;
    Look {
        program: number("window.wasmBindings.initSync(undefined, undefined).memory.buffer.byteLength").await,
        script: number("performance.memory.usedJSHeapSize").await,
    }
}
