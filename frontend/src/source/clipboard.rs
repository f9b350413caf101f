//! The clipboard, where the browser lets a page write to it.

use js_sys::Reflect;
use leptos::prelude::window;
use wasm_bindgen_futures::JsFuture;

/// Puts text on the clipboard; says whether the browser let it.
pub async fn copy(text: &str) -> bool {
    let navigator = window().navigator();
    // A page that came over plain HTTP from another machine has none.
    let has_one = Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| clipboard.is_object());
    has_one && JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}
