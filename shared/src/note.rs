//! Notes, the commands that change them, and the entries that replicas agree on.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::excerpt;
use crate::id::{NoteId, OpId, Seq};

/// A note's text: a replica has each in its log, its notes and its messages, all of which share one copy.
pub type Text = Arc<str>;

/// The content of a note. A field that a `PUT` left out is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// 1 to 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// At most 10,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Text>,
}

impl Note {
    /// Returns how long its texts are, in bytes.
    pub fn bytes(&self) -> usize {
        [&self.title, &self.body].into_iter().flatten().map(|text| text.len()).sum()
    }

    /// Returns it as the feed shows it: of a long body an [`excerpt`].
    #[must_use]
    pub fn excerpt(&self) -> Note {
        let of = |text: &Text| excerpt::of_text(text).map_or_else(|| Arc::clone(text), Into::into);
        Note { title: self.title.clone(), body: self.body.as_ref().map(of) }
    }
}

/// One version of one note.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Version {
    /// 1 for the creation, one more for each write.
    pub version: u64,
    /// `None` is a tombstone: the note was deleted, its id is never used again.
    pub note: Option<Note>,
}

impl Version {
    /// Returns it as the feed shows it; see [`Note::excerpt`].
    #[must_use]
    pub fn excerpt(&self) -> Version {
        Version { version: self.version, note: self.note.as_ref().map(Note::excerpt) }
    }

    /// Returns how long its texts are, in bytes.
    pub fn bytes(&self) -> usize {
        self.note.as_ref().map_or(0, Note::bytes)
    }
}

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// `GET /note`
    List,
    /// `GET /note/{id}`
    Read(NoteId),
    /// `POST /note`
    Create(Note),
    /// `PUT /note/{id}`: replaces the note.
    Replace(NoteId, Note),
    /// `PATCH /note/{id}`: changes the fields given.
    Change(NoteId, Note),
    /// `DELETE /note/{id}`
    Delete(NoteId),
}

impl Command {
    /// Whether this command changes nothing.
    pub fn is_read(&self) -> bool {
        matches!(self, Command::List | Command::Read(_))
    }

    /// Returns the note that is named; `None` for the list and for a creation.
    pub fn note(&self) -> Option<NoteId> {
        match self {
            Command::Read(id) | Command::Replace(id, _) | Command::Change(id, _) | Command::Delete(id) => Some(*id),
            Command::List | Command::Create(_) => None,
        }
    }
}

/// One agreed step of a group: operation `op` gave `note` this version.
///
/// Entries carry effects, not commands, so that every replica that has them holds the same notes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Entry {
    /// The place in the group's log.
    pub seq: Seq,
    /// The client operation that made it.
    pub op: OpId,
    /// The note.
    pub note: NoteId,
    /// Its version from here on; `None` when there was no such note, so that nothing changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
}

impl Entry {
    /// Returns it as the feed shows it; see [`Note::excerpt`].
    #[must_use]
    pub fn excerpt(&self) -> Entry {
        Entry { version: self.version.as_ref().map(Version::excerpt), ..self.clone() }
    }
}

/// How many of the latest operations of a group are remembered, so that a retry gets the first answer.
pub const REMEMBERED_OPS: u64 = 1024;

/// What a group's entries up to `seq` add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Snapshot {
    /// The last entry contained.
    pub seq: Seq,
    /// Every note, tombstones included.
    pub notes: BTreeMap<NoteId, Version>,
    /// The latest operations by position (the client table): at most [`REMEMBERED_OPS`]; without a note, the
    /// operation found none and changed nothing.
    pub ops: BTreeMap<Seq, (OpId, Option<NoteId>)>,
}

impl Snapshot {
    /// Adds the next entry.
    ///
    /// # Panics
    /// When `entry` is not the one after `seq`.
    pub fn apply(&mut self, entry: &Entry) {
        assert_eq!(entry.seq, self.seq.next(), "entries are applied in order");
        self.seq = entry.seq;
        if let Some(version) = &entry.version {
            self.notes.insert(entry.note, version.clone());
        }
        self.ops.insert(entry.seq, (entry.op.clone(), entry.version.as_ref().map(|_| entry.note)));
        if self.ops.len() as u64 > REMEMBERED_OPS {
            self.ops.pop_first();
        }
    }

    /// Returns the position and the note of an operation that is remembered; no note when it found none.
    pub fn find(&self, op: &OpId) -> Option<(Seq, Option<NoteId>)> {
        self.ops.iter().rev().find(|(_, (known, _))| known == op).map(|(seq, (_, note))| (*seq, *note))
    }

    /// Returns the id for a new note.
    pub fn next_id(&self) -> NoteId {
        NoteId(self.notes.last_key_value().map_or(1, |(id, _)| id.0 + 1))
    }

    /// Returns how long the texts of all notes are, in bytes.
    pub fn bytes(&self) -> usize {
        self.notes.values().map(Version::bytes).sum()
    }

    /// Returns the live content of a note; `None` when it is unknown or deleted.
    pub fn live(&self, id: NoteId) -> Option<&Note> {
        self.notes.get(&id).and_then(|version| version.note.as_ref())
    }
}

/// The version that `command` makes out of `current`; `None` when there is no such note.
pub fn next_version(command: &Command, current: Option<&Version>) -> Option<Version> {
    let version = current.map_or(1, |current| current.version + 1);
    let live = current.and_then(|current| current.note.as_ref());
    let note = match command {
        Command::Create(note) => return Some(Version { version, note: Some(note.clone()) }),
        Command::Replace(_, note) => live.map(|_| Some(note.clone())),
        Command::Change(_, change) => live.map(|old| {
            Some(Note {
                title: change.title.clone().or_else(|| old.title.clone()),
                body: change.body.clone().or_else(|| old.body.clone()),
            })
        }),
        Command::Delete(_) => live.map(|_| None),
        Command::List | Command::Read(_) => None,
    };
    note.map(|note| Version { version, note })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Note {
        Note { title: Some("t".into()), body: Some(text.into()) }
    }

    #[test]
    fn a_long_body_is_told_by_its_beginning_and_differs_by_its_end() {
        let short = body(&"é".repeat(excerpt::TEXT));
        assert_eq!(short.excerpt(), short);
        let [one, other] = ["1", "2"].map(|end| body(&format!("{}{end}", "é".repeat(9_999))).excerpt());
        let told = one.body.clone().expect("it has one");
        assert!(told.starts_with(&format!("{}… (+9800 #", "é".repeat(excerpt::TEXT))), "{told}");
        assert!(told.chars().count() < excerpt::TEXT + 32, "{told}");
        assert_ne!(one, other);
    }
}
