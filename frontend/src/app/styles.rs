//! The style sheets of what is behind the cut: they come with it, and are put on the page when it is first called.
//!
//! Those of the first picture are linked in `index.html`.

use std::sync::atomic::{AtomicBool, Ordering};

use js_sys::{Array, Function, Reflect};
use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue};

/// The sheets, in their order.
const SHEETS: [&str; 15] = [
    include_str!("../components/because.css"),
    include_str!("../components/modal.css"),
    include_str!("../components/settings.css"),
    include_str!("../components/figure.css"),
    include_str!("../components/compare.css"),
    include_str!("../components/state_tab.css"),
    include_str!("../components/composer.css"),
    include_str!("../components/gate.css"),
    include_str!("../components/detail.css"),
    include_str!("../components/diagram.css"),
    include_str!("../components/files.css"),
    include_str!("../components/palette.css"),
    include_str!("../components/search.css"),
    include_str!("../components/saved.css"),
    include_str!("../components/crowd.css"),
];

static ADOPTED: AtomicBool = AtomicBool::new(false);

/// Puts them on the page, once.
pub fn adopt() {
    if !ADOPTED.swap(true, Ordering::Relaxed) {
        for sheet in SHEETS {
            // Fails only in a browser that is older than what the page's own program needs.
            let _ = adopted(sheet);
        }
    }
}

/// A constructed sheet, which the page's security policy allows as its own script made it.
fn adopted(css: &str) -> Result<(), JsValue> {
    let kind: Function = Reflect::get(&window(), &"CSSStyleSheet".into())?.dyn_into()?;
    let sheet = Reflect::construct(&kind, &Array::new())?;
    call(&sheet, "replaceSync", &css.into())?;
    call(&Reflect::get(&document(), &"adoptedStyleSheets".into())?, "push", &sheet)
}

fn call(on: &JsValue, name: &str, argument: &JsValue) -> Result<(), JsValue> {
    let function: Function = Reflect::get(on, &name.into())?.dyn_into()?;
    function.call1(on, argument).map(drop)
}
