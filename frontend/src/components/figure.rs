//! The textbook's figure with the request at the cursor in it, and its legend: each step goes to its first event.

use crate::prelude::*;
use shared::event::Step;

use super::guarantee::Levels;
use super::icon::{Icon, Sign};
use crate::derived::{Call, Derived, Value};
use crate::figure::{self, Figure, STEPS, State};
use crate::kind::{Kind, step_name, step_words};
use crate::lang::{en, fill, t};
use crate::playback::Action;
use crate::values::{flag, text, word};
use crate::words::mode_name;

/// Shows the figure at the cursor.
#[component]
pub fn FigureView(
    /// The figure.
    figure: Derived<Figure>,
    /// What clients get unless they ask otherwise.
    levels: Value<Levels>,
    /// Does what was asked.
    on_action: Call<Action>,
) -> impl IntoView {
    let notes = move || {
        let notes = figure::notes(&figure.read(), levels.get().0);
        notes.into_iter().map(|note| view! { <li>{note}</li> }.into_any()).collect_view().into_any()
    };
    let steps = STEPS.map(|step| view! { <LegendLine step figure on_action /> }.into_any());
    view! {
        <section class="figure" data-testid="figure" data-mode=word(move || figure.read().mode.as_str())>
            <h3>{text(move || heading(&figure.read()))}</h3>
            <div class="figure-drawing" aria-hidden="true" inner_html=text(move || figure::svg(&figure.read()))></div>
            <ol class="figure-legend" aria-label=t("Steps of the figure")>{steps}</ol>
            <h4>{t("In this run")}</h4>
            <ul class="figure-notes">{notes}</ul>
            <p class="figure-source">{t("After van Steen & Tanenbaum, Distributed Systems, 4th ed., section 7.5.")}</p>
        </section>
    }
}

fn heading(figure: &Figure) -> String {
    let mode = t(mode_name(figure.mode));
    match &figure.request {
        Some(request) => [mode, " · ", request].concat(),
        None => fill("{mode} · the event at the cursor belongs to no request", &[("mode", mode)]),
    }
}

/// One step: its name, its words, how many messages it had.
#[component]
fn LegendLine(step: Step, figure: Derived<Figure>, on_action: Call<Action>) -> impl IntoView {
    let progress = move || figure.read().of(step);
    let state = move || progress().state;
    let mode = move || figure.read().mode;
    let seek = move |_| {
        if let Some(first) = figure.get_untracked().of(step).first {
            on_action.run(Action::Seek(first));
        }
    };
    let sign = Value::derive(move || if state() == State::Now { Icon::Play } else { Icon::Kind(Kind::Ack) });
    let count = move || match progress().messages {
        0 => String::new(),
        count => format!("×{count}"),
    };
    view! {
        <li data-kind=word(move || figure::kind(step, mode()).as_str()) data-state=word(move || state().as_str())>
            <button
                type="button"
                data-testid=format!("figure-{}", step_name(step))
                title=t("Go to its first event")
                disabled=flag(move || progress().first.is_none())
                aria-current=word(move || if state() == State::Now { "step" } else { "false" })
                on:click=seek
            >
                <span class="figure-sign"><Sign icon=sign /></span>
                <b class="step-chip">{step_words(step_name(step))}</b>
                <span>{word(move || t(figure::legend(step, mode())))}</span>
                <span class="figure-count">{text(count)}</span>
                <span class="unseen">{word(move || t(said(state())))}</span>
            </button>
        </li>
    }
}

/// Returns how far a step is, for those who do not see it.
fn said(state: State) -> &'static str {
    match state {
        State::Now => en("now"),
        State::Done => en("done"),
        State::Ahead => en("not yet"),
    }
}
