//! Writes from outside the browser: each message of the feed is seen to travel, and the notes follow.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::case::case;
use crate::feed::Feed;
use crate::page::Page;
use crate::server::Via;

/// Both ways: no message is left out, and nothing is shown that no replica sent.
async fn pills_are_the_messages(page: &Page, feed: &mut Feed) -> BTreeMap<String, String> {
    let messages = feed.messages_until_reply().await;
    for (pill, kind) in page.until_pills_were(&messages).await {
        assert_eq!(feed.kind_of(&pill).await, kind, "{pill}");
    }
    messages
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remote_write_is_seen_from_request_to_reply() {
    case("remote-write", "remote-write", async |case| {
        case.page.record_pills().await;
        let mut feed = case.server.feed().await;
        let note = json!({ "title": "Hello world", "body": "from curl" });
        let (status, body) = case.server.request("POST", "/note", Via::GatewayTo(2), &note).await;
        assert_eq!((status, body), (201, json!({ "res": true, "id": 1 })));
        case.page.until("an update travels", "pill('update')").await;
        case.page.picture("remote-write-update").await;
        let messages = pills_are_the_messages(&case.page, &mut feed).await;
        // To replica 2 and back, forward and back, three updates and their acknowledgements.
        assert_eq!(messages.len(), 10, "{messages:?}");
        for replica in 1..=4 {
            let row = format!("replica-{replica}-note-1");
            case.page.until(&format!("{row} holds the note"), &format!("text('{row}').includes('Hello world')")).await;
            case.page.until_equal("it is the newest", &format!("one('{row}').dataset.copy"), "newest").await;
        }
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_straight_to_a_replica_is_seen_too() {
    case("straight", "remote-write", async |case| {
        case.page.record_pills().await;
        let mut feed = case.server.feed().await;
        let (status, _) =
            case.server.request("POST", "/note", Via::Replica(3), &json!({ "title": "Hello world" })).await;
        assert_eq!(status, 201);
        let messages = pills_are_the_messages(&case.page, &mut feed).await;
        // Forward and back, three updates and their acknowledgements.
        assert_eq!(messages.len(), 8, "{messages:?}");
        let clients = "Object.entries(window.pills).filter(([id]) => id.startsWith('client-')).map(([, kind]) => kind)";
        case.page.until_equal("its request and its reply too", clients, json!(["write", "reply"])).await;
        case.page.until("the note is shown", "text('replica-4-note-1').includes('Hello world')").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_write_moves_the_crown_of_its_note() {
    case("local-write", "local-write", async |case| {
        let note = json!({ "title": "Hello world", "body": "first" });
        case.server.request("POST", "/note", Via::GatewayTo(1), &note).await;
        case.page.catch_up().await;
        case.page.until("replica 1 holds the note", "one('replica-1-note-1-crown')").await;

        case.page.record_pills().await;
        let mut feed = case.server.feed().await;
        let patch = json!({ "title": "Hello world patch!", "body": "patch note" });
        let (status, body) = case.server.request("PATCH", "/note/1", Via::GatewayTo(3), &patch).await;
        assert_eq!((status, body), (200, json!({ "res": true })));
        case.page.until("the crown travels", "all('[data-testid=pill][data-crown=true]').length").await;
        case.page.picture("local-write-crown").await;
        case.page.until("replica 3 wears it", "one('replica-3-note-1-crown')").await;
        case.page.until("replica 1 does not", "!one('replica-1-note-1-crown')").await;
        pills_are_the_messages(&case.page, &mut feed).await;
        for replica in 1..=4 {
            let row = format!("replica-{replica}-note-1");
            case.page.until(&format!("{row} is patched"), &format!("text('{row}').includes('patch!')")).await;
        }
        let crowns = case.page.evaluate("all('[data-testid$=\"-note-1-crown\"]').length").await;
        assert_eq!(crowns, Value::from(1), "a note has one holder");
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

/// Paces the show at a part of the real speed.
async fn pace(page: &Page, scale: &str) {
    let speed = "const speed = one('speed'); speed.value";
    page.run(&format!("{speed} = '{scale}'; speed.dispatchEvent(new Event('change', {{ bubbles: true }}))")).await;
}

/// Finds a place on the picture of a crowd that is covered, says how much of it is, and presses there.
const PRESS: &str = "
    const canvas = one('crowd').querySelector('canvas'), box = canvas.getBoundingClientRect();
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    const covered = [];
    for (let at = 0; at < canvas.width * canvas.height; at++) if (pixels[4 * at + 3] == 255) covered.push(at);
    const at = covered[covered.length >> 1];
    const place = { clientX: box.left + at % canvas.width + 0.5, clientY: box.top + Math.floor(at / canvas.width) + 0.5 };
    window.covered = covered.length;
    one('stage').dispatchEvent(new MouseEvent('click', { bubbles: true, ...place }));
";

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_is_one_picture_while_time_runs_and_every_message_a_button_when_it_stands() {
    case("crowd", "local-write", async |case| {
        let page = &case.page;
        for number in 1..=60 {
            let note = json!({ "title": format!("Note {number}") });
            case.server.request("POST", "/note", Via::GatewayTo(1), &note).await;
        }
        page.catch_up().await;
        page.click("play").await;
        page.until("time stands still", "one('slowness').dataset.state == 'paused'").await;
        let writes = (1..=60).map(async |note| {
            let (path, title) = (format!("/note/{note}"), json!({ "title": "All at once" }));
            case.server.request("PATCH", &path, Via::GatewayTo(2 + note % 3), &title).await
        });
        join_all(writes).await;
        page.until_still("one('behind').dataset.behind").await;
        pace(page, "50").await;
        page.click("play").await;
        page.until("there is a crowd", "one('crowd')?.dataset.count > 100").await;
        pace(page, "1000").await;
        page.until_equal("no message is shown twice", "all('[data-testid=pill]').length", 0).await;
        page.picture("crowd-runs").await;
        page.run(PRESS).await;
        page.until("it is full of messages", "window.covered > 20000").await;
        page.until("what was pressed stands out", "document.querySelector('.selected > [data-testid=pill]')").await;
        page.until("and is shown", "one('tab-message').getAttribute('aria-selected') == 'true'").await;
        page.until("time stands still", "one('slowness').dataset.state == 'paused'").await;
        page.until("every message is a button", "!one('crowd') && all('[data-testid=pill]').length > 40").await;
        page.picture("crowd-stands").await;
        assert_eq!(page.console_errors().await, Vec::<String>::new());
    })
    .await;
}
