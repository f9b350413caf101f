//! The parts of the page that the first picture does not need: fetched when they are first opened.
//!
//! With the feature `split` (`cargo xtask build`, `serve`, `test`) the compiler's output is cut at [`later`]: what only
//! it reaches becomes a file of its own. Without it (`trunk serve`) all is one program and nothing is fetched.

#![allow(unsafe_code, reason = "the attribute that marks the cut writes a link to a function that is fetched")]
#![allow(
    clippy::large_types_passed_by_value,
    clippy::large_enum_variant,
    clippy::unnecessary_wraps,
    reason = "what crosses the cut is passed by value and may fail to be fetched"
)]

use std::sync::atomic::{AtomicBool, Ordering};

use crate::prelude::*;
#[cfg(feature = "split")]
use gloo_timers::future::TimeoutFuture;
use leptos::wasm_split::SplitLoaderError;
use shared::api::gate::Deed;
use shared::config::Mode;
use shared::id::MessageId;
use web_sys::File;

use super::actions::{self, Model};
use super::panels::Panels;
use super::styles;
use crate::components::notices::reload_button;
use crate::components::side::Tab;
use crate::derived::{Call, Held};
use crate::lang::t;
use crate::source::build::GONE;
#[cfg(feature = "split")]
use crate::source::deadline::{LATE_PART, in_time};
use crate::source::saved::Given;
#[cfg(feature = "split")]
use crate::source::second_program;
use crate::values::spawn;

/// Whether the later parts are here.
static HERE: AtomicBool = AtomicBool::new(cfg!(not(feature = "split")));

/// A part that is drawn later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What a tab of the right side shows.
    Tab(Tab),
    /// The dialog that compares the two protocols.
    Compare,
    /// The Files dialog.
    Files,
    /// The line over a saved run.
    Saved,
    /// What the guarantee means.
    Guarantee,
    /// The settings.
    Settings,
    /// The list of all commands and keys.
    Palette,
    /// The search for events.
    Search,
    /// The curl lines of what was asked.
    ByHand,
    /// Why the event at the cursor happened.
    Why,
    /// The same in one sentence.
    WhyLine,
    /// Many messages as one picture.
    Crowd,
}

/// Something that is done later.
#[derive(Clone, Debug)]
pub enum Work {
    /// Send the composed request.
    Send,
    /// Ask for a mode.
    Switch(Mode),
    /// Close the gate (`true`), or open it.
    TurnGate(bool),
    /// Do something with a message that waits at the gate.
    Handle(MessageId, Deed),
    /// Open the run that came with the page.
    OpenGiven(Given),
    /// Open a file.
    OpenFile(File),
}

/// How long to wait after each failed try, in milliseconds; after the last one somebody has to ask again.
#[cfg(feature = "split")]
const PAUSES: [u32; 3] = [300, 1_000, 3_000];

/// How far a part is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Fetching,
    Here,
    /// It could not be fetched, and why.
    Missing(&'static str),
}

/// Whether the later parts are here, so that they cost nothing more.
pub fn is_here() -> bool {
    HERE.load(Ordering::Relaxed)
}

/// Draws a part, as soon as it is here.
pub fn part(panels: Panels, part: Part) -> AnyView {
    let here = is_here();
    let state = Held::new(if here { State::Here } else { State::Fetching });
    let fetch = move || {
        state.set(State::Fetching);
        spawn(async move {
            let fetched = fetch().await;
            // Does nothing when the part was closed meanwhile.
            state.set(fetched.map_or_else(State::Missing, |()| State::Here));
        });
    };
    if !here {
        fetch();
    }
    let drawn = move || match state.get() {
        State::Here => behind(Wanted::Drawn(panels, part)),
        State::Fetching => view! { <p class="hint" role="status">{t("One moment…")}</p> }.into_any(),
        State::Missing(why) => view! {
            <div class="hint" role="alert">
                <p data-testid="part-missing">{t(why)}</p>
                {if why == GONE { reload_button(Call::new(|()| actions::reload())) } else { again_button(fetch) }}
            </div>
        }
        .into_any(),
    };
    drawn.into_any()
}

fn again_button(fetch: impl Fn() + 'static) -> AnyView {
    view! {
        <button type="button" class="plain" data-testid="part-again" on:click=move |_| fetch()>{t("Try again")}</button>
    }
    .into_any()
}

/// Does something, as soon as what does it is here; says so when that cannot be fetched.
pub fn work(model: Model, work: Work) {
    spawn(async move {
        match fetch().await {
            Ok(()) => drop(behind(Wanted::Done(model, work))),
            Err(why) => model.give_up(&work, why),
        }
    });
}

/// Fetches the later parts, so that they open at once; may be called at any time, also while the page is mounted. A
/// failed fetch is tried again, for some seconds in all.
///
/// # Errors
/// Why they cannot be fetched, in English as it stands in the source.
#[cfg(feature = "split")]
pub async fn fetch() -> Result<(), &'static str> {
    for pause in PAUSES {
        match in_time(Box::pin(load())).await {
            Ok(Ok(())) => {
                HERE.store(true, Ordering::Relaxed);
                return Ok(());
            }
            Ok(Err(_)) => TimeoutFuture::new(pause).await,
            // It may still come, and must not be broken off: a second program that is loaded twice is two.
            Err(loading) => {
                spawn(async move {
                    HERE.fetch_or(loading.await.is_ok(), Ordering::Relaxed);
                });
                return Err(LATE_PART);
            }
        }
    }
    Err(second_program::why_missing().await)
}

/// All parts are here from the beginning.
#[cfg(not(feature = "split"))]
#[allow(clippy::unused_async, clippy::unnecessary_wraps, reason = "the same as when there is something to fetch")]
pub async fn fetch() -> Result<(), &'static str> {
    Ok(())
}

/// What is wanted of what is behind the cut.
enum Wanted {
    Drawn(Panels, Part),
    Done(Model, Work),
}

/// Calls what is behind the cut, which is here: its first poll does it.
#[cfg(feature = "split")]
fn behind(wanted: Wanted) -> AnyView {
    use std::task::{Context, Poll, Waker};
    let calling = std::pin::pin!(later(wanted));
    match calling.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(view)) => view,
        Poll::Ready(Err(_)) | Poll::Pending => ().into_any(),
    }
}

#[cfg(not(feature = "split"))]
fn behind(wanted: Wanted) -> AnyView {
    later(wanted).unwrap_or_else(|_| ().into_any())
}

#[cfg_attr(feature = "split", leptos::wasm_split::wasm_split(later, wasm_split_path = leptos::wasm_split, fallible, preload(load)))]
fn later(wanted: Wanted) -> Result<AnyView, SplitLoaderError> {
    styles::adopt();
    Ok(match wanted {
        Wanted::Drawn(panels, part) => draw(panels, part),
        Wanted::Done(model, work) => {
            start(model, work);
            ().into_any()
        }
    })
}

fn draw(panels: Panels, part: Part) -> AnyView {
    match part {
        Part::Tab(tab) => panels.draw(tab),
        Part::Compare => panels.compare(),
        Part::Files => panels.files(),
        Part::Saved => panels.saved(),
        Part::Guarantee => panels.guarantee(),
        Part::Settings => panels.settings(),
        Part::Palette => panels.palette(),
        Part::Search => panels.search(),
        Part::ByHand => panels.by_hand(),
        Part::Why => panels.why(),
        Part::WhyLine => panels.why_line(),
        Part::Crowd => panels.crowd(),
    }
}

fn start(model: Model, work: Work) {
    match work {
        Work::Send => spawn(model.send_now()),
        Work::Switch(mode) => spawn(model.switch_now(mode)),
        Work::TurnGate(closed) => spawn(model.gate_now(model.request_gate(closed), closed)),
        Work::Handle(message, deed) => spawn(model.gate_now(model.request_deed(message, deed), true)),
        Work::OpenGiven(given) => spawn(model.open_given(given)),
        Work::OpenFile(file) => spawn(model.open_file(file)),
    }
}
