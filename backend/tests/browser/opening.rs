//! Every kind of page (live, at a request, from a link, from a file) with every setting that is remembered opens all of
//! its parts, those that are fetched on demand included.

use serde_json::{Value, json};

use crate::bare::Bare;
use crate::case::{Case, PROJECTOR, case};
use crate::page::Page;
use crate::saving::{made, saved};
use crate::server::Via;

/// What a browser may remember: nothing, each choice by itself, and all at once.
const REMEMBERED: [&[(&str, &str)]; 6] = [
    &[],
    &[("baton-projector", "on")],
    &[("baton-still", "on")],
    &[("baton-theme", "contrast")],
    &[("baton-language", "ko")],
    &[("baton-projector", "on"), ("baton-still", "on"), ("baton-theme", "dark"), ("baton-language", "ko")],
];

/// How a part is opened, what shows that it is there, and how it is left again, if it must be.
const PARTS: [(&str, &str, &str); 9] = [
    ("key('2')", "one('diagram')", ""),
    ("key('3')", "one('state')", ""),
    ("key('4')", "one('figure')", ""),
    ("key('5')", "one('compose') || one('not-live')", ""),
    ("key('/')", "one('search')", "one('search-close').click()"),
    ("key('?')", "one('palette')?.open", "one('palette-close').click()"),
    ("key('o')", "one('files')?.open", "one('files-close').click()"),
    ("one('settings-open').click()", "one('settings')?.open", "one('settings-close').click()"),
    ("one('guarantee-open').click()", "one('guarantee-words')?.open", "one('guarantee-words-close').click()"),
];

/// The same of the one that only a live page has.
const COMPARE: (&str, &str, &str) = ("key('c')", "one('compare')?.open", "one('compare-close').click()");

const KEY: &str = "const key = key => window.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));";

/// Opens the page at `address` with everything that it may remember, and all its parts each time.
async fn opens_every_part(page: &Page, address: &str, link: &str) {
    page.open(address, PROJECTOR).await;
    for settings in REMEMBERED {
        let remember = "forEach(([key, value]) => localStorage.setItem(key, value))";
        page.run(&format!("localStorage.clear(); {}.{remember}", json!(settings))).await;
        page.open("about:blank", PROJECTOR).await;
        page.console_errors().await;
        page.open(address, PROJECTOR).await;
        let claim = |part: &str| format!("{address:.60} with {settings:?}: {part}");
        page.until_equal(&claim("it runs"), "one('connection')?.dataset.link", link).await;
        for (key, value) in settings {
            let shown =
                if *key == "baton-language" { "lang".to_owned() } else { key.replacen("baton-", "dataset.", 1) };
            page.until_equal(&claim("it is remembered"), &format!("document.documentElement.{shown}"), *value).await;
        }
        for (open, there, leave) in PARTS.iter().chain((link == "live").then_some(&COMPARE)) {
            page.run(&format!("{KEY} {open}")).await;
            page.until(&claim(there), &format!("({there}) && !all('.hint[role=status]').length")).await;
            page.run(leave).await;
        }
        assert_eq!(page.console_errors().await, Vec::<String>::new(), "{}", claim("no error"));
    }
}

/// Makes a note and changes it elsewhere; returns the trace of the change.
async fn written(case: &Case) -> String {
    case.server.request("POST", "/note", Via::GatewayTo(1), &json!({ "title": "first" })).await;
    let change = "fetch('/note/1', { method: 'PATCH', body: JSON.stringify({ title: 'second' }),
        headers: { 'Content-Type': 'application/json', 'X-Replica': '3' } })
        .then(reply => arguments[arguments.length - 1](reply.headers.get('X-Trace-Id')))";
    let trace = case.page.evaluate_later(change).await;
    case.page.catch_up().await;
    trace.as_str().expect("a reply names its trace").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_page_opens_every_part() {
    case("opening-live", "local-write", async |case| {
        written(case).await;
        opens_every_part(&case.page, &case.server.home(), "live").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_at_a_request_opens_every_part() {
    case("opening-trace", "local-write", async |case| {
        let trace = written(case).await;
        opens_every_part(&case.page, &format!("{}?trace={trace}", case.server.home()), "live").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_with_a_run_in_its_link_opens_every_part() {
    case("opening-link", "local-write", async |case| {
        written(case).await;
        made(&case.page, "link").await;
        let link = case.page.evaluate("one('files-made-link').value").await;
        let (_, fragment) = link.as_str().and_then(|link| link.split_once('#')).expect("the run is in the fragment");
        let bare = Bare::start().await;
        opens_every_part(&case.page, &format!("{}#{fragment}", bare.home()), "saved").await;
        assert_eq!(bare.failed(), 0, "it asks for nothing but its own files");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_in_one_file_opens_every_part() {
    case("opening-file", "local-write", async |case| {
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        case.page.save_to(folder.path()).await;
        written(case).await;
        made(&case.page, "page").await;
        let path = saved(folder.path(), "html").await;
        opens_every_part(&case.page, &format!("file://{}", path.display()), "saved").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_cannot_be_fetched_says_why_and_is_tried_again() {
    case("part-missing", "remote-write", async |case| {
        let page = &case.page;
        page.devtools("Network.enable", json!({})).await;
        let block = async |urls: Value| page.devtools("Network.setBlockedURLs", json!({ "urls": urls })).await;
        block(json!(["*split_later.wasm"])).await;
        page.click("tab-state").await;
        page.until("it says why", "text('part-missing').includes('the server does not answer')").await;
        page.picture("part-missing").await;
        block(json!([])).await;
        page.click("part-again").await;
        page.until("it is fetched", "one('state')").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_is_fetched_by_itself_once_the_server_answers_again() {
    case("part-retried", "remote-write", async |case| {
        let page = &case.page;
        page.devtools("Network.enable", json!({})).await;
        page.devtools("Network.setBlockedURLs", json!({ "urls": ["*split_later.wasm"] })).await;
        // The tries are counted where they begin: in the page's own fetch.
        let count = "window.tries = 0; const real = window.fetch;
            window.fetch = (...all) => { window.tries += /split_later/.test(all[0].url ?? all[0]) ? 1 : 0; return real(...all); };";
        page.run(count).await;
        page.click("tab-state").await;
        page.until("it was tried once", "window.tries >= 1").await;
        page.devtools("Network.setBlockedURLs", json!({ "urls": [] })).await;
        page.until("it is fetched without a word", "one('state') && !one('part-missing')").await;
    })
    .await;
}
