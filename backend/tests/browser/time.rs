//! Pause, single step, a look into a message, the jump to live: the cursor moves, the cluster does not care.

use serde_json::json;

use crate::case::case;
use crate::page::Page;
use crate::server::Via;

const BEHIND: &str = "Number(one('behind').dataset.behind)";
const STEPS_IN_THEIR_LIST: &str = "(() => {
    const list = one('steps').getBoundingClientRect();
    const lines = all('[data-testid=steps] li').map(line => line.getBoundingClientRect());
    return lines.length > 1 && lines.every(line => line.left >= list.left && line.right <= list.right);
})()";

#[tokio::test(flavor = "multi_thread")]
async fn the_show_can_be_paused_stepped_and_caught_up_with() {
    case("time", "remote-write", async |case| {
        case.page.until_at_live().await;
        case.page.click("play").await;
        case.page.until_equal("it is paused", "one('play').dataset.playing", "no").await;

        case.server.request("POST", "/note", Via::Gateway, &json!({ "title": "Hello world" })).await;
        case.page.until("events wait to be shown", &format!("{BEHIND} > 10")).await;
        assert_eq!(case.page.evaluate("!!one('replica-1-note-1')").await, json!(false), "nothing moves while paused");

        case.page.until_still(BEHIND).await;
        let mut before = step(&case.page).await;
        // The next event after a request's arrival is the first message's departure.
        while case.page.evaluate("!one('pill')").await == json!(true) {
            before = step(&case.page).await;
        }
        case.page.until("steps still to come stand in their list too", STEPS_IN_THEIR_LIST).await;
        case.page.picture("paused-after-a-step").await;
        case.page.click("pill").await;
        case.page.until("its payload is shown", "text('detail-payload').includes('Hello world')").await;
        case.page.picture("paused-with-payload").await;
        case.page.click("step-back").await;
        case.page.until_equal("the step is taken back", BEHIND, before).await;

        case.page.catch_up().await;
        case.page.until("the note is shown", "text('replica-4-note-1').includes('Hello world')").await;
    })
    .await;
}

/// Takes a step; returns how far the show was behind before it.
async fn step(page: &Page) -> u64 {
    let before = page.evaluate(BEHIND).await.as_u64().expect("it is a count");
    page.click("step").await;
    page.until(&format!("a step is taken from {before}"), &format!("{BEHIND} < {before}")).await;
    before
}
