//! The keyboard reaches everything, shows where it is, and is kept in a dialog while one is open.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::case::{Case, case};
use crate::page::Page;
use crate::server::Via;

/// What has the focus: its name, and why its ring cannot be seen, if so; `null` behind the last element.
const FOCUSED: &str = "(() => {
    const focused = document.activeElement;
    if (!focused || focused == document.body) return null;
    const box = focused.matches('input[type=file]') ? focused.closest('label') : focused;
    const style = getComputedStyle(box);
    const name = focused.dataset.testid ?? focused.textContent.trim().slice(0, 30);
    const width = parseFloat(style.outlineWidth);
    if (style.outlineStyle == 'none' || width < 2) return [name, 'has no ring'];
    const { left, top, right, bottom } = box.getBoundingClientRect();
    const out = width + parseFloat(style.outlineOffset) - 1;
    const cuts = edge => left - out < edge.left || top - out < edge.top || right + out > edge.right || bottom + out > edge.bottom;
    for (let over = box.parentElement; over && over != document.documentElement; over = over.parentElement) {
        const { overflowX, overflowY } = getComputedStyle(over);
        if ((overflowX != 'visible' || overflowY != 'visible') && cuts(over.getBoundingClientRect())) {
            return [name, `is cut by ${over.className || over.tagName}`];
        }
        if (over.tagName == 'DIALOG') break;
    }
    return [name, ''];
})()";

/// Everything that is seen and can be pressed, by name; lists of steps and causes are reached like their first.
const CONTROLS: &str = "all('button, select, input, textarea, summary, [tabindex=\"0\"]')
    .filter(part => part.dataset.testid && part.checkVisibility() && !part.disabled && part.tabIndex >= 0 && !part.closest('dialog'))
    .map(part => part.dataset.testid)";

/// Each dialog and the button that opens it.
pub const DIALOGS: [(&str, &str); 4] = [
    ("settings-open", "settings"),
    ("guarantee-open", "guarantee-words"),
    ("open-files", "files"),
    ("compare-open", "compare"),
];

#[tokio::test(flavor = "multi_thread")]
async fn tab_reaches_everything_and_its_ring_is_whole() {
    case("tab-key", "local-write", async |case| {
        stopped_at_a_message(case).await;
        for tab in ["steps", "diagram", "state", "figure", "compose", "message"] {
            case.page.click(&format!("tab-{tab}")).await;
            case.page.until("the tab is here", "!document.querySelector('#side-panel > .hint[role=status]')").await;
            let reached = walk(&case.page, tab).await;
            let controls = case.page.evaluate(CONTROLS).await;
            let controls: BTreeSet<String> = serde_json::from_value(controls).expect("they are names");
            assert!(controls.len() > 15, "{tab}: {controls:?}");
            let missed: Vec<_> = controls.difference(&reached).collect();
            assert!(missed.is_empty(), "{tab}: the keyboard does not reach {missed:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dialog_takes_the_focus_keeps_it_and_gives_it_back() {
    case("dialogs", "remote-write", async |case| {
        case.page.until_at_live().await;
        for (button, dialog) in DIALOGS {
            let inside = format!("one('{dialog}').contains(document.activeElement)");
            open_by_key(&case.page, button, dialog).await;
            case.page.until(&format!("{dialog}: the focus goes in"), &inside).await;
            for _ in 0..20 {
                case.page.press("Tab").await;
                let kept = format!("document.activeElement == document.body || {inside}");
                assert_eq!(case.page.evaluate(&kept).await, json!(true), "{dialog}: the focus stays in");
            }
            case.page.press("Escape").await;
            closed(&case.page, button, dialog).await;
            open_by_key(&case.page, button, dialog).await;
            case.page.click(&format!("{dialog}-close")).await;
            closed(&case.page, button, dialog).await;
        }
    })
    .await;
}

async fn open_by_key(page: &Page, button: &str, dialog: &str) {
    page.run(&format!("one('{button}').focus()")).await;
    page.press("Enter").await;
    page.until(&format!("{dialog} opens"), &format!("one('{dialog}')?.open")).await;
}

async fn closed(page: &Page, button: &str, dialog: &str) {
    page.until(&format!("{dialog} closes"), &format!("!one('{dialog}')?.open")).await;
    page.until_equal("the focus returns", "document.activeElement.dataset.testid", button).await;
}

/// Presses the key from the first element to the last; returns the names of all, whose rings are seen.
async fn walk(page: &Page, tab: &str) -> BTreeSet<String> {
    // To the end, where the browser begins again.
    while page.evaluate(FOCUSED).await != Value::Null {
        page.press("Tab").await;
    }
    let mut reached = BTreeSet::new();
    for _ in 0..200 {
        page.press("Tab").await;
        let Value::Array(focused) = page.evaluate(FOCUSED).await else { return reached };
        let [name, wrong] = [0, 1].map(|index| focused[index].as_str().unwrap_or_default().to_owned());
        assert_eq!(wrong, "", "{tab}: `{name}`");
        reached.insert(name);
    }
    panic!("{tab}: the key has no end: {reached:?}");
}

/// Stops while a note is handed over, with the message open.
pub async fn stopped_at_a_message(case: &Case) {
    for replica in [1, 3] {
        let (method, path) = if replica == 1 { ("POST", "/note") } else { ("PATCH", "/note/1") };
        case.server.request(method, path, Via::GatewayTo(replica), &json!({ "title": "Hello" })).await;
    }
    case.page.catch_up().await;
    case.page.press("H").await;
    case.page.until("a message is under way", "one('pill')").await;
    case.page.run("one('pill').click()").await;
    case.page.until("its details are open", "one('tab-message')?.ariaSelected == 'true'").await;
}
