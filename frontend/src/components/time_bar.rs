//! Time: play, step, jump, speed, how slow it is and how far behind, and the strip of all events.

use crate::prelude::*;

use super::badge::TimeBadge;
use super::icon::{Icon, Sign};
use super::jumps::Jumps;
use super::speeds::Speeds;
use super::strip::Strip;
use crate::commands::{Command, entry_of, key_name};
use crate::derived::{Call, Value};
use crate::fixed::hundredths;
use crate::focus::Focus;
use crate::lang::{fill, t};
use crate::playback::{Action, Playback, Status, Within};
use crate::screen::Screen;
use crate::values::{flag, text, word};

/// Shows the controls of time.
#[component]
pub fn TimeBar(
    /// What is shown.
    screen: Screen,
    /// The log, for the strip.
    playback: Value<Playback>,
    /// Whether the server is heard.
    heard: Signal<bool>,
    /// What there is none of, if that was asked for last.
    hint: Value<Option<&'static str>>,
    /// Moves the cursor.
    on_action: Call<Action>,
    /// Does what was asked.
    on_command: Call<Command>,
    /// Hears what is pointed at.
    on_focus: Call<Option<Focus>>,
) -> impl IntoView {
    let status = screen.status;
    let is_behind = move || status.get().behind() > 0;
    let playing = move || status.get().playing;
    let toggle_name = move || if playing() { t("Pause") } else { t("Play") };
    view! {
        <footer class="time-bar" aria-label=t("Time")>
            <div class="time-controls">
                <TimeButton name="step-back" command=Command::Step(-1) icon=Icon::Back on_command />
                <button
                    type="button"
                    class="time-button play"
                    data-testid="play"
                    data-playing=word(move || if playing() { "yes" } else { "no" })
                    title=title(Command::Toggle)
                    on:click=move |_| on_command.run(Command::Toggle)
                >
                    <Sign icon=Value::derive(move || if playing() { Icon::Pause } else { Icon::Play }) />
                    <span>{word(toggle_name)}</span>
                </button>
                <TimeButton name="step" command=Command::Step(1) icon=Icon::Forward on_command />
                <button
                    type="button"
                    class="time-button"
                    data-testid="live"
                    title=title(Command::Live)
                    class:wanted=flag(is_behind)
                    on:click=move |_| on_command.run(Command::Live)
                >
                    <Sign icon=Icon::Live />
                    <span>{t("live")}</span>
                </button>
                <Jumps on_command />
                <Speeds screen on_action />
                <div class="time-said">
                    <TimeBadge screen heard hint on_command />
                    <p class="position" data-testid="position">{text(move || position(screen.within.get(), &status.get()))}</p>
                </div>
            </div>
            <Strip screen playback on_action on_focus />
        </footer>
    }
}

/// A button that is a sign alone.
#[component]
pub fn TimeButton(
    /// Its name for tests.
    name: &'static str,
    /// What it calls.
    #[prop(into)]
    command: Value<Command>,
    /// Its sign.
    icon: Icon,
    /// Does what was asked.
    on_command: Call<Command>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="time-button"
            data-testid=name
            aria-label=word(move || entry_of(command.get()).map_or("", |entry| t(entry.name)))
            title=text(move || title(command.get()))
            on:click=move |_| on_command.run(command.get_untracked())
        >
            <Sign icon />
        </button>
    }
}

/// Returns a command's name and its key.
fn title(command: Command) -> String {
    let Some(entry) = entry_of(command) else { return String::new() };
    let key = entry.keys.first().map(|key| key_name(key, false)).unwrap_or_default();
    format!("{} ({key})", t(entry.name))
}

fn position(within: Option<Within>, status: &Status) -> String {
    match within {
        Some(Within { number, count, elapsed, total }) => fill(
            "event {number} of {count} · {elapsed} of {total} ms",
            &[
                ("number", &number.to_string()),
                ("count", &count.to_string()),
                ("elapsed", &hundredths(elapsed)),
                ("total", &hundredths(total)),
            ],
        ),
        None if status.stops == 0 => t("no event yet").to_owned(),
        None => fill(
            "event {number} of {count}",
            &[("number", &status.stop.to_string()), ("count", &status.stops.to_string())],
        ),
    }
}
