//! What can be asked of the diagram: how large, which events, which clocks, comparing, saving.

use crate::prelude::*;

use super::diagram::Parts;
use crate::derived::Held;
use crate::diagram::{Clocks, Options};
use crate::export::{Format, Scope};
use crate::lang::{en, t};
use crate::values::{flag, word, yes_or_no};

/// Shows the controls above the diagram.
#[component]
pub fn DiagramBar(
    /// What the diagram shows.
    parts: Parts,
) -> impl IntoView {
    let options = parts.options;
    let clocks = move |event| {
        let chosen = event_target_value(&event);
        let clocks = Clocks::ALL.into_iter().find(|clocks| words(*clocks).1 == chosen);
        options.update(|options| options.clocks = clocks.unwrap_or_default());
    };
    let wide = toggle(options, "diagram-wide", en("Wide"), en("Over the stage (D)"), |options| &mut options.wide);
    let silent = toggle(
        options,
        "diagram-silent",
        en("All events"),
        en("Also promises, commits and other events that the stage does not show"),
        |options| &mut options.silent,
    );
    let picking = toggle(
        options,
        "diagram-compare",
        en("Which came first?"),
        en("Press two events to see which happened before the other. Also Shift and click, or M"),
        |options| &mut options.picking,
    );
    let is_chosen = move |clocks: Clocks| flag(move || options.get().clocks == clocks);
    view! {
        <div class="diagram-bar" role="toolbar" aria-label=t("Diagram")>
            {wide}
            {silent}
            {picking}
            <select data-testid="diagram-clocks" aria-label=t("Clocks") on:change=clocks>
                {Clocks::ALL.map(|clocks| view! { <option value=words(clocks).1 selected=is_chosen(clocks)>{t(words(clocks).0)}</option> })}
            </select>
            <details class="diagram-save">
                <summary data-testid="diagram-export">{t("Export")}</summary>
                <div>
                    <p>{t("The request at the cursor")}</p>
                    {saves(parts, Scope::Request)}
                    <p>{t("All kept events")}</p>
                    {saves(parts, Scope::Everything)}
                </div>
            </details>
        </div>
    }
}

fn words(clocks: Clocks) -> (&'static str, &'static str) {
    match clocks {
        Clocks::None => (en("no clocks"), "none"),
        Clocks::Lamport => (en("Lamport"), "lamport"),
        Clocks::Vector => (en("vectors"), "vector"),
    }
}

/// A button that is pressed or not.
fn toggle(
    options: Held<Options>,
    name: &'static str,
    label: &'static str,
    title: &'static str,
    part: fn(&mut Options) -> &mut bool,
) -> AnyView {
    let is_on = move || {
        let mut options = options.get();
        *part(&mut options)
    };
    let press = move |_| {
        options.update(|options| {
            let on = part(options);
            *on = !*on;
        });
    };
    view! {
        <button type="button" data-testid=name title=t(title) aria-pressed=word(move || yes_or_no(is_on())) on:click=press>
            {t(label)}
        </button>
    }
    .into_any()
}

fn saves(parts: Parts, scope: Scope) -> AnyView {
    let button = move |format: Format| {
        let (name, ending, _) = format.words();
        let test = if scope == Scope::Request { "request" } else { "all" };
        view! {
            <button type="button" data-testid=format!("export-{test}-{ending}") on:click=move |_| parts.on_export.run((scope, format))>
                {name}
            </button>
        }
    };
    view! { <div class="diagram-formats">{Format::ALL.map(button)}</div> }.into_any()
}
