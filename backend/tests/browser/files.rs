//! Runs that are saved, opened and carried by links and by pages: the same moment comes back, with no server.

use serde_json::{Value, json};

use crate::bare::Bare;
use crate::case::{Case, PROJECTOR, case};
use crate::saving::{made, saved};
use crate::server::Via;

const PHONE: (u32, u32) = (390, 844);

/// What is seen of a moment: the notes, the step and its place.
const SEEN: &str = "JSON.stringify([
    all('[data-testid^=replica-]').map(part => part.dataset.testid + part.textContent.trim()),
    text('caption'), text('position').split(' of ')[0]])";

/// A note that was made at one replica and changed at another, with the show stopped in the middle of the change.
async fn stopped_in_a_handoff(case: &Case) {
    case.page.until_at_live().await;
    case.server.request("POST", "/note", Via::GatewayTo(1), &json!({ "title": "first" })).await;
    case.page.catch_up().await;
    case.server.request("PATCH", "/note/1", Via::GatewayTo(3), &json!({ "title": "second" })).await;
    case.page
        .until(
            "it was heard",
            "Number(one('behind').dataset.behind) > 0 || text('replica-4-note-1').includes('second')",
        )
        .await;
    case.page.catch_up().await;
    case.page.click("play").await;
    for _ in 0..8 {
        case.page.click("step-back").await;
        case.page.until_still("text('position') + one('behind').dataset.behind").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_at_its_moment_without_a_server() {
    case("link", "local-write", async |case| {
        stopped_in_a_handoff(case).await;
        let before = case.page.evaluate(SEEN).await;
        case.page.picture("files-before").await;
        let words = made(&case.page, "link").await;
        case.page.picture("files-dialog").await;
        let link = case.page.evaluate("one('files-made-link').value").await;
        let link = link.as_str().expect("the link is in its field").to_owned();
        assert!(link.len() < 30_000, "{} bytes: {words}", link.len());

        case.server.kill();
        let bare = Bare::start().await;
        let (_, fragment) = link.split_once('#').expect("the run is in the fragment");
        case.page.open("about:blank", PROJECTOR).await;
        case.page.console_errors().await;
        case.page.open(&format!("{}#{fragment}", bare.home()), PROJECTOR).await;
        case.page.until_equal("it says that it is not live", "one('connection')?.dataset.link", "saved").await;
        case.page.until_equal("the moment is the same", SEEN, before).await;
        case.page.picture("files-link-opened").await;

        let behind = case.page.evaluate("Number(one('behind').dataset.behind)").await.as_u64().expect("a count");
        case.page.click("step-back").await;
        case.page.until_equal("a step is taken back", "Number(one('behind').dataset.behind)", behind + 1).await;
        case.page.click("tab-compose").await;
        case.page.until("nothing can be sent", "one('not-live') && !one('compose-send')").await;
        case.page.until("the mode cannot be switched", "one('mode-remote-write').disabled").await;
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
        assert_eq!(bare.failed(), 0, "it asks for nothing but its own files");
        for (name, size) in [("phone", PHONE), ("wide", (1920, 1080)), ("projector", PROJECTOR)] {
            case.page.resize(size.0, size.1).await;
            case.page.picture(&format!("files-link-opened-{name}")).await;
            case.page.click("open-files").await;
            case.page.prefer("dark").await;
            case.page.picture(&format!("files-dialog-{name}-dark")).await;
            case.page.prefer("light").await;
            case.page.picture(&format!("files-dialog-{name}")).await;
            case.page.click("files-close").await;
        }
        case.page.click("back-to-live").await;
        case.page.until("it says that there is no server", "text('notice').includes('No server')").await;
        case.page.until_equal("the run stays", "one('connection').dataset.link", "saved").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_link_is_told_and_the_page_is_live() {
    case("damaged-link", "remote-write", async |case| {
        let home = case.server.home();
        case.page.open("about:blank", PROJECTOR).await;
        case.page.open(&format!("{home}#at=3&run=QmF0b24"), PROJECTOR).await;
        case.page.until("it says so", "text('notice').includes('damaged')").await;
        case.page.until_equal("it is live", "one('connection').dataset.link", "live").await;
        assert_eq!(case.page.evaluate("location.hash").await, json!(""));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_run_is_opened_and_a_broken_one_too() {
    case("saved-run", "local-write", async |case| {
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        case.page.save_to(folder.path()).await;
        stopped_in_a_handoff(case).await;
        let before = case.page.evaluate(SEEN).await;
        made(&case.page, "save-all").await;
        let path = saved(folder.path(), "jsonl").await;
        let text = std::fs::read_to_string(&path).expect("it was saved");

        let broken = folder.path().join("broken.txt");
        let mut lines: Vec<&str> = text.lines().collect();
        let damaged = lines[20].replacen(':', " ", 1);
        lines[20] = &damaged;
        std::fs::write(&broken, lines.join("\n")).expect("the folder can be written");
        let other = folder.path().join("notes.txt");
        std::fs::write(&other, "Dear diary,\n").expect("the folder can be written");

        case.page.upload("files-open", &path).await;
        case.page.until_equal("it is not live", "one('connection').dataset.link", "saved").await;
        assert_eq!(case.page.evaluate(SEEN).await, before);
        assert_eq!(case.page.evaluate("!!one('saved-wrong')").await, json!(false), "nothing is wrong with it");

        case.page.click("open-files").await;
        case.page.upload("files-open", &broken).await;
        case.page.until("the line is named", "text('saved-wrong').includes('Line 21 is not an event')").await;
        case.page.until("the rest is shown", "text('replica-1-note-1') != ''").await;
        case.page.picture("files-broken").await;
        case.page.resize(PHONE.0, PHONE.1).await;
        case.page.picture("files-broken-phone").await;
        case.page.resize(PROJECTOR.0, PROJECTOR.1).await;

        case.page.click("open-files").await;
        case.page.upload("files-open", &other).await;
        case.page.until("it says why", "text('notice').includes('expected on line 1')").await;
        case.page.until("what was there is there", "text('saved').includes('broken.txt')").await;
        case.page.click("files-close").await;
        case.page.picture("files-refused").await;

        case.page.click("back-to-live").await;
        case.page.until_equal("it is live again", "one('connection').dataset.link", "live").await;
        case.page.until("nothing speaks of the run", "!one('saved')").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_stands_alone_opens_from_a_file() {
    case("page-file", "local-write", async |case| {
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        case.page.save_to(folder.path()).await;
        stopped_in_a_handoff(case).await;
        let before = case.page.evaluate(SEEN).await;
        made(&case.page, "page").await;
        let path = saved(folder.path(), "html").await;
        case.server.kill();
        case.page.open("about:blank", PROJECTOR).await;
        case.page.console_errors().await;

        case.page.open(&format!("file://{}", path.display()), PROJECTOR).await;
        case.page.until_equal("the run is shown", "one('connection')?.dataset.link", "saved").await;
        case.page.until_equal("the moment is the same", SEEN, before).await;
        assert_eq!(case.page.evaluate("!!one('back-to-live')").await, json!(false), "there is nothing to go back to");
        case.page.click("language").await;
        case.page.until_equal("Korean is in it", "document.documentElement.lang", "ko").await;
        case.page.picture("files-page-korean").await;
        case.page.click("language").await;
        case.page.click("tab-figure").await;
        case.page.until("its later parts are in it", "one('side-panel') || all('#side-panel svg').length > 0").await;
        case.page.picture("files-page").await;
        std::fs::remove_file(&path).expect("the file is ours");
        made(&case.page, "page").await;
        let again = saved(folder.path(), "html").await;
        case.page.open(&format!("file://{}", again.display()), PROJECTOR).await;
        case.page.until_equal("it can be saved again from there", "one('connection')?.dataset.link", "saved").await;
        assert_eq!(case.page.console_errors().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_dropped_and_keys_open_the_dialog() {
    case("drop", "remote-write", async |case| {
        case.page.until_at_live().await;
        let run = "{\"seq\":1,\"at\":0,\"node\":\"r2\",\"stamp\":{\"lamport\":1,\"vector\":[0,0,1]},\"kind\":{\"committed\":{\"group\":\"store\",\"seq\":0}}}";
        let drag = |kind: &str| {
            format!(
                "const transfer = new DataTransfer(); transfer.items.add(new File([{}], 'dropped.jsonl'));
                 document.body.dispatchEvent(new DragEvent('{kind}', {{ dataTransfer: transfer, bubbles: true, cancelable: true }}));",
                Value::from(run)
            )
        };
        case.page.run(&drag("dragover")).await;
        case.page.until("it says what letting go does", "one('drop-hint')").await;
        case.page.picture("files-drop").await;
        case.page.run(&drag("drop")).await;
        case.page.until("the run is shown", "text('saved').includes('dropped.jsonl')").await;
        case.page.until("it lacks a header, and says so", "text('saved-wrong').includes('no header')").await;
        case.page.until("its replicas are found", "one('replica-2') && !one('replica-3')").await;
        case.page.run("window.dispatchEvent(new KeyboardEvent('keydown', { key: 'o', bubbles: true }))").await;
        case.page.until("the dialog is open", "one('files')?.open").await;
        case.page.click("files-close").await;
        case.page.run("window.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', bubbles: true }))").await;
        case.page.until("a link is made", "one('files-made-link')?.value.includes('#at=')").await;
    })
    .await;
}
