//! The whole text of one note, as each replica has it.

use crate::prelude::*;
use shared::id::NoteId;

use crate::derived::Derived;
use crate::lang::{fill, t};
use crate::state::content::{Copies, Piece};
use crate::state::{State, names};

/// Shows the different copies, the newest first; words that differ from the newest are marked.
#[component]
pub fn NoteText(
    /// What is shown.
    state: Derived<State>,
    /// The note.
    note: NoteId,
) -> impl IntoView {
    let copies = move || {
        let state = state.read();
        if state.copies.is_empty() {
            return view! { <p>{t("No replica has it.")}</p> }.into_any();
        }
        state.copies.iter().map(copy).collect::<Vec<AnyView>>().into_any()
    };
    let label = fill("The text of note {note} at each replica", &[("note", &note.to_string())]);
    view! { <section class="note-text" data-testid="note-text" aria-label=label>{copies}</section> }
}

fn copy(copies: &Copies) -> AnyView {
    let head = match copies.version {
        0 => t("not here yet").to_owned(),
        version => format!("v{version}"),
    };
    let text = match &copies.text {
        Some([title, body]) => {
            let (title, body) = (pieces(title), pieces(body));
            view! { <p dir="auto"><b>{title}</b></p> <p dir="auto" class="note-body">{body}</p> }.into_any()
        }
        None if copies.version > 0 => view! { <p>{t("deleted")}</p> }.into_any(),
        None => ().into_any(),
    };
    view! { <h4>{names(&copies.at)} " · " {head}</h4> {text} }.into_any()
}

fn pieces(pieces: &[Piece]) -> Vec<AnyView> {
    let piece = |(text, differs): &Piece| {
        let text = text.clone();
        if *differs { view! { <mark>{text}</mark> }.into_any() } else { text.into_any() }
    };
    pieces.iter().map(piece).collect()
}
