//! Three hundred messages in flight, and an animation of nothing: how many frames each leaves out.

use crate::Bench;
use crate::frames::{self, Frames};
use crate::load;
use crate::numbers::{median, quantile, tell};

/// How many messages are to be on the stage at once.
const MESSAGES: f64 = 300.0;
/// How many writes come at once, each to another note: in local-write each claims its note by itself.
const WRITES: u64 = 200;
/// How often the stage is looked at for five seconds.
const ROUNDS: usize = 3;
/// The messages on the stage: those that are elements of the page, and those that are painted as one picture.
const PILLS: &str = "all('[data-testid=pill]').length + Number(one('crowd')?.dataset.count ?? 0)";

/// Goes fast until enough messages are under way, then a thousand times slower than it was.
const REACH: &str = "
    const pace = value => {
        const speed = one('speed');
        speed.value = value;
        speed.dispatchEvent(new Event('change', { bubbles: true }));
    };
    const look = () => {
        if (PILLS < 320) return requestAnimationFrame(look);
        pace('1000');
        window.reached = true;
    };
    pace('50');
    one('play').click();
    look();
";

/// Measures both; returns whether the page leaves out no more frames than the animation of nothing.
pub async fn measure(bench: &Bench) -> bool {
    load::notes(&bench.server, WRITES).await;
    let visitor = bench.visit().await;
    let page = &visitor.page;
    let mut empty = vec![Frames::of_nothing(page).await];
    bench.open(page).await;
    page.catch_up().await;
    page.click("play").await;
    load::burst(&bench.server, WRITES, WRITES).await;
    page.until_still("one('behind').dataset.behind").await;
    page.run(&REACH.replace("PILLS", &format!("({PILLS})"))).await;
    page.until("many messages are in flight", "window.reached").await;
    let mut full = Vec::new();
    for _ in 0..ROUNDS {
        full.push(Frames::count(page, PILLS).await);
    }
    let pills: Vec<f64> = full.iter().flat_map(|frames| frames.looks.clone()).collect();
    tell("messages in flight: at once, fewest", quantile(&pills, 0.0), "");
    tell("messages in flight: at once, median", median(&pills), "");
    empty.push(Frames::of_nothing(page).await);
    empty[0].tell("an animation of nothing");
    full[0].tell("messages in flight");
    visitor.page.close().await;
    let enough = median(&pills) >= MESSAGES;
    frames::compare("messages in flight", &full, &empty) && enough
}
