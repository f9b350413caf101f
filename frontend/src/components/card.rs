//! A replica on the stage: its name, its epoch, its crown, its notes.

use leptos::prelude::*;
use shared::id::{NoteId, ReplicaId};

use super::icon::{Icon, Sign};
use super::note_row::NoteRow;
use crate::cards::{Card, Row};
use crate::fixed::px;
use crate::geometry::Rect;
use crate::values::{each, flag, shown, text};

/// Shows one replica.
#[component]
pub fn CardView(
    /// The replica.
    id: ReplicaId,
    /// Its port, or its address when that is another host's.
    address: String,
    /// What it shows.
    #[prop(into)]
    card: Signal<Card>,
    /// How many notes have no row.
    #[prop(into)]
    more: Signal<usize>,
    /// The notes that have just changed here.
    #[prop(into)]
    changed: Signal<Vec<NoteId>>,
    /// Where it stands.
    #[prop(into)]
    place: Signal<Rect>,
    /// The accent of what is happening here now, if anything is.
    #[prop(into)]
    accent: Signal<Option<&'static str>>,
) -> impl IntoView {
    let name = format!("replica-{}", id.0);
    let heading = format!("{name}-name");
    let labelled = heading.clone();
    let notes = move || card.read().rows.iter().map(|row| row.note.to_string()).collect();
    view! {
        <section
            class="card"
            data-testid=name
            aria-labelledby=labelled
            data-kind=accent
            class:active=flag(move || accent.get().is_some())
            class:unknown=flag(move || !card.read().known)
            style:left=text(move || px(place.read().x))
            style:top=text(move || px(place.read().y))
            style:width=text(move || px(place.read().w))
            style:height=text(move || px(place.read().h))
        >
            <header class="card-head">
                <h2 id=heading>{id.to_string()}</h2>
                {shown(move || card.read().crown, move || {
                    view! {
                        <span class="crown" data-testid=format!("crown-{}", id.0) title=format!("{id} is the primary")>
                            <Sign icon=Icon::Crown />
                            <span class="unseen">"primary"</span>
                        </span>
                    }
                    .into_any()
                })}
                <span class="card-port">{address}</span>
                <span
                    class="card-epoch"
                    class:long=flag(move || is_long(&card.read()))
                    data-short=text(move || format!("e{}", card.read().epoch))
                    title=text(move || state(&card.read()))
                >
                    <span>{text(move || state(&card.read()))}</span>
                </span>
            </header>
            <ul class="card-notes">
                {each(notes, move |note| view! { <Note replica=id note card changed /> }.into_any())}
            </ul>
            <p class="card-more">{text(move || if more.get() > 0 { format!("+{} more", more.get()) } else { String::new() })}</p>
        </section>
    }
}

/// The row of one note, which is known by its id.
#[component]
fn Note(
    /// The replica.
    replica: ReplicaId,
    /// The note's id.
    note: String,
    /// What the card shows.
    card: Signal<Card>,
    /// The notes that have just changed here.
    changed: Signal<Vec<NoteId>>,
) -> impl IntoView {
    let note = NoteId(note.parse().unwrap_or_default());
    // A row that has just gone is still asked for once; it keeps its last words.
    let row = Memo::new(move |old: Option<&Row>| {
        let row = card.read().rows.iter().find(|row| row.note == note).cloned();
        row.or_else(|| old.cloned()).unwrap_or_else(|| Row::nowhere(note))
    });
    view! { <NoteRow replica row changed=flag(move || changed.read().contains(&note)) /> }
}

/// Whether a narrow card has no room for the word before the epoch's number.
fn is_long(card: &Card) -> bool {
    card.known && !card.frozen && card.epoch > 0 && (card.crown || card.epoch > 9)
}

fn state(card: &Card) -> String {
    match card {
        Card { known: false, .. } => "not heard of".to_owned(),
        Card { frozen: true, .. } => "frozen".to_owned(),
        Card { epoch: 0, .. } => String::new(),
        Card { epoch, .. } => format!("epoch {epoch}"),
    }
}
