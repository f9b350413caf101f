//! The keyboard: space plays and pauses, the arrows step, L jumps to live, P turns projector mode on and off.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::actions::Model;
use crate::playback::Action;

/// Listens until the page is gone.
pub fn listen(model: Model) {
    let handle = window_event_listener(ev::keydown, move |event| {
        if is_free(&event) && is_plain(&event) && event.key().eq_ignore_ascii_case("p") {
            model.look.project();
        }
        let Some(action) = action(&event).filter(|_| is_free(&event)) else { return };
        event.prevent_default();
        model.act(action);
    });
    on_cleanup(move || handle.remove());
}

fn action(event: &KeyboardEvent) -> Option<Action> {
    if !is_plain(event) {
        return None;
    }
    match event.key().as_str() {
        " " => Some(Action::Toggle),
        "ArrowRight" => Some(Action::StepForward),
        "ArrowLeft" => Some(Action::StepBack),
        "l" | "L" => Some(Action::Live),
        _ => None,
    }
}

fn is_plain(event: &KeyboardEvent) -> bool {
    !(event.ctrl_key() || event.meta_key() || event.alt_key())
}

/// Whether the key is not meant for what has the focus: a field takes all keys, a button takes the space bar.
fn is_free(event: &KeyboardEvent) -> bool {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return true };
    match target.tag_name().as_str() {
        "INPUT" | "TEXTAREA" | "SELECT" => false,
        "BUTTON" => event.key() != " ",
        _ => true,
    }
}
