//! The textbook's figure, the chain of causes and the comparison of both protocols.

use serde_json::{Value, json};

use crate::case::{Case, case};
use crate::page::Page;
use crate::server::Via;

/// What of the figure is lit: the legend's lines and the arrows, each once.
const LIT: &str = "[...new Set([
    ...all('.figure-legend [data-state=now] .step-chip').map(chip => chip.textContent.replace('step ', '')),
    ...all('.figure-drawing .now').map(arrow => arrow.dataset.step),
])].join(' ')";

async fn write(case: &Case, replica: u8, title: &str) {
    let (status, _) =
        case.server.request("PATCH", "/note/1", Via::GatewayTo(replica), &json!({ "title": title })).await;
    assert_eq!(status, 200);
    case.page.catch_up().await;
}

/// Goes to the first event of a step and sees it lit, with so many messages by then.
async fn is_lit(page: &Page, step: &str, messages: &str) {
    page.click(&format!("figure-{step}")).await;
    page.until_equal(&format!("{step} alone is lit"), LIT, step).await;
    let count = format!("one('figure-{step}').querySelector('.figure-count').textContent");
    page.until_equal(&format!("{step} is counted"), &count, messages).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figure_lights_the_step_at_the_cursor_in_both_protocols() {
    case("figure", "local-write", async |case| {
        case.server.request("POST", "/note", Via::GatewayTo(1), &json!({ "title": "Hello world" })).await;
        write(case, 3, "Moved").await;
        case.page.click("tab-figure").await;
        case.page.until_equal("it is local-write's", "one('figure')?.dataset.mode", "local-write").await;
        case.page.until("the request is named", "text('figure').includes('PATCH /note/1')").await;
        case.page.until("W2 moves the item", "text('figure-W2').includes('Move item x to new primary')").await;
        let boxes = "all('.figure-drawing .names').map(name => name.textContent).join(' ')";
        case.page.until_equal("who plays which part is written", boxes, "R3 R1 R2 R4").await;
        // The move and the update begin before a message of theirs leaves.
        for (step, messages) in [("W1", "×1"), ("W2", ""), ("W4", ""), ("W5", "×1")] {
            is_lit(&case.page, step, messages).await;
        }
        pictures(&case.page, "figure").await;

        case.server.request("PUT", "/cluster/mode", Via::Gateway, &json!({ "mode": "remote-write" })).await;
        write(case, 3, "Forwarded").await;
        case.page.until_equal("it is remote-write's", "one('figure')?.dataset.mode", "remote-write").await;
        case.page.until("W2 forwards", "text('figure-W2').includes('Forward request to primary')").await;
        for step in ["W1", "W4", "W5"] {
            is_lit(&case.page, step, "×1").await;
        }
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

async fn pictures(page: &Page, name: &str) {
    for (width, height) in [(1280, 720), (1920, 1080), (390, 844)] {
        page.resize(width, height).await;
        for scheme in ["light", "dark"] {
            page.prefer(scheme).await;
            page.picture(&format!("{name}-{width}-{scheme}")).await;
        }
    }
    page.prefer("light").await;
    page.resize(1280, 720).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_of_causes_leads_back_to_the_clients_request() {
    case("because", "remote-write", async |case| {
        case.server.request("POST", "/note", Via::GatewayTo(1), &json!({ "title": "Hello world" })).await;
        write(case, 3, "Forwarded").await;
        case.page.click("play").await;
        let links = "all('[data-testid=because] button')";
        case.page.until("the answer has many causes", &format!("{links}.length > 6")).await;
        let end = format!("{links}.at(-1)");
        case.page
            .until(
                "the last is the request",
                &format!("/^The client's PATCH .note.1, \\d+ steps ago/.test({end}.textContent)"),
            )
            .await;
        case.page.until("some are folded", "/more/.test(one('because').querySelector('summary').textContent)").await;
        case.page.run(&format!("{end}.click()")).await;
        case.page.until("time is there", "text('why').includes('PATCH /note/1')").await;
        case.page.until("a beginning has no cause", "!one('because')").await;
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

/// The totals of one row of the table, by mode.
const TOTALS: &str = "(name => [1, 5].map(at => Number(
    all('[data-testid=compared-table] tbody tr').find(row => row.cells[0].textContent == name).cells[at].textContent
)))";

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_counts_what_the_feed_tells() {
    case("compare", "local-write", async |case| {
        let mut feed = case.server.feed().await;
        case.page.click("compare-open").await;
        case.page.until("the dialog opens", "one('compare')?.open").await;
        let set = |field: &str, value: u8| {
            format!("one('{field}').value = {value}; one('{field}').dispatchEvent(new Event('change', {{ bubbles: true }}));")
        };
        case.page.run(&[set("compare-notes", 1), set("compare-writes", 4)].concat()).await;
        case.page.click("compare-run").await;
        case.page.until("both runs are compared", "one('compared')").await;

        let [between, all] = feed.sent_for("PATCH", 8).await;
        let shown = |name: &str| format!("{TOTALS}('{name}')");
        case.page.until_equal("messages between replicas", &shown("messages between replicas"), json!(between)).await;
        case.page.until_equal("with the gateway's", &shown("messages, gateway included"), json!(all)).await;
        // Each of four replicas in turn: one is the primary, three forward; the first to claim, three take over.
        // A busy machine says some of it twice.
        assert!(between[0] >= 6 + 3 * 8 && between[1] >= 4 * 12, "{between:?}");
        case.page.until_equal("handoffs", &shown("handoffs"), json!([0, 3])).await;
        pictures(&case.page, "compare").await;

        let (_, cluster) = case.server.request("GET", "/cluster", Via::Gateway, &Value::Null).await;
        assert_eq!(cluster["mode"], "local-write", "it is what it was");
        let (_, list) = case.server.request("GET", "/note", Via::Gateway, &Value::Null).await;
        assert_eq!(list["notes"], json!([]), "its notes are gone");
        case.page.click("compared-local-write-1").await;
        case.page.until("the stage is at that write", "!one('compare')?.open && text('why').includes('PATCH /note/1')").await;
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
    })
    .await;
}
