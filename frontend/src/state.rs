//! The state of every replica at the cursor, as a table: a column for each replica, a line for each fact and each note.
//!
//! Pure: a function of the picture. [`news`] says in words what the step at the cursor changed, [`content`] holds the
//! text of one note beside its copies, [`agreement`] compares what replicas hold as a whole. The components
//! `components/state*.rs` draw it; nothing here knows of the browser.

pub mod agreement;
pub mod content;
pub mod news;

use std::cmp::Reverse;
use std::collections::BTreeSet;

use shared::config::Mode;
use shared::event::Role;
use shared::id::{Epoch, GroupId, NoteId, ReplicaId};
use shared::note::Version;
use shared::view::{ClusterView, GroupView, ReplicaView};

use crate::cards::{self, Copy};
use crate::lang::{en, fill, t};
use crate::playback::{Picture, Playback};
use crate::tokens::{self, TokenLine};
use agreement::{Agreement, agreement};
use content::Copies;

/// One replica's part of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// What stands there: a number or a word.
    pub text: String,
    /// A word below it.
    pub below: String,
    /// What style sheets and tests know it by: `newest`, `stale`, `absent`, `deleted`, or nothing.
    pub mark: &'static str,
    /// Whether it wears the crown; `Some(true)` when it was the last to and must claim again.
    pub crown: Option<bool>,
    /// Whether it is not known to be committed yet.
    pub open: bool,
    /// What the step at the cursor changed, in words; empty when it changed nothing here.
    pub news: String,
    /// All of it in words.
    pub title: String,
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Its name among the lines.
    pub key: String,
    /// What it is about: a fact's name, or a note's title.
    pub label: String,
    /// The note, if it is one.
    pub note: Option<NoteId>,
    /// One cell for each replica, in order.
    pub cells: Vec<Cell>,
}

/// The table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The facts.
    pub facts: Vec<Line>,
    /// The notes: those written last first, then by id; one that is asked for and would not be there comes before them.
    pub notes: Vec<Line>,
    /// How many notes there are besides.
    pub more: usize,
}

/// All that the tab shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The table.
    pub table: Table,
    /// What the step at the cursor changed, in words.
    pub news: Vec<String>,
    /// How what each replica holds compares with the others, in order; none of a replica that was not heard.
    pub agreements: Vec<Option<Agreement>>,
    /// The copies of the note that is open.
    pub copies: Vec<Copies>,
    /// The tokens that moved last.
    pub tokens: Vec<TokenLine>,
}

/// How many notes the table shows.
const ROOM: usize = 40;

/// Returns what the tab shows of `count` replicas; `opened` is the note whose text is shown.
pub fn state(playback: &Playback, count: usize, opened: Option<NoteId>) -> State {
    let picture = playback.picture();
    let mut all = agreement(&picture.digests);
    let agreements = (1..=9).take(count).map(|id| all.remove(&ReplicaId(id))).collect();
    State {
        table: table(picture, count, ROOM, opened),
        news: news::news(picture.changes.list()),
        agreements,
        copies: opened.map(|note| content::content(&picture.view, note)).unwrap_or_default(),
        tokens: tokens::lines(playback),
    }
}

/// Returns the table for `count` replicas with room for `room` notes; `wanted` is the note that is asked for.
pub fn table(picture: &Picture, count: usize, room: usize, wanted: Option<NoteId>) -> Table {
    let ids: Vec<ReplicaId> = (1..=9).take(count).map(ReplicaId).collect();
    let all: BTreeSet<NoteId> = picture.view.replicas.values().flat_map(|view| view.notes.keys().copied()).collect();
    let shown = order(picture, &all, room, wanted);
    Table {
        facts: facts(picture, &ids),
        notes: shown.iter().map(|note| note_line(picture, &ids, *note)).collect(),
        more: all.len() - shown.len(),
    }
}

/// Returns the notes to show, in order.
fn order(picture: &Picture, all: &BTreeSet<NoteId>, room: usize, wanted: Option<NoteId>) -> Vec<NoteId> {
    let mut notes: Vec<NoteId> = all.iter().copied().collect();
    let rank = |note: &NoteId| (Reverse(picture.activity.get(note)), *note);
    if notes.len() > room {
        notes.select_nth_unstable_by_key(room, rank);
        notes.truncate(room);
    }
    notes.sort_unstable_by_key(rank);
    if let Some(wanted) = wanted.filter(|note| all.contains(note) && !notes.contains(note)) {
        notes.pop();
        notes.insert(0, wanted);
    }
    notes
}

/// The facts: a key, a name, and what a replica's cell says.
type Fact = (&'static str, &'static str, fn(&Picture, ReplicaId, &ReplicaView) -> Cell);

const FACTS: [Fact; 7] = [
    ("part", en("role"), part),
    ("health", en("health"), health),
    ("generation", en("generation"), generation),
    ("promised", en("promised epoch"), promised),
    ("accepted", en("epoch of the last entry"), accepted),
    ("log", en("entries"), log),
    ("committed", en("commit index"), committed),
];

fn facts(picture: &Picture, ids: &[ReplicaId]) -> Vec<Line> {
    let line = |(key, label, cell): Fact| {
        let cells = ids.iter().map(|id| {
            let Some(view) = picture.view.replicas.get(id) else { return unheard() };
            let news = news::of_fact(picture.changes.list(), *id, key);
            Cell { news, ..cell(picture, *id, view) }
        });
        Line { key: key.to_owned(), label: t(label).to_owned(), note: None, cells: cells.collect() }
    };
    FACTS.into_iter().map(line).collect()
}

fn unheard() -> Cell {
    Cell { text: "–".to_owned(), title: t("no data yet").to_owned(), ..Cell::default() }
}

fn said(text: impl Into<String>) -> Cell {
    Cell { text: text.into(), ..Cell::default() }
}

fn part(picture: &Picture, id: ReplicaId, view: &ReplicaView) -> Cell {
    let worn = view.groups.keys().filter(|group| cards::wears_crown(&picture.view, id, **group)).count();
    let claims = view.groups.values().any(|group| group.role == Role::Claiming);
    let store = worn == 1 && view.groups.contains_key(&GroupId::Store);
    let title = match worn {
        0 if claims => t("claims a primary role").to_owned(),
        0 => t("backup").to_owned(),
        1 if store => t("primary").to_owned(),
        1 => t("primary of one note").to_owned(),
        many => fill("primary of {count} notes", &[("count", &many.to_string())]),
    };
    let text = match worn {
        0 if claims => t("claims"),
        0 => t("backup"),
        _ if store => t("store"),
        _ => return Cell { title, crown: Some(false), ..said(worn.to_string()) },
    };
    Cell { title, crown: store.then_some(false), ..said(text) }
}

fn health(picture: &Picture, id: ReplicaId, view: &ReplicaView) -> Cell {
    let missed = cards::missed_by(&picture.view, id);
    let text = match () {
        () if view.recovering => t("recovering"),
        () if !missed.is_empty() => t("suspected"),
        () if view.frozen => t("frozen"),
        () => t("ok"),
    };
    let title =
        if missed.is_empty() { String::new() } else { fill("suspected by {names}", &[("names", &names(&missed))]) };
    Cell { title, mark: if view.recovering || !missed.is_empty() { "bad" } else { "" }, ..said(text) }
}

fn generation(_: &Picture, _: ReplicaId, view: &ReplicaView) -> Cell {
    let mode = news::mode_word(view.mode);
    Cell {
        below: mode.to_owned(),
        title: format!("{} {mode}", view.generation.0),
        ..said(view.generation.0.to_string())
    }
}

fn highest(view: &ReplicaView, epoch: fn(&GroupView) -> Epoch) -> Cell {
    match view.groups.values().map(epoch).max().filter(|epoch| *epoch != Epoch::NONE) {
        Some(epoch) => Cell { below: epoch.owner.to_string(), title: epoch.to_string(), ..said(epoch.n.to_string()) },
        None => said("–"),
    }
}

fn promised(_: &Picture, _: ReplicaId, view: &ReplicaView) -> Cell {
    highest(view, |group| group.promised)
}

fn accepted(_: &Picture, _: ReplicaId, view: &ReplicaView) -> Cell {
    highest(view, |group| group.accepted)
}

fn log(_: &Picture, _: ReplicaId, view: &ReplicaView) -> Cell {
    said(view.groups.values().map(|group| group.len.0).sum::<u64>().to_string())
}

/// What the replica itself knows to be committed; what others know beyond that is said below.
fn committed(_: &Picture, _: ReplicaId, view: &ReplicaView) -> Cell {
    let len: u64 = view.groups.values().map(|group| group.len.0).sum();
    let commit: u64 = view.groups.values().map(|group| group.commit.0).sum();
    let open = commit < len;
    let title = if open { t("as of the last message from the primary; the next one raises it") } else { "" };
    Cell { title: title.to_owned(), ..said(commit.to_string()) }
}

/// Returns replicas as a list.
pub fn names(ids: &[ReplicaId]) -> String {
    ids.iter().map(ReplicaId::to_string).collect::<Vec<_>>().join(", ")
}

/// Returns the group that a note is in, at a replica.
pub fn group_of(view: &ReplicaView, note: NoteId) -> GroupId {
    match view.mode {
        Mode::RemoteWrite => GroupId::Store,
        Mode::LocalWrite => GroupId::Note(note),
    }
}

fn note_line(picture: &Picture, ids: &[ReplicaId], note: NoteId) -> Line {
    let newest = newest(&picture.view, note);
    let cells = ids.iter().map(|id| match picture.view.replicas.get(id) {
        Some(view) => note_cell(picture, *id, view, note, newest),
        None => unheard(),
    });
    let title = newest.map(cards::title).unwrap_or_default();
    Line { key: format!("note-{note}"), label: title, note: Some(note), cells: cells.collect() }
}

/// Returns the newest version of a note anywhere; of a deleted one, the one before if somebody still has it.
fn newest(view: &ClusterView, note: NoteId) -> Option<&Version> {
    let all = view.replicas.values().filter_map(|replica| replica.notes.get(&note));
    all.max_by_key(|version| version.version)
}

/// The signs of a note that was deleted and of a version that was taken back; words would not fit beside the version.
pub const DELETED: &str = "✕";
/// See [`DELETED`].
pub const TAKEN_BACK: &str = "↩";

fn note_cell(picture: &Picture, id: ReplicaId, view: &ReplicaView, note: NoteId, newest: Option<&Version>) -> Cell {
    let mine = view.notes.get(&note);
    let copy = cards::copy(mine, newest.map_or(0, |version| version.version));
    let version = mine.map_or(0, |mine| mine.version);
    let group = GroupId::Note(note);
    let crown = view.mode == Mode::LocalWrite && cards::wears_crown(&picture.view, id, group);
    let open = picture.uncommitted.has(id, group_of(view, note), note);
    let back = picture.faults.taken_back.contains(&(id, note));
    let (mark, below, words) = match copy {
        Copy::Newest => ("newest", String::new(), String::new()),
        Copy::Deleted => ("deleted", DELETED.to_owned(), t("deleted").to_owned()),
        Copy::Absent => ("absent", String::new(), t("not here yet").to_owned()),
        Copy::Behind(by) => {
            let by = by.to_string();
            ("stale", format!("−{by}"), fill("stale, {count} behind", &[("count", &by)]))
        }
    };
    let open_words = if open { t("not committed yet") } else { "" };
    let back_words = if back { t("rolled back") } else { "" };
    let words: Vec<&str> =
        [words.as_str(), open_words, back_words].into_iter().filter(|word| !word.is_empty()).collect();
    Cell {
        text: if version == 0 { "–".to_owned() } else { format!("v{version}") },
        below: if back { TAKEN_BACK.to_owned() } else { below },
        mark,
        crown: crown.then(|| !view.is_primary(group)),
        open,
        news: news::of_note(picture.changes.list(), id, note),
        title: words.join(", "),
    }
}

#[cfg(test)]
mod tests;
