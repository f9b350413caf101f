//! Three hundred messages in flight, and an animation of nothing: how many frames each drops.

use crate::load;
use crate::{Bench, judge};

/// How many messages are to be on the stage at once.
const MESSAGES: f64 = 300.0;
/// How many more frames may be dropped than the empty animation drops, in percent of all: what two runs differ by.
const NOISE: f64 = 2.0;

/// Counts frames that came more than half a frame late, for five seconds.
const COUNT: &str = "(() => {
    window.counted = undefined;
    let last, frames = 0, late = 0, most = 0;
    const begin = performance.now();
    const step = now => {
        if (last !== undefined) {
            frames += 1;
            late += Math.max(0, Math.round((now - last) / (1000 / 60)) - 1);
        }
        last = now;
        most = Math.max(most, document.querySelectorAll('[data-testid=pill]').length);
        if (performance.now() - begin < 5000) requestAnimationFrame(step);
        else window.counted = { frames, late, most };
    };
    requestAnimationFrame(step);
})()";

const EMPTY: &str = "data:text/html,<body style='margin:0'><div id=a style='width:9px;height:9px;background:blue'></div>\
    <script>let n=0;const f=()=>{n++;a.style.transform=`translateX(${n%25600/20}px)`;requestAnimationFrame(f)};f()</script>";

/// Measures both; returns whether the page drops no more than the empty animation does.
pub async fn measure(bench: &Bench) -> bool {
    let page = &bench.page;
    page.open(EMPTY, crate::SIZE).await;
    let (empty, _) = count(bench).await;
    load::notes(&bench.server, 400).await;
    bench.open().await;
    page.catch_up().await;
    page.click("play").await;
    load::burst(&bench.server, 400, 400).await;
    page.until_still("one('behind').dataset.behind").await;
    page.run(
        "const speed = one('speed'); speed.value = '1000'; speed.dispatchEvent(new Event('change', { bubbles: true }))",
    )
    .await;
    page.click("play").await;
    page.until("many messages are in flight", "all('[data-testid=pill]').length >= 300").await;
    let (full, most) = count(bench).await;
    judge("messages in flight, most at once", most, "", None);
    judge("frames dropped by an empty animation", empty, "%", None);
    let kept = judge("frames dropped with the messages in flight", full, "%", Some(empty + NOISE));
    kept && most >= MESSAGES
}

/// Returns the share of dropped frames, in percent, and the most messages seen at once.
async fn count(bench: &Bench) -> (f64, f64) {
    bench.page.run(COUNT).await;
    bench.page.until("five seconds are over", "window.counted").await;
    let counted = bench.page.evaluate("window.counted").await;
    let number = |name: &str| counted[name].as_f64().unwrap_or_default();
    let all = number("frames") + number("late");
    (100.0 * number("late") / all.max(1.0), number("most"))
}
