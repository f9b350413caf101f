//! What the step at the cursor changed, in words: for a cell of the table, and as a list.

use shared::config::Mode;
use shared::event::Role;
use shared::id::{Epoch, GroupId, NoteId, ReplicaId};
use shared::view::GroupView;

use crate::lang::{en, fill, t};
use crate::playback::changes::{Change, Mark, Standing, What};

/// Returns the short name of a mode.
pub fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::RemoteWrite => t("remote"),
        Mode::LocalWrite => t("local"),
    }
}

/// Returns what changed of a note at a replica, such as `v2 → v3`; empty when nothing did.
pub fn of_note(changes: &[Change], at: ReplicaId, note: NoteId) -> String {
    let found = changes.iter().find_map(|(place, what)| match what {
        What::Note(other, from, to) if *place == at && *other == note => Some(between(&mark(*from), &mark(*to))),
        What::Note(..) | What::Group(..) | What::Replica(..) => None,
    });
    found.unwrap_or_default()
}

/// Returns what changed of a fact of the table at a replica; several groups at once are said one after the other.
pub fn of_fact(changes: &[Change], at: ReplicaId, fact: &str) -> String {
    let here = changes.iter().filter(|(place, _)| *place == at);
    let all = here.flat_map(|(_, what)| differences(what)).filter(|(name, _, _)| *name == fact);
    all.map(|(_, _, words)| words).collect::<Vec<_>>().join(", ")
}

/// Returns all changes, one sentence for each replica's thing.
pub fn news(changes: &[Change]) -> Vec<String> {
    let line = |(at, what): &Change| {
        let words = match what {
            What::Note(note, from, to) => {
                vec![fill(
                    "note {note} {words}",
                    &[("note", &note.to_string()), ("words", &between(&mark(*from), &mark(*to)))],
                )]
            }
            What::Group(..) | What::Replica(..) => differences(what)
                .into_iter()
                .map(|(_, label, words)| if label.is_empty() { words } else { format!("{} {words}", t(label)) })
                .collect(),
        };
        let of = match what {
            What::Group(GroupId::Note(note), ..) => {
                format!(" · {}", fill("note {note}", &[("note", &note.to_string())]))
            }
            What::Group(GroupId::Store, ..) | What::Note(..) | What::Replica(..) => String::new(),
        };
        format!("{at}{of}: {}", words.join(", "))
    };
    changes.iter().map(line).collect()
}

fn between(from: &str, to: &str) -> String {
    format!("{from} → {to}")
}

fn mark(mark: Option<Mark>) -> String {
    match mark {
        None => t("none").to_owned(),
        Some(Mark { version, deleted: false }) => format!("v{version}"),
        Some(Mark { version, deleted: true }) => format!("v{version} {}", t("deleted")),
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Backup => t("backup"),
        Role::Claiming => t("claims"),
        Role::Primary => t("primary"),
    }
}

fn epoch(epoch: Epoch) -> String {
    if epoch == Epoch::NONE { t("none").to_owned() } else { epoch.to_string() }
}

/// Returns the fact that changed, the label before its words in a list, and the words.
fn differences(what: &What) -> Vec<(&'static str, &'static str, String)> {
    match what {
        What::Note(..) => Vec::new(),
        What::Group(_, from, to) => of_group(from, to),
        What::Replica(from, to) => of_replica(from, to),
    }
}

fn of_group(from: &GroupView, to: &GroupView) -> Vec<(&'static str, &'static str, String)> {
    let all = [
        ("part", "", role(from.role).to_owned(), role(to.role).to_owned()),
        ("promised", en("epoch"), epoch(from.promised), epoch(to.promised)),
        ("accepted", en("epoch of the last entry"), epoch(from.accepted), epoch(to.accepted)),
        ("log", en("entries"), from.len.to_string(), to.len.to_string()),
        ("committed", en("commit index"), from.commit.to_string(), to.commit.to_string()),
    ];
    let changed = all.into_iter().filter(|(_, _, from, to)| from != to);
    changed.map(|(fact, label, from, to)| (fact, label, between(&from, &to))).collect()
}

fn of_replica(from: &Standing, to: &Standing) -> Vec<(&'static str, &'static str, String)> {
    let mut all = Vec::new();
    if (from.generation, from.mode) != (to.generation, to.mode) {
        let name = |standing: &Standing| format!("{} {}", standing.generation.0, mode_word(standing.mode));
        all.push(("generation", en("generation"), between(&name(from), &name(to))));
    }
    let health = |standing: &Standing| match standing {
        Standing { recovering: true, .. } => t("recovering"),
        Standing { frozen: true, .. } => t("frozen"),
        Standing { .. } => t("ok"),
    };
    if health(from) != health(to) {
        all.push(("health", "", between(health(from), health(to))));
    }
    if from.misses != to.misses {
        let names = |ids: &[ReplicaId]| if ids.is_empty() { t("none").to_owned() } else { super::names(ids) };
        all.push(("misses", en("suspects"), between(&names(&from.misses), &names(&to.misses))));
    }
    all
}
