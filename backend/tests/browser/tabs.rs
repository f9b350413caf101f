//! Many tabs of one browser, which keeps six connections to a server for all of them together.

use serde_json::{Value, json};

use crate::case::{PROJECTOR, case};
use crate::server::Via;

const LINK: &str = "one('connection')?.dataset.link";

/// Notes the state of a tab's stream where other tabs see it: whoever looks into a tab brings it into sight.
const NOTED: &str = "const note = () => localStorage.setItem('link', one('connection').dataset.link);
    new MutationObserver(note).observe(one('connection'), { attributes: true });
    note();";

/// The seventh tab would find no connection free: neither for its files nor for its stream, nor for what it asks.
#[tokio::test(flavor = "multi_thread")]
async fn seven_tabs_are_live_and_ask() {
    case("tabs", "remote-write", async |case| {
        let page = &case.page;
        let first = page.tab().await;
        for number in 2..=7 {
            page.open_tab().await;
            page.open(&case.server.home(), PROJECTOR).await;
            page.until_equal(&format!("tab {number} is live"), LINK, "live").await;
        }
        page.click("tab-compose").await;
        page.click("compose-method-post").await;
        page.fill("compose-title", "From the seventh").await;
        page.click("compose-send").await;
        page.until("the seventh is answered", "text('reply-status').startsWith('201')").await;
        page.show_tab(&first).await;
        page.until_equal("the first is live again", "text('connection')", "connected").await;
        page.until("and shows it", "text('replica-1-note-1').includes('From the seventh')").await;
        assert_eq!(page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

/// Where no connection is free, whoever asked hears so, and the request takes none once there is one.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_finds_no_connection_says_why() {
    case("no-connection", "remote-write", async |case| {
        let page = &case.page;
        page.click("tab-compose").await;
        page.click("compose-method-post").await;
        page.run("window.held = [...Array(5)].map(() => new EventSource('/events?last=0'))").await;
        page.until("with the page's own they are six", "window.held.every(stream => stream.readyState == 1)").await;
        page.click("compose-send").await;
        page.until("it says why", "text('reply-error').startsWith('No answer after 30 s, though events arrive: ')")
            .await;
        page.picture("no-connection").await;
        page.run("window.held.forEach(stream => stream.close())").await;
        page.click("compose-send").await;
        page.until("it is answered", "text('reply-status').startsWith('201')").await;
        page.until_equal("the first was never sent", "JSON.parse(text('reply-body')).id", 1).await;
        assert_eq!(page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

/// What is shown stays while the page is out of sight, and what happened meanwhile follows it.
#[tokio::test(flavor = "multi_thread")]
async fn a_tab_out_of_sight_lets_its_stream_go_and_goes_on_where_it_was() {
    case("out-of-sight", "remote-write", async |case| {
        let (page, note) = (&case.page, json!({ "title": "Hello world" }));
        case.server.request("POST", "/note", Via::Gateway, &note).await;
        page.catch_up().await;
        page.click("play").await;
        page.until_equal("time stands still", "one('slowness').dataset.state", "paused").await;
        let steps = page.evaluate("text('steps')").await;
        let first = page.tab().await;
        page.run(NOTED).await;
        page.open_tab().await;
        page.open(&case.server.home(), PROJECTOR).await;
        page.until_equal("the stream is let go", "localStorage.getItem('link')", "resting").await;
        let (status, _) = case.server.request("PATCH", "/note/1", Via::Gateway, &json!({ "title": "meanwhile" })).await;
        assert_eq!(status, 200);
        assert_eq!(page.evaluate("localStorage.getItem('link')").await, json!("resting"));
        page.show_tab(&first).await;
        page.until_equal("it is joined again", "text('connection')", "connected").await;
        page.until("what happened follows", "one('behind').dataset.behind > 0").await;
        assert_eq!(page.evaluate("one('slowness').dataset.state").await, json!("paused"), "time still stands");
        let now: Value = page.evaluate("text('steps')").await;
        let begin = |steps: &Value| steps.as_str().map(|steps| steps.chars().take(200).collect::<String>());
        assert_eq!(begin(&now), begin(&steps), "what was shown stays");
        page.catch_up().await;
        page.until("and is shown", "text('replica-1-note-1').includes('meanwhile')").await;
        assert_eq!(page.console_errors().await, Vec::<String>::new());
    })
    .await;
}
