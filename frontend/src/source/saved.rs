//! Runs that come with the page: in the link that opened it, in the page itself, or in a file that a person gives.
//!
//! The source beside [`super::live`]: with a run from here nothing is asked of any server.

use leptos::prelude::{document, window};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use super::pack::unpack;
use crate::lang::{self, Lang, en};
use crate::run_file::SIZE_LIMIT;

/// The element of a page that stands alone in which its run is.
pub const RUN: &str = "baton-run";
/// The longest link that is read; what is longer could unpack to more than a page can hold.
const LINK_LIMIT: usize = 1 << 18;

/// A run as it was given, still packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    packed: String,
    /// The event to stop at, when it is not the one that the run names.
    pub at: Option<u64>,
    /// Whether it came in a link.
    pub linked: bool,
}

/// Returns the run that this page was opened with, if any.
pub fn given() -> Option<Given> {
    let linked = window().location().hash().ok().and_then(|fragment| in_fragment(&fragment));
    linked.or_else(|| {
        let packed = document().get_element_by_id(RUN)?.text_content()?;
        Some(Given { packed, at: None, linked: false })
    })
}

fn in_fragment(fragment: &str) -> Option<Given> {
    let pairs = || fragment.trim_start_matches('#').split('&').filter_map(|pair| pair.split_once('='));
    let value = |wanted: &str| pairs().find(|(name, _)| *name == wanted).map(|(_, value)| value);
    let at = value("at").and_then(|at| at.parse().ok());
    Some(Given { packed: value("run")?.to_owned(), at, linked: true })
}

/// Unpacks a run to its text.
///
/// # Errors
/// What is wrong, in the words of the page.
pub async fn open(given: &Given) -> Result<String, &'static str> {
    if given.linked && given.packed.len() > LINK_LIMIT {
        return Err(en("The run in this link is too long to be opened."));
    }
    unpack(&given.packed).await.ok_or(if given.linked {
        en("The run in this link is damaged or was cut short on its way: ask for the link again, or for the file.")
    } else {
        en("The run in this page is damaged.")
    })
}

/// Reads a file; `None` when it is too large or cannot be read.
pub async fn text_of(file: &File) -> Option<String> {
    #[allow(clippy::cast_precision_loss, reason = "the limit is far below 2⁵³")]
    let fits = file.size() <= SIZE_LIMIT as f64;
    let text = JsFuture::from(fits.then(|| file.text())?).await.ok()?;
    text.as_string()
}

/// Returns the link to a packed run at an event.
pub fn link(packed: &str, at: u64) -> String {
    let location = window().location();
    let origin = location.origin().ok().filter(|origin| origin != "null").unwrap_or_else(|| "file://".to_owned());
    let query = if lang::lang() == Lang::Korean { "?lang=ko" } else { "" };
    format!("{origin}{}{query}#at={at}&run={packed}", location.pathname().unwrap_or_default())
}

/// Takes the run out of the page's address, so that the page is opened anew without it.
pub fn forget_link() {
    let location = window().location();
    let (Ok(path), Ok(query), Ok(history)) = (location.pathname(), location.search(), window().history()) else {
        return;
    };
    // Fails only where a page may not name itself; then the address stays as it is.
    let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&format!("{path}{query}")));
}

/// Whether the page came from a server at all, and not from a file.
pub fn is_served() -> bool {
    window().location().protocol().is_ok_and(|protocol| protocol.starts_with("http"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_names_a_run_and_a_moment() {
        let given = in_fragment("#at=131&run=QmF0&lang=ko");
        assert_eq!(given, Some(Given { packed: "QmF0".to_owned(), at: Some(131), linked: true }));
        assert_eq!(in_fragment("#run=QmF0&at=x").and_then(|given| given.at), None);
        assert_eq!(in_fragment("#steps"), None);
        assert_eq!(in_fragment(""), None);
    }
}
