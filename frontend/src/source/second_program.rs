//! The page's second program, which `app/later` has fetched on demand: why it cannot be had.

use leptos::prelude::document;

use super::deadline;
use crate::lang::en;

/// Asks for its file once more; returns what stands in the way, in English as it stands in the source.
pub async fn why_missing() -> &'static str {
    let Some(address) = address() else {
        return en("This part of the page is not in its file.");
    };
    match deadline::get(&address).send().await.map(|reply| reply.status()) {
        Ok(200..300) => en("This part of the page was fetched, but the browser could not start it: reload the page."),
        Ok(404) => {
            en("This part of the page is gone: Baton was built anew since the page was opened. Reload the page.")
        }
        Ok(_) => en("This part of the page could not be fetched: the server answers with an error."),
        Err(_) => en("This part of the page could not be fetched: the server does not answer."),
    }
}

/// Returns where it lies: beside the first one, which `index.html` names.
fn address() -> Option<String> {
    let first =
        document().query_selector("link[rel=preload][type=\"application/wasm\"]").ok()??.get_attribute("href")?;
    let (folder, _) = first.rsplit_once('/')?;
    Some(format!("{folder}/split_later.wasm"))
}
