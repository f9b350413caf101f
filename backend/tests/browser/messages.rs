//! Writes from outside the browser: each message of the feed is seen to travel, and the notes follow.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::case::case;

/// Returns the kind of pill for a step of remote-write's figure.
fn remote_write_kind(step: &str) -> &'static str {
    match step {
        "W1" | "W2" => "write",
        "W3" => "update",
        "W4" => "ack",
        "W5" => "reply",
        _ => panic!("{step} is no step of a write"),
    }
}

/// Returns the kind of pill for a step of local-write's figure.
fn local_write_kind(step: &str) -> &'static str {
    match step {
        "W1" => "write",
        "W2" => "move",
        "W3" => "reply",
        "W4" => "update",
        "W5" => "ack",
        _ => panic!("{step} is no step of a write"),
    }
}

fn kinds(messages: &BTreeMap<String, String>, kind: fn(&str) -> &'static str) -> BTreeMap<String, String> {
    messages.iter().map(|(message, step)| (message.clone(), kind(step).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remote_write_is_seen_from_request_to_reply() {
    case("remote-write", "remote-write", async |case| {
        case.page.record_pills().await;
        let mut feed = case.server.feed().await;
        let note = json!({ "title": "Hello world", "body": "from curl" });
        let (status, body) = case.server.request("POST", "/note", Some(2), &note).await;
        assert_eq!((status, body), (201, json!({ "res": true, "id": 1 })));
        let messages = feed.messages_until_reply().await;
        // To replica 2 and back, forward and back, three updates and their acknowledgements.
        assert_eq!(messages.len(), 10, "{messages:?}");

        case.page.until("an update travels", "pill('update')").await;
        case.page.picture("remote-write-update").await;
        case.page.until_pills_were(&kinds(&messages, remote_write_kind)).await;
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
async fn a_local_write_moves_the_crown_of_its_note() {
    case("local-write", "local-write", async |case| {
        let note = json!({ "title": "Hello world", "body": "first" });
        case.server.request("POST", "/note", Some(1), &note).await;
        case.page.until("replica 1 holds the note", "one('replica-1-note-1-crown')").await;
        case.page.until_at_live().await;

        case.page.record_pills().await;
        let mut feed = case.server.feed().await;
        let patch = json!({ "title": "Hello world patch!", "body": "patch note" });
        let (status, body) = case.server.request("PATCH", "/note/1", Some(3), &patch).await;
        assert_eq!((status, body), (200, json!({ "res": true })));
        let messages = feed.messages_until_reply().await;

        case.page.until("the crown travels", "all('[data-testid=pill][data-crown=true]').length").await;
        case.page.picture("local-write-crown").await;
        case.page.until("replica 3 wears it", "one('replica-3-note-1-crown')").await;
        case.page.until("replica 1 does not", "!one('replica-1-note-1-crown')").await;
        case.page.until_pills_were(&kinds(&messages, local_write_kind)).await;
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
