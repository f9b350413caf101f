//! The dialog for files and links, and what the browser saves.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::page::Page;

/// Opens the dialog, does one thing and returns what the page says of it.
pub async fn made(page: &Page, job: &str) -> String {
    page.click("open-files").await;
    page.click(&format!("files-{job}")).await;
    page.until("it says what it did", "text('files-made') != ''").await;
    page.evaluate("text('files-made')").await.as_str().unwrap_or_default().to_owned()
}

/// Waits until the browser has saved a file with this ending; returns its path.
pub async fn saved(folder: &Path, ending: &str) -> PathBuf {
    let started = Instant::now();
    loop {
        let entries = std::fs::read_dir(folder).expect("the folder is there").flatten().map(|entry| entry.path());
        let found = entries.into_iter().find(|path| path.extension().is_some_and(|known| known == ending));
        if let Some(path) = found.filter(|path| path.metadata().is_ok_and(|known| known.len() > 0)) {
            return path;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "nothing was saved in {}", folder.display());
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}
