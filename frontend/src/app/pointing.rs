//! Pointing: whatever is about an event, a message or a note says so in an attribute, and the page listens once.
//!
//! `data-message` is a message's id, or `client-` and the place of a client's event; `data-place` is the place of an
//! event; `data-note` is a note's number. The pointer and the keyboard's focus mean the same.

use crate::prelude::*;
use leptos::ev;
use shared::id::NoteId;
use web_sys::EventTarget;

use super::actions::Model;
use crate::focus::Focus;
use crate::kept::Kept;
use crate::observe::closest;

/// Listens until the page is gone.
pub fn listen(model: Model) {
    // Only what was set here is cleared here: parts may set the focus themselves.
    let mine = Kept::new(None::<Focus>);
    let point = move |target: Option<EventTarget>| {
        let focus = focus_of(target);
        let before = mine.with(|mine| *mine);
        if focus.is_some() || Some(model.focus.get_untracked()) == before {
            mine.set(focus);
            if model.focus.get_untracked() != focus {
                model.focus.set(focus);
            }
        }
    };
    let over = window_event_listener(ev::pointerover, move |event| point(event.target()));
    let focused = window_event_listener(ev::focusin, move |event| point(event.target()));
    let out = window_event_listener(ev::focusout, move |_| point(None));
    on_cleanup(move || {
        over.remove();
        focused.remove();
        out.remove();
    });
}

fn focus_of(target: Option<EventTarget>) -> Option<Focus> {
    let element = closest(target, "[data-message],[data-place],[data-note]")?;
    let value = |name: &str| element.get_attribute(name);
    let message = value("data-message").and_then(|message| match message.strip_prefix("client-") {
        Some(place) => place.parse().ok().map(Focus::Event),
        None => message.parse().ok().map(Focus::Message),
    });
    let place = || value("data-place")?.parse().ok().map(Focus::Event);
    let note = || value("data-note")?.parse().ok().map(|note| Focus::Note(NoteId(note)));
    message.or_else(place).or_else(note)
}
