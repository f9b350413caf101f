//! The keyboard: what a key calls is in [`crate::commands`].

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::actions::Model;
use crate::commands;

/// Listens until the page is gone.
#[allow(clippy::large_types_passed_by_value, reason = "handles of signals, copied everywhere")]
pub fn listen(model: Model) {
    let handle = window_event_listener(ev::keydown, move |event| {
        if !is_plain(&event) || !is_free(&event) {
            return;
        }
        if let Some(command) = commands::of_key(&event.key(), &event.code(), event.shift_key()) {
            event.prevent_default();
            model.run(command);
        }
    });
    on_cleanup(move || handle.remove());
}

fn is_plain(event: &KeyboardEvent) -> bool {
    !(event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing())
}

/// Whether the key is not meant for what has the focus: a field takes all keys, a button takes the space bar.
fn is_free(event: &KeyboardEvent) -> bool {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return true };
    if target.closest("dialog").is_ok_and(|dialog| dialog.is_some()) {
        return false;
    }
    match target.tag_name().as_str() {
        "INPUT" | "TEXTAREA" | "SELECT" => false,
        "BUTTON" => event.key() != " ",
        _ => true,
    }
}
