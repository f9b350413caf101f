//! A file dragged onto the page is opened.

use crate::prelude::*;
use leptos::ev;
use web_sys::DragEvent;

use super::actions::Model;

/// Listens until the page is gone.
pub fn listen(model: Model) {
    let over = window_event_listener(ev::dragover, move |event| {
        if has_file(&event) {
            event.prevent_default();
            model.dropping.set(true);
        }
    });
    let left = window_event_listener(ev::dragleave, move |event| {
        if event.related_target().is_none() {
            model.dropping.set(false);
        }
    });
    let dropped = window_event_listener(ev::drop, move |event| {
        model.dropping.set(false);
        if !has_file(&event) {
            return;
        }
        event.prevent_default();
        let files = event.data_transfer().and_then(|transfer| transfer.files());
        if let Some(file) = files.and_then(|files| files.get(0)) {
            model.open(file);
        }
    });
    on_cleanup(move || {
        over.remove();
        left.remove();
        dropped.remove();
    });
}

fn has_file(event: &DragEvent) -> bool {
    let types = event.data_transfer().map(|transfer| transfer.types());
    types.is_some_and(|types| types.includes(&"Files".into(), 0))
}
