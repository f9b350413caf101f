//! The tokens: who has which, whom it came from, how often it moved; each handoff goes to its step.

use crate::prelude::*;
use shared::id::{GroupId, ReplicaId};

use super::icon::{Icon, Sign};
use crate::derived::{Call, Derived};
use crate::lang::{fill, t};
use crate::playback::Action;
use crate::state::State;
use crate::tokens::TokenLine;
use crate::words::{capital, thing};

/// Shows the tokens that moved last.
#[component]
pub fn TokenList(
    /// What is shown.
    state: Derived<State>,
    /// Does what was asked.
    on_action: Call<Action>,
) -> impl IntoView {
    let tokens = Derived::new(move |_| state.read().tokens.clone());
    let lines = move || {
        let tokens = tokens.read();
        if tokens.is_empty() {
            return view! { <p class="hint">{t("No replica is primary yet: the first write chooses one.")}</p> }
                .into_any();
        }
        let lines: Vec<AnyView> = tokens.iter().map(|line| token(line, on_action)).collect();
        view! { <ul>{lines}</ul> }.into_any()
    };
    view! {
        <section class="tokens" data-testid="tokens">
            <h3>{t("Primary roles")}</h3>
            {lines}
        </section>
    }
}

fn token(line: &TokenLine, on_action: Call<Action>) -> AnyView {
    let TokenLine { group, epoch, trail, counts, warning } = line.clone();
    let (name, note) = match group {
        GroupId::Note(note) => (format!("token-{note}"), Some(note.to_string())),
        GroupId::Store => ("token-store".to_owned(), None),
    };
    let last = trail.len() - 1;
    let chips: Vec<AnyView> =
        trail.into_iter().enumerate().map(|(index, (id, stop))| chip(id, stop, index == last, on_action)).collect();
    view! {
        <li data-testid=name data-note=note>
            <p class="token-head">
                <b>{capital(&thing(group))}</b>
                <span>{fill("epoch {epoch}", &[("epoch", &epoch.n.to_string())])} " · " {counts}</span>
            </p>
            <p class="token-trail">{chips}</p>
            {(!warning.is_empty()).then(|| view! { <p class="token-warning" data-testid="ping-pong">{warning}</p> })}
        </li>
    }
    .into_any()
}

/// One holder; the present one wears the crown.
fn chip(id: ReplicaId, stop: Option<u64>, holds: bool, on_action: Call<Action>) -> AnyView {
    let seek = move |_| {
        if let Some(stop) = stop {
            on_action.run(Action::Seek(stop));
        }
    };
    let title = match stop {
        Some(_) => fill("Go to the step in which {replica} received it", &[("replica", &id.to_string())]),
        None => fill("{replica} had it first", &[("replica", &id.to_string())]),
    };
    view! {
        <button type="button" class="token-chip" class:holds=holds disabled=stop.is_none() title=title on:click=seek>
            {holds.then(|| view! { <Sign icon=Icon::Crown /> })}
            {id.to_string()}
        </button>
    }
    .into_any()
}
