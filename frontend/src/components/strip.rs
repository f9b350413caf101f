//! The painted timeline, in two bands: the whole log, and the part around the cursor with a tick for every event.
//!
//! Press or drag on either to go there. The keys are those of the page ([`crate::commands`]).

use crate::prelude::*;
use leptos::html::Div;
use wasm_bindgen::JsCast;
use web_sys::{Element, PointerEvent};

use crate::derived::{Call, Derived, Held, Value};
use crate::fixed::px;
use crate::focus::Focus;
use crate::kind::Kind;
use crate::lang::{fill, t};
use crate::markup::tag;
use crate::observe::observe_size;
use crate::playback::{Action, Playback};
use crate::screen::Screen;
use crate::timeline::{Overview, Window, legend, paths, shapes};
use crate::values::{shown, text};

/// The height of the part around the cursor, in pixels.
const HEIGHT: f64 = 36.0;
/// The height of the whole, in pixels.
const WHOLE: f64 = 20.0;

/// Shows the timeline.
#[component]
pub fn Strip(
    /// What is shown.
    screen: Screen,
    /// The log.
    playback: Value<Playback>,
    /// Does what was asked.
    on_action: Call<Action>,
    /// Hears what is pointed at.
    on_focus: Call<Option<Focus>>,
) -> impl IntoView {
    let strip = NodeRef::<Div>::new();
    let width = Held::new(0.0);
    observe_size(strip, move |seen, _, _| width.set(seen));
    let status = screen.status;
    let window = Derived::new(move |_| {
        let status = status.get();
        Window::new(width.get().max(1.0), status.gone, status.stops, status.stop)
    });
    let ticks = Derived::new(move |_| {
        screen.findings.track();
        playback.with_untracked(|playback| {
            let window = window.get();
            [drawn(paths(playback, window, HEIGHT)), shapes(playback, window, HEIGHT)].concat()
        })
    });
    let cursor = move || px(window.get().x(status.get().stop) + window.get().pitch / 2.0);
    let at_cursor = text(move || format!("translateX({})", cursor()));
    let seek = move |x| on_action.run(Action::Seek(window.get_untracked().at(x)));
    let point = move |event: &PointerEvent| {
        let number = window.get_untracked().at(f64::from(event.offset_x()));
        let place = playback.with_untracked(|playback| playback.log().stop(number).map(|(place, _)| place));
        on_focus.run(place.map(Focus::Event));
    };
    let pointed = Derived::new(move |_| {
        let place = screen.pointed.read().place?;
        let stop = playback.with_untracked(|playback| playback.log().entry(place).map(|entry| entry.stops))?;
        let window = window.get();
        (window.first..window.first + window.count).contains(&stop).then(|| window.x(stop))
    });
    // Screen readers read every change aloud: while time runs there is the live region for that.
    let settled = Derived::new(move |old: Option<&u64>| {
        let status = status.get();
        old.filter(|_| status.playing && status.behind() > 0).copied().unwrap_or(status.stop)
    });
    view! {
        <div class="strips" title=legend()>
            <Whole screen playback window width on_action />
            <div
                class="strip"
                data-testid="strip"
                data-kept=text(move || {
                    status.track();
                    playback.with_untracked(|playback| playback.log().len()).to_string()
                })
                node_ref=strip
                role="slider"
                tabindex="0"
                aria-label=t("Events")
                aria-valuemin="0"
                aria-valuemax=text(move || status.get().stops.to_string())
                aria-valuenow=text(move || settled.get().to_string())
                aria-valuetext=text(move || value(settled.get(), status.get().stops))
                on:pointerdown=move |event| grab(&event, &seek)
                on:pointermove=move |event| {
                    drag(&event, &seek);
                    point(&event);
                }
                on:pointerleave=move |_| on_focus.run(None)
            >
                <div class="strip-paint" aria-hidden="true">
                    <svg inner_html=text(move || ticks.get())></svg>
                    <div class="veil" style:transform=at_cursor></div>
                </div>
                {shown(move || pointed.read().is_some(), move || {
                    let at = text(move || format!("translateX({})", px(pointed.get().unwrap_or_default())));
                    view! { <div class="pointed-at" style:transform=at></div> }.into_any()
                })}
                <div class="playhead" style:transform=at_cursor></div>
            </div>
        </div>
    }
}

/// The whole log, with a bracket around the part that is below.
#[component]
fn Whole(
    screen: Screen,
    playback: Value<Playback>,
    window: Derived<Window>,
    width: Held<f64>,
    on_action: Call<Action>,
) -> impl IntoView {
    let status = screen.status;
    let ends = Derived::new(move |_| (status.get().gone, status.get().stops));
    let overview = Derived::new(move |_| {
        let (gone, stops) = ends.get();
        Overview::new(width.get(), gone, stops)
    });
    let paint = Derived::new(move |_| {
        screen.findings.track();
        playback.with_untracked(|playback| overview.get().paint(playback, WHOLE))
    });
    let seek = move |x| on_action.run(Action::Seek(overview.get_untracked().at(x)));
    let left = move || overview.get().x(window.get().first.saturating_sub(1));
    let right = move || overview.get().x(window.get().first + window.get().count.max(1) - 1);
    view! {
        <div
            class="strip whole"
            data-testid="whole"
            aria-hidden="true"
            on:pointerdown=move |event| grab(&event, &seek)
            on:pointermove=move |event| drag(&event, &seek)
        >
            <svg inner_html=text(move || paint.get())></svg>
            <div
                class="bracket"
                style:transform=text(move || format!("translateX({})", px(left())))
                style:width=text(move || px((right() - left()).max(6.0)))
            ></div>
            <div
                class="playhead"
                style:transform=text(move || format!("translateX({})", px(overview.get().x(status.get().stop))))
            ></div>
        </div>
    }
}

/// Goes to where the pointer is pressed, and follows it until it is let go, also beside the strip.
fn grab(event: &PointerEvent, seek: &dyn Fn(f64)) {
    let strip = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
    if let Some(strip) = strip.filter(|_| event.button() == 0) {
        // Fails for a pointer that is gone already.
        let _ = strip.set_pointer_capture(event.pointer_id());
        seek(f64::from(event.offset_x()));
    }
}

fn drag(event: &PointerEvent, seek: &dyn Fn(f64)) {
    if event.buttons() & 1 == 1 {
        seek(f64::from(event.offset_x()));
    }
}

fn drawn(paths: Vec<(Kind, bool, String)>) -> String {
    let path = |(kind, meets, path): (Kind, bool, String)| {
        let class = if meets { "tick" } else { "tick other" };
        tag("path", &[("class", class), ("data-kind", kind.as_str()), ("d", &path)], "")
    };
    paths.into_iter().map(path).collect()
}

/// Says which event the cursor is at; what it is, the live region says.
fn value(number: u64, count: u64) -> String {
    fill("event {number} of {count}", &[("number", &number.to_string()), ("count", &count.to_string())])
}
