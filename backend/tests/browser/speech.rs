//! What is spoken: every event, but no storm; and what is said in one language follows the switch to the other.

use serde_json::json;

use crate::case::{Case, case};
use crate::page::Page;
use crate::server::Via;

/// Notes what the live region says, and when.
const LISTEN: &str = "window.said = [];
    new MutationObserver(() => said.push([performance.now(), text('speech')]))
        .observe(one('speech'), { childList: true, characterData: true, subtree: true });";
/// Whether what the caption says is what was spoken last.
const SPOKEN: &str = "(said => said && text('caption').includes(said))(text('speech').trim().split('then: ').pop())";
/// How many events the sentences stand for.
const TOLD: &str =
    "said.reduce((sum, [, words]) => sum + 1 + Number(words.match(/^([0-9]+) more event/)?.[1] ?? 0), 0)";

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_is_spoken_in_few_sentences_that_count_what_they_leave_out() {
    case("speech", "local-write", async |case| {
        write(case, 2).await;
        case.page.catch_up().await;
        case.page.press("H").await;
        case.page.until("the moment is spoken", SPOKEN).await;
        case.page.run(LISTEN).await;
        let stops = "Number(one('strip').getAttribute('aria-valuenow'))";
        let before = case.page.evaluate(stops).await.as_u64().expect("a count");
        // At the real speed and live: what comes runs by in a moment.
        for _ in 0..12 {
            case.page.press("]").await;
        }
        case.page.press("l").await;
        write(case, 20).await;
        case.page.until_at_live().await;
        let after = case.page.evaluate(stops).await.as_u64().expect("a count");
        assert!(after > before + 100, "a burst: {before} to {after}");
        case.page.until_equal("every event is said or counted", TOLD, after - before).await;
        let storm = "said.slice(1).filter(([at], index) => at - said[index][0] < 950)";
        assert_eq!(case.page.evaluate(storm).await, json!([]), "two sentences within a second");
        let twice = "said.slice(1).filter(([, words], index) => words == said[index][1])";
        assert_eq!(case.page.evaluate(twice).await, json!([]), "nothing is said twice");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_by_hand_is_spoken_at_once_and_never_by_the_slider_too() {
    case("speech-steps", "local-write", async |case| {
        write(case, 2).await;
        case.page.catch_up().await;
        case.page.press("H").await;
        for _ in 0..3 {
            case.page.press("ArrowRight").await;
            case.page.until("the step is spoken", SPOKEN).await;
        }
        let value = "one('strip').getAttribute('aria-valuetext')";
        case.page.until("the slider says the number alone", &format!("/^event [0-9]+ of [0-9]+$/.test({value})")).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_follows_the_language_and_is_seen_in_the_dialog() {
    case("notice", "remote-write", async |case| {
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        let diary = folder.path().join("diary.txt");
        std::fs::write(&diary, "Dear diary,\n").expect("the folder can be written");
        case.page.click("open-files").await;
        case.page.upload("files-open", &diary).await;
        case.page.until("it says why", "text('notice').includes('expected on line 1')").await;
        seen_on_top(&case.page).await;
        case.page.picture("files-refused-in-dialog").await;
        case.page.click("files-close").await;
        seen_on_top(&case.page).await;
        case.page.click("language").await;
        case.page.until("it is Korean now", "text('notice').includes('diary.txt 파일을 열지 않았습니다')").await;
        case.page.click("language").await;
        case.page.until("and English again", "text('notice').includes('diary.txt was not opened')").await;
    })
    .await;
}

/// Expects one notice, and nothing in front of it.
async fn seen_on_top(page: &Page) {
    let seen = "(() => { const { left, top, width, height } = one('notice').getBoundingClientRect();
        return one('notice').contains(document.elementFromPoint(left + width / 2, top + height / 2)); })()";
    page.until("nothing covers it", seen).await;
    page.until_equal("it is there once", "all('[data-testid=notice]').length", 1).await;
}

/// Writes a note so many times, at two replicas in turn.
async fn write(case: &Case, times: usize) {
    let note = json!({ "title": "Hello" });
    case.server.request("POST", "/note", Via::GatewayTo(1), &note).await;
    for time in 1..times {
        let replica = if time % 2 == 0 { 1 } else { 3 };
        case.server.request("PATCH", "/note/1", Via::GatewayTo(replica), &note).await;
    }
}
