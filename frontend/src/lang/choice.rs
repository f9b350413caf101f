//! Which language a person chose: as the address says (`?lang=ko`), else as remembered, else as the browser prefers.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::UrlSearchParams;

use super::{Lang, choose, is_learnt, learn};
use crate::theme::{recall, remember};

const KEY: &str = "baton-language";

/// Where the Korean sentences are, beside the page.
const KOREAN: &str = "ko.txt";

/// Speaks the language that was chosen earlier.
pub fn restore() {
    let asked = window().location().search().ok().and_then(|query| UrlSearchParams::new_with_str(&query).ok());
    let asked = asked.and_then(|query| query.get("lang"));
    let known = asked.or_else(|| recall(KEY)).or_else(|| window().navigator().language());
    if known.is_some_and(|code| code.starts_with("ko")) {
        speak(Lang::Korean);
    }
}

/// Speaks a language and remembers it.
pub fn switch(lang: Lang) {
    remember(KEY, lang.code());
    speak(lang);
}

fn speak(lang: Lang) {
    if lang == Lang::English || is_learnt() {
        show(lang);
        return;
    }
    spawn_local(async move {
        // Without the file the page stays English, which everybody sees; the next switch tries again.
        let Ok(reply) = gloo_net::http::Request::get(KOREAN).send().await else { return };
        if let Some(text) = reply.text().await.ok().filter(|_| reply.ok()) {
            learn(&text);
            show(lang);
        }
    });
}

fn show(lang: Lang) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", lang.code());
    }
    choose(lang);
}
