//! Nothing overlaps and nothing must be scrolled sideways, on a projector, a large screen and a phone.

use serde_json::{Value, json};

use crate::case::{Case, case};
use crate::page::Page;
use crate::server::Via;

/// Width, height, and the name of the pictures.
const SIZES: [(u32, u32, &str); 3] = [(1280, 720, "projector"), (1920, 1080, "desk"), (390, 844, "phone")];

/// Pairs of boxes on the stage that overlap, or that stand out of it, by name.
const OVERLAPS: &str = "(() => {
    const boxes = [...all('[data-testid=stage] > section'), ...all('[data-testid=stage] > article')];
    const place = box => box.getBoundingClientRect();
    const stage = place(one('stage'));
    const out = boxes.filter(box => {
        const { left, right, top, bottom } = place(box);
        return left < stage.left - 1 || right > stage.right + 1 || top < stage.top - 1 || bottom > stage.bottom + 1;
    }).map(box => box.dataset.testid + ' stands out of the stage');
    const pairs = boxes.flatMap((one, index) => boxes.slice(index + 1).map(other => [one, other]));
    return out.concat(pairs.filter(pair => {
        const [a, b] = pair.map(place);
        return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    }).map(pair => pair.map(box => box.dataset.testid).join(' over ')));
})()";

#[tokio::test(flavor = "multi_thread")]
async fn everything_has_its_place_at_every_size() {
    case("layout", "local-write", async |case| {
        write_notes(case).await;
        for (width, height, name) in SIZES {
            case.page.resize(width, height).await;
            check(&case.page, name).await;
            for scheme in ["light", "dark"] {
                case.page.prefer(scheme).await;
                case.page.picture(&format!("{name}-{scheme}")).await;
            }
        }
    })
    .await;
}

async fn write_notes(case: &Case) {
    let titles = ["Hello world", "A title that is far longer than any card of any replica is wide", "안녕하세요"];
    for (replica, title) in (1..).zip(titles) {
        let note = json!({ "title": title, "body": "body" });
        let (status, _) = case.server.request("POST", "/note", Via::GatewayTo(replica), &note).await;
        assert_eq!(status, 201);
    }
    case.page.catch_up().await;
    case.page.until("the last note is everywhere", "all('[data-testid$=\"-note-3\"]').length == 4").await;
}

async fn check(page: &Page, name: &str) {
    let scrolls = "document.scrollingElement.scrollWidth <= innerWidth";
    page.until(&format!("{name}: nothing is scrolled sideways"), scrolls).await;
    let boxes = page.evaluate("all('[data-testid=stage] > section').length").await;
    assert!(boxes.as_u64() >= Some(6), "{name}: clients, gateway and four replicas, not {boxes}");
    page.until_equal(&format!("{name}: no box overlaps another"), OVERLAPS, Value::Array(Vec::new())).await;
}

/// The controls of time and the strip, which a phone shows below the stage without scrolling.
const TIME: &str = "['whole', 'strip', 'step-back', 'play', 'step', 'live', 'jump-back', 'jump-kind', 'jump', 'speed',
    'slowness', 'behind', 'position'].filter(name => one(name).getBoundingClientRect().bottom > innerHeight)";
/// What a finger presses and is smaller than a finger needs; a pill and the strip are grasped around what is seen of them.
const SMALL: &str =
    "all('button, select, input, summary').filter(part => part.checkVisibility() && !part.matches('.pill'))
    .map(part => [part, (part.closest('label') ?? part).getBoundingClientRect()])
    .filter(([, { width, height }]) => width < 40 || height < 40)
    .map(([part, { width, height }]) => `${part.dataset.testid ?? part.textContent}: ${width} x ${height}`)";
/// Badges of time whose words are cut.
const CUT: &str = "['slowness', 'behind', 'position'].filter(name => one(name).scrollWidth > one(name).clientWidth + 1
    || one(name).getBoundingClientRect().right > innerWidth)";

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_shows_the_stage_and_all_of_time_at_once_and_fits_fingers() {
    case("phone", "local-write", async |case| {
        write_notes(case).await;
        case.page.resize(390, 844).await;
        case.page.until_equal("all of time is on the first screen", TIME, json!([])).await;
        case.page.until_equal("and the page is not scrolled", "scrollY", 0).await;
        for tab in ["steps", "diagram", "state", "figure", "compose"] {
            case.page.click(&format!("tab-{tab}")).await;
            case.page.until("it is here", "!document.querySelector('#side-panel > .hint[role=status]')").await;
            case.page.until_equal(&format!("{tab}: fingers find everything"), SMALL, json!([])).await;
            case.page.picture(&format!("phone-{tab}")).await;
        }
    })
    .await;
}

/// What of the header is cut, or stands out of it.
const CUT_HEAD: &str = "(() => {
    const header = document.querySelector('.top-bar');
    const { bottom } = header.getBoundingClientRect();
    return all('.top-bar > *, .top-bar button').filter(part => part.checkVisibility()).filter(part =>
        part.scrollWidth > part.clientWidth + 1 || part.scrollHeight > part.clientHeight + 1
        || part.getBoundingClientRect().right > innerWidth || part.getBoundingClientRect().bottom > bottom)
        .map(part => part.dataset.testid ?? part.className);
})()";

#[tokio::test(flavor = "multi_thread")]
async fn the_header_is_never_cut() {
    case("header", "local-write", async |case| {
        write_notes(case).await;
        case.server.request("PUT", "/cluster/mode", Via::Gateway, &json!({ "mode": "remote-write" })).await;
        case.page.catch_up().await;
        case.page.until_equal("the switch is seen", "one('mode-remote-write').ariaPressed", "true").await;
        for language in ["en", "ko"] {
            for (keys, moment) in [(["l", "l"], "now"), (["Home", "r"], "then")] {
                case.page.press(keys[0]).await;
                case.page.press(keys[1]).await;
                let says = format!("!text('mode-note') == {}", moment == "now");
                case.page.until("it says whether the screen shows another mode", &says).await;
                for (width, height, name) in SIZES {
                    for mode in ["off", "on"] {
                        case.page.resize(width, height).await;
                        let claim = format!("{name}, {language}, {moment}, projector {mode}: all of it is seen");
                        case.page.until_equal(&claim, CUT_HEAD, json!([])).await;
                        case.page.picture(&format!("header-{name}-{language}-{moment}-{mode}")).await;
                        case.page.press("p").await;
                    }
                }
            }
            case.page.resize(1280, 720).await;
            case.page.click("language").await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_time_is_never_cut() {
    case("time-said", "local-write", async |case| {
        write_notes(case).await;
        for language in ["en", "ko"] {
            for (speed, key) in [("watchable", "w"), ("1000", "["), ("1", "]")] {
                case.page.press("Home").await;
                for _ in 0..12 {
                    case.page.press(key).await;
                }
                case.page
                    .until_equal("the speed is set", "document.querySelector('[data-testid=speed]').value", speed)
                    .await;
                for (width, height, name) in SIZES {
                    case.page.resize(width, height).await;
                    case.page
                        .until_equal(&format!("{name}, {language}, {speed}: all of it is seen"), CUT, json!([]))
                        .await;
                }
                case.page.resize(1280, 720).await;
                case.page.picture(&format!("time-said-{language}-{speed}")).await;
            }
            case.page.click("language").await;
            case.page
                .until("the language is the other", &format!("document.documentElement.lang != '{language}'"))
                .await;
        }
    })
    .await;
}
