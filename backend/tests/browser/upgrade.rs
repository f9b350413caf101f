//! The server is replaced by one with another build of the page while the page is open.

use std::path::PathBuf;

use rust_embed::EmbeddedFile;
use rust_embed::utils::read_file_from_fs;
use serde_json::json;

use crate::case::case;

const LINK: &str = "one('connection')?.dataset.link";
const OLDER: &str = "text('older').startsWith('This page is older than the server')";

/// The folder of the other build's files.
const OTHER: &str = "page-0123456789abcdef";

fn dist(name: &str) -> Option<EmbeddedFile> {
    read_file_from_fs(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).with_file_name("dist").join(name)).ok()
}

/// Returns the folder of the files of the page that was built.
fn folder() -> String {
    let html = dist("index.html").map(|file| String::from_utf8_lossy(&file.data).into_owned()).unwrap_or_default();
    let (_, rest) = html.split_once("page-").expect("a page was built");
    let (hash, _) = rest.split_once('/').expect("its folder has files");
    ["page-", hash].concat()
}

/// The page as another build: the same files in a folder of another name, and nothing in the folder of before.
fn other(name: &str) -> Option<EmbeddedFile> {
    let folder = folder();
    if name == "index.html" {
        let file = dist(name)?;
        let html = String::from_utf8_lossy(&file.data).replace(&folder, OTHER);
        return Some(EmbeddedFile { data: html.into_bytes().into(), ..file });
    }
    match name.split_once('/') {
        Some((OTHER, file)) => dist(&format!("{folder}/{file}")),
        Some((gone, _)) if gone == folder => None,
        Some(_) | None => dist(name).filter(|_| !name.starts_with("index.html")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_older_than_its_server_says_so_and_is_reloaded() {
    case("upgrade", "remote-write", async |case| {
        case.server.upgrade(other).await;
        case.page.until("it knows that it is older", OLDER).await;
        case.page.until_equal("and is live", LINK, "live").await;
        case.page.picture("upgrade").await;
        case.page.click("tab-state").await;
        case.page
            .until("a part that is gone says so", "text('part-missing').includes('is gone: Baton was rebuilt')")
            .await;
        let buttons = "[one('part-again') ? 1 : 0, all('[data-testid=reload]').length]";
        case.page.until_equal("and does not ask to try again", buttons, json!([0, 2])).await;
        case.page.click("reload").await;
        case.page.until_equal("the new page is live", LINK, "live").await;
        case.page.until("it is not older", "!one('older')").await;
        case.page.click("tab-state").await;
        case.page.until("and has all its parts", "one('state')").await;
    })
    .await;
}

/// The server that comes back has another page, and another run.
#[tokio::test(flavor = "multi_thread")]
async fn a_paused_page_that_is_older_keeps_its_run() {
    case("upgrade-paused", "remote-write", async |case| {
        case.page.click("play").await;
        case.page.until_equal("time stands still", "one('slowness').dataset.state", "paused").await;
        case.server.upgrade(other).await;
        case.page.until("it knows that it is older", OLDER).await;
        case.page.until_equal("and keeps its run", LINK, "kept").await;
        case.page.picture("upgrade-paused").await;
        case.page.click("leave-kept").await;
        case.page.until_equal("until it is left", LINK, "live").await;
        case.page.until("it is no newer for that", OLDER).await;
    })
    .await;
}
