//! The space-time diagram of ten thousand events, scrolled in every frame.

use crate::Bench;
use crate::frames::{self, Frames};
use crate::jumps;
use crate::load;
use crate::numbers::tell;

/// How many events it has.
const EVENTS: f64 = 10_000.0;
/// How often it is scrolled for five seconds.
const ROUNDS: usize = 3;

/// Scrolls on, there and back; about as fast as a wheel that is turned quickly.
const SCROLL: &str = "(() => {
    const rows = one('diagram-rows'), end = rows.scrollHeight - rows.clientHeight;
    const turn = window.turn ??= { by: 60 };
    if (rows.scrollTop + turn.by > end || rows.scrollTop + turn.by < 0) turn.by = -turn.by;
    rows.scrollTop += turn.by;
    return one('diagram-shapes').getBoundingClientRect().bottom > rows.getBoundingClientRect().top;
})() ? 1 : 0";

/// Measures; returns whether the diagram leaves out no more frames than an animation of nothing.
pub async fn measure(bench: &Bench) -> bool {
    load::notes(&bench.server, 40).await;
    let visitor = bench.visit().await;
    let page = &visitor.page;
    let mut empty = vec![Frames::of_nothing(page).await];
    bench.open(page).await;
    jumps::fill(bench, page, EVENTS).await;
    page.catch_up().await;
    page.click("play").await;
    page.click("tab-diagram").await;
    page.until("the diagram is drawn", "one('diagram-shapes')?.querySelectorAll('.arrow').length > 5").await;
    tell("the diagram: events", page.evaluate(jumps::KEPT).await.as_f64().unwrap_or_default(), "");
    page.run("one('diagram-rows').scrollTop = 0").await;
    let mut full = Vec::new();
    for _ in 0..ROUNDS {
        full.push(Frames::count(page, SCROLL).await);
    }
    let blank = full.iter().flat_map(|frames| &frames.looks).filter(|look| **look == 0.0).count();
    tell("the diagram: frames in which nothing was drawn in sight", f64::from(u32::try_from(blank).unwrap_or(0)), "");
    full[ROUNDS - 1].tell("the diagram, scrolled");
    empty.push(Frames::of_nothing(page).await);
    empty[0].tell("an animation of nothing");
    visitor.page.close().await;
    frames::compare("the diagram, scrolled", &full, &empty)
}
