//! Which language a person chose: as the address says (`?lang=ko`), else as remembered, else as the browser prefers.

use crate::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, UrlSearchParams};

use super::{Lang, choose, is_learnt, learn, t};
use crate::source::deadline;
use crate::theme::{recall, remember};
use crate::values::spawn;

const KEY: &str = "baton-language";

/// Where the Korean sentences are, beside the page.
pub const KOREAN_FILE: &str = "ko.txt";
/// The element that holds them in a page that stands alone.
const KOREAN_ELEMENT: &str = "baton-ko";

/// Speaks the language that was chosen earlier.
pub fn restore() {
    let asked = window().location().search().ok().and_then(|query| UrlSearchParams::new_with_str(&query).ok());
    let asked = asked.and_then(|query| query.get("lang"));
    let known = asked.or_else(|| recall(KEY)).or_else(|| window().navigator().language());
    if known.is_some_and(|code| code.starts_with("ko")) {
        speak(Lang::Korean, || {});
    }
}

/// Speaks a language and remembers it. Whoever pressed the switch keeps it under the finger.
pub fn switch(lang: Lang) {
    remember(KEY, lang.code());
    speak(lang, || {
        request_animation_frame(|| {
            let button = document().query_selector("[data-testid=language]").ok().flatten();
            if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
                let _ = button.focus();
            }
        });
    });
}

fn speak(lang: Lang, done: fn()) {
    let held = document().get_element_by_id(KOREAN_ELEMENT).and_then(|element| element.text_content());
    if let Some(korean) = held {
        learn(&korean);
    }
    if lang == Lang::English || is_learnt() {
        show(lang);
        done();
        return;
    }
    spawn(async move {
        // Without the file the page stays English, which everybody sees; the next switch tries again.
        let Ok(reply) = deadline::get(KOREAN_FILE).send().await else { return };
        if let Some(text) = reply.text().await.ok().filter(|_| reply.ok()) {
            learn(&text);
            show(lang);
            done();
        }
    });
}

fn show(lang: Lang) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", lang.code());
    }
    choose(lang);
    document().set_title(t("Baton: replicated notes"));
}
