//! Time: play, step, speed, how slow it is and how far behind, and the strip of all events.

use leptos::prelude::*;

use super::icon::{Icon, Sign};
use super::strip::Strip;
use crate::fixed::hundredths;
use crate::lang::{en, fill, t};
use crate::playback::{Action, Playback, SPEEDS, Status, Within};
use crate::screen::Screen;
use crate::values::{flag, shown, text, word};

/// Shows the controls of time.
#[component]
pub fn TimeBar(
    /// What is shown.
    screen: Screen,
    /// The log, for the strip.
    playback: Signal<Playback>,
    /// Does what was asked.
    on_action: Callback<Action>,
) -> impl IntoView {
    let status = screen.status;
    let is_behind = move || status.get().behind() > 0;
    let is_far = move || status.get().is_far_behind();
    let playing = move || status.get().playing;
    let step_back = Callback::new(move |()| on_action.run(Action::StepBack));
    let is_speed = move |speed: f64| flag(move || (status.get().speed - speed).abs() < 1e-9);
    let toggle = Callback::new(move |()| on_action.run(Action::Toggle));
    let step = Callback::new(move |()| on_action.run(Action::StepForward));
    let live = Callback::new(move |()| on_action.run(Action::Live));
    let speed = move |event| {
        let chosen = event_target_value(&event);
        if let Some((_, speed)) = SPEEDS.iter().find(|(name, _)| *name == chosen) {
            on_action.run(Action::Speed(*speed));
        }
    };
    view! {
        <footer class="time-bar" aria-label=t("Time")>
            <div class="time-controls">
                <TimeButton name="step-back" label=en("Step back (left arrow)") icon=Icon::Back on_press=step_back />
                <button
                    type="button"
                    class="time-button play"
                    data-testid="play"
                    title=t("Play or pause (space)")
                    aria-label=word(move || if playing() { t("Pause") } else { t("Play") })
                    on:click=move |_| toggle.run(())
                >
                    <Sign icon=Signal::derive(move || if playing() { Icon::Pause } else { Icon::Play }) />
                    <span>{word(move || if playing() { t("Pause") } else { t("Play") })}</span>
                </button>
                <TimeButton name="step" label=en("Step forward (right arrow)") icon=Icon::Forward on_press=step />
                <button
                    type="button"
                    class="time-button"
                    data-testid="live"
                    title=t("Jump to live (L)")
                    class:wanted=flag(is_behind)
                    on:click=move |_| live.run(())
                >
                    <Sign icon=Icon::Live />
                    <span>{t("live")}</span>
                </button>
                <label class="speed">
                    <span>{t("speed")}</span>
                    <select data-testid="speed" on:change=speed >
                        {SPEEDS.map(|(name, speed)| view! {
                            <option value=name selected=is_speed(speed)>{name} "×"</option>
                        })}
                    </select>
                </label>
                <p class="badge slowness" data-testid="slowness">{text(move || slowness(&status.get()))}</p>
                <p
                    class="badge behind"
                    class:far=flag(is_far)
                    data-testid="behind"
                    data-behind=text(move || status.get().behind().to_string())
                >
                    <span>{text(move || behind(&status.get()))}</span>
                    {shown(is_far, move || {
                        view! {
                            <button type="button" class="jump" data-testid="jump-to-live" on:click=move |_| live.run(())>
                                {t("Jump to live")}
                            </button>
                        }
                        .into_any()
                    })}
                </p>
                <p class="position" data-testid="position">{text(move || position(screen.within.get(), &status.get()))}</p>
            </div>
            <Strip screen playback on_action />
        </footer>
    }
}

#[component]
fn TimeButton(name: &'static str, label: &'static str, icon: Icon, on_press: Callback<()>) -> impl IntoView {
    view! {
        <button
            type="button"
            class="time-button"
            data-testid=name
            aria-label=t(label)
            title=t(label)
            on:click=move |_| on_press.run(())
        >
            <Sign icon />
        </button>
    }
}

/// Says how slow the show is, rounded to what the eye can use.
fn slowness(status: &Status) -> String {
    status.slowdown.map_or_else(
        || t("slowed to be watched · protocol untouched").to_owned(),
        |slowdown| fill("slowed about 1/{times} · protocol untouched", &[("times", &rounded(slowdown).to_string())]),
    )
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
    match (status.behind(), status.playing) {
        (0, true) => t("at the live end").to_owned(),
        (0, false) => t("paused at the live end").to_owned(),
        (1, _) => t("1 event behind live").to_owned(),
        (behind, _) if status.is_far_behind() => fill(
            "{count} events behind · {time} at this speed",
            &[("count", &grouped(behind)), ("time", &duration(status.minutes_left))],
        ),
        (behind, _) => fill("{count} events behind live", &[("count", &behind.to_string())]),
    }
}

/// Writes a count with a comma between thousands.
fn grouped(count: u64) -> String {
    if count < 1_000 { count.to_string() } else { format!("{},{:03}", grouped(count / 1_000), count % 1_000) }
}

fn duration(minutes: u64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => fill("{minutes} min", &[("minutes", &minutes.to_string())]),
        (hours, minutes) => {
            fill("{hours} h {minutes} min", &[("hours", &hours.to_string()), ("minutes", &minutes.to_string())])
        }
    }
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
}
