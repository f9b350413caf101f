//! Jumps within a full log: from the press to the end of the frame that shows where they lead.

use crate::load;
use crate::numbers::{judge, largest, list, median, quantile, tell};
use crate::page::Page;
use crate::{Bench, memory};

/// A jump, in milliseconds.
const BUDGET: f64 = 50.0;
/// How many events the page keeps at least, once it had to let go of the oldest.
pub const FULL: f64 = 28_000.0;
/// How many events the page keeps, as the page says.
pub const KEPT: &str = "Number(one('strip')?.dataset.kept ?? 0)";

/// Where to jump from and to, by what: how often, what is done before, and what is measured.
const JUMPS: [(&str, usize, &str, &str); 6] = [
    ("to a random place", 60, "null", "seek"),
    ("to the first event", 20, "seek", "key('Home')"),
    ("to live", 20, "seek", "key('End')"),
    ("one step back", 20, "seek", "key('ArrowLeft')"),
    ("ten steps back", 20, "seek", "key('PageUp')"),
    ("to the request before", 20, "seek", "key('R')"),
];

/// Does something, and notes how long it takes until the frame that shows it was drawn: the task after a frame's own
/// callbacks begins when styles, layout and painting of that frame are done.
const MEASURE: &str = "
    const quiet = () => new Promise(done => requestAnimationFrame(() => setTimeout(done, 30)));
    const drawn = () => new Promise(done => requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = done;
        port2.postMessage(0);
    }));
    const key = name => () => document.body.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true }));
    window.seed ??= 7;
    const random = () => (window.seed = (window.seed * 16807) % 2147483647) / 2147483647;
    const seek = () => {
        const strip = one('whole'), box = strip.getBoundingClientRect();
        const x = box.left + 2 + (box.width - 4) * random();
        const at = { clientX: x, clientY: box.top + box.height / 2, buttons: 1, bubbles: true, pointerId: 1 };
        strip.dispatchEvent(new PointerEvent('pointerdown', at));
        strip.dispatchEvent(new PointerEvent('pointerup', { ...at, buttons: 0 }));
    };
    window.jumps = undefined;
    (async () => {
        const all = [];
        for (let number = 0; number < TIMES; number++) {
            (BEFORE)?.();
            await quiet();
            const start = performance.now();
            (JUMP)();
            const called = performance.now();
            await drawn();
            all.push([called - start, performance.now() - start]);
        }
        window.jumps = all;
    })();
";

/// Fills the log and jumps; returns whether the budget is kept.
pub async fn measure(bench: &Bench) -> bool {
    load::notes(&bench.server, 40).await;
    let visitor = bench.visit().await;
    let page = &visitor.page;
    let empty = memory::look(page).await;
    fill(bench, page, FULL).await;
    let full = memory::look(page).await;
    tell("jumps: events kept by the page", page.evaluate(KEPT).await.as_f64().unwrap_or_default(), "");
    tell("jumps: memory of the program with an empty log", empty.program, "MB");
    tell("jumps: memory of the program with that log", full.program, "MB");
    page.catch_up().await;
    let mut kept = true;
    for (name, times, before, jump) in JUMPS {
        let measure = MEASURE.replace("TIMES", &times.to_string()).replace("BEFORE", before).replace("JUMP", jump);
        page.run(&measure).await;
        page.until("the jumps are done", "window.jumps").await;
        let called = list(&page.evaluate("window.jumps.map(jump => jump[0])").await);
        let drawn = list(&page.evaluate("window.jumps.map(jump => jump[1])").await);
        tell(&format!("jump {name}: the program's own work, median"), median(&called), "ms");
        tell(&format!("jump {name}: until it is drawn, median of {times}"), median(&drawn), "ms");
        tell(&format!("jump {name}: until it is drawn, 19 of 20 below"), quantile(&drawn, 0.95), "ms");
        kept &= judge(&format!("jump {name}: until it is drawn, largest"), largest(&drawn), "ms", Some(BUDGET));
    }
    page.until("nothing goes wrong", "!one('notice')").await;
    visitor.page.close().await;
    kept
}

/// Writes until the page keeps so many events.
///
/// # Panics
/// When the page does not get there.
pub async fn fill(bench: &Bench, page: &Page, events: f64) {
    let mut kept = 0.0;
    for _ in 0..400 {
        if kept >= events {
            return;
        }
        load::burst(&bench.server, 50, 40).await;
        kept = page.evaluate(KEPT).await.as_f64().unwrap_or_default();
    }
    panic!("the page keeps {kept} events only");
}
