//! Saves a text as a file of the person's own, as a link with a `download` attribute does.

use crate::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// Saves `text` under `name`; `media` is its media type.
///
/// # Errors
/// When the browser makes no link for it.
pub fn save(name: &str, media: &str, text: &str) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(media);
    let blob = Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&JsValue::from_str(text)), &options)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    // The browser has taken what it needs by the next turn.
    set_timeout(move || drop(Url::revoke_object_url(&address)), std::time::Duration::from_secs(1));
    Ok(())
}
