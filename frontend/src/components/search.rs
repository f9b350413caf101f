//! The search for events: a field, menus that write its terms, and how many events match.

use crate::prelude::*;
use leptos::html::Input;
use web_sys::KeyboardEvent;

use super::icon::Icon;
use super::time_bar::TimeButton;
use crate::commands::Command;
use crate::derived::{Call, Derived, Held};
use crate::lang::{fill, t};
use crate::observe::composes;
use crate::search::query::{CLIENT, KIND, NOTE, REPLICA, SORTS, term_of, with_term};
use crate::values::{each, effect, flag, text, word, yes_or_no};

/// Shows the search; it takes the focus.
#[component]
pub fn SearchBar(
    /// What was typed; `None` ends the search.
    asked: Held<Option<String>>,
    /// What is wrong with it.
    problem: Derived<Option<String>>,
    /// How many events match, and which of them is at the cursor, from 1; `None` while nothing is asked.
    matches: Derived<Option<(usize, Option<usize>)>>,
    /// The notes that can be chosen.
    notes: Derived<Vec<String>>,
    /// How many replicas there are.
    replicas: Derived<usize>,
    /// The request at the cursor.
    trace: Derived<Option<String>>,
    /// Does what was asked.
    on_command: Call<Command>,
) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    effect(move || {
        if let Some(field) = field.get() {
            // Fails only where the field is no part of the page any more.
            let _ = field.focus();
        }
    });
    let key = move |event: KeyboardEvent| {
        if composes(&event) {
            return;
        }
        match event.key().as_str() {
            "Enter" => on_command.run(Command::Found(!event.shift_key())),
            "Escape" => on_command.run(Command::Clear),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let is_wrong = move || problem.read().is_some();
    // Spoken when something else is asked, not whenever an event comes.
    let spoken = Derived::new(move |_| {
        problem.track();
        asked.track();
        problem.get().unwrap_or_else(|| counted(matches.get_untracked()))
    });
    view! {
        <div class="search" role="search" data-testid="search-bar">
            <div class="search-field" on:keydown=key>
                <input
                    node_ref=field
                    type="search"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    enterkeyhint="next"
                    data-testid="search"
                    aria-label=t("Search events")
                    placeholder=t("words, note:1, kind:handoff …")
                    aria-invalid=word(move || yes_or_no(is_wrong()))
                    aria-describedby="search-said"
                    prop:value=text(move || asked.get().unwrap_or_default())
                    on:input=move |event| asked.set(Some(event_target_value(&event)))
                />
                <TimeButton name="search-previous" command=Command::Found(false) icon=Icon::Previous on_command />
                <TimeButton name="search-next" command=Command::Found(true) icon=Icon::Next on_command />
                <TimeButton name="search-close" command=Command::Clear icon=Icon::Close on_command />
            </div>
            <div class="search-terms" role="group" aria-label=t("Only events of")>
                {menu(asked, NOTE, move || notes.get(), str::to_owned)}
                {menu(asked, REPLICA, move || (1..=replicas.get()).map(|id| id.to_string()).collect(), |value| format!("R{value}"))}
                {menu(
                    asked,
                    CLIENT,
                    move || {
                        let doors = (1..=replicas.get()).map(|id| format!("r{id}"));
                        std::iter::once("gateway".to_owned()).chain(doors).chain(trace.get()).collect()
                    },
                    move |value| client(value, trace.get_untracked().as_deref()),
                )}
                {menu(asked, KIND, || SORTS.map(|(_, word)| word.to_owned()).to_vec(), kind)}
            </div>
            <p
                id="search-said"
                class="search-said"
                class:problem=flag(is_wrong)
                data-testid="search-said"
                aria-hidden="true"
            >
                {text(move || problem.get().unwrap_or_else(|| counted(matches.get())))}
            </p>
            <p class="unseen" role="status">{text(move || spoken.get())}</p>
        </div>
    }
}

fn counted(matches: Option<(usize, Option<usize>)>) -> String {
    match matches {
        None => t("Events that do not match are folded here and pale in the diagram and on the timeline.").to_owned(),
        Some((0, _)) => t("No event matches.").to_owned(),
        Some((1, _)) => t("1 event matches.").to_owned(),
        Some((count, None)) => fill("{count} events match.", &[("count", &count.to_string())]),
        Some((count, Some(number))) => {
            fill("{number} of {count} that match", &[("number", &number.to_string()), ("count", &count.to_string())])
        }
    }
}

fn client(value: &str, at_cursor: Option<&str>) -> String {
    match value {
        "gateway" => t("the gateway").to_owned(),
        value if Some(value) == at_cursor => t("the request at the cursor").to_owned(),
        value if value.contains('-') => fill("request {id}", &[("id", value)]),
        value => fill("sent directly to {replica}", &[("replica", &value.to_ascii_uppercase())]),
    }
}

fn kind(value: &str) -> String {
    SORTS.iter().find(|(_, word)| *word == value).map_or(value, |(_, word)| t(word)).to_owned()
}

/// A menu of the values of one term; what is typed already is among them.
fn menu(
    asked: Held<Option<String>>,
    term: &'static str,
    values: impl Fn() -> Vec<String> + Send + Sync + 'static,
    label: impl Fn(&str) -> String + Copy + Send + Sync + 'static,
) -> AnyView {
    let typed = Derived::new(move |_| {
        let typed = asked.read().as_deref().and_then(|typed| term_of(typed, term)).unwrap_or_default();
        if term == REPLICA { typed.trim_start_matches(['r', 'R']).to_owned() } else { typed }
    });
    let names = move || {
        let (mut values, typed) = (values(), typed.get());
        if !typed.is_empty() && !values.contains(&typed) {
            values.push(typed);
        }
        values
    };
    let choose = move |event| {
        let chosen = event_target_value(&event);
        let value = Some(chosen.as_str()).filter(|chosen| !chosen.is_empty());
        asked.update(|asked| *asked = Some(with_term(asked.as_deref().unwrap_or_default(), term, value)));
    };
    let option = move |value: String| {
        let name = label(&value);
        let chosen = value.clone();
        view! { <option value=value selected=flag(move || *typed.read() == chosen)>{name}</option> }.into_any()
    };
    view! {
        <select
            data-testid=format!("search-{term}")
            aria-label=fill("{term}: which", &[("term", t(term))])
            class:chosen=flag(move || !typed.read().is_empty())
            prop:value=text(move || typed.get())
            on:change=choose
        >
            <option value="">{t(term)}</option>
            {each(names, option)}
        </select>
    }
    .into_any()
}
