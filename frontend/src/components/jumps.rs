//! Jumps: to the next or previous request, handoff, fault or error.

use crate::prelude::*;

use super::icon::Icon;
use super::time_bar::TimeButton;
use crate::commands::Command;
use crate::derived::{Call, Held, Value};
use crate::lang::{en, t};
use crate::playback::mark::Jump;

/// The kinds of jumps with their names.
const NAMES: [(Jump, &str); 4] = [
    (Jump::Request, en("request")),
    (Jump::Handoff, en("handoff")),
    (Jump::Fault, en("fault")),
    (Jump::Error, en("error")),
];

/// Shows the choice of a kind between the ways back and forward.
#[component]
pub fn Jumps(
    /// Does what was asked.
    on_command: Call<Command>,
) -> impl IntoView {
    let chosen = Held::new(Jump::default());
    let choose = move |event| {
        let name = event_target_value(&event);
        if let Some((jump, _)) = NAMES.iter().find(|(_, known)| *known == name) {
            chosen.set(*jump);
        }
    };
    let way = move |forward| Value::derive(move || Command::Jump(chosen.get(), forward));
    view! {
        <div class="jumps" role="group" aria-label=t("Jump to")>
            <TimeButton name="jump-back" command=way(false) icon=Icon::Previous on_command />
            <select data-testid="jump-kind" aria-label=t("Jump to") on:change=choose>
                {NAMES.map(|(_, name)| view! { <option value=name>{t(name)}</option> })}
            </select>
            <TimeButton name="jump" command=way(true) icon=Icon::Next on_command />
        </div>
    }
}
