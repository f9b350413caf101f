//! Pause, single step, a look into a message, the jump to live: the cursor moves, the cluster does not care.

use serde_json::json;

use crate::case::{PROJECTOR, case, case_on};
use crate::page::Page;
use crate::server::{Server, Via};

const BEHIND: &str = "Number(one('behind').dataset.behind)";
const STEPS_IN_THEIR_LIST: &str = "(() => {
    const list = one('steps').getBoundingClientRect();
    const lines = all('[data-testid=steps] li').map(line => line.getBoundingClientRect());
    return lines.length > 1 && lines.every(line => line.left >= list.left && line.right <= list.right);
})()";

#[tokio::test(flavor = "multi_thread")]
async fn the_show_can_be_paused_stepped_and_caught_up_with() {
    case("time", "remote-write", async |case| {
        case.page.until_at_live().await;
        case.page.click("play").await;
        case.page.until_equal("it is paused", "one('play').dataset.playing", "no").await;

        case.server.request("POST", "/note", Via::Gateway, &json!({ "title": "Hello world" })).await;
        case.page.until("events wait to be shown", &format!("{BEHIND} > 10")).await;
        assert_eq!(case.page.evaluate("!!one('replica-1-note-1')").await, json!(false), "nothing moves while paused");

        case.page.until_still(BEHIND).await;
        let mut before = step(&case.page).await;
        // The next event after a request's arrival is the first message's departure.
        while case.page.evaluate("!one('pill')").await == json!(true) {
            before = step(&case.page).await;
        }
        case.page.until("steps still to come stand in their list too", STEPS_IN_THEIR_LIST).await;
        case.page.picture("paused-after-a-step").await;
        case.page.click("pill").await;
        case.page.until("its payload is shown", "text('detail-payload').includes('Hello world')").await;
        case.page.picture("paused-with-payload").await;
        case.page.click("step-back").await;
        case.page.until_equal("the step is taken back", BEHIND, before).await;

        case.page.catch_up().await;
        case.page.until("the note is shown", "text('replica-4-note-1').includes('Hello world')").await;
    })
    .await;
}

/// Whether the lit line of the step log is in sight in its list.
const LIT_IN_SIGHT: &str = "(() => {
    const [list, line] = ['.step-lines', '.step-lines .lit'].map(css => document.querySelector(css)?.getBoundingClientRect());
    return line && line.top >= list.top - 1 && line.bottom <= list.bottom + 1;
})()";

#[tokio::test(flavor = "multi_thread")]
async fn the_lit_line_stays_in_sight_when_the_window_changes_and_when_reasons_need_room() {
    case("lit-line", "local-write", async |case| {
        for number in 1..=6 {
            let note = json!({ "title": format!("Note {number}") });
            case.server.request("POST", "/note", Via::GatewayTo(1 + number % 4), &note).await;
        }
        case.page.catch_up().await;
        case.page.until("it is in sight", LIT_IN_SIGHT).await;
        case.page.click("play").await;
        case.page.until("why is told", "text('why').includes('because')").await;
        case.page.until("it is in sight above the reasons", LIT_IN_SIGHT).await;
        for (width, height) in [(1280, 560), (390, 844), (1920, 1080), PROJECTOR] {
            case.page.resize(width, height).await;
            case.page.until_equal("the page is as large", "innerWidth", width).await;
            case.page.until(&format!("it is in sight at {width}"), LIT_IN_SIGHT).await;
        }
    })
    .await;
}

/// Takes a step; returns how far the show was behind before it.
async fn step(page: &Page) -> u64 {
    let before = page.evaluate(BEHIND).await.as_u64().expect("it is a count");
    page.click("step").await;
    page.until(&format!("a step is taken from {before}"), &format!("{BEHIND} < {before}")).await;
    before
}

/// What the stage shows: the replicas with their notes and crowns, and the messages under way.
const STAGE: &str = "all('[data-testid^=replica-], [data-testid=pill]').map(part => part.textContent).join('|')
    + one('strip').getAttribute('aria-valuenow')";
const NUMBER: &str = "Number(one('strip').getAttribute('aria-valuenow'))";
const SAID: &str = "text('caption')";
const HINT: &str = "text('hint')";

#[tokio::test(flavor = "multi_thread")]
async fn the_past_is_there_and_can_be_gone_through_by_keys_jumps_and_pointer() {
    let server = Server::start("local-write").await;
    let title = json!({ "title": "From the past" });
    server.request("POST", "/note", Via::GatewayTo(1), &title).await;
    server.request("PATCH", "/note/1", Via::GatewayTo(3), &title).await;
    server.request("GET", "/note/9", Via::Gateway, &json!(null)).await;
    case_on("past", server, async |case| {
        let page = &case.page;
        page.until_at_live().await;
        page.until("the page begins behind the past", &format!("{NUMBER} > 60")).await;
        page.until_equal("it is live", "one('slowness').dataset.state", "live").await;
        page.until("the whole log is painted", "one('whole').querySelector('[data-mark=handoff]')").await;

        press(page, "H").await;
        page.until("the handoff is said", &format!("{SAID}.includes('hands note 1')")).await;
        page.until_equal("it is paused", "one('slowness').dataset.state", "paused").await;
        page.picture("jump-to-handoff").await;
        let (there, number) = (page.evaluate(STAGE).await, page.evaluate(NUMBER).await);
        press(page, "h").await;
        page.until_equal("there is no later one", HINT, "no later handoff").await;
        assert_eq!(page.evaluate(NUMBER).await, number, "nothing moves");
        for _ in 0..3 {
            press(page, "PageDown").await;
        }
        page.until("the cursor has moved", &format!("{NUMBER} != {number} && {HINT} == ''")).await;
        for _ in 0..3 {
            press(page, "PageUp").await;
        }
        page.until_equal("thirty events back restore everything", STAGE, there.as_str().unwrap_or_default()).await;
        press(page, "e").await;
        page.until("the error is said", &format!("{SAID}.includes('404')")).await;

        drag(page, "whole", 0.9, 0.0).await;
        page.until_equal("the pointer has taken the cursor to the beginning", NUMBER, 0).await;
        drag(page, "strip", 0.2, 0.5).await;
        page.until("and forward again", &format!("{NUMBER} > 5")).await;
        press(page, "End").await;
        page.until_at_live().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exact_speed_is_named_and_keeps_its_word() {
    case("speed", "local-write", async |case| {
        let page = &case.page;
        page.until_at_live().await;
        // From real speed: what can be watched may be slower than all exact ones.
        for key in ["]", "["] {
            for _ in 0..12 {
                press(page, key).await;
            }
        }
        page.until_equal("nothing is slower", "one('speed').value", "1000").await;
        page.until_equal("nothing is slow while nothing happens", "text('slowness').includes('speed')", false).await;
        case.server.request("POST", "/note", Via::GatewayTo(1), &json!({ "title": "Slowly" })).await;
        page.until("the badge says it", "text('slowness').startsWith('slowed · 1/1000 of real speed')").await;
        for _ in 0..12 {
            press(page, "]").await;
        }
        page.until_equal("nothing is faster than it was", "one('speed').value", "1").await;
        case.server.request("POST", "/note", Via::GatewayTo(2), &json!({ "title": "At once" })).await;
        page.until("it is shown", "text('replica-4-note-2').includes('At once')").await;
        page.until_at_live().await;
        press(page, "w").await;
        page.until_equal("it can be watched again", "one('speed').value", "watchable").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_a_request_opens_at_its_first_event() {
    case("trace", "remote-write", async |case| {
        let trace = "fetch('/note', { method: 'POST', headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ title: 'Linked' }) }).then(reply => window.trace = reply.headers.get('X-Trace-Id'))";
        case.page.run(trace).await;
        case.page.until("the request is answered", "window.trace").await;
        let trace = case.page.evaluate("window.trace").await;
        let address = format!("{}?trace={}", case.server.home(), trace.as_str().unwrap_or_default());
        case.page.open(&address, PROJECTOR).await;
        case.page.until("it stops at the request", &format!("{SAID}.includes('A client sends POST')")).await;
        case.page.until_equal("it is paused", "one('slowness').dataset.state", "paused").await;
        case.page.open(&format!("{address}%20"), PROJECTOR).await;
        case.page.until_equal("a blank behind it does no harm", "one('slowness').dataset.state", "paused").await;
        for damaged in ["🎉", "a%20b", &"7".repeat(300)] {
            case.page.open(&format!("{}?trace={damaged}", case.server.home()), PROJECTOR).await;
            case.page.until("a damaged link is said", "text('notice').includes('damaged')").await;
            case.page.until_equal("and the page is live", "one('connection').dataset.link", "live").await;
        }
        case.page.open(&format!("{}?trace=t-none", case.server.home()), PROJECTOR).await;
        case.page.until("what is forgotten is said", "text('notice').includes('no longer keeps')").await;
    })
    .await;
}

/// Presses a key, as if nothing had the focus.
async fn press(page: &Page, key: &str) {
    let key = json!({ "key": key, "bubbles": true, "cancelable": true });
    page.run(&format!("document.body.dispatchEvent(new KeyboardEvent('keydown', {key}))")).await;
}

/// Presses the pointer on an element, moves it and lets go; `from` and `to` are parts of its width.
async fn drag(page: &Page, testid: &str, from: f64, to: f64) {
    page.run(&format!(
        "const strip = one('{testid}'), box = strip.getBoundingClientRect();
         const at = (type, part, buttons) => strip.dispatchEvent(new PointerEvent(type, {{
             bubbles: true, button: 0, buttons, pointerId: 1,
             clientX: box.left + part * box.width, clientY: box.top + box.height / 2 }}));
         at('pointerdown', {from}, 1); at('pointermove', ({from} + {to}) / 2, 1); at('pointermove', {to}, 1);
         at('pointerup', {to}, 0);"
    ))
    .await;
}
