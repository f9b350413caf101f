//! The page loads, says that it is connected, and nothing goes wrong on the way.

use crate::case::case;

#[tokio::test(flavor = "multi_thread")]
async fn the_page_loads_without_errors() {
    case("loading", "remote-write", async |case| {
        case.page.until("there is a stage", "one('stage')").await;
        for replica in 1..=4 {
            case.page.until("each replica is shown", &format!("one('replica-{replica}')")).await;
        }
        case.page.until("replica 1 wears the crown", "one('crown-1')").await;
        for scheme in ["light", "dark"] {
            case.page.prefer(scheme).await;
            case.page.picture(&format!("empty-{scheme}")).await;
        }
        assert_eq!(case.page.console(&["SEVERE", "WARNING"]).await, Vec::<String>::new());
    })
    .await;
}
