//! Pause, single step and the jump to live: the cursor moves, the cluster does not care.

use serde_json::json;

use crate::case::case;

const BEHIND: &str = "Number(one('behind').dataset.behind)";

#[tokio::test(flavor = "multi_thread")]
async fn the_show_can_be_paused_stepped_and_caught_up_with() {
    case("time", "remote-write", async |case| {
        case.page.until_at_live().await;
        case.page.click("play").await;
        case.page.until_equal("it is paused", "one('play').getAttribute('aria-label')", "Play").await;

        case.server.request("POST", "/note", None, &json!({ "title": "Hello world" })).await;
        case.page.until("events wait to be shown", &format!("{BEHIND} > 10")).await;
        assert_eq!(case.page.evaluate("!!one('replica-1-note-1')").await, json!(false), "nothing moves while paused");

        case.page.until_still(BEHIND).await;
        let paused = number(&case.page.evaluate(BEHIND).await);
        case.page.click("step").await;
        case.page.until(&format!("a step is taken from {paused}"), &format!("{BEHIND} < {paused}")).await;
        case.page.until("the first message is under way", "one('pill')").await;
        case.page.picture("paused-after-a-step").await;
        case.page.click("step-back").await;
        case.page.until_equal("the step is taken back", BEHIND, paused).await;

        case.page.click("live").await;
        case.page.until_at_live().await;
        case.page.until("the note is shown", "text('replica-4-note-1').includes('Hello world')").await;
    })
    .await;
}

fn number(value: &serde_json::Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is not a count"))
}
