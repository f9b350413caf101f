//! One note on a replica's card.

use shared::id::ReplicaId;

use super::icon::Icon;
use crate::cards::{Copy, Row};
use crate::kind::Kind;
use crate::lang::{fill, t};
use crate::markup::{escaped, tag};

/// Writes a note as one replica holds it.
pub fn markup(replica: ReplicaId, row: &Row) -> String {
    let note = row.note.to_string();
    let name = format!("replica-{}-note-{note}", replica.0);
    let class = [("note-row", true), (" open", row.open), (" back", row.taken_back)];
    let class: String = class.iter().filter(|(_, has)| *has).map(|(class, _)| *class).collect();
    let crown = if row.crown { crown(row, replica, &name) } else { String::new() };
    let inside = [
        tag("span", &[("class", "note-crown")], &crown),
        tag("span", &[("class", "note-id")], &note),
        tag("span", &[("class", "note-title"), ("title", &row.title)], &escaped(&title(row))),
        tag("span", &[("class", "note-version")], &versions(row, &name)),
    ];
    let attributes =
        [("class", &*class), ("data-testid", &*name), ("data-copy", copy_name(row.copy)), ("data-note", &*note)];
    tag("li", &attributes, &inside.concat())
}

fn crown(row: &Row, replica: ReplicaId, name: &str) -> String {
    let (class, said) = if row.resting { ("crown resting", t("last primary")) } else { ("crown", t("primary")) };
    let name = [name, "-crown"].concat();
    let attributes = [("class", class), ("data-testid", &*name), ("title", &*crown_title(row, replica))];
    tag("span", &attributes, &[Icon::Crown.markup(), unseen(said)].concat())
}

fn versions(row: &Row, name: &str) -> String {
    let (open, name) = (open(row), [name, "-back"].concat());
    let back = || {
        let title = t("The last write here was rolled back: no majority had it");
        let inside = Icon::Kind(Kind::Reply).markup() + &tag("span", &[], t("rolled back"));
        tag("span", &[("class", "note-back"), ("data-testid", &name), ("title", title)], &inside)
    };
    [
        tag("span", &[("class", "note-number"), ("title", open)], &version(row)),
        unseen(open),
        " ".to_owned(),
        tag("span", &[("class", "note-stale")], stale(row)),
        behind(row),
        if row.taken_back { back() } else { String::new() },
    ]
    .concat()
}

/// What is read aloud alone.
fn unseen(text: &str) -> String {
    tag("span", &[("class", "unseen")], text)
}

fn crown_title(row: &Row, replica: ReplicaId) -> String {
    let values: &[(&str, &str)] = &[("replica", &replica.to_string()), ("note", &row.note.to_string())];
    if row.resting {
        return fill(
            "{replica} was the last primary of note {note}; it must claim the role again before it writes",
            values,
        );
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
