//! Jumps within a full log: from the key press to the next frame.

use crate::load;
use crate::{Bench, judge, largest, median};

/// A jump, in milliseconds.
const BUDGET: f64 = 50.0;
/// How many events the page keeps.
const FULL: u64 = 30_000;

/// Presses on the overview of the whole log at random places, and measures until the screen has been drawn.
const JUMPS: &str = "(async () => {
    const strip = one('whole'), box = strip.getBoundingClientRect(), times = [];
    const frame = () => new Promise(done => requestAnimationFrame(done));
    let seed = 7;
    for (let jump = 0; jump < 60; jump++) {
        seed = (seed * 16807) % 2147483647;
        const x = box.left + 2 + (box.width - 4) * (seed / 2147483647);
        await frame();
        await frame();
        const start = performance.now();
        const at = { clientX: x, clientY: box.top + box.height / 2, buttons: 1, bubbles: true, pointerId: 1 };
        strip.dispatchEvent(new PointerEvent('pointerdown', at));
        strip.dispatchEvent(new PointerEvent('pointerup', { ...at, buttons: 0 }));
        await Promise.resolve();
        document.body.getBoundingClientRect();
        times.push(performance.now() - start);
    }
    window.jumps = times;
})()";

/// Fills the log and jumps; returns whether the budget is kept.
pub async fn measure(bench: &Bench) -> bool {
    load::notes(&bench.server, 40).await;
    bench.open().await;
    for _ in 0..200 {
        load::burst(&bench.server, 100, 40).await;
        let kept = bench.page.evaluate("Number(one('strip').dataset.kept ?? 0)").await.as_u64().unwrap_or(0);
        if kept >= FULL - 2_000 {
            break;
        }
    }
    let kept = bench.page.evaluate("Number(one('strip').dataset.kept ?? 0)").await.as_f64().unwrap_or(0.0);
    judge("events kept by the page", kept, "", None);
    bench.page.catch_up().await;
    bench.page.run(JUMPS).await;
    bench.page.until("the jumps are done", "window.jumps").await;
    let jumps = bench.page.evaluate("window.jumps").await;
    let jumps: Vec<f64> = jumps.as_array().into_iter().flatten().filter_map(serde_json::Value::as_f64).collect();
    judge("a jump, median of 60", median(jumps.clone()), "ms", None);
    judge("a jump, largest of 60", largest(&jumps), "ms", Some(BUDGET))
}
