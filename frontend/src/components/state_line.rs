//! A line of the state's table: a fact of every replica, or every replica's copy of a note, with its text below while
//! it is open.

use crate::prelude::*;
use shared::id::NoteId;

use super::icon::Icon;
use super::note_text::NoteText;
use crate::derived::{Call, Derived, Value};
use crate::focus::Lit;
use crate::lang::fill;
use crate::state::{Cell, Line, State};
use crate::values::{flag, shown, text, word, yes_or_no};

/// Shows a fact.
#[component]
pub fn FactLine(
    /// What is shown.
    state: Derived<State>,
    /// The line's name.
    key: String,
    /// How many replicas there are.
    count: usize,
) -> impl IntoView {
    let label = find(&state.read_untracked().table.facts, &key).map(|line| line.label.clone());
    let name = format!("state-{key}");
    let cells = cells(count, move |at| cell(&state.read().table.facts, &key, at));
    view! { <tr data-testid=name><th scope="row">{label}</th>{cells}</tr> }
}

/// Shows the copies of a note.
#[component]
pub fn NoteLine(
    /// What is shown.
    state: Derived<State>,
    /// The line's name.
    key: String,
    /// How many replicas there are.
    count: usize,
    /// The note whose text is shown.
    opened: Value<Option<NoteId>>,
    /// What lights up.
    pointed: Derived<Lit>,
    /// Opens a note, or closes it.
    on_open: Call<Option<NoteId>>,
) -> impl IntoView {
    let note = find(&state.read_untracked().table.notes, &key).and_then(|line| line.note)?;
    let of_label = key.clone();
    let label =
        text(move || find(&state.read().table.notes, &of_label).map_or_else(String::new, |line| line.label.clone()));
    let is_open = move || opened.get() == Some(note);
    let name = format!("state-{key}");
    let button = format!("{name}-open");
    let cells = cells(count, move |at| cell(&state.read().table.notes, &key, at));
    Some(view! {
        <tr
            class="state-note"
            data-testid=name
            class:pointed=flag(move || pointed.read().note == Some(note))
            data-note=note.to_string()
        >
            <th scope="row">
                <button
                    type="button"
                    data-testid=button
                    title=label
                    aria-expanded=word(move || yes_or_no(is_open()))
                    on:click=move |_| on_open.run((!is_open()).then_some(note))
                >
                    <b>{note.to_string()}</b>
                    " "
                    <span dir="auto">{label}</span>
                </button>
            </th>
            {cells}
        </tr>
        {shown(is_open, move || view! { <tr><td colspan=count + 1><NoteText state note /></td></tr> }.into_any())}
    })
}

fn find<'a>(lines: &'a [Line], key: &str) -> Option<&'a Line> {
    lines.iter().find(|line| line.key == key)
}

fn cell(lines: &[Line], key: &str, at: usize) -> Cell {
    find(lines, key).and_then(|line| line.cells.get(at)).cloned().unwrap_or_default()
}

fn cells(count: usize, of: impl Fn(usize) -> Cell + Clone + Send + Sync + 'static) -> Vec<AnyView> {
    let cell = |at: usize| {
        let of = of.clone();
        let cell = Derived::new(move |_| of(at));
        view! {
            <td
                data-mark=word(move || cell.read().mark)
                class:open=flag(move || cell.read().open)
                class:changed=flag(move || !cell.read().news.is_empty())
                title=text(move || title(&cell.read()))
                inner_html=text(move || html(&cell.read()))
            ></td>
        }
        .into_any()
    };
    (0..count).map(cell).collect()
}

/// Returns all that a cell says, in words.
fn title(cell: &Cell) -> String {
    let news = match cell.news.as_str() {
        "" => String::new(),
        news => fill("changed: {news}", &[("news", news)]),
    };
    [cell.title.as_str(), &news].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

/// What stands in a cell; all of it are the page's own words and numbers.
fn html(cell: &Cell) -> String {
    let crown = match cell.crown {
        None => String::new(),
        Some(resting) => {
            let class = if resting { "crown resting" } else { "crown" };
            format!(
                "<span class=\"{class}\"><svg class=\"icon\" viewBox=\"0 0 16 16\"><path d=\"{}\"/></svg></span>",
                Icon::Crown.path()
            )
        }
    };
    let Cell { text, below, .. } = cell;
    let words = title(cell);
    format!("{crown}<span class=\"value\">{text}</span><small>{below}</small><span class=\"unseen\"> {words}</span>")
}
