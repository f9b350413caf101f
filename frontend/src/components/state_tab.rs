//! The state of every replica at the cursor: what the step changed, the table, the tokens.

use crate::prelude::*;
use shared::id::NoteId;

use super::digest_bar::{DigestBar, short};
use super::state_line::{FactLine, NoteLine};
use super::token_list::TokenList;
use crate::derived::{Call, Derived, Value};
use crate::focus::Lit;
use crate::lang::{en, fill, t};
use crate::playback::Action;
use crate::state::{DELETED, State, TAKEN_BACK};
use crate::values::{each, text};

/// Shows the state at the cursor.
#[component]
pub fn StateTab(
    /// How many replicas there are.
    count: usize,
    /// What is shown.
    state: Derived<State>,
    /// The note whose text is shown.
    opened: Value<Option<NoteId>>,
    /// What lights up.
    pointed: Derived<Lit>,
    /// Opens a note, or closes it.
    on_open: Call<Option<NoteId>>,
    /// Does what was asked.
    on_action: Call<Action>,
) -> impl IntoView {
    let facts = move || state.read().table.facts.iter().map(|line| line.key.clone()).collect();
    let notes = move || state.read().table.notes.iter().map(|line| line.key.clone()).collect();
    let news = move || {
        let state = state.read();
        let lines: Vec<AnyView> = state.news.iter().map(|line| view! { <li>{line.clone()}</li> }.into_any()).collect();
        lines.into_any()
    };
    let is_many = count > 5;
    let heads: Vec<AnyView> =
        (1..=count).map(|id| view! { <th scope="col">{format!("R{id}")}</th> }.into_any()).collect();
    let more = text(move || match state.read().table.more {
        0 => String::new(),
        more => fill("+{count} more; find one by its number", &[("count", &more.to_string())]),
    });
    view! {
        <div class="state" data-testid="state">
            <h3>{t("What this step changed")}</h3>
            <ul class="state-news" data-testid="state-news" data-none=t("no replica's state")>{news}</ul>
            <div class="state-scroll">
                <table class="state-table" class:many=is_many>
                    <thead>
                        <tr>
                            <th scope="col">
                                <Find on_open />
                            </th>
                            {heads}
                        </tr>
                    </thead>
                    <tbody>
                        {each(facts, move |key| view! { <FactLine state key count /> }.into_any())}
                        <Digests state count />
                    </tbody>
                    <tbody>
                        {each(notes, move |key| {
                            view! { <NoteLine state key count opened pointed on_open /> }.into_any()
                        })}
                    </tbody>
                </table>
            </div>
            <p class="state-more">{more}</p>
            <TokenList state on_action />
            <Legend />
        </div>
    }
}

/// Asks for one note.
#[component]
fn Find(on_open: Call<Option<NoteId>>) -> impl IntoView {
    let find = move |event| {
        let number = event_target_value(&event).parse().ok().map(NoteId);
        on_open.run(number);
    };
    view! {
        <input
            type="number"
            min="1"
            class="state-find"
            data-testid="state-find"
            placeholder=t("note …")
            aria-label=t("Show the note with this number")
            on:change=find
        />
    }
}

/// The line of the digests.
#[component]
fn Digests(state: Derived<State>, count: usize) -> impl IntoView {
    let cells: Vec<AnyView> = (0..count)
        .map(|at| {
            let of = move || state.read().agreements.get(at).cloned().flatten();
            let digest = text(move || of().map_or_else(String::new, |one| one.digest.to_string()));
            let words = text(move || of().map_or_else(String::new, |one| short(&one).to_owned()));
            view! {
                <td>
                    <code>{digest}</code>
                    <DigestBar name=format!("state-digest-{}", at + 1) agreement=Value::derive(of) />
                    <small>{words}</small>
                </td>
            }
            .into_any()
        })
        .collect();
    view! {
        <tr class="digests" data-testid="state-digest">
            <th scope="row">{t("digest")}</th>
            {cells}
        </tr>
    }
}

/// What the signs of the table mean: the look of a cell, what is written in it, and its words.
const LEGEND: [(&str, &str, &str); 6] = [
    ("changed", "", en("changed by this step")),
    ("stale", "", en("older than the newest copy")),
    ("open", "", en("not committed: not known to be on a majority yet")),
    ("crown", "", en("has the primary role")),
    ("sign", DELETED, en("deleted")),
    ("sign", TAKEN_BACK, en("rolled back")),
];

#[component]
fn Legend() -> impl IntoView {
    let line = |(look, sign, words): (&'static str, &'static str, &'static str)| {
        view! { <li><i class=format!("look {look}")>{sign}</i>{t(words)}</li> }.into_any()
    };
    view! { <ul class="state-legend">{LEGEND.map(line)}</ul> }
}
