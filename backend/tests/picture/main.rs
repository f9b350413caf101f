//! The pictures in `docs/`, taken of a real run in headless Chromium: `cargo xtask picture`.
//!
//! One handoff in local-write: note 1 is written at R1, then at R2. `handoff.png` is an animated PNG of it,
//! `handoff.html` the recorded run as the page itself saves it, the other pictures are stills. Time on the page is
//! turned by hand, one frame after the other, so that a slow machine takes the same pictures as a fast one.

#![allow(clippy::print_stdout, reason = "its reader is the person who started it")]

#[path = "../browser/driver.rs"]
mod driver;
#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../browser/feed.rs"]
mod feed;
mod film;
#[path = "../common/free_port.rs"]
mod free_port;
#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../browser/page.rs"]
mod page;
#[path = "../browser/saving.rs"]
mod saving;
#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../browser/server.rs"]
mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::driver::Driver;
use crate::film::Film;
use crate::page::Page;
use crate::server::{Server, Via};

/// A laptop's window, in CSS pixels.
const SIZE: (u32, u32) = (1280, 720);
/// By how much the moving picture is smaller.
const SCALE: f64 = 0.75;
/// Of the show's time between two frames, in milliseconds.
const FRAME: u16 = 80;
/// How long the first frame stands still, and the last one, in milliseconds.
const REST: (u16, u16) = (800, 2_500);
/// More frames than the handoff has.
const MANY: usize = 600;
/// How large the moving picture may be, in bytes.
const LIMIT: usize = 1_000_000;

/// Lets a script turn the page's time by hand, once `hand.stop()` was called.
const HAND: &str = "
    const now = performance.now.bind(performance);
    const ask = window.requestAnimationFrame.bind(window), cancel = window.cancelAnimationFrame.bind(window);
    let stopped = null, waiting = new Map(), last = 1e9;
    performance.now = () => stopped ?? now();
    window.requestAnimationFrame = frame => {
        if (stopped === null) return ask(() => frame(performance.now()));
        waiting.set(++last, frame);
        return last;
    };
    window.cancelAnimationFrame = name => waiting.delete(name) || cancel(name);
    window.hand = {
        stop() { stopped = now(); },
        advance(millis) {
            stopped += millis;
            const due = [...waiting.values()];
            waiting.clear();
            due.forEach(frame => frame(stopped));
        },
    };
";

/// Whether everything that has happened was shown.
const AT_END: &str = "one('behind').dataset.behind == '0' && !one('pill')";

/// How soon the handoff must be done: later, replicas begin to send messages again.
const SOON: Duration = Duration::from_millis(250);
/// How often a handoff is tried until one is done soon enough.
const TRIES: usize = 10;

/// A handoff, shown by a page whose time stands still at its beginning.
struct Scene {
    page: Page,
    film: Film,
    _server: Server,
    _driver: Driver,
    _profile: TempDir,
}

#[tokio::main]
async fn main() {
    let docs = std::env::var_os("BATON_DOCS").map(PathBuf::from).expect("`cargo xtask picture` says where");
    let mut scene = None;
    for number in 1..=TRIES {
        scene = play().await;
        if scene.is_some() {
            break;
        }
        println!("handoff {number} of {TRIES} took over {SOON:?}: the machine has too much to do");
    }
    let mut scene = scene.expect("a machine that has nothing else to do is fast enough");
    take(&mut scene).await;
    let png = scene.film.png();
    assert!(png.len() < LIMIT, "the moving picture has {} bytes, and may have {LIMIT}", png.len());
    write(&docs, "handoff.png", &png);
    diagram(&scene.page, &docs).await;
    stills(&scene.page, &docs).await;
    record(&scene.page, &docs).await;
    scene.page.close().await;
}

/// Writes note 1 at R1, then at R2; `None` when that took too long.
async fn play() -> Option<Scene> {
    let (server, driver) = (Server::start("local-write").await, Driver::start());
    let profile = tempfile::tempdir().expect("there is a temporary folder");
    let page = Page::new(driver.open(profile.path()).await);
    page.prefer("light").await;
    page.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": HAND })).await;
    page.open(&server.home(), SIZE).await;
    page.until("the page is connected", "one('connection')?.dataset.link == 'live'").await;
    server.request("POST", "/note", Via::GatewayTo(1), &json!({ "title": "Hello world" })).await;
    page.until("the note is there", "text('replica-1-note-1') != '' || Number(one('behind').dataset.behind) > 0").await;
    page.catch_up().await;
    page.run("hand.stop()").await;
    look(&page, SCALE).await;
    let mut film = Film::new();
    film.take(&page.screenshot().await, REST.0);
    let began = Instant::now();
    server.request("PATCH", "/note/1", Via::GatewayTo(2), &json!({ "title": "Hello from replica 2" })).await;
    let is_soon = began.elapsed() < SOON;
    if !is_soon {
        page.close().await;
        return None;
    }
    page.until("the page has heard of it", "Number(one('behind').dataset.behind) > 0").await;
    page.until_still("one('behind').dataset.behind").await;
    Some(Scene { page, film, _server: server, _driver: driver, _profile: profile })
}

/// Films what the second write does.
async fn take(scene: &mut Scene) {
    let Scene { page, film, .. } = scene;
    for number in 0.. {
        assert!(number < MANY, "the handoff does not end");
        page.run(&format!("hand.advance({FRAME})")).await;
        film.take(&page.screenshot().await, FRAME);
        if page.evaluate(AT_END).await == json!(true) {
            break;
        }
    }
    film.rest(REST.1);
}

/// Takes the whole handoff as a space-time diagram.
async fn diagram(page: &Page, docs: &Path) {
    look(page, 1.0).await;
    page.click("tab-diagram").await;
    settle(page).await;
    page.press("d").await;
    page.choose("diagram-clocks", "vector").await;
    page.run("document.activeElement.blur()").await;
    settle(page).await;
    write(docs, "diagram.png", &page.screenshot().await);
    page.press("d").await;
}

/// Takes the handoff half-way, with what is told of it.
async fn stills(page: &Page, docs: &Path) {
    page.click("tab-steps").await;
    page.press("H").await;
    page.until_equal("the show stands still", "one('slowness').dataset.state", "paused").await;
    page.click("play").await;
    for _ in 0..5 {
        page.run(&format!("hand.advance({FRAME})")).await;
    }
    page.click("play").await;
    page.until("the crown is on its way", "all('[data-testid=pill][data-crown=true]').length").await;
    page.until("it says why", "one('because')").await;
    for (tab, name) in [("steps", "page.png"), ("figure", "figure.png")] {
        page.click(&format!("tab-{tab}")).await;
        settle(page).await;
        write(docs, name, &page.screenshot().await);
    }
    page.click("tab-steps").await;
}

/// Waits until the page is drawn: what waits for a frame gets one.
async fn settle(page: &Page) {
    for _ in 0..3 {
        page.until_still("document.body.innerHTML.length").await;
        page.run(&format!("hand.advance({FRAME})")).await;
    }
}

/// Has the page save the run, at the moment at which the second write begins.
async fn record(page: &Page, docs: &Path) {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    page.press("R").await;
    page.until_still("text('position')").await;
    page.save_to(folder.path()).await;
    println!("{}", saving::made(page, "page").await);
    let saved = saving::saved(folder.path(), "html").await;
    write(docs, "handoff.html", &fs::read(saved).expect("the browser has saved it"));
}

/// Sets how many pixels of a picture a CSS pixel has.
async fn look(page: &Page, scale: f64) {
    let metrics = json!({ "width": SIZE.0, "height": SIZE.1, "deviceScaleFactor": scale, "mobile": false });
    page.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
}

fn write(docs: &Path, name: &str, bytes: &[u8]) {
    fs::write(docs.join(name), bytes).expect("the folder can be written");
    println!("docs/{name}: {} kB", bytes.len() / 1_000);
}
