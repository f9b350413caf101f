//! The top bar: which protocol, with which guarantee, seen over which connection.

use leptos::prelude::*;
use shared::config::{Ack, Mode};

use super::icon::{Icon, Sign};
use crate::connection::{Connection, Link};
use crate::values::{flag, text, word, yes_or_no};
use crate::words;

/// Shows the name, the mode and its switch, the guarantee, the connection and the theme.
#[component]
pub fn TopBar(
    /// The mode at the cursor; `None` before anything was heard.
    mode: Signal<Option<Mode>>,
    /// The mode that was asked for and has not come yet.
    pending: Signal<Option<Mode>>,
    /// When clients hear.
    ack: Signal<Ack>,
    /// The connection.
    connection: Signal<Connection>,
    /// Whether the page is dark.
    dark: Signal<bool>,
    /// Asks for a mode.
    on_mode: Callback<Mode>,
    /// Asks for a dark page or a light one.
    on_theme: Callback<bool>,
) -> impl IntoView {
    let policy = text(move || format!("acks: {} · reads: local", ack.get().as_str()));
    let guarantee = word(move || mode.get().map_or("", |mode| words::guarantee(mode, ack.get())));
    let at_length =
        text(move || mode.get().map_or_else(String::new, |mode| words::guarantee_at_length(mode, ack.get())));
    view! {
        <header class="top-bar">
            <h1 class="wordmark">"Baton"</h1>
            <div class="modes" role="group" aria-label="Protocol">
                <ModeButton of=Mode::RemoteWrite mode pending on_mode />
                <ModeButton of=Mode::LocalWrite mode pending on_mode />
            </div>
            <p class="badge" data-testid="policy" title=at_length>{policy}</p>
            <p class="badge guarantee" data-testid="guarantee" title=at_length>{guarantee}</p>
            <p
                class="badge connection"
                data-testid="connection"
                data-link=word(move || link_name(connection.get().link))
                role="status"
            >
                <span class="dot" aria-hidden="true"></span>
                {text(move || connection.get().words())}
            </p>
            <button
                type="button"
                class="quiet-button"
                data-testid="theme"
                aria-label=word(move || if dark.get() { "Light colours" } else { "Dark colours" })
                title=word(move || if dark.get() { "Light colours" } else { "Dark colours" })
                on:click=move |_| on_theme.run(!dark.get_untracked())
            >
                <Sign icon=Icon::Theme />
            </button>
        </header>
    }
}

#[component]
fn ModeButton(
    of: Mode,
    mode: Signal<Option<Mode>>,
    pending: Signal<Option<Mode>>,
    on_mode: Callback<Mode>,
) -> impl IntoView {
    let waiting = move || pending.get() == Some(of);
    let pressed = move || mode.get() == Some(of);
    let press = move |_| {
        if mode.get_untracked() != Some(of) {
            on_mode.run(of);
        }
    };
    view! {
        <button
            type="button"
            data-testid=format!("mode-{}", of.as_str())
            aria-pressed=word(move || yes_or_no(pressed()))
            class:pending=flag(waiting)
            disabled=flag(move || pending.get().is_some() || mode.get().is_none())
            on:click=press
        >
            {word(move || if waiting() { "switching…" } else { words::mode_name(of) })}
        </button>
    }
}

fn link_name(link: Link) -> &'static str {
    match link {
        Link::Connecting => "connecting",
        Link::Live => "live",
        Link::Lost => "reconnecting",
        Link::Absent => "absent",
        Link::Ended => "ended",
    }
}
