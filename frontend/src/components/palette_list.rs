//! What is in the list of commands and keys: the commands in their groups, and the keys of single parts of the page.

use crate::prelude::*;

use crate::commands::{Command, Entry, Group, key_name};
use crate::derived::{Call, Held};
use crate::lang::{en, t};
use crate::values::{flag, word, yes_or_no};

/// A part of the page, and its own keys with what they do.
type Part = (&'static str, &'static [(&'static [&'static str], &'static str)]);

/// Keys that work in one part of the page only.
const LOCAL: [Part; 3] = [
    (
        en("In the diagram"),
        &[
            (&["ArrowUp", "ArrowDown"], en("From event to event")),
            (&["Enter"], en("Go to the event")),
            (&["m"], en("Pick the event to compare")),
            (&["Escape"], en("End the comparison")),
        ],
    ),
    (
        en("In the search field"),
        &[
            (&["Enter"], en("Next match")),
            (&["Shift+Enter"], en("Previous match")),
            (&["Escape"], en("End the search")),
        ],
    ),
    (en("Everywhere"), &[(&["Tab"], en("To the next control")), (&["Escape"], en("Close what is open"))]),
];

/// The commands that are shown, in their groups.
pub fn groups(shows: &[&'static Entry], active: Held<u64>, run: Call<Command>) -> AnyView {
    let numbered: Vec<(u64, &'static Entry)> = (0..).zip(shows.iter().copied()).collect();
    let group = |(group, name): (Group, &'static str)| {
        let own: Vec<_> = numbered.iter().filter(|(_, entry)| entry.group == group).copied().collect();
        let options: Vec<_> = own.iter().map(|(number, entry)| option(*number, entry, active, run)).collect();
        let name = t(name);
        (!own.is_empty()).then(|| view! { <div role="group" aria-label=name><p class="palette-group" aria-hidden="true">{name}</p>{options}</div> })
    };
    Group::ALL.map(group).into_iter().collect::<Vec<_>>().into_any()
}

fn option(number: u64, entry: &'static Entry, active: Held<u64>, run: Call<Command>) -> AnyView {
    let is_active = move || active.get() == number;
    let keys: Vec<_> = entry.key_names(is_apple()).into_iter().map(|key| view! { <kbd>{key}</kbd> }).collect();
    view! {
        <div
            role="option"
            id=id(entry)
            data-testid="command"
            aria-selected=word(move || yes_or_no(is_active()))
            class:active=flag(is_active)
            on:pointermove=move |_| active.set(number)
            on:click=move |_| run.run(entry.command)
        >
            <span>{t(entry.name)}</span>
            <span class="palette-keys">{keys}</span>
        </div>
    }
    .into_any()
}

/// The keys that are no commands.
pub fn local() -> AnyView {
    let line = |(keys, what): &(&[&str], &'static str)| {
        let keys: Vec<_> = keys.iter().map(|key| view! { <kbd>{key_name(key, false)}</kbd> }).collect();
        view! { <div><dt>{t(what)}</dt><dd class="palette-keys">{keys}</dd></div> }.into_any()
    };
    let part = |(place, keys): Part| {
        let lines: Vec<_> = keys.iter().map(line).collect();
        view! { <section><h3 class="palette-group">{t(place)}</h3><dl>{lines}</dl></section> }.into_any()
    };
    let parts: Vec<_> = LOCAL.into_iter().map(part).collect();
    view! { <div class="palette-local" data-testid="palette-local">{parts}</div> }.into_any()
}

/// Returns the name by which the field says which command is reached.
pub fn id(entry: &Entry) -> String {
    let letters = entry.name.chars().filter(char::is_ascii_alphanumeric);
    ["command-", &letters.collect::<String>()].concat()
}

/// Whether the keyboard has ⌘.
fn is_apple() -> bool {
    window().navigator().platform().is_ok_and(|platform| platform.starts_with("Mac") || platform.starts_with("iP"))
}

/// Brings what is selected into sight.
pub fn into_sight(selector: &str) {
    if let Ok(Some(element)) = document().query_selector(selector) {
        let place = web_sys::ScrollIntoViewOptions::new();
        place.set_block(web_sys::ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&place);
    }
}
