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
