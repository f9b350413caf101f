//! The keyboard: what a key calls is in [`crate::commands`].

use crate::prelude::*;
use leptos::ev;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::actions::Model;
use crate::commands::{self, Command};
use crate::observe::composes;

/// Listens until the page is gone.
#[allow(clippy::large_types_passed_by_value, reason = "handles of signals, copied everywhere")]
pub fn listen(model: Model) {
    let handle = window_event_listener(ev::keydown, move |event| {
        let control = event.ctrl_key() || event.meta_key();
        if event.alt_key() || composes(&event) || !is_free(&event, control) {
            return;
        }
        if let Some(command) = commands::of_key(&event.key(), &event.code(), event.shift_key(), control) {
            // Escape closes what the browser has open, too.
            if command != Command::Clear {
                event.prevent_default();
            }
            model.run(command);
        }
    });
    on_cleanup(move || handle.remove());
}

/// Whether the key is not meant for what has the focus: a field takes all keys, a button takes the space bar.
/// With Ctrl or Cmd it is meant for neither. A dialog keeps all.
fn is_free(event: &KeyboardEvent, control: bool) -> bool {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return true };
    if target.closest("dialog").is_ok_and(|dialog| dialog.is_some()) {
        return false;
    }
    match target.tag_name().as_str() {
        _ if control => true,
        "INPUT" | "TEXTAREA" | "SELECT" => false,
        "BUTTON" => event.key() != " ",
        _ => true,
    }
}
