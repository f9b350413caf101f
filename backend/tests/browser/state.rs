//! The State tab: copies as they are at the cursor, what a step changed, digests, and the tokens with their trail.

use serde_json::json;

use crate::case::{Case, PROJECTOR, case};
use crate::server::Via;

/// The sizes of the pictures.
const SIZES: [(u32, u32, &str); 3] = [(1280, 720, "projector"), (1920, 1080, "desk"), (390, 844, "phone")];

/// Writes note 1 at a replica; the first write creates it.
async fn write(case: &Case, replica: u8, title: &str) {
    let (method, path) = if title == "first" { ("POST", "/note") } else { ("PATCH", "/note/1") };
    let (status, body) = case.server.request(method, path, Via::Replica(replica), &json!({ "title": title })).await;
    assert!(status < 300, "{body}");
}

async fn pictures(case: &Case, name: &str) {
    for (width, height, size) in SIZES {
        case.page.resize(width, height).await;
        for scheme in ["light", "dark"] {
            case.page.prefer(scheme).await;
            case.page.picture(&format!("{name}-{size}-{scheme}")).await;
        }
    }
    case.page.resize(PROJECTOR.0, PROJECTOR.1).await;
}

/// Steps on until an expression is true.
async fn step_until(case: &Case, claim: &str, expression: &str) {
    for _ in 0..200 {
        if case.page.evaluate(&format!("!!({expression})")).await == json!(true) {
            return;
        }
        let before = case.page.evaluate("one('behind').dataset.behind").await;
        case.page.click("step").await;
        case.page.until("a step is taken", &format!("one('behind').dataset.behind != {before}")).await;
        case.page.until_still("all('.flight').map(flight => flight.style.cssText).join()").await;
    }
    panic!("{claim}: `{expression}` does not come true");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_stale_and_grey_before_it_is_newest_and_committed() {
    case("state", "remote-write", async |case| {
        write(case, 1, "first").await;
        write(case, 1, "buy milk and bread").await;
        case.page.catch_up().await;
        case.page.click("tab-state").await;
        case.page.until("all agree", "all('.state .digest[data-agrees=yes]').length == 4").await;
        case.page.until("nothing is grey at rest", "all('.note-row.open, .state-table td.open').length == 0").await;
        case.page.click("play").await;
        write(case, 3, "buy tea and bread").await;
        case.page.until("there is something to show", "one('behind').dataset.behind > 5").await;

        let cells = "all('[data-testid=state-note-1] td')";
        step_until(case, "the primary is ahead", &format!("{cells}[0].classList.contains('open')")).await;
        assert_eq!(
            case.page.evaluate(&format!("{cells}.map(cell => cell.dataset.mark)")).await,
            json!(["newest", "stale", "stale", "stale"])
        );
        case.page.until("the step says it", "text('state-news').includes('R1: note 1 v2 → v3')").await;
        case.page.until("so does the cell", &format!("{cells}[0].title.includes('v2 → v3')")).await;
        case.page.until("the stage is grey too", "one('replica-1-note-1').classList.contains('open')").await;
        let agrees = "all('.card > .digest').map(bar => bar.dataset.agrees)";
        assert_eq!(case.page.evaluate(agrees).await, json!(["no", "yes", "yes", "yes"]));
        case.page.click("state-note-1-open").await;
        case.page
            .until(
                "the words that differ are marked",
                "all('.note-text mark').map(mark => mark.textContent.trim()).join() == 'milk'",
            )
            .await;
        case.page.until("it lights up on the stage", "one('replica-2-note-1').classList.contains('pointed')").await;
        pictures(case, "state-stale").await;

        case.page.catch_up().await;
        case.page
            .until(
                "the newest is everywhere",
                &format!("{cells}.every(cell => cell.dataset.mark == 'newest' && !cell.classList.contains('open'))"),
            )
            .await;
        case.page.until("all agree again", "all('.card > .digest[data-agrees=yes]').length == 4").await;
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_tells_where_it_was_and_warns_of_ping_pong() {
    case("tokens", "local-write", async |case| {
        write(case, 1, "first").await;
        for round in 0..3 {
            write(case, 3, &format!("third {round}")).await;
            write(case, 1, &format!("again {round}")).await;
        }
        case.page.catch_up().await;
        case.page.click("tab-state").await;
        let trail = "all('[data-testid=token-1] .token-chip').map(chip => chip.textContent).join(' ')";
        case.page.until_equal("the trail is told", trail, "R1 R3 R1 R3 R1 R3 R1").await;
        case.page
            .until(
                "so is the warning",
                "text('ping-pong').includes('6 handoffs of note 1 for 7 writes between R1 and R3')",
            )
            .await;
        case.page
            .run("one('token-1').scrollIntoView(); one('token-1').dispatchEvent(new PointerEvent('pointerover', { bubbles: true }))")
            .await;
        case.page.until("the handoffs are drawn", "all('.handoff').length == 4").await;
        case.page.until("the caption warns", "text('caption-ping-pong').includes('6 handoffs')").await;
        pictures(case, "tokens").await;
        case.page.run("all('[data-testid=token-1] .token-chip')[1].click()").await;
        case.page.until_equal("a chip goes to its handoff", trail, "R1 R3").await;
        case.page.until("the step is the handoff", "text('state-news').includes('primary')").await;
        case.page.until("R3 wears the crown then", "one('replica-3-note-1-crown')").await;
        case.server.request("DELETE", "/note/1", Via::Replica(1), &json!(null)).await;
        case.page.catch_up().await;
        let cells = "all('[data-testid=state-note-1] td')";
        case.page.until("it is deleted", &format!("{cells}.every(cell => cell.dataset.mark == 'deleted')")).await;
        let cut = "all('.state-table td').filter(cell => [...cell.querySelectorAll('.value, small')].some(part =>
            part.getBoundingClientRect().right > cell.getBoundingClientRect().right)).length";
        case.page.until_equal("and no cell is cut", cut, 0).await;
        case.page.picture("state-deleted").await;
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
    })
    .await;
}
