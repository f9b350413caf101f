//! Light or dark: as the system says, until a person chooses; the choice is remembered.

use web_sys::{Storage, window};

const KEY: &str = "baton-theme";

fn storage() -> Option<Storage> {
    window()?.local_storage().ok()?
}

/// Returns what was remembered under a name.
pub fn recall(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Remembers a choice. A browser that keeps nothing forgets it; the page works all the same.
pub fn remember(key: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(key, value);
    }
}

/// Whether the page is dark now.
pub fn is_dark() -> bool {
    recall(KEY).map_or_else(|| prefers("(prefers-color-scheme: dark)"), |chosen| chosen == "dark")
}

/// Whether the person asked for less motion.
pub fn is_still() -> bool {
    prefers("(prefers-reduced-motion: reduce)")
}

/// Shows the theme that was chosen earlier, if any.
pub fn restore() {
    if let Some(chosen) = recall(KEY) {
        show(chosen == "dark");
    }
}

/// Shows a theme and remembers it.
pub fn choose(dark: bool) {
    show(dark);
    remember(KEY, if dark { "dark" } else { "light" });
}

fn show(dark: bool) {
    let root = window().and_then(|window| window.document()?.document_element());
    if let Some(root) = root {
        let _ = root.set_attribute("data-theme", if dark { "dark" } else { "light" });
    }
}

fn prefers(query: &str) -> bool {
    let list = window().and_then(|window| window.match_media(query).ok().flatten());
    list.is_some_and(|list| list.matches())
}
