//! The server goes away and comes back: the page says so, and misses nothing that it could have had.

use serde_json::json;

use crate::case::case;
use crate::server::Via;

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_is_seen_and_its_return_too() {
    case("connection", "remote-write", async |case| {
        let note = json!({ "title": "Hello world" });
        case.server.request("POST", "/note", Via::Gateway, &note).await;
        case.page.until("the note is shown", "text('replica-4-note-1').includes('Hello world')").await;

        case.server.kill();
        case.page.until_equal("the badge says it", "one('connection').dataset.link", "reconnecting").await;
        case.page.picture("connection-lost").await;

        case.server.restart().await;
        case.page.until_equal("the badge says it", "one('connection').dataset.link", "live").await;
        for replica in 1..=4 {
            let row = format!("replica-{replica}-note-1");
            case.page.until("the note is there again", &format!("text('{row}').includes('Hello world')")).await;
        }
        case.server.request("POST", "/note", Via::Gateway, &json!({ "title": "after the return" })).await;
        case.page.until("new notes are shown", "text('replica-1-note-2').includes('after')").await;
    })
    .await;
}

/// The connection stays open and says nothing: the page hears that no sign of life comes.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_died_without_an_end_is_seen_and_mended() {
    case("silent", "remote-write", async |case| {
        let (page, server) = (&case.page, &case.server);
        page.until_equal("nothing is wrong", "text('connection')", "connected").await;
        page.click("tab-compose").await;
        page.click("compose-method-get").await;
        server.signal("STOP");
        page.click("compose-send").await;
        page.until_equal("the badge says it", "one('connection').dataset.link", "silent").await;
        page.until("and for how long", "/^no data for \\d+ s · reconnecting$/.test(text('connection'))").await;
        page.until("the stage too", "text('offline').startsWith('No data and no heartbeat')").await;
        page.until_equal("nor is time live", "one('slowness').dataset.state", "cut").await;
        page.picture("connection-silent").await;
        page.until("a request says it, too", "text('reply-error').startsWith('No answer after 30 s: ')").await;
        server.signal("CONT");
        page.until_equal("a new stream is open", "text('connection')", "connected").await;
        page.until("and nothing stands over the stage", "!one('offline')").await;
        server.request("POST", "/note", Via::Gateway, &json!({ "title": "after the silence" })).await;
        page.catch_up().await;
        page.until("new notes are shown", "text('replica-1-note-1').includes('after')").await;
        assert_eq!(page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

/// What somebody looks at is not taken away: the new run is offered, by a button and by letting time run on.
#[tokio::test(flavor = "multi_thread")]
async fn a_paused_run_stays_when_the_server_is_started_anew() {
    case("kept", "remote-write", async |case| {
        let note = json!({ "title": "Hello world" });
        case.server.request("POST", "/note", Via::Gateway, &note).await;
        case.page.catch_up().await;
        for way in ["one('leave-kept').click()", "one('play').click()"] {
            case.page.click("play").await;
            case.page.until_equal("time stands still", "one('slowness').dataset.state", "paused").await;
            // Lines are drawn in the frame after the one in which time stands still.
            let drawn =
                "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(text('steps')))))";
            let steps = case.page.evaluate(drawn).await;
            case.server.kill();
            case.page.until_equal("the badge says it", "one('connection').dataset.link", "reconnecting").await;
            case.server.restart().await;
            case.page.until_equal("the run is kept", "one('connection').dataset.link", "kept").await;
            case.page.until("it says why", "text('offline').startsWith('The server was restarted.')").await;
            case.page.picture("connection-kept").await;
            case.server.request("POST", "/note", Via::Gateway, &note).await;
            assert_eq!(case.page.evaluate("text('steps')").await, steps, "it stays as it was");
            let state = case.page.evaluate("one('slowness').dataset.state").await;
            assert_eq!(state, json!("paused"), "time still stands");

            case.page.run(way).await;
            case.page.until_equal("the new run is shown", "one('connection').dataset.link", "live").await;
            case.page.until("and nothing stands over the stage", "!one('offline')").await;
            case.page.until_equal("time runs", "one('slowness').dataset.state", "live").await;
            case.page.until("it is the new one", &format!("text('steps') != {steps}")).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_opened_when_nothing_happens_shows_the_mode_of_now() {
    case("reload", "remote-write", async |case| {
        let (status, _) =
            case.server.request("PUT", "/cluster/mode", Via::Gateway, &json!({ "mode": "local-write" })).await;
        assert_eq!(status, 200);
        case.page.until_equal("the switch is seen", "one('mode-local-write').ariaPressed", "true").await;
        case.page.until_at_live().await;
        case.page.run("location.reload()").await;
        let mode = "['remote-write', 'local-write'].map(mode => one(`mode-${mode}`)?.ariaPressed).join(' ')";
        case.page.until_equal("so it is after a reload", mode, "false true").await;
        case.page.until_equal("and the screen is not behind", "text('mode-note')", "").await;
    })
    .await;
}
