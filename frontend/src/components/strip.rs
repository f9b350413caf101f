//! The painted timeline: a tick for every event, a line for the cursor; press or drag to go there.

use leptos::html::Div;
use leptos::prelude::*;

use crate::derived::Derived;
use web_sys::{KeyboardEvent, PointerEvent};

use crate::fixed::px;
use crate::kind::Kind;
use crate::lang::t;
use crate::observe::observe_size;
use crate::playback::{Action, Playback};
use crate::screen::Screen;
use crate::timeline::{Window, paths};
use crate::values::text;

/// The strip's height, in pixels.
const HEIGHT: f64 = 28.0;

/// Shows the timeline.
#[component]
pub fn Strip(
    /// What is shown.
    screen: Screen,
    /// The log.
    playback: Signal<Playback>,
    /// Does what was asked.
    on_action: Callback<Action>,
) -> impl IntoView {
    let strip = NodeRef::<Div>::new();
    let width = RwSignal::new(0.0);
    observe_size(strip, move |seen, _, _| width.set(seen));
    let status = screen.status;
    let window = Derived::new(move |_| {
        let status = status.get();
        Window::new(width.get().max(1.0), status.gone, status.stops, status.stop)
    });
    let ticks = Derived::new(move |_| playback.with_untracked(|playback| paths(playback.log(), window.get(), HEIGHT)));
    let path_of = move |kind: Kind| {
        ticks.read().iter().find(|(other, _)| *other == kind).map(|(_, path)| path.clone()).unwrap_or_default()
    };
    let cursor = move || window.get().x(status.get().stop) + window.get().pitch / 2.0;
    let at_cursor = text(move || format!("translateX({})", px(cursor())));
    let seek = move |event: &PointerEvent| {
        let number = window.get_untracked().at(f64::from(event.offset_x()));
        on_action.run(Action::Seek(number));
    };
    let drag = move |event: PointerEvent| {
        if event.buttons() & 1 == 1 {
            seek(&event);
        }
    };
    let on_key = move |event: KeyboardEvent| match event.key().as_str() {
        "Home" => on_action.run(Action::Seek(status.get_untracked().gone)),
        "End" => on_action.run(Action::Live),
        _ => {}
    };
    view! {
        <div
            class="strip"
            data-testid="strip"
            node_ref=strip
            role="slider"
            tabindex="0"
            aria-label=t("Events")
            aria-valuemin="0"
            aria-valuemax=text(move || status.get().stops.to_string())
            aria-valuenow=text(move || status.get().stop.to_string())
            on:keydown=on_key
            on:pointerdown=move |event| seek(&event)
            on:pointermove=drag
        >
            <div class="strip-paint" aria-hidden="true">
                <svg>
                    {Kind::ALL
                        .map(|kind| view! { <path class="tick" data-kind=kind.as_str() d=text(move || path_of(kind))></path> })}
                </svg>
                <div class="veil" style:transform=at_cursor></div>
            </div>
            <div class="playhead" style:transform=at_cursor></div>
        </div>
    }
}
