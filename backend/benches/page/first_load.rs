//! The first visit: how many bytes, and how long until the first message is seen. Each visit is that of a browser that
//! was never here.

use serde_json::{Value, json};

use crate::load::{self, Steady};
use crate::numbers::{judge, largest, median, tell};
use crate::{Bench, SIZE, Visitor};

/// What all files of the first visit should be at most, gzipped, in thousands of bytes.
const AIM: f64 = 350.0;
/// What they must not be over.
const ALARM: f64 = 400.0;
/// Until the first message is seen, in milliseconds: from this machine, and over the slow line.
const SOON: [f64; 2] = [1_000.0, 1_500.0];
/// How often the page is opened.
const VISITS: usize = 9;
/// A line on which bytes take time: what it adds to each request, in milliseconds, and bytes a second.
const SLOW_LINE: (u32, u32) = (40, 1_250_000);

/// What the files are, by the ends of their names.
const KINDS: [&str; 4] = ["html", "css", "js", "wasm"];

/// The steps to the first message, in order, with what each is.
const STEPS: [(&str, &str); 6] = [
    ("html", "the page's frame is here"),
    ("files", "all its files are here"),
    ("drawn", "the program runs"),
    ("stream", "the event stream is asked for"),
    ("joined", "the past is here and drawn"),
    ("message", "the first message is seen"),
];

/// Notes when each step comes. The first message counts as seen when the frame that has it was drawn: the second frame
/// after it came into the page begins when the first is done.
const WATCH: &str = "
    const steps = window.steps = {};
    const note = name => { steps[name] ??= performance.now(); };
    const Stream = window.EventSource;
    window.EventSource = class extends Stream {
        constructor(...all) {
            super(...all);
            note('stream');
            steps.told = 0;
            const count = message => { steps.told += steps.message ? 0 : message.data.length; };
            this.addEventListener('snapshot', count);
            this.addEventListener('events', count);
        }
    };
    const is = css => document.querySelector(css);
    const finish = () => {
        const [page] = performance.getEntriesByType('navigation');
        const files = [page, ...performance.getEntriesByType('resource')].filter(file => /^http/.test(file.name));
        steps.html = page.responseEnd;
        steps.files = Math.max(...files.map(file => file.responseEnd));
        note('message');
        window.files = files.map(file => [file.name, file.startTime, file.encodedBodySize]);
    };
    new MutationObserver((_, watcher) => {
        if (is('[data-testid=stage]')) note('drawn');
        if (is('[data-testid=connection][data-link=live]')) note('joined');
        if (!is('[data-testid=pill]')) return;
        watcher.disconnect();
        requestAnimationFrame(() => requestAnimationFrame(finish));
    }).observe(document, { childList: true, subtree: true, attributes: true });
";

/// What one visit was.
struct Visit {
    steps: Value,
    /// Names, and bytes as they came over the line, in the order in which they were asked for.
    files: Vec<(String, f64)>,
}

impl Visit {
    async fn new(bench: &Bench, gzip: bool, slow: bool) -> Visit {
        let visitor = Visitor::new(&bench.driver).await;
        let page = &visitor.page;
        page.devtools("Network.enable", json!({})).await;
        if gzip {
            page.devtools("Network.setExtraHTTPHeaders", json!({ "headers": { "Accept-Encoding": "gzip" } })).await;
        }
        if slow {
            let (latency, rate) = SLOW_LINE;
            let line =
                json!({ "offline": false, "latency": latency, "downloadThroughput": rate, "uploadThroughput": rate });
            page.devtools("Network.emulateNetworkConditions", line).await;
        }
        page.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH })).await;
        page.open(&bench.server.home(), SIZE).await;
        page.until("a message is seen", "window.files").await;
        let (steps, files) = (page.evaluate("window.steps").await, page.evaluate("window.files").await);
        visitor.page.close().await;
        let mut files: Vec<(String, f64, f64)> = serde_json::from_value(files).expect("names, times and sizes");
        files.sort_by(|one, other| one.1.total_cmp(&other.1));
        Visit { steps, files: files.into_iter().map(|(name, _, bytes)| (name, bytes)).collect() }
    }

    fn step(&self, name: &str) -> f64 {
        self.steps[name].as_f64().unwrap_or_default()
    }

    /// Returns how much of a kind came, in thousands of bytes.
    fn size(&self, is_it: impl Fn(&str) -> bool) -> f64 {
        self.files.iter().filter(|(name, _)| is_it(kind(name))).map(|(_, bytes)| bytes).sum::<f64>() / 1_000.0
    }
}

fn kind(name: &str) -> &str {
    let last = name.rsplit('/').next().unwrap_or_default();
    last.rsplit_once('.').map_or("html", |(_, ending)| ending)
}

/// Measures both; returns whether the budgets are kept.
pub async fn measure(bench: &Bench) -> bool {
    load::notes(&bench.server, 8).await;
    let _steady = Steady::start(&bench.server, 20, 8);
    let size = sizes(&Visit::new(bench, true, false).await);
    let mut visits = Vec::new();
    for _ in 0..VISITS {
        visits.push(Visit::new(bench, false, false).await);
    }
    tell("the same as this browser gets it (brotli)", visits[0].size(|_| true), "kB");
    let soon = times(&visits, "", SOON[0]);
    let mut slow = Vec::new();
    for _ in 0..VISITS / 2 {
        slow.push(Visit::new(bench, false, true).await);
    }
    let soon_over_the_line = times(&slow, " (10 Mbit/s, 40 ms)", SOON[1]);
    size && soon && soon_over_the_line
}

fn sizes(visit: &Visit) -> bool {
    let names = visit.files.iter().map(|(name, _)| name.rsplit('/').next().unwrap_or_default());
    println!("asked for before the first message was seen, in this order: {}", names.collect::<Vec<_>>().join(" "));
    for kind in KINDS {
        tell(&format!("first visit, gzip: {kind}"), visit.size(|other| other == kind), "kB");
    }
    let total = visit.size(|_| true);
    let size = judge(&format!("first visit, gzip: all {} files", visit.files.len()), total, "kB", Some(ALARM));
    tell("less than the aim of 350 kB", AIM - total, "kB");
    let later = visit.files.iter().filter(|(name, _)| name.ends_with("split_later.wasm"));
    let later = later.fold(0.0, |sum, (_, bytes)| sum + bytes / 1_000.0);
    let none = judge("of it for parts that are opened later", later, "kB", Some(0.0));
    tell("events told before the first message, not compressed", visit.step("told") / 1_000.0, "kB");
    size && none
}

fn times(visits: &[Visit], line: &str, soon: f64) -> bool {
    for (name, what) in STEPS {
        let all: Vec<f64> = visits.iter().map(|visit| visit.step(name)).collect();
        let budget = Some(soon).filter(|_| name == "message");
        judge(&format!("{what}, median of {}{line}", all.len()), median(&all), "ms", budget);
    }
    let seen: Vec<f64> = visits.iter().map(|visit| visit.step("message")).collect();
    judge(&format!("the first message is seen, largest{line}"), largest(&seen), "ms", Some(soon))
}
