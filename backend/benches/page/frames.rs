//! Counts frames: how far apart they are, how many are left out, and how much of each the page is busy.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::SIZE;
use crate::numbers::{judge, list, quantile, tell};
use crate::page::Page;

/// Between two frames, in milliseconds.
const FRAME: f64 = 1_000.0 / 60.0;
/// How many more frames may be left out than the empty animation leaves out, in percent of all: what two runs of that
/// differ by.
const NOISE: f64 = 2.0;

/// Notes when frames begin, for five seconds; `LOOK` is asked in each.
const COUNT: &str = "
    window.counted = undefined;
    const times = [], looks = [], begin = performance.now();
    const frame = now => {
        times.push(now);
        looks.push(LOOK);
        if (performance.now() - begin < 5000) requestAnimationFrame(frame);
        else window.counted = { times, looks };
    };
    requestAnimationFrame(frame);
";

/// One element that a script moves in every frame.
const EMPTY: &str = "data:text/html,<body style='margin:0'><div id=a style='width:9px;height:9px;background:blue'></div>\
    <script>let n=0;const f=()=>{n++;a.style.transform=`translateX(${n%25600/20}px)`;requestAnimationFrame(f)};f()</script>";

/// Five seconds of frames.
pub struct Frames {
    /// The time between each two, in milliseconds.
    gaps: Vec<f64>,
    /// What was asked for in each.
    pub looks: Vec<f64>,
    /// How long the page's only thread was busy for each, in milliseconds, by what it did.
    busy: BTreeMap<&'static str, f64>,
}

impl Frames {
    /// Counts on a page; `look` is an expression whose number is noted in each frame.
    pub async fn count(page: &Page, look: &str) -> Frames {
        page.devtools("Performance.enable", json!({})).await;
        let before = page.devtools("Performance.getMetrics", json!({})).await;
        page.run(&COUNT.replace("LOOK", look)).await;
        page.until("five seconds are over", "window.counted").await;
        let after = page.devtools("Performance.getMetrics", json!({})).await;
        let counted = page.evaluate("window.counted").await;
        let (times, looks) = (list(&counted["times"]), list(&counted["looks"]));
        let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let per_frame = 1_000.0 / f64::from(u32::try_from(gaps.len().max(1)).expect("five seconds of frames"));
        let spent = |name| (metric(&after, name) - metric(&before, name)) * per_frame;
        let parts = [
            ("all", "TaskDuration"),
            ("scripts", "ScriptDuration"),
            ("styles", "RecalcStyleDuration"),
            ("layout", "LayoutDuration"),
        ];
        Frames { gaps, looks, busy: parts.into_iter().map(|(part, name)| (part, spent(name))).collect() }
    }

    /// Counts the frames of an animation of nothing.
    pub async fn of_nothing(page: &Page) -> Frames {
        page.open(EMPTY, SIZE).await;
        Frames::count(page, "0").await
    }

    /// Returns the share of frames that were left out, in percent.
    pub fn dropped(&self) -> f64 {
        let all: f64 = self.gaps.iter().sum::<f64>() / FRAME;
        let late: f64 = self.gaps.iter().map(|gap| (gap / FRAME).round() - 1.0).filter(|late| *late > 0.0).sum();
        100.0 * late / all.max(1.0)
    }

    /// Says what the frames of `what` were like.
    pub fn tell(&self, what: &str) {
        tell(&format!("{what}: between two frames, median"), quantile(&self.gaps, 0.5), "ms");
        tell(&format!("{what}: between two frames, 19 of 20 below"), quantile(&self.gaps, 0.95), "ms");
        for (part, spent) in &self.busy {
            tell(&format!("{what}: busy for each frame, {part}"), *spent, "ms");
        }
    }
}

/// Says how much a page leaves out beyond what nothing leaves out; returns whether that is little.
pub fn compare(what: &str, full: &[Frames], empty: &[Frames]) -> bool {
    let mean = |all: &[Frames]| all.iter().map(Frames::dropped).sum::<f64>() / all.iter().map(|_| 1.0).sum::<f64>();
    let (full_share, empty_share) = (mean(full), mean(empty));
    tell("an animation of nothing: frames left out", empty_share, "%");
    judge(&format!("{what}: frames left out"), full_share, "%", Some(empty_share + NOISE))
}

fn metric(answer: &Value, name: &str) -> f64 {
    let metrics = answer["metrics"].as_array().into_iter().flatten();
    metrics.filter(|metric| metric["name"] == name).find_map(|metric| metric["value"].as_f64()).unwrap_or_default()
}
