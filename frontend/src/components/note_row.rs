//! One note on a replica's card.

use crate::prelude::*;
use shared::id::ReplicaId;

use super::icon::{Icon, Sign};
use crate::cards::{Copy, Row};
use crate::derived::Value;
use crate::kind::Kind;
use crate::lang::{fill, t};
use crate::values::{flag, shown, text, word};

/// Shows a note as one replica holds it.
#[component]
pub fn NoteRow(
    /// The replica.
    replica: ReplicaId,
    /// The note there.
    #[prop(into)]
    row: Value<Row>,
    /// Whether it, or what belongs to it, is pointed at.
    #[prop(into)]
    pointed: Signal<bool>,
    /// Whether it has just changed.
    #[prop(into)]
    changed: Signal<bool>,
) -> impl IntoView {
    let note = row.get_untracked().note;
    let name = format!("replica-{}-note-{note}", replica.0);
    let crown = format!("replica-{}-note-{note}-crown", replica.0);
    let back = format!("{name}-back");
    let crowned = move || row.read().crown;
    view! {
        <li class="note-row" data-testid=name data-copy=word(move || copy_name(row.read().copy)) class:changed=changed class:open=flag(move || row.read().open) class:back=flag(move || row.read().taken_back) class:pointed=pointed data-note=note.to_string()>
            <span class="note-crown">
                {shown(crowned, move || {
                    view! {
                        <span
                            class="crown"
                            class:resting=flag(move || row.read().resting)
                            data-testid=crown.clone()
                            title=text(move || crown_title(&row.read(), replica))
                        >
                            <Sign icon=Icon::Crown />
                            <span class="unseen">{word(move || if row.read().resting { t("last primary") } else { t("primary") })}</span>
                        </span>
                    }
                    .into_any()
                })}
            </span>
            <span class="note-id">{note.to_string()}</span>
            <span class="note-title" title=text(move || row.read().title.clone())>{text(move || title(&row.read()))}</span>
            <span class="note-version">
                <span class="note-number" title=word(move || open(&row.read()))>{text(move || version(&row.read()))}</span>
                <span class="unseen">{word(move || open(&row.read()))}</span> " " <span class="note-stale">{word(move || stale(&row.read()))}</span>
                {text(move || behind(&row.read()))}
                {shown(move || row.read().taken_back, move || {
                    view! {
                        <span class="note-back" data-testid=back.clone() title=t("The last write here was taken back: no majority had it")>
                            <Sign icon=Icon::Kind(Kind::Reply) />
                            <span>{t("taken back")}</span>
                        </span>
                    }
                    .into_any()
                })}
            </span>
        </li>
    }
}

fn crown_title(row: &Row, replica: ReplicaId) -> String {
    let values: &[(&str, &str)] = &[("replica", &replica.to_string()), ("note", &row.note.to_string())];
    if row.resting {
        return fill("{replica} was the last primary of note {note}; it claims it again before it writes", values);
    }
    fill("{replica} is the primary of note {note}", values)
}

fn open(row: &Row) -> &'static str {
    if row.open { t("not committed yet") } else { "" }
}

fn copy_name(copy: Copy) -> &'static str {
    match copy {
        Copy::Newest => "newest",
        Copy::Behind(_) => "stale",
        Copy::Absent => "absent",
        Copy::Deleted => "deleted",
    }
}

fn title(row: &Row) -> String {
    match row.copy {
        Copy::Absent => t("not here yet").to_owned(),
        Copy::Deleted => t("deleted").to_owned(),
        Copy::Newest | Copy::Behind(_) => row.title.clone(),
    }
}

fn version(row: &Row) -> String {
    match row.copy {
        Copy::Absent => "–".to_owned(),
        Copy::Newest | Copy::Deleted | Copy::Behind(_) => format!("v{}", row.version),
    }
}

fn stale(row: &Row) -> &'static str {
    if matches!(row.copy, Copy::Behind(_)) { t("stale") } else { "" }
}

fn behind(row: &Row) -> String {
    match row.copy {
        Copy::Behind(by) => format!(" −{by}"),
        Copy::Newest | Copy::Deleted | Copy::Absent => String::new(),
    }
}
