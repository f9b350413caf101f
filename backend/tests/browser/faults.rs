//! A replica is killed: the page says who misses it, whose crown was taken, and when it is back.

use serde_json::json;

use crate::case::{Case, PROJECTOR, case_on};
use crate::server::{Server, Via};

const STEPS: &str = "text('steps')";

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_primary_is_missed_and_its_crown_is_taken() {
    case_on("faults", Server::start_apart("remote-write").await, async |case| {
        write(case, 1, "before").await;
        case.page.until("R1 wears the crown", "one('crown-1')").await;

        case.server.kill_replica(1);
        let (status, body) =
            case.server.request("POST", "/note", Via::GatewayTo(2), &json!({ "title": "without R1" })).await;
        assert_eq!(status, 201, "{body}");
        case.page.catch_up().await;
        case.page
            .until("its card says who suspects it", "text('replica-1-missed').startsWith('suspected by R2')")
            .await;
        case.page.until("the crown has moved", "!one('crown-1') && all('[data-testid^=\"crown-\"]').length == 1").await;
        case.page.until("and says from whom", "all('.chip.takeover').length == 1").await;
        let chip = "all('.chip.takeover')[0].textContent.trim()";
        case.page.until_equal("it came without its holder's word", chip, "took over without R1").await;
        let took = format!("/R[234] takes over the primary role of the store from R1/.test({STEPS})");
        case.page.until("a step says it", &took).await;
        case.page.until("the note is there", "text('replica-2-note-2').includes('without R1')").await;
        pictures(case).await;

        case.server.start_replica(1);
        case.page.until("R1 is heard again", "!one('replica-1-missed')").await;
        case.page.catch_up().await;
        case.page.until("and has what it missed", "text('replica-1-note-2').includes('without R1')").await;
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

async fn write(case: &Case, replica: u8, title: &str) {
    let (status, body) =
        case.server.request("POST", "/note", Via::GatewayTo(replica), &json!({ "title": title })).await;
    assert_eq!(status, 201, "{body}");
    case.page.catch_up().await;
}

async fn pictures(case: &Case) {
    for (width, height, name) in [(1280, 720, "projector"), (1920, 1080, "desk"), (390, 844, "phone")] {
        case.page.resize(width, height).await;
        for scheme in ["light", "dark"] {
            case.page.prefer(scheme).await;
            case.page.picture(&format!("faults-{name}-{scheme}")).await;
        }
    }
    case.page.resize(PROJECTOR.0, PROJECTOR.1).await;
}
