//! The page as one file that needs no server: its own script, program and styles with a run inside.
//!
//! The parts are fetched from where this page came from, or taken out of this page when it stands alone already. The
//! file is opened by a double click, where scripts cannot be imported from beside it: `page_boot.js` unpacks them.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, Url};

use super::deadline;
use super::pack::pack;
use super::saved::RUN;
use crate::lang::KOREAN_FILE;

/// The elements in which a page that stands alone holds its parts; all but the sentences packed. The last two are
/// there when its program is split.
const PARTS: [&str; 5] = ["baton-js", "baton-wasm", "baton-ko", "baton-loader", "baton-later"];
/// How the script of a page whose program is split imports the loader of its second program.
const LOADER: &str = "./__wasm_split.js";
/// How the loader names that program.
const LATER: &str = "./split_later.wasm";

/// Returns the page with a packed run inside; `None` when a part of it cannot be had.
pub async fn page(packed_run: &str) -> Option<String> {
    let icon = document().query_selector("link[rel=icon]").ok()??.outer_html();
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>Baton</title>{icon}<style id=\"baton-css\">{}</style></head>\
         <body><p id=\"loading\">Baton is loading…</p>\n",
        styles().await?
    );
    for (id, text) in parts().await? {
        html += &held(id, &text);
    }
    html += &held(RUN, packed_run);
    html += "<script type=\"module\" id=\"baton-boot\">";
    html += include_str!("page_boot.js");
    html += "</script></body></html>\n";
    Some(html)
}

/// Returns the texts that a page holds, by the elements that hold them: those of this page when it stands alone.
async fn parts() -> Option<Vec<(&'static str, String)>> {
    let own: Vec<_> = PARTS.iter().filter_map(|id| Some((*id, own(id)?))).collect();
    if own.is_empty() { fetched_parts().await } else { Some(own) }
}

async fn fetched_parts() -> Option<Vec<(&'static str, String)>> {
    let [js, wasm, ko, loader, later] = PARTS;
    let script = named("link[rel=modulepreload]", "href")?;
    let program = fetched(&script).await?;
    let mut parts = vec![
        (wasm, pack(&fetched(&named("link[rel=preload][type=\"application/wasm\"]", "href")?).await?).await?),
        (ko, String::from_utf8(fetched(KOREAN_FILE).await?).ok()?),
        (js, pack(&program).await?),
    ];
    if std::str::from_utf8(&program).ok()?.contains(LOADER) {
        let address = beside(LOADER, &script)?;
        let text = fetched(&address).await?;
        parts.push((later, pack(&fetched(&beside(LATER, &address)?).await?).await?));
        parts.push((loader, pack(&text).await?));
    }
    Some(parts)
}

/// Returns the address of what a file names relative to itself.
fn beside(name: &str, file: &str) -> Option<String> {
    let file = Url::new_with_base(file, &document().base_uri().ok()??).ok()?;
    Url::new_with_base(name, &file.href()).ok().map(|url| url.href())
}

fn named(by: &str, attribute: &str) -> Option<String> {
    document().query_selector(by).ok()??.get_attribute(attribute)
}

fn held(id: &str, text: &str) -> String {
    format!("<script type=\"text/plain\" id=\"{id}\">{text}</script>\n")
}

async fn styles() -> Option<String> {
    if let Some(own) = own("baton-css") {
        return Some(own);
    }
    let links = document().query_selector_all("link[rel=stylesheet]").ok()?;
    let mut styles = String::new();
    for index in 0..links.length() {
        let link: Element = links.get(index)?.unchecked_into();
        styles += std::str::from_utf8(&fetched(&link.get_attribute("href")?).await?).ok()?;
    }
    Some(styles)
}

/// Returns what a page that stands alone holds in this element.
fn own(id: &str) -> Option<String> {
    document().get_element_by_id(id)?.text_content()
}

async fn fetched(address: &str) -> Option<Vec<u8>> {
    let reply = deadline::get(address).send().await.ok().filter(gloo_net::http::Response::ok)?;
    reply.binary().await.ok()
}
