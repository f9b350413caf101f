//! What the page itself sends: requests from the composer, and a switch of the mode.

use serde_json::{Value, json};

use crate::case::case;
use crate::server::Via;

#[tokio::test(flavor = "multi_thread")]
async fn the_composer_sends_a_note_and_shows_the_reply() {
    case("compose", "remote-write", async |case| {
        case.page.click("tab-compose").await;
        case.page.click("compose-method-post").await;
        case.page.fill("compose-title", "Composed <b>here</b>").await;
        case.page.fill("compose-body", "by hand").await;
        case.page.until("curl says the same", "text('compose-curl').includes('Composed <b>here</b>')").await;
        case.page.click("compose-send").await;
        case.page.until("the reply is shown", "text('reply-status').startsWith('201')").await;
        case.page.until_equal("it says who served it", "/^[1-4]$/.test(text('reply-x-served-by'))", true).await;
        let body = case.page.evaluate("JSON.parse(text('reply-body'))").await;
        assert_eq!(body, json!({ "res": true, "id": 1 }));
        let (_, stored) = case.server.request("GET", "/note/1", Via::Gateway, &Value::Null).await;
        assert_eq!(stored["note"], json!({ "title": "Composed <b>here</b>", "body": "by hand", "id": 1 }));
        case.page.until("the stage shows it", "text('replica-1-note-1').includes('<b>here</b>')").await;
        case.page.picture("composed").await;
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_read_sends_back_what_the_page_has_seen() {
    case("session", "remote-write", async |case| {
        case.page
            .until("the guarantee is named", "text('guarantee') == 'sequential consistency (at one replica)'")
            .await;
        case.page.click("guarantee-open").await;
        case.page.until("it is said at length", "one('guarantee-words')?.open").await;
        case.page
            .until("writes too", "text('guarantee-writes').startsWith('A completed write is on every disk')")
            .await;
        case.page.picture("guarantee").await;
        case.page.click("guarantee-words-close").await;
        case.page.until("it closes", "!one('guarantee-words').open").await;
        case.page.click("tab-compose").await;
        case.page.click("compose-send").await;
        case.page.until("the reply is shown", "text('reply-status').startsWith('201')").await;
        case.page.click("compose-method-get").await;
        let choose = "const select = one('compose-reads'); select.value = 'session'; \
                      select.dispatchEvent(new Event('change', { bubbles: true }));";
        case.page.run(choose).await;
        let says = "/-H 'X-Read: session' -H 'X-Session: 0:store@1'/.test(text('compose-curl'))";
        case.page.until("curl says level and session", says).await;
        case.page.click("compose-send").await;
        case.page.until("the read is answered", "text('reply-status').startsWith('200')").await;
        case.page.until_equal("with the session that was sent", "text('reply-x-session')", "0:store@1").await;
        case.page.picture("session-read").await;
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mode_is_switched_here_and_elsewhere() {
    case("mode", "remote-write", async |case| {
        case.server.request("POST", "/note", Via::Gateway, &json!({ "title": "Hello world" })).await;
        case.page.catch_up().await;
        case.page.click("mode-local-write").await;
        let pressed = |mode: &str| format!("one('mode-{mode}').getAttribute('aria-pressed')");
        case.page.until_equal("local-write is on", &pressed("local-write"), "true").await;
        let (_, cluster) = case.server.request("GET", "/cluster", Via::Gateway, &Value::Null).await;
        assert_eq!(cluster["mode"], "local-write");
        case.server.request("PATCH", "/note/1", Via::GatewayTo(2), &json!({ "title": "Hello crown" })).await;
        case.page.catch_up().await;
        case.page.until("the note has a crown of its own", "one('replica-2-note-1-crown')").await;

        let (status, _) =
            case.server.request("PUT", "/cluster/mode", Via::Gateway, &json!({ "mode": "remote-write" })).await;
        assert_eq!(status, 200);
        case.page.catch_up().await;
        case.page.until_equal("the page follows", &pressed("remote-write"), "true").await;
        case.page.until("one replica is the primary", "all('[data-testid^=\"crown-\"]').length == 1").await;
    })
    .await;
}
