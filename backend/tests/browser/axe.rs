//! axe finds nothing serious: on every tab, in every dialog and look, on a phone, in a saved run, in Korean.

use serde_json::Value;

use crate::access::{tabs, write};
use crate::case::{Case, PROJECTOR, case};
use crate::keyboard::{DIALOGS, stopped_at_a_message};
use crate::page::Page;

const LOOKS: [&str; 3] = ["light", "dark", "contrast"];

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_serious_on_any_tab() {
    case("axe", "local-write", async |case| {
        begin(&case.page).await;
        check(&case.page, "empty").await;
        write(case).await;
        stopped_at_a_message(case).await;
        assert!(tabs(&case.page).await.contains(&"tab-message".to_owned()), "the message is one of the tabs");
        for look in LOOKS {
            choose(&case.page, look).await;
            for tab in tabs(&case.page).await {
                case.page.click(&tab).await;
                check(&case.page, &format!("{look}, {tab}")).await;
            }
            case.page.picture(&format!("axe-{look}")).await;
        }
        case.page.resize(320, 640).await;
        for tab in tabs(&case.page).await {
            case.page.click(&tab).await;
            check(&case.page, &format!("phone, {tab}")).await;
        }
        case.page.until("nothing is scrolled sideways", "document.scrollingElement.scrollWidth <= innerWidth").await;
        case.page.resize(PROJECTOR.0, PROJECTOR.1).await;
        case.page.click("language").await;
        case.page.until_equal("Korean", "document.documentElement.lang", "ko").await;
        check(&case.page, "Korean").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_serious_in_any_dialog() {
    case("axe-dialogs", "local-write", async |case| {
        begin(&case.page).await;
        write(case).await;
        for look in LOOKS {
            choose(&case.page, look).await;
            for (button, dialog) in DIALOGS {
                case.page.click(button).await;
                case.page.until("it opens", &format!("one('{dialog}')?.open")).await;
                if dialog == "compare" && look == LOOKS[0] {
                    case.page.click("compare-run").await;
                    case.page.until("both are compared", "one('compared')").await;
                }
                check(&case.page, &format!("{look}, {dialog}")).await;
                case.page.picture(&format!("dialog-{dialog}-{look}")).await;
                case.page.click(&format!("{dialog}-close")).await;
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_serious_on_a_projector_over_the_stage_or_in_a_saved_run() {
    case("axe-modes", "local-write", async |case| {
        begin(&case.page).await;
        stopped_at_a_message(case).await;
        for look in LOOKS {
            choose(&case.page, look).await;
            case.page.press("p").await;
            check(&case.page, &format!("{look}, projector")).await;
            case.page.press("p").await;
            case.page.click("tab-diagram").await;
            case.page.click("diagram-wide").await;
            check(&case.page, &format!("{look}, wide diagram")).await;
            case.page.click("diagram-wide").await;
        }
        open_saved(case).await;
        for tab in tabs(&case.page).await {
            case.page.click(&tab).await;
            check(&case.page, &format!("saved run, {tab}")).await;
        }
        case.page.picture("axe-saved").await;
    })
    .await;
}

async fn open_saved(case: &Case) {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let run = folder.path().join("run.jsonl");
    let event = "{\"seq\":1,\"at\":0,\"node\":\"r2\",\"stamp\":{\"lamport\":1,\"vector\":[0,0,1]},\"kind\":{\"committed\":{\"group\":\"store\",\"seq\":0}}}";
    std::fs::write(&run, event).expect("the folder can be written");
    case.page.click("open-files").await;
    case.page.upload("files-open", &run).await;
    case.page.until("the run is shown", "one('saved') && one('saved-wrong')").await;
}

/// Brings axe onto the page.
async fn begin(page: &Page) {
    let path = std::env::var("AXE")
        .unwrap_or_else(|_| panic!("AXE names no axe.min.js; `cargo xtask test --only browser` gets one and names it"));
    let axe = std::fs::read_to_string(path).expect("axe.min.js can be read");
    page.run(&axe).await;
}

async fn choose(page: &Page, look: &str) {
    page.click("settings-open").await;
    page.until("the settings open", "one('settings')?.open").await;
    let choose = format!(
        "const select = one('theme'); select.value = '{look}'; \
         select.dispatchEvent(new Event('change', {{ bubbles: true }}));"
    );
    page.run(&choose).await;
    page.click("settings-close").await;
    page.until_equal("the look is shown", "document.documentElement.dataset.theme", look).await;
}

async fn check(page: &Page, claim: &str) {
    let run = "const done = arguments[arguments.length - 1]; \
               axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => done(violations \
               .filter(found => ['serious', 'critical'].includes(found.impact)) \
               .flatMap(found => found.nodes.map(node => [found.id, node.html.slice(0, 200), \
               node.any.map(check => check.message).join(' ')].join(' | ')))));";
    let found = page.evaluate_later(run).await;
    assert_eq!(found, Value::Array(Vec::new()), "{claim}: {found:#}");
}
