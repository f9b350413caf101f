//! The first visit: how many bytes, and how long until the first message is seen.

use http_body_util::{BodyExt as _, Empty};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::json;

use crate::load::{self, Steady};
use crate::{Bench, SIZE, judge, largest, median};

/// All files of the first visit, gzipped, in thousands of bytes.
const BUDGET: f64 = 226.0;
/// Until the first message is seen, in milliseconds.
const SOON: f64 = 2_000.0;
/// How often the page is opened.
const VISITS: usize = 9;

/// Notes when the first message stands on the stage, and what had been fetched by then.
const WATCH: &str = "
    new MutationObserver((_, watcher) => {
        if (document.querySelector('[data-testid=pill]')) {
            watcher.disconnect();
            window.firstPill = performance.now();
            window.fetched = performance.getEntriesByType('resource').map(entry => entry.name);
        }
    }).observe(document, { childList: true, subtree: true });
";

/// Measures both; returns whether the budgets are kept.
pub async fn measure(bench: &Bench) -> bool {
    let page = &bench.page;
    load::notes(&bench.server, 8).await;
    let steady = Steady::start(&bench.server, 20, 8);
    page.devtools("Network.enable", json!({})).await;
    page.devtools("Network.setCacheDisabled", json!({ "cacheDisabled": true })).await;
    page.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH })).await;
    let mut times = Vec::new();
    let mut files = vec![String::new()];
    for _ in 0..VISITS {
        page.open(&bench.server.home(), SIZE).await;
        page.until("a message is seen", "window.firstPill").await;
        times.push(page.evaluate("window.firstPill").await.as_f64().unwrap_or(f64::MAX));
        let fetched = page.evaluate("window.fetched").await;
        files = fetched.as_array().into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect();
    }
    drop(steady);
    files.push(bench.server.home());
    files.retain(|file| !file.contains("/events"));
    let (gzip, brotli) = (total(&files, "gzip").await, total(&files, "br").await);
    let size = judge(&format!("first visit: {} files, gzip", files.len()), gzip, "kB", Some(BUDGET));
    judge("the same with brotli, as browsers get it", brotli, "kB", None);
    judge("first message seen after opening, largest of 9", largest(&times), "ms", None);
    let soon = judge("first message seen after opening, median of 9", median(times), "ms", Some(SOON));
    size && soon
}

/// Returns how large the files are as the server sends them, in thousands of bytes.
async fn total(files: &[String], encoding: &str) -> f64 {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<bytes::Bytes>>();
    let mut bytes = 0;
    for file in files {
        let request = Request::builder().uri(file).header("Accept-Encoding", encoding).body(Empty::new());
        let reply = client.request(request.expect("the address is one that the browser used")).await;
        bytes += reply.expect("the server answers").into_body().collect().await.expect("it ends").to_bytes().len();
    }
    f64::from(u32::try_from(bytes).expect("no page has gigabytes")) / 1_000.0
}
