//! All commands and keys: found by typing, run with Enter, shown at a glance.

use serde_json::json;

use crate::case::{Case, PROJECTOR, case};
use crate::server::Via;

/// The sizes of the pictures.
const SIZES: [(u32, u32, &str); 3] = [(1280, 720, "projector"), (1920, 1080, "desk"), (390, 844, "phone")];

/// Keys as `WebDriver` names them.
const CONTROL: &str = "\u{E009}";
const ENTER: &str = "\u{E007}";
const ESCAPE: &str = "\u{E00C}";
const DOWN: &str = "\u{E015}";

const NAMES: &str = "all('[data-testid=command] > span:first-child').map(name => name.textContent)";
const IS_OPEN: &str = "one('palette')?.open";
const FOCUS: &str = "document.activeElement?.dataset.testid";

/// Opens the list from the tab of the steps, as a person at the keyboard does.
async fn open(case: &Case) {
    case.page.type_into("tab-steps", &format!("{CONTROL}k")).await;
    case.page.until("the list is open", IS_OPEN).await;
    case.page.until_equal("its field has the focus", FOCUS, "palette-field").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_found_by_its_name_and_run() {
    case("palette", "remote-write", async |case| {
        case.page.until_at_live().await;
        open(case).await;
        case.page.until("all are listed", &format!("{NAMES}.length > 35")).await;
        case.page.picture("palette").await;
        case.page.type_into("palette-field", "HANDOFF prev").await;
        case.page.until_equal("one is left", NAMES, json!(["Previous handoff"])).await;
        case.page.until_equal("with its key", "one('command').querySelector('kbd').textContent", "Shift+H").await;
        case.page.type_into("palette-field", ESCAPE).await;
        case.page.until("it is closed", &format!("!({IS_OPEN})")).await;
        case.page.until_equal("the focus is where it was", FOCUS, "tab-steps").await;

        open(case).await;
        case.page.type_into("palette-field", &format!("colours{DOWN}{DOWN}")).await;
        let reached = "document.getElementById(one('palette-field').getAttribute('aria-activedescendant')).textContent";
        case.page.until_equal("the third is reached", reached, "Colours: dark").await;
        case.page.type_into("palette-field", ENTER).await;
        case.page.until_equal("it is done", "document.documentElement.dataset.theme", "dark").await;
        case.page.until_equal("the focus is where it was", FOCUS, "tab-steps").await;

        open(case).await;
        case.page.type_into("palette-field", "no such thing").await;
        case.page.until("it says so", "one('palette-none')").await;
        case.page.type_into("palette-field", &format!("{ENTER}{ESCAPE}")).await;
        case.page.until("nothing is done", &format!("!({IS_OPEN})")).await;

        open(case).await;
        case.page.type_into("palette-field", &format!("switch local{ENTER}")).await;
        let pressed = "one('mode-local-write').getAttribute('aria-pressed')";
        case.page.until_equal("the mode is switched", pressed, "true").await;

        open(case).await;
        case.page.type_into("palette-field", &format!("korean{ENTER}")).await;
        case.page.until_equal("the language too", "document.documentElement.lang", "ko").await;
        open(case).await;
        case.page.type_into("palette-field", "작성").await;
        case.page.until_equal("names are those of the language", NAMES, json!(["요청 작성"])).await;
        case.page.type_into("palette-field", ENTER).await;
        case.page.until("a tab is opened", "one('compose-send')").await;
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_is_shown_in_words() {
    case("keys", "remote-write", async |case| {
        case.page.until_at_live().await;
        for (width, height, size) in SIZES {
            case.page.resize(width, height).await;
            if size == "phone" {
                case.page.click("open-keys").await;
            } else {
                case.page.press("?").await;
            }
            case.page.until("the keys are shown", IS_OPEN).await;
            case.page.until("also those of a part alone", "text('palette-local').includes('In the diagram')").await;
            let nameless = "all('[data-testid=command] kbd').filter(key => !key.textContent.trim()).length";
            case.page.until_equal("each key has a name", nameless, 0).await;
            case.page.until("nothing is scrolled sideways", "one('palette').scrollWidth <= innerWidth").await;
            let scroll = "document.querySelector('.palette-scroll')";
            case.page.until("and not within it", &format!("{scroll}.scrollWidth <= {scroll}.clientWidth")).await;
            if size != "phone" {
                let fits = format!("{scroll}.scrollHeight <= {scroll}.clientHeight");
                case.page.until("all are seen at once", &fits).await;
            }
            for scheme in ["light", "dark"] {
                case.page.prefer(scheme).await;
                case.page.picture(&format!("keys-{size}-{scheme}")).await;
            }
            case.page.click("palette-close").await;
            case.page.until("it is closed", &format!("!({IS_OPEN})")).await;
        }
        case.page.resize(PROJECTOR.0, PROJECTOR.1).await;
        case.page.press("4").await;
        case.page.until_equal("a number opens a tab", "one('tab-figure').ariaSelected", "true").await;
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

/// The keys that end a Korean letter, as browsers tell them: while it is being written, and in Safari when it is written.
#[tokio::test(flavor = "multi_thread")]
async fn the_key_that_ends_a_letter_does_nothing_else() {
    const END: &str =
        "const end = (target, key, code) => [{ isComposing: true }, { keyCode: 229 }].map(how => target.dispatchEvent(
        new KeyboardEvent('keydown', { key, code: code ?? key, bubbles: true, cancelable: true, ...how })));";
    case("composition", "remote-write", async |case| {
        let page = &case.page;
        case.server.request("POST", "/note", Via::Gateway, &json!({ "title": "first" })).await;
        page.catch_up().await;
        open(case).await;
        page.type_into("palette-field", "colours: dark").await;
        page.until_equal("one is left", NAMES, json!(["Colours: dark"])).await;
        page.run(&format!("{END} end(one('palette-field'), 'Enter')")).await;
        assert_eq!(page.evaluate(IS_OPEN).await, json!(true), "the list stays");
        assert_eq!(page.evaluate("document.documentElement.dataset.theme").await, json!("system"), "nothing is run");
        page.type_into("palette-field", ENTER).await;
        page.until_equal("the next one runs it", "document.documentElement.dataset.theme", "dark").await;

        page.run(&format!("{END} end(document.body, '2', 'Digit2')")).await;
        assert_eq!(page.evaluate("one('tab-steps').ariaSelected").await, json!("true"), "no tab is opened");
        page.press("/").await;
        page.type_into("search", "first").await;
        for key in ["Enter", "Escape"] {
            page.run(&format!("{END} end(one('search'), '{key}')")).await;
            assert_eq!(page.evaluate("one('slowness').dataset.state").await, json!("live"), "{key}: nothing is sought");
            assert_eq!(page.evaluate("one('search').value").await, json!("first"), "{key}: the search goes on");
        }
        page.type_into("search", ENTER).await;
        page.until_equal("the next one goes to a match", "one('slowness').dataset.state", "paused").await;
        page.click("tab-compose").await;
        page.click("compose-method-post").await;
        page.until("there are fields", "one('compose-title')").await;
        let sends = format!("{END} arguments[arguments.length - 1](end(one('compose-title'), 'Enter'))");
        assert_eq!(page.evaluate_later(&sends).await, json!([false, false]), "no form is sent");
        assert_eq!(page.console_errors().await, Vec::<String>::new());
    })
    .await;
}
