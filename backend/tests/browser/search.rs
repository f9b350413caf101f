//! The search for events: what matches is listed, stays bright and is gone through; the rest is folded away or pale.

use serde_json::{Value, json};

use crate::case::{Case, PROJECTOR, case};
use crate::server::Via;

/// The sizes of the pictures.
const SIZES: [(u32, u32, &str); 3] = [(1280, 720, "projector"), (1920, 1080, "desk"), (390, 844, "phone")];

const ENTER: &str = "\u{E007}";
const ESCAPE: &str = "\u{E00C}";

const SAID: &str = "text('search-said').trim()";
const LINES: &str = "all('.step-lines li').length";
const PALE: &str = "all('.strip .other, .diagram-part .other').length";

/// Note 1 is made by way of the gateway and changed straight at replica 3, note 2 is made at replica 2.
async fn write(case: &Case) {
    let title = |title: &str| json!({ "title": title });
    case.server.request("POST", "/note", Via::GatewayTo(1), &title("Hello world")).await;
    case.server.request("PATCH", "/note/1", Via::Replica(3), &title("Hello again")).await;
    case.server.request("POST", "/note", Via::Replica(2), &title("Other")).await;
    case.page.catch_up().await;
    case.page.until("all is shown", "text('replica-4-note-2').includes('Other')").await;
    case.page.until("there are steps", &format!("{LINES} > 8")).await;
}

async fn pictures(case: &Case, name: &str) {
    for (width, height, size) in SIZES {
        case.page.resize(width, height).await;
        case.page.until("nothing is scrolled sideways", "document.scrollingElement.scrollWidth <= innerWidth").await;
        case.page.run("one('search-bar').scrollIntoView()").await;
        for scheme in ["light", "dark"] {
            case.page.prefer(scheme).await;
            case.page.picture(&format!("{name}-{size}-{scheme}")).await;
        }
    }
    case.page.resize(PROJECTOR.0, PROJECTOR.1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_matches_is_gone_through_and_the_rest_is_folded_away() {
    case("search", "local-write", async |case| {
        write(case).await;
        let before = case.page.evaluate(LINES).await;
        case.page.press("n").await;
        case.page.until("nothing is searched for, and it says so", "text('hint').includes('press /')").await;
        case.page.press("/").await;
        case.page.until("the field has the focus", "document.activeElement?.dataset.testid == 'search'").await;

        case.page.type_into("search", "kind:handoff").await;
        case.page.until_equal("it is counted", SAID, "1 event matches.").await;
        case.page.until_equal("the steps are that one alone", LINES, 1).await;
        let folded = "document.querySelector('.step-lines li').dataset.folded";
        case.page.until("others are folded away", &format!("/^[1-9][0-9]* folded$/.test({folded})")).await;
        case.page.until("the timeline is pale", &format!("{PALE} > 5")).await;
        case.page.until("but for the match", "document.querySelector('.strip:not(.whole) .tick:not(.other)')").await;
        case.page.type_into("search", ENTER).await;
        case.page.until_equal("behind the last it begins again", "text('hint')", "from the first match again").await;
        case.page.until("the cursor is there", "text('why').includes('hands note 1')").await;

        case.page.fill("search", "kind:request title").await;
        case.page.until_equal("the steps are the requests", LINES, 3).await;
        case.page.type_into("search", ENTER).await;
        case.page.until_equal("the next one", SAID, "3 of 3 that match").await;
        case.page.run("one('search').blur()").await;
        case.page.press("N").await;
        case.page.until_equal("the one before, by key", SAID, "2 of 3 that match").await;
        case.page.press("n").await;
        case.page.press("n").await;
        case.page.until_equal("behind the last comes the first", SAID, "1 of 3 that match").await;
        pictures(case, "search").await;

        case.page.click("tab-diagram").await;
        let rows = |of: &str| format!("all('[data-testid=diagram-rows] [role=option]{of}')");
        let bright = rows(":not(.other)");
        case.page
            .until(
                "requests alone are bright",
                &format!("{bright}.every(row => /A client sends (POST|PATCH)/.test(row.textContent))"),
            )
            .await;
        case.page.until("there are some", &format!("{bright}.length > 0")).await;
        case.page.until("the others are pale", &format!("{}.length > 8", rows(".other"))).await;
        pictures(case, "search-diagram").await;

        case.page.click("tab-steps").await;
        case.page.type_into("search", ESCAPE).await;
        case.page.until("the search is over", &format!("!one('search-bar') && {PALE} == 0")).await;
        assert_eq!(case.page.evaluate(LINES).await, before, "all steps are there again");
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn menus_write_the_terms_and_what_is_wrong_is_said() {
    case("search-terms", "local-write", async |case| {
        write(case).await;
        case.page.click("search-open").await;
        let typed = "one('search').value";
        case.page.until("the field has the focus", "document.activeElement?.dataset.testid == 'search'").await;
        case.page.choose("search-client", "r3").await;
        case.page.until_equal("the term is written", typed, "client:r3").await;
        let lines = "all('.step-lines li').map(line => line.textContent)";
        case.page
            .until("the steps are of one request", &format!("{LINES} > 5 && !{lines}.join().includes('POST')"))
            .await;
        case.page.choose("search-note", "2").await;
        case.page.until_equal("both hold", SAID, "No event matches.").await;
        case.page.choose("search-client", "").await;
        case.page.until_equal("the other stays", typed, "note:2").await;
        case.page.choose("search-replica", "4").await;
        case.page.choose("search-kind", "ack").await;
        case.page.until_equal("all are written", typed, "note:2 replica:4 kind:ack").await;
        case.page.until("its acknowledgement", "/^[1-9] events match/.test(text('search-said').trim())").await;

        case.page.fill("search", "kind:hatch").await;
        case.page.until("it is said", "text('search-said').includes('There is no kind “hatch”')").await;
        case.page.until_equal("and nothing is hidden for it", PALE, 0).await;
        case.page.until_equal("readers hear it", "one('search').ariaInvalid", "true").await;
        pictures(case, "search-wrong").await;
        case.page.fill("search", "\"Hello again\"").await;
        case.page.until("words find what was written", &format!("{LINES} >= 1 && {PALE} > 5")).await;

        case.server.request("PATCH", "/note/1", Via::Replica(3), &json!({ "title": "Hello again" })).await;
        let grown = "text('search-said').trim() == '2 events match.'";
        case.page.until("what comes is searched, too", grown).await;
        case.page.click("language").await;
        case.page.until_equal("in another language the search goes on", typed, "\"Hello again\"").await;
        case.page.until("it counts in Korean", "/이벤트 2개/.test(text('search-said'))").await;
        pictures(case, "search-korean").await;
        case.page.fill("search", "종류:이양").await;
        case.page.until("its own words are taken", "/1개가|1번째/.test(text('search-said'))").await;
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_projector_the_search_is_there_too() {
    case("search-projector", "local-write", async |case| {
        write(case).await;
        case.page.press("p").await;
        case.page.until_equal("type is large", "document.documentElement.dataset.projector", "on").await;
        case.page.press("/").await;
        case.page.until("the field is seen", "one('search')?.getBoundingClientRect().height > 20").await;
        case.page.type_into("search", "kind:handoff").await;
        case.page.until_equal("it is counted", SAID, "1 event matches.").await;
        let apart = "one('search-bar').getBoundingClientRect().bottom <= one('stage').getBoundingClientRect().top + 1";
        case.page.until_equal("it lies on nothing", apart, Value::Bool(true)).await;
        case.page.picture("search-projector-mode").await;
        case.page.type_into("search", ESCAPE).await;
        case.page.until("it goes", "!one('search-bar')").await;
    })
    .await;
}
