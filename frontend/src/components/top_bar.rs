//! The top bar: which protocol, with which guarantee, seen over which connection.

use crate::prelude::*;
use shared::config::{Failover, Mode};

use super::guarantee::{GuaranteeBadge, Levels};
use super::icon::{Icon, Sign};
use super::saved::NOT_LIVE;
use super::settings::SettingsButtons;
use crate::connection::{Connection, Link};
use crate::derived::{Call, Value};
use crate::lang::{fill, t};
use crate::values::{flag, text, word, yes_or_no};
use crate::words;

/// Shows the name, the mode and its switch, the guarantee, the connection and the settings.
#[component]
pub fn TopBar(
    /// The mode on the screen; `None` before anything was heard.
    mode: Value<Option<Mode>>,
    /// The mode that the cluster works in now; the screen may still show an earlier one.
    in_force: Value<Option<Mode>>,
    /// The mode that was asked for and has not come yet.
    pending: Value<Option<Mode>>,
    /// What clients get unless they ask otherwise.
    levels: Value<Levels>,
    /// The connection.
    connection: Value<Connection>,
    /// Whether the gate is closed now.
    gated: Signal<bool>,
    /// Asks for a mode.
    on_mode: Call<Mode>,
    /// Closes or opens the gate.
    on_gate: Call<()>,
    /// Opens the comparison of both.
    on_compare: Call<()>,
    /// Opens the Files dialog.
    on_files: Call<()>,
    /// Opens what the guarantee means.
    on_guarantee: Call<()>,
    /// Opens the settings.
    on_settings: Call<()>,
    /// Opens the list of all commands and keys.
    on_keys: Call<()>,
) -> impl IntoView {
    let saved = flag(move || connection.get().link == Link::Saved);
    let policy = text(move || policy(levels.get()));
    let seen = text(move || seen(mode.get(), in_force.get(), pending.get()));
    view! {
        <header class="top-bar">
            <h1 class="wordmark">"Baton"</h1>
            <div
                class="modes"
                role="group"
                aria-label=t("Protocol")
                aria-busy=word(move || yes_or_no(pending.get().is_some()))
            >
                <ModeButton of=Mode::RemoteWrite in_force pending saved on_mode />
                <ModeButton of=Mode::LocalWrite in_force pending saved on_mode />
            </div>
            <button
                type="button"
                class="badge compare-open"
                data-testid="compare-open"
                title=t("Compare the two protocols (C)")
                on:click=move |_| on_compare.run(())
            >
                {t("Compare")}
            </button>
            <button
                type="button"
                class="badge gate-turn"
                data-testid="gate-turn"
                aria-pressed=word(move || yes_or_no(gated.get()))
                disabled=flag(move || in_force.get().is_none() || saved.get())
                title=t("The gate: while closed, every message between replicas waits until you deliver it; acts on the present, whatever is on screen (G)")
                on:click=move |_| on_gate.run(())
            >
                <Sign icon=Icon::Gate />
                {t("Gate")}
            </button>
            <p class="badge" data-testid="policy">{policy}</p>
            <GuaranteeBadge mode levels seen on_open=on_guarantee />
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
                data-testid="open-files"
                aria-label=t("Files and links")
                title=t("Files and links")
                on:click=move |_| on_files.run(())
            >
                <Sign icon=Icon::Files />
            </button>
            <button
                type="button"
                class="quiet-button"
                data-testid="open-keys"
                aria-label=t("Commands and keys")
                title=t("Commands and keys (?, Ctrl+K)")
                on:click=move |_| on_keys.run(())
            >
                <Sign icon=Icon::Question />
            </button>
            <SettingsButtons on_open=on_settings />
        </header>
    }
}

#[component]
fn ModeButton(
    of: Mode,
    in_force: Value<Option<Mode>>,
    pending: Value<Option<Mode>>,
    saved: Signal<bool>,
    on_mode: Call<Mode>,
) -> impl IntoView {
    let waiting = move || pending.get() == Some(of);
    let pressed = move || in_force.get() == Some(of);
    let press = move |_| {
        if pending.get_untracked().or(in_force.get_untracked()) != Some(of) {
            on_mode.run(of);
        }
    };
    view! {
        <button
            type="button"
            data-testid=format!("mode-{}", of.as_str())
            aria-pressed=word(move || yes_or_no(pressed()))
            class:pending=flag(waiting)
            disabled=flag(move || in_force.get().is_none() || saved.get())
            title=word(move || if saved.get() { t(NOT_LIVE) } else { "" })
            on:click=press
        >
            {words::mode_name(of)}
            <span class="mode-wait">{word(move || if waiting() { "…" } else { "" })}</span>
        </button>
    }
}

fn policy((ack, reads, failover): Levels) -> String {
    let values: &[(&str, &str)] = &[("ack", ack.as_str()), ("reads", reads.as_str())];
    match failover {
        Failover::Off => fill("acks: {ack} · reads: {reads} · no failover", values),
        Failover::Auto => fill("acks: {ack} · reads: {reads}", values),
    }
}

/// Says that a switch is under way, or that the screen is not there yet.
fn seen(mode: Option<Mode>, in_force: Option<Mode>, pending: Option<Mode>) -> String {
    match (mode, pending) {
        (_, Some(pending)) => fill("switching to {mode}…", &[("mode", words::mode_said(pending))]),
        (Some(mode), None) if in_force != Some(mode) => fill("on screen: {mode}", &[("mode", words::mode_said(mode))]),
        (Some(_) | None, None) => String::new(),
    }
}

fn link_name(link: Link) -> &'static str {
    match link {
        Link::Connecting => "connecting",
        Link::Live => "live",
        Link::Lost => "reconnecting",
        Link::Absent => "absent",
        Link::Ended => "ended",
        Link::Unreadable => "unreadable",
        Link::Silent(_) => "silent",
        Link::Resting => "resting",
        Link::Saved => "saved",
        Link::Kept(_) => "kept",
    }
}
