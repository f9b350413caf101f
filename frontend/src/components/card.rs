//! A replica on the stage: its name, its epoch, its crown, its notes.

use std::collections::BTreeSet;

use leptos::prelude::*;
use shared::id::{NoteId, ReplicaId};

use super::icon::{Icon, Sign};
use super::note_row::NoteRow;
use crate::cards::Card;
use crate::fixed::px;
use crate::geometry::Rect;
use crate::values::{flag, text};

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
    changed: Signal<BTreeSet<NoteId>>,
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
    let notes = move || card.read().rows.iter().map(|row| row.note).collect::<Vec<_>>();
    let row_of = move |note: NoteId| {
        // A row that has just gone is still asked for once; it keeps its last words.
        Memo::new(move |old: Option<&crate::cards::Row>| {
            let row = card.read().rows.iter().find(|row| row.note == note).cloned();
            row.or_else(|| old.cloned()).unwrap_or_else(|| crate::cards::Row::nowhere(note))
        })
    };
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
                <Show when=move || card.read().crown>
                    <span class="crown" data-testid=format!("crown-{}", id.0) title=format!("{id} is the primary")>
                        <Sign icon=Icon::Crown />
                        <span class="unseen">"primary"</span>
                    </span>
                </Show>
                <span class="card-port">{address}</span>
                <span class="card-epoch">{text(move || state(&card.read()))}</span>
            </header>
            <ul class="card-notes">
                <For each=notes key=|note| *note let:note>
                    <NoteRow replica=id row=row_of(note) changed=flag(move || changed.read().contains(&note)) />
                </For>
            </ul>
            <p class="card-more">{text(move || if more.get() > 0 { format!("+{} more", more.get()) } else { String::new() })}</p>
        </section>
    }
}

fn state(card: &Card) -> String {
    match card {
        Card { known: false, .. } => "not heard of".to_owned(),
        Card { frozen: true, .. } => "frozen".to_owned(),
        Card { epoch: 0, .. } => String::new(),
        Card { epoch, .. } => format!("epoch {epoch}"),
    }
}
