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
