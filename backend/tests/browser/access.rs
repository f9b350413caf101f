//! For everyone: Korean and English, every theme, projector and phone, and nothing serious that axe finds.

use serde_json::{Value, json};

use crate::case::{Case, PROJECTOR, case};
use crate::page::Page;
use crate::server::Via;

/// Visible words in Latin letters that are no name: what is not Korean although the page is.
const ENGLISH: &str = r"(() => {
    const names = /^(Baton|English|curl|cargo xtask serve|X-[A-Z][A-Za-z-]*|GET|POST|PUT|PATCH|DELETE|JSON|Lamport|Hello|world|van|Steen|Tanenbaum|Distributed|Systems|x|ack|ShiViz|SVG|Mermaid|[WR][1-9]|[pve][0-9]+|ms|e|all|local|committed|session|linearizable|majority|primary|remote-write|local-write|auto|off|note|docs|PROTOCOL|md|P|L|W|R|KiB)$/;
    const skip = '.step-lines li:not(.fault), pre, code, kbd, .because-rule, .note-title, option, [lang=en], .unseen, svg';
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        if (parent.closest(skip) || !parent.checkVisibility()) continue;
        const words = walker.currentNode.textContent.match(/[A-Za-z][A-Za-z-]*[0-9]*/g) ?? [];
        if (words.some(word => !names.test(word))) found.push(walker.currentNode.textContent.trim());
    }
    return found;
})()";

#[tokio::test(flavor = "multi_thread")]
async fn korean_is_complete_and_remembered() {
    case("korean", "local-write", async |case| {
        write(case).await;
        let moment = "one('position').textContent.match(/[0-9]+/g).join(' ')";
        case.page.click("step-back").await;
        let before = case.page.evaluate(moment).await;
        case.page.click("language").await;
        case.page.until_equal("the page says its language", "document.documentElement.lang", "ko").await;
        case.page.until_equal("the same moment is on the screen", moment, before).await;
        case.page.until_equal("the switch keeps the focus", "document.activeElement.dataset.testid", "language").await;
        for tab in tabs(&case.page).await {
            case.page.click(&tab).await;
            case.page.until_equal(&format!("nothing in {tab} is English"), ENGLISH, json!([])).await;
        }
        case.page.press("?").await;
        case.page.until("the keys are shown", "one('palette')?.open").await;
        case.page.until_equal("nothing in the keys is English", ENGLISH, json!([])).await;
        case.page.click("palette-close").await;
        case.page.press("/").await;
        case.page.type_into("search", "kind:write").await;
        case.page.until("it is counted", "/[0-9]+개/.test(text('search-said'))").await;
        case.page.until_equal("nothing in the search is English", ENGLISH, json!([])).await;
        case.page.click("search-close").await;
        case.page.until("the title is Korean", "/복제/.test(document.title)").await;
        pictures(&case.page, "korean").await;
        case.page.run("location.reload()").await;
        case.page
            .until("it is remembered", "document.documentElement.lang == 'ko' && /재생|정지/.test(text('play'))")
            .await;
        case.page.click("language").await;
        case.page.until("and back", "document.documentElement.lang == 'en' && /Play|Pause/.test(text('play'))").await;
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_serious() {
    case("axe", "local-write", async |case| {
        let axe = axe_core();
        case.page.run(&axe).await;
        check(&case.page, "empty").await;
        write(case).await;
        for theme in ["light", "dark", "contrast"] {
            let choose = format!(
                "const select = one('theme'); select.value = '{theme}'; \
                 select.dispatchEvent(new Event('change', {{ bubbles: true }}));"
            );
            case.page.run(&choose).await;
            case.page.until_equal("the theme is shown", "document.documentElement.dataset.theme", theme).await;
            for tab in tabs(&case.page).await {
                case.page.click(&tab).await;
                check(&case.page, &format!("{theme}, {tab}")).await;
            }
            case.page.picture(&format!("axe-{theme}")).await;
        }
        case.page.click("settings").await;
        check(&case.page, "settings open").await;
        case.page.picture("settings").await;
        case.page.click("settings").await;
        case.page.press("?").await;
        case.page.until("the keys are shown", "one('palette')?.open").await;
        check(&case.page, "keys").await;
        case.page.click("palette-close").await;
        case.page.press("/").await;
        case.page.type_into("search", "kind:hatch").await;
        case.page.until("it is wrong", "text('search-said').includes('hatch')").await;
        check(&case.page, "a wrong search").await;
        case.page.fill("search", "kind:write").await;
        case.page.until("it is counted", "/^[0-9]/.test(text('search-said').trim())").await;
        case.page.click("tab-diagram").await;
        check(&case.page, "a search in the diagram").await;
        case.page.click("mode-remote-write").await;
        case.page.until("its curl line is there", "one('by-hand-line')").await;
        case.page.resize(320, 640).await;
        check(&case.page, "phone").await;
        case.page.until("nothing is scrolled sideways", "document.scrollingElement.scrollWidth <= innerWidth").await;
        case.page.resize(PROJECTOR.0, PROJECTOR.1).await;
        case.page.click("language").await;
        case.page.until_equal("Korean", "document.documentElement.lang", "ko").await;
        check(&case.page, "Korean").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_system_and_the_keyboard_change_the_look() {
    case("look", "remote-write", async |case| {
        write(case).await;
        let root = |name: &str| format!("document.documentElement.dataset.{name}");
        case.page.prefer_all(&[("prefers-reduced-motion", "reduce"), ("prefers-contrast", "more")]).await;
        case.page.until_equal("motion stops while the page is open", &root("still"), "on").await;
        case.page.until_equal("and contrast grows", &root("theme"), "contrast").await;
        case.page.prefer_all(&[]).await;
        case.page.until_equal("and back", &root("still"), "off").await;
        let size = "parseFloat(getComputedStyle(document.documentElement).fontSize)";
        let before = case.page.evaluate(size).await.as_f64().unwrap_or_default();
        case.page.press("p").await;
        case.page.until("type is 1.6 times as large", &format!("{size} >= 1.59 * {before}")).await;
        case.page.until("the reason is told below the stage", "text('captions').length > 40").await;
        pictures(&case.page, "projector-mode").await;
        case.page.press("p").await;
        case.page.until("and back", &format!("{size} == {before}")).await;
    })
    .await;
}

fn axe_core() -> String {
    let path = std::env::var("AXE")
        .unwrap_or_else(|_| panic!("AXE names no axe.min.js; `cargo xtask test --only browser` gets one and names it"));
    std::fs::read_to_string(path).expect("axe.min.js can be read")
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

async fn tabs(page: &Page) -> Vec<String> {
    let tabs = page.evaluate("all('[role=tab]').map(tab => tab.dataset.testid)").await;
    serde_json::from_value(tabs).expect("they are names")
}

async fn write(case: &Case) {
    for replica in [1, 2] {
        let (status, _) =
            case.server.request("POST", "/note", Via::GatewayTo(replica), &json!({ "title": "Hello world" })).await;
        assert_eq!(status, 201);
    }
    case.page.catch_up().await;
    case.page.until("the notes are everywhere", "all('[data-testid$=\"-note-2\"]').length == 4").await;
}

async fn pictures(page: &Page, name: &str) {
    for (width, height) in [(1280, 720), (1920, 1080), (390, 844)] {
        page.resize(width, height).await;
        for scheme in ["light", "dark"] {
            page.prefer(scheme).await;
            page.picture(&format!("{name}-{width}-{scheme}")).await;
        }
        page.until("nothing is scrolled sideways", "document.scrollingElement.scrollWidth <= innerWidth").await;
    }
    page.resize(PROJECTOR.0, PROJECTOR.1).await;
}
