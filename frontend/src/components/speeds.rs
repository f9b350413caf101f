//! The choice of the speed.

use crate::prelude::*;

use crate::derived::Call;
use crate::lang::t;
use crate::playback::Action;
use crate::playback::speed::{SPEEDS, Speed};
use crate::screen::Screen;
use crate::values::flag;

/// Shows the choice of the speed.
#[component]
pub fn Speeds(
    /// What is shown.
    screen: Screen,
    /// Sets the speed.
    on_action: Call<Action>,
) -> impl IntoView {
    let status = screen.status;
    let is_now = move |speed: Speed| flag(move || status.get().speed == speed);
    let choose = move |event| {
        let chosen = event_target_value(&event);
        if let Some(speed) = SPEEDS.iter().find(|speed| value(**speed) == chosen) {
            on_action.run(Action::Speed(*speed));
        }
    };
    view! {
        <label class="speed">
            <span>{t("speed")}</span>
            <select data-testid="speed" aria-label=t("speed") on:change=choose>
                {SPEEDS
                    .map(|speed| view! { <option value=value(speed) prop:selected=is_now(speed)>{name(speed)}</option> })}
            </select>
        </label>
    }
}

fn value(speed: Speed) -> String {
    match speed {
        Speed::Watchable => "watchable".to_owned(),
        Speed::Real(scale) => scale.to_string(),
    }
}

fn name(speed: Speed) -> String {
    match speed {
        Speed::Watchable => t("watchable").to_owned(),
        Speed::Real(1) => t("real").to_owned(),
        Speed::Real(scale) => format!("1/{scale}"),
    }
}
