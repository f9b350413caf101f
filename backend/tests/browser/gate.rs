//! The gate by hand: closed by a key, it holds a write; its messages are seen to wait and let go one by one.

use serde_json::json;

use crate::case::{Case, PROJECTOR, case};
use crate::server::Via;

const WAITING: &str = "all('[data-testid=waiting]').length";
const HELD: &str = "all('.pill.held').length";
const FOOTING: &str = "one('slowness').dataset.state";

#[tokio::test(flavor = "multi_thread")]
async fn messages_wait_at_the_gate_and_are_let_go_by_hand() {
    case("gate", "remote-write", async |case| {
        let (page, server) = (&case.page, &case.server);
        let (status, _) = server.request("POST", "/note", Via::GatewayTo(1), &json!({ "title": "first" })).await;
        assert_eq!(status, 201);
        page.catch_up().await;
        page.press("g").await;
        page.until_equal("the gate is shut", "one('gate-turn').ariaPressed", "true").await;
        page.until_equal("the badge says so", FOOTING, "gated").await;
        page.until("its tab is open", "text('gate').includes('The gate is closed')").await;

        let (note, first) = (json!({ "title": "second" }), "one('waiting')?.dataset.message");
        let write = server.request("POST", "/note", Via::GatewayTo(1), &note);
        let hand = async {
            page.until("the updates wait", &format!("{WAITING} >= 3")).await;
            page.until("and are seen to, at their sender", &format!("{HELD} >= 3")).await;
            for deed in ["deliver-next", "drop", "double"] {
                let message = page.evaluate(first).await;
                page.click(deed).await;
                page.until(&format!("{message} is gone"), &format!("{first} != {message}")).await;
            }
            page.press("g").await;
        };
        let ((status, body), ()) = tokio::join!(write, hand);
        assert_eq!((status, body["id"].as_u64()), (201, Some(2)), "{body}");
        page.until_equal("the gate is open", "one('gate-turn').ariaPressed", "false").await;
        page.catch_up().await;
        page.until("nothing waits", &format!("{WAITING} == 0 && {HELD} == 0")).await;
        page.until("the badge is back", &format!("{FOOTING} == 'live'")).await;
        for replica in 1..=4 {
            let row = format!("replica-{replica}-note-2");
            page.until(&format!("{row} is there"), &format!("text('{row}').includes('second')")).await;
        }
        page.click("tab-steps").await;
        let told = "['is delivered by hand.', 'is dropped by hand.', 'is delivered twice by hand.']";
        page.until("the steps say what the hand did", &format!("{told}.every(said => text('steps').includes(said))"))
            .await;

        page.press("g").await;
        page.until_equal("the gate is shut again", FOOTING, "gated").await;
        let (write, show) = (server.request("POST", "/note", Via::GatewayTo(1), &note), async {
            page.until("something waits", &format!("{HELD} >= 3")).await;
            page.click("waiting-open").await;
            pictures(case).await;
            page.click("gate-turn").await;
        });
        let ((status, body), ()) = tokio::join!(write, show);
        assert_eq!(status, 201, "it waits for as long as it takes: {body}");
        page.until("nothing waits", &format!("{WAITING} == 0")).await;
        assert_eq!(page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

async fn pictures(case: &Case) {
    for (width, height, name) in [(1280, 720, "projector"), (1920, 1080, "desk"), (390, 844, "phone")] {
        case.page.resize(width, height).await;
        for scheme in ["light", "dark"] {
            case.page.prefer(scheme).await;
            case.page.picture(&format!("gate-{name}-{scheme}")).await;
        }
    }
    case.page.resize(PROJECTOR.0, PROJECTOR.1).await;
}
