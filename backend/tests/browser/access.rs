//! For everyone: Korean and English, what the system prefers, projector mode and forced colours.

use serde_json::json;

use crate::case::{Case, PROJECTOR, case};
use crate::keyboard::DIALOGS;
use crate::page::Page;
use crate::server::Via;

/// Visible words in Latin letters that are no name: what is not Korean although the page is.
const ENGLISH: &str = r"(() => {
    const names = /^(Baton|English|curl|cargo xtask serve|X-[A-Z][A-Za-z-]*|GET|POST|PUT|PATCH|DELETE|JSON|Lamport|Hello|world|van|Steen|Tanenbaum|Distributed|Systems|x|ack|ShiViz|SVG|Mermaid|[WR][1-9]|[pve][0-9]+|ms|e|all|local|committed|session|linearizable|majority|primary|remote-write|local-write|auto|off|note|docs|PROTOCOL|md|P|L|W|R|O|K|C|KiB|jsonl|html|Lines)$/;
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
        for (button, dialog) in DIALOGS {
            case.page.click(button).await;
            case.page.until("it opens", &format!("one('{dialog}')?.open")).await;
            case.page.until_equal(&format!("nothing in {dialog} is English"), ENGLISH, json!([])).await;
            case.page.click(&format!("{dialog}-close")).await;
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

/// How many elements a style sheet would move.
const MOVING: &str = "all('*').map(part => getComputedStyle(part)).filter(style => style.animationName != 'none'
    || style.scrollBehavior == 'smooth' || style.transitionDuration.split(', ').some(time => time != '0s')).length";

#[tokio::test(flavor = "multi_thread")]
async fn the_system_and_the_keyboard_change_the_look() {
    case("look", "remote-write", async |case| {
        write(case).await;
        let root = |name: &str| format!("document.documentElement.dataset.{name}");
        case.page.prefer_all(&[("prefers-reduced-motion", "reduce"), ("prefers-contrast", "more")]).await;
        case.page.until_equal("motion stops while the page is open", &root("still"), "on").await;
        case.page.until_equal("of every style, too", MOVING, 0).await;
        case.page.until_equal("and contrast grows", &root("theme"), "contrast").await;
        case.page.prefer_all(&[]).await;
        case.page.until_equal("and back", &root("still"), "off").await;
        case.page.until("styles move again", &format!("{MOVING} > 0")).await;
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

/// Which of the stage and the panel fills a projector's middle: what of them is seen, and the panel's name.
const MIDDLE: &str = "(() => {
    const side = document.querySelector('.side');
    const shown = [one('stage'), side].map(part => part.checkVisibility({ visibilityProperty: true }));
    const { width, height } = side.getBoundingClientRect();
    const fills = width == innerWidth && height > innerHeight / 2 && side.querySelector('#side-panel').textContent.length > 20;
    return shown[1] ? `${side.parentElement.dataset.tab}${fills ? '' : ' too small'}${shown[0] ? ' over the stage' : ''}`
        : shown[0] ? 'stage' : 'nothing';
})()";

#[tokio::test(flavor = "multi_thread")]
async fn a_projector_shows_every_part_large_and_says_what_is_looked_at() {
    case("projector-parts", "local-write", async |case| {
        for replica in [1, 2, 3, 4, 1, 2] {
            let note = json!({ "title": "Hello world" });
            case.server.request("POST", "/note", Via::GatewayTo(replica), &note).await;
        }
        case.server.request("PATCH", "/note/2", Via::GatewayTo(3), &json!({ "title": "Again" })).await;
        case.page.catch_up().await;
        case.page.press("p").await;
        case.page.until_equal("first the stage", MIDDLE, "stage").await;
        let badge =
            "document.querySelector('[data-testid=slowness] b').checkVisibility() && one('slowness').dataset.state";
        case.page.until_equal("the badge is seen", badge, "live").await;
        case.page.press("R").await;
        case.page.until_equal("the badge is seen", badge, "paused").await;
        case.page.until("the request is told", "text('captions').includes('PATCH /note/2')").await;
        case.page.until("the note that it is about is on the cards", "one('replica-4-note-2')").await;
        case.page.press("l").await;
        for (key, part) in [("2", "diagram"), ("3", "state"), ("4", "figure"), ("5", "compose")] {
            case.page.press(key).await;
            case.page.until_equal(&format!("{key} shows it large"), MIDDLE, part).await;
            case.page.until("the event is told all the same", "text('captions').length > 10").await;
            pictures(&case.page, &format!("projector-{part}")).await;
            case.page.press(if part == "state" { "Escape" } else { "1" }).await;
            case.page.until_equal("and back", MIDDLE, "stage").await;
        }
        case.page.press("d").await;
        case.page.until_equal("d shows the diagram", MIDDLE, "diagram").await;
        case.page.press("d").await;
        case.page.until_equal("and the stage again", MIDDLE, "stage").await;
        case.page.press("4").await;
        case.page.press("/").await;
        case.page.until("the search is seen", "one('search')?.checkVisibility()").await;
        case.page.until_equal("above what was open", MIDDLE, "figure").await;
        case.page.picture("projector-search").await;
        case.page.press("Escape").await;
        case.page.until("the search is over", "!one('search')").await;
        case.page.press("Escape").await;
        case.page.until_equal("and the stage again", MIDDLE, "stage").await;
        case.page.press("E").await;
        let hint = "document.querySelector('[data-testid=slowness] > span').checkVisibility() && text('slowness')";
        case.page.until("what there is none of is said", &format!("({hint}).includes('no earlier error')")).await;
        case.page.press("g").await;
        case.page.until_equal("the gate is shut", badge, "gated").await;
        case.page.until_equal("and the stage is seen", MIDDLE, "stage").await;
        case.page.press("g").await;
    })
    .await;
}

/// Where the system forces its colours, what is told by grounds and hatching is told all the same.
#[tokio::test(flavor = "multi_thread")]
async fn forced_colours_leave_everything_to_be_told_apart() {
    case("forced", "local-write", async |case| {
        write(case).await;
        case.server.request("PATCH", "/note/1", Via::GatewayTo(3), &json!({ "title": "Again" })).await;
        case.page.catch_up().await;
        case.page.press("H").await;
        case.page.until("a message is under way", "one('pill')").await;
        for scheme in ["light", "dark"] {
            case.page.prefer_all(&[("prefers-color-scheme", scheme), ("forced-colors", "active")]).await;
            case.page.until("colours are forced", "matchMedia('(forced-colors: active)').matches").await;
            let apart = "(() => {
                const style = (part, property) => part && getComputedStyle(part)[property];
                const ground = style(document.body, 'backgroundColor');
                const lit = document.querySelector('.step-lines .lit');
                return {
                    pill: style(one('pill'), 'backgroundColor') != ground && style(one('pill'), 'color') == ground,
                    crown: style(document.querySelector('.crown .icon'), 'fill') != ground,
                    lit: style(lit, 'backgroundColor') != ground && parseFloat(style(lit, 'borderLeftWidth')) > 4,
                    pressed: style(document.querySelector('.modes [aria-pressed=true]'), 'backgroundColor') != ground,
                };
            })()";
            let all = json!({ "pill": true, "crown": true, "lit": true, "pressed": true });
            case.page.until_equal("all of it stands out", apart, all).await;
            case.page.picture(&format!("forced-{scheme}")).await;
        }
        case.page.press("ArrowLeft").await;
        for _ in 0..60 {
            if case.page.evaluate("!!document.querySelector('[data-copy=stale]')").await == json!(true) {
                break;
            }
            case.page.press("ArrowRight").await;
        }
        let hatched =
            "getComputedStyle(document.querySelector('[data-copy=stale]')).backgroundImage.includes('gradient')";
        case.page.until("a stale copy is hatched", hatched).await;
        case.page.picture("forced-stale").await;
    })
    .await;
}

/// Returns the names of the tabs.
pub async fn tabs(page: &Page) -> Vec<String> {
    let tabs = page.evaluate("all('[role=tab]').map(tab => tab.dataset.testid)").await;
    serde_json::from_value(tabs).expect("they are names")
}

/// Writes two notes and waits until they are everywhere.
pub async fn write(case: &Case) {
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
