//! The space-time diagram: what is pointed at lights up everywhere, rows are gone to and compared, the keyboard walks.

use serde_json::json;

use crate::case::{Case, case};
use crate::server::Via;

const ROWS: &str = "all('[data-testid=diagram-rows] [role=option]')";

async fn handoff(case: &Case) {
    let note = json!({ "title": "Hello world", "body": "first" });
    case.server.request("POST", "/note", Via::GatewayTo(1), &note).await;
    case.server.request("PATCH", "/note/1", Via::GatewayTo(3), &json!({ "title": "Hello again" })).await;
    case.page.catch_up().await;
    case.page.click("tab-diagram").await;
    case.page.until("there are rows", &format!("{ROWS}.length > 30")).await;
}

/// Does something with the row whose words hold a text, the last of such rows.
async fn on_row(case: &Case, text: &str, act: &str) {
    let row = format!("{ROWS}.filter(row => row.textContent.includes('{text}')).pop()");
    case.page.until(&format!("there is a row with “{text}”"), &row).await;
    case.page.run(&format!("const row = {row}; {act}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pointed_at_lights_up_everywhere_and_pressing_goes_there() {
    case("diagram", "local-write", async |case| {
        handoff(case).await;
        // Only the rows around the cursor are drawn, and a busy machine has more of them: replicas that ask again.
        case.page.press("H").await;
        on_row(case, "its primary role to R3", "row.click()").await;
        case.page.until("the crown is on its way", "one('stage').querySelector('.pill.crowned')").await;
        case.page.until("time stands still", "text('play') == 'Play'").await;
        on_row(case, "its primary role to R3", "row.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }))")
            .await;
        case.page.until("its pill lights up", "document.querySelector('.pointed > .pill.crowned')").await;
        case.page.until("its note lights up", "all('.note-row.pointed').length == 4").await;
        case.page.until("its row lights up", "all('.diagram .lit-ring').length == 2").await;
        case.page.picture("diagram-pointed").await;
        case.page.run("document.body.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }))").await;
        case.page.until("nothing is lit", "!document.querySelector('.pointed, .lit-ring')").await;
        let over = "pill('move').dispatchEvent(new PointerEvent('pointerover', { bubbles: true }))";
        case.page.run(over).await;
        case.page.until("a pill lights its events", "all('.diagram .lit-ring').length == 2").await;
        case.page.run("one('diagram-rows').focus()").await;
        case.page.until("the keyboard lights what it has reached", "document.querySelector('.note-row.pointed')").await;
        case.page.click("tab-state").await;
        case.page.run("document.body.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }))").await;
        case.page.until("nothing stays lit behind it", "one('state') && !document.querySelector('.pointed')").await;
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_diagram_that_is_left_before_it_is_drawn_does_no_harm() {
    case("diagram-left", "local-write", async |case| {
        handoff(case).await;
        case.page.click("tab-diagram").await;
        case.page.until("it is drawn", "one('diagram-shapes')").await;
        // What was asked of the next frame is asked there when the diagram is gone.
        let left = "const done = arguments[arguments.length - 1];
            const told = async () => { for (let turn = 0; turn < 99; turn++) await Promise.resolve(); };
            const tabs = async () => {
                for (const tab of ['tab-steps', 'tab-diagram', 'tab-state', 'tab-steps']) { one(tab).click(); await told(); }
                requestAnimationFrame(() => requestAnimationFrame(() => done(true)));
            };
            tabs();";
        case.page.evaluate_later(left).await;
        case.page.until("the steps are shown", "one('steps')").await;
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_events_are_compared_and_the_keyboard_walks() {
    case("diagram-order", "local-write", async |case| {
        handoff(case).await;
        // Only the rows around the cursor are drawn: it goes to the request.
        case.page.run("document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'R', shiftKey: true, bubbles: true }))").await;
        let pick = "row.dispatchEvent(new MouseEvent('click', { bubbles: true, shiftKey: true }))";
        on_row(case, "A client sends PATCH", pick).await;
        // Only a few rows around the cursor are drawn, and a busy machine has more of them: the next is near, and not of the
        // first write.
        on_row(case, "R3 asks R1 for the primary role of note 1", pick).await;
        case.page.until("the first was first", "text('diagram-verdict').startsWith('A happened before B')").await;
        case.page.until("its way is drawn", "document.querySelector('.diagram .way')").await;
        case.page.picture("diagram-before").await;
        case.page.click("diagram-order-close").await;
        // Those of the second write are near the end.
        case.page.press("l").await;
        on_row(case, "R2 acknowledges the update of note 1 to R3", pick).await;
        on_row(case, "R4 acknowledges the update of note 1 to R3", pick).await;
        case.page.until("neither was first", "text('diagram-verdict').includes('concurrent')").await;
        let deciding = "all('.diagram-vector .deciding').length";
        case.page.until_equal("each clock shows the two counts that decide", deciding, 4).await;
        case.page.picture("diagram-concurrent").await;
        case.page.run("document.activeElement.blur()").await;
        case.page.press("Escape").await;
        case.page.until("the comparison is left, wherever the focus is", "!one('diagram-order')").await;
        on_row(case, "R4 acknowledges the update of note 1 to R3", pick).await;
        case.page.until("it begins again", "one('diagram-order')").await;

        case.page.run("one('diagram-rows').focus()").await;
        let reached = "one('diagram-rows').getAttribute('aria-activedescendant')";
        let key = |key: &str| {
            format!(
                "one('diagram-rows').dispatchEvent(new KeyboardEvent('keydown', {{ key: '{key}', bubbles: true }}))"
            )
        };
        case.page.until("it begins at the cursor", &format!("{reached}.startsWith('ev-')")).await;
        case.page.run(&key("Escape")).await;
        case.page.until("the comparison is closed", "!one('diagram-order')").await;
        case.page.run(&key("Home")).await;
        case.page.run(&key("ArrowDown")).await;
        case.page
            .until("it is at the second row", &format!("document.getElementById({reached}).ariaPosInSet == 2"))
            .await;
        case.page.run(&key("Enter")).await;
        case.page.until_equal("the second event is shown", "one('strip').getAttribute('aria-valuenow')", "2").await;
    })
    .await;
}

/// The clocks whose letters leave their row or the diagram.
const CUT: &str = "all('.diagram-list .clock').filter(clock => {
    const [own, row] = [clock, clock.parentElement].map(part => part.getBoundingClientRect());
    return own.right > row.right + 1 || own.bottom > row.bottom + 1 || own.top < row.top - 1
        || clock.scrollWidth > clock.clientWidth + 1;
}).map(clock => clock.textContent)";

#[tokio::test(flavor = "multi_thread")]
async fn the_vectors_of_nine_replicas_are_whole() {
    case("nine-vectors", "remote-write", async |case| {
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        let run = folder.path().join("nine.jsonl");
        let line = |seq: u32| {
            let kind = json!({ "committed": { "group": "store", "seq": 0 } });
            let stamp = json!({ "lamport": seq, "vector": vec![100 + seq; 11] });
            json!({ "seq": seq, "at": seq, "node": "r9", "stamp": stamp, "kind": kind }).to_string()
        };
        let lines: Vec<String> = (1..=30).map(line).collect();
        std::fs::write(&run, lines.join("\n")).expect("the folder can be written");
        case.page.click("open-files").await;
        case.page.upload("files-open", &run).await;
        case.page.until("the run is shown", "one('saved')").await;
        case.page.until("it has no notes, and nobody can create one", "text('caption') == 'There are no notes yet.'").await;
        case.page.click("tab-diagram").await;
        case.page.click("diagram-silent").await;
        case.page.run("const clocks = one('diagram-clocks'); clocks.value = 'vector'; clocks.dispatchEvent(new Event('change', { bubbles: true }))").await;
        for (width, height) in [(1280, 720), (1920, 1080), (390, 844)] {
            case.page.resize(width, height).await;
            case.page.until("there are clocks", "all('.diagram-list .clock').length > 10").await;
            case.page.until_equal(&format!("at {width}: every one is whole"), CUT, json!([])).await;
            case.page.picture(&format!("diagram-nine-{width}")).await;
        }
    })
    .await;
}
