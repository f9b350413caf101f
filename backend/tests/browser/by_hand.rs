//! Each click that asks the server of something shows the curl line that does the same, in one place.

use serde_json::json;

use crate::case::{Case, PROJECTOR, case};

/// The sizes of the pictures.
const SIZES: [(u32, u32, &str); 3] = [(1280, 720, "projector"), (1920, 1080, "desk"), (390, 844, "phone")];

const LINE: &str = "text('by-hand-line')";
/// Where the parts of the page are.
const PLACES: &str =
    "['stage', 'strip', 'tab-steps', 'play'].map(part => JSON.stringify(one(part).getBoundingClientRect())).join()";

async fn pictures(case: &Case, name: &str) {
    for (width, height, size) in SIZES {
        case.page.resize(width, height).await;
        case.page.until("nothing is scrolled sideways", "document.scrollingElement.scrollWidth <= innerWidth").await;
        for scheme in ["light", "dark"] {
            case.page.prefer(scheme).await;
            case.page.picture(&format!("{name}-{size}-{scheme}")).await;
        }
    }
    case.page.resize(PROJECTOR.0, PROJECTOR.1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_click_that_asks_shows_its_curl_line_and_nothing_moves() {
    case("by-hand", "remote-write", async |case| {
        let home = case.server.home();
        case.page.until("the place is there before", "text('by-hand').includes('appear here as curl')").await;
        let places = case.page.evaluate(PLACES).await;
        case.page.click("mode-local-write").await;
        let put = format!(
            "curl -i -X PUT {home}cluster/mode -H 'Content-Type: application/json' -d '{{\"mode\":\"local-write\"}}'"
        );
        case.page.until_equal("the mode's line", LINE, put.as_str()).await;
        assert_eq!(case.page.evaluate(PLACES).await, places, "nothing has moved");

        case.page.until_equal("it is done", "one('mode-local-write').ariaPressed", "true").await;
        case.page.catch_up().await;
        case.page.click("create-first").await;
        let post = format!(
            "curl -i -X POST {home}note -H 'Content-Type: application/json' \
             -d '{{\"title\":\"Hello world\",\"body\":\"first note\"}}'"
        );
        case.page.until_equal("the note's line", LINE, post.as_str()).await;
        assert_eq!(case.page.evaluate(PLACES).await, places, "nothing has moved");
        case.page.until("it is made", "text('replica-4-note-1').includes('Hello world')").await;

        case.page.click("tab-compose").await;
        case.page.click("compose-method-delete").await;
        case.page.click("compose-send").await;
        case.page.until_equal("the composed one", LINE, format!("curl -i -X DELETE {home}note/1")).await;
        case.page.click("by-hand-more").await;
        let earlier = "all('[data-testid=by-hand-earlier] code').map(line => line.textContent)";
        case.page.until_equal("those before it, the latest first", earlier, json!([post, put])).await;
        pictures(case, "by-hand").await;
        case.page.click("by-hand-more").await;

        case.page.click("by-hand-close").await;
        case.page
            .until("they are put away", "!one('by-hand-line') && text('by-hand').includes('appear here as curl')")
            .await;
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_shows_all_its_lines() {
    case("by-hand-compare", "remote-write", async |case| {
        case.page.until_at_live().await;
        case.page.click("compare-open").await;
        for (field, value) in [("compare-notes", "1"), ("compare-writes", "4")] {
            case.page.fill(field, value).await;
            case.page.run(&format!("one('{field}').dispatchEvent(new Event('change', {{ bubbles: true }}))")).await;
        }
        case.page.click("compare-run").await;
        let within = "one('compare').querySelector('[data-testid=by-hand-line]')?.textContent ?? ''";
        case.page.until("the dialog shows the latest", &format!("({within}).startsWith('curl -i -X ')")).await;
        case.page.until("it is over", "one('compare').querySelector('table')").await;
        let back = "{\"mode\":\"remote-write\"}";
        case.page.until("the last goes back", &format!("({within}).includes('{back}')")).await;
        case.page.picture("by-hand-compare").await;
        case.page.click("compare-close").await;
        // A note made and taken away, two modes and back, four writes in each.
        case.page.until_equal("all were told", "text('by-hand-more')", "12 earlier").await;
        let writes =
            "all('[data-testid=by-hand-earlier] code').filter(line => line.textContent.includes('PATCH')).length";
        case.page.until_equal("each write is there", writes, 8).await;
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
    })
    .await;
}
