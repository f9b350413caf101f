//! A replica on the stage: its name, its epoch, its crown, its notes.

use crate::prelude::*;
use leptos::html::Ol;

use shared::id::{NoteId, ReplicaId};

use super::digest_bar::DigestBar;
use super::icon::{Icon, Sign};
use super::note_row::markup;
use crate::cards::Card;
use crate::derived::Value;
use crate::fixed::px;
use crate::geometry::Rect;
use crate::kept::Kept;
use crate::kind::Kind;
use crate::lang::{fill, t};
use crate::rows::Rows;
use crate::values::{effect, flag, shown, text};
use crate::words::{and, thing};

/// Shows one replica.
#[component]
pub fn CardView(
    /// The replica.
    id: ReplicaId,
    /// Its port, or its address when that is another host's.
    address: String,
    /// What it shows.
    #[prop(into)]
    card: Value<Card>,
    /// How many notes have no row.
    #[prop(into)]
    more: Value<usize>,
    /// The notes that have just changed here.
    #[prop(into)]
    changed: Value<Vec<NoteId>>,
    /// The note that is pointed at.
    #[prop(into)]
    pointed: Value<Option<NoteId>>,
    /// Where it stands.
    #[prop(into)]
    place: Value<Rect>,
    /// The accent of what is happening here now, if anything is.
    #[prop(into)]
    accent: Signal<String>,
) -> impl IntoView {
    let name = format!("replica-{}", id.0);
    let heading = format!("{name}-name");
    let labelled = heading.clone();
    let (list, rows) = (NodeRef::<Ol>::new(), Kept::new(Rows::default()));
    effect(move || {
        let (card, changed, pointed) = (card.read(), changed.read(), pointed.get());
        let Some(list) = list.get() else { return };
        let written: Vec<String> = card.rows.iter().map(|row| markup(id, row)).collect();
        rows.with(|rows| {
            for (row, of) in rows.show_written(&list, &written).iter_mut().zip(&card.rows) {
                row.mark("changed", changed.contains(&of.note));
                row.mark("pointed", pointed == Some(of.note));
            }
        });
    });
    view! {
        <section
            class="card"
            data-testid=name
            aria-labelledby=labelled
            data-kind=accent
            class:active=flag(move || !accent.get().is_empty())
            class:unknown=flag(move || !card.read().known)
            class:missed=flag(move || !card.read().missed_by.is_empty())
            class:recovering=flag(move || card.read().recovering)
            style:left=text(move || px(place.read().x))
            style:top=text(move || px(place.read().y))
            style:width=text(move || px(place.read().w))
            style:height=text(move || px(place.read().h))
        >
            <header class="card-head">
                <h2 id=heading>{id.to_string()}</h2>
                {shown(move || card.read().crown, move || {
                    view! {
                        <span class="crown" data-testid=format!("crown-{}", id.0) title=fill("{replica} is the primary", &[("replica", &id.to_string())])>
                            <Sign icon=Icon::Crown />
                            <span class="unseen">{t("primary")}</span>
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
            <div class="card-chips">
                <Chip of=id name="missed" icon=Icon::Kind(Kind::Lost) card says=missed />
                <Chip of=id name="recovering" icon=Icon::Kind(Kind::Lost) card says=recovering />
                <Chip of=id name="takeover" icon=Icon::Crown card says=took_over />
            </div>
            <ol class="card-notes" node_ref=list></ol>
            <p class="card-more">{text(move || if more.get() > 0 { fill("+{count} more", &[("count", &more.get().to_string())]) } else { String::new() })}</p>
            <DigestBar name=format!("digest-{}", id.0) agreement=Value::derive(move || card.read().agreement.clone()) />
        </section>
    }
}

/// A word on the edge of the card about something that is not as it should be.
#[component]
fn Chip(
    /// The replica.
    of: ReplicaId,
    /// Its test name, behind the replica's.
    name: &'static str,
    /// Its sign.
    icon: Icon,
    /// What the card shows.
    card: Value<Card>,
    /// What to say: a few words, and the same at length; empty when there is nothing to say.
    says: fn(&Card) -> (String, String),
) -> impl IntoView {
    let test = format!("replica-{}-{name}", of.0);
    shown(
        move || !says(&card.read()).0.is_empty(),
        move || {
            view! {
                <p class=format!("chip {name}") data-testid=test.clone() title=text(move || says(&card.read()).1)>
                    <Sign icon />
                    <span>{text(move || says(&card.read()).0)}</span>
                </p>
            }
            .into_any()
        },
    )
}

/// How many replicas a chip names.
const NAMED: usize = 3;

fn missed(card: &Card) -> (String, String) {
    let Card { id, missed_by, .. } = card;
    let names: Vec<String> = missed_by.iter().map(ToString::to_string).collect();
    let short = match names.len() {
        0 => String::new(),
        1..=NAMED => fill("suspected by {names}", &[("names", &names.join(", "))]),
        many => fill("suspected by {count}", &[("count", &many.to_string())]),
    };
    let values: &[(&str, &str)] = &[("names", &and(missed_by)), ("replica", &id.to_string())];
    let long = match names.len() {
        1 => fill("{names} suspects {replica}: no answer", values),
        _ => fill("{names} suspect {replica}: no answer", values),
    };
    (short, long)
}

fn recovering(card: &Card) -> (String, String) {
    if !card.recovering {
        return (String::new(), String::new());
    }
    let long = fill(
        "The disk of {replica} was empty: it does not vote until all others have sent it their state",
        &[("replica", &card.id.to_string())],
    );
    (t("recovering, no vote").to_owned(), long)
}

fn took_over(card: &Card) -> (String, String) {
    let replica = card.id.to_string();
    match card.takeovers.as_slice() {
        [] => (String::new(), String::new()),
        [(group, owner)] => {
            let (thing, owner) = (thing(*group), owner.to_string());
            let values: &[(&str, &str)] = &[("replica", &replica), ("thing", &thing), ("owner", &owner)];
            let long = fill(
                "{replica} took over the primary role of {thing} from {owner}, which a majority suspected",
                values,
            );
            (fill("took over without {owner}", values), long)
        }
        [(_, owner), ..] => {
            let (count, owner) = (card.takeovers.len().to_string(), owner.to_string());
            let values: &[(&str, &str)] = &[("replica", &replica), ("count", &count), ("owner", &owner)];
            let long = fill(
                "{replica} took over the primary role of {count} notes whose last primaries a majority suspected",
                values,
            );
            (fill("took over {count} without {owner}", values), long)
        }
    }
}

/// Whether a narrow card has no room for the word before the epoch's number.
fn is_long(card: &Card) -> bool {
    card.known && !card.frozen && card.epoch > 0 && (card.crown || card.epoch > 9)
}

fn state(card: &Card) -> String {
    match card {
        Card { known: false, .. } => t("no data yet").to_owned(),
        Card { frozen: true, .. } => t("frozen").to_owned(),
        Card { epoch: 0, .. } => String::new(),
        Card { epoch, .. } => fill("epoch {number}", &[("number", &epoch.to_string())]),
    }
}
