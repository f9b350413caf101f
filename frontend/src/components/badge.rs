//! The honest badges of time: what is looked at (live, slowed, paused, a saved run) and how far behind it is.

use crate::prelude::*;

use crate::commands::Command;
use crate::derived::{Call, Value};
use crate::lang::{fill, t};
use crate::playback::speed::Speed;
use crate::playback::{Footing, Status};
use crate::screen::Screen;
use crate::values::{flag, shown, text, word};

/// Says what is looked at and how far behind live it is.
#[component]
pub fn TimeBadge(
    /// What is shown.
    screen: Screen,
    /// Whether the server is heard.
    heard: Signal<bool>,
    /// What there is none of, if that was asked for last.
    hint: Value<Option<&'static str>>,
    /// Does what was asked.
    on_command: Call<Command>,
) -> impl IntoView {
    let status = screen.status;
    let is_far = move || status.get().is_far_behind();
    let here = move || status.get().footing().heard(heard.get());
    let said = text(move || hint.get().map_or_else(|| slowness(&status.get(), here()), |hint| t(hint).to_owned()));
    view! {
        <p
            class="badge slowness"
            class:hinted=flag(move || hint.get().is_some())
            data-testid="slowness"
            data-state=word(move || here().as_str())
            title=t("At an exact speed, gaps of 10 ms and more are cut. The cluster always runs at its own speed.")
        >
            <b>{word(move || name(here()))}</b>
            <span>" · " {said}</span>
        </p>
        <p class="unseen" aria-live="polite" data-testid="hint">{word(move || hint.get().map_or("", t))}</p>
        <p
            class="badge behind"
            class:far=flag(is_far)
            data-testid="behind"
            data-behind=text(move || status.get().behind().to_string())
        >
            <span>{text(move || behind(&status.get()))}</span>
            {shown(is_far, move || {
                view! {
                    <button
                        type="button"
                        class="jump"
                        data-testid="jump-to-live"
                        on:click=move |_| on_command.run(Command::Live)
                    >
                        {t("Jump to live")}
                    </button>
                }
                .into_any()
            })}
        </p>
    }
}

fn name(footing: Footing) -> &'static str {
    match footing {
        Footing::Live => t("live"),
        Footing::Cut => t("disconnected"),
        Footing::Slowed => t("slowed"),
        Footing::Paused => t("paused"),
        Footing::Gated => t("gate closed"),
        Footing::Saved => t("saved run"),
    }
}

/// Says how slow the show is, rounded to what the eye can use; nothing is slow that does not run.
fn slowness(status: &Status, footing: Footing) -> String {
    match (status.speed, status.slowdown) {
        _ if footing == Footing::Gated => t("messages wait for you").to_owned(),
        _ if footing == Footing::Live => t("all events shown").to_owned(),
        _ if footing == Footing::Cut => t("all received events shown").to_owned(),
        _ if footing == Footing::Paused => t("the cluster runs on").to_owned(),
        _ if !status.playing => t("paused").to_owned(),
        (Speed::Real(1), _) => t("real speed · gaps cut · protocol unchanged").to_owned(),
        (Speed::Real(scale), _) => {
            fill("1/{scale} of real speed · gaps cut · protocol unchanged", &[("scale", &scale.to_string())])
        }
        (Speed::Watchable, Some(slowdown)) => {
            let scale = rounded(slowdown).to_string();
            fill("about 1/{scale} of real speed · protocol unchanged", &[("scale", &scale)])
        }
        (Speed::Watchable, None) => t("slow enough to watch · protocol unchanged").to_owned(),
    }
}

/// Rounds to two digits.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 1, and far below 2⁶⁴")]
fn rounded(slowdown: f64) -> u64 {
    let (mut digits, mut scale) = (slowdown.max(1.0), 1);
    while digits >= 100.0 {
        digits /= 10.0;
        scale *= 10;
    }
    digits.round() as u64 * scale
}

fn behind(status: &Status) -> String {
    let count = grouped(status.behind());
    match status.behind() {
        0 => t("at the end").to_owned(),
        1 => t("1 event behind").to_owned(),
        _ if status.is_far_behind() && status.playing => {
            let time = duration(status.minutes_left);
            fill("{count} events behind · {time} at this speed", &[("count", &count), ("time", &time)])
        }
        _ => fill("{count} events behind", &[("count", &count)]),
    }
}

/// Writes a count with a comma between thousands.
fn grouped(count: u64) -> String {
    if count < 1_000 { count.to_string() } else { format!("{},{:03}", grouped(count / 1_000), count % 1_000) }
}

fn duration(minutes: u64) -> String {
    let (hours, rest) = ((minutes / 60).to_string(), (minutes % 60).to_string());
    if minutes < 60 {
        return fill("{minutes} min", &[("minutes", &rest)]);
    }
    fill("{hours} h {minutes} min", &[("hours", &hours), ("minutes", &rest)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_way_is_said_plainly() {
        assert_eq!([7, 1_040, 1_011_095].map(grouped).join(" "), "7 1,040 1,011,095");
        assert_eq!([3, 72].map(duration).join(" "), "3 min 1 h 12 min");
    }

    #[test]
    fn the_badge_rounds_to_two_digits() {
        assert_eq!([1.2, 9.7, 87.4, 914.0, 12_345.0].map(rounded), [1, 10, 87, 910, 12_000]);
    }

    #[test]
    fn only_what_runs_is_slow() {
        let mut playback = crate::playback::Playback::default();
        let said_when = |playback: &crate::playback::Playback, heard| {
            let status = playback.status();
            slowness(&status, status.footing().heard(heard))
        };
        let said = |playback: &crate::playback::Playback| said_when(playback, true);
        assert_eq!(said(&playback), "all events shown");
        assert_eq!(said_when(&playback, false), "all received events shown");
        playback.command(crate::playback::Action::Pause);
        assert_eq!(said(&playback), "the cluster runs on");
        playback.set_saved(true);
        assert_eq!(said(&playback), "paused");
        playback.command(crate::playback::Action::Play);
        assert!(said(&playback).ends_with("protocol unchanged"));
    }
}
