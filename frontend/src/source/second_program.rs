//! The page's second program, which `app/later` has fetched on demand: why it cannot be had.

use super::build::{self, GONE};
use super::deadline;
use crate::lang::en;

/// Asks for its file once more; returns what stands in the way, in English as it stands in the source.
pub async fn why_missing() -> &'static str {
    let Some(folder) = build::folder() else {
        return en("This part of the page is not in its file.");
    };
    match deadline::get(&[&folder, "/split_later.wasm"].concat()).send().await.map(|reply| reply.status()) {
        Ok(200..300) => en("This part of the page was fetched, but the browser could not start it: reload the page."),
        Ok(404) => GONE,
        Ok(_) => en("This part of the page could not be fetched: the server answers with an error."),
        Err(_) => en("This part of the page could not be fetched: the server does not answer."),
    }
}
