//! A short name for what a replica holds, so that copies can be compared at a glance.
//!
//! It covers the notes as a `local` read shows them: the id, the version and the text of every note that is not deleted,
//! and nothing else (no epochs, no log, no tombstones). Two replicas with the same notes have the same digest; two with
//! different notes have different ones but for a chance of 1 in 2⁶⁴. It is a sum over notes, so that one note's change
//! costs one note, however many there are. It guards nothing against an adversary.

use std::fmt;

use crate::hash::{BASIS, finish, fnv};
use crate::id::NoteId;
use crate::note::Version;
use crate::view::ReplicaView;

/// The digest of some notes; that of none is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(u64);

impl Digest {
    /// Returns the digest of all that a replica shows.
    pub fn of(view: &ReplicaView) -> Digest {
        let mut digest = Digest::default();
        for (id, version) in &view.notes {
            digest.add(*id, version);
        }
        digest
    }

    /// Takes a note in.
    pub fn add(&mut self, id: NoteId, version: &Version) {
        self.0 = self.0.wrapping_add(of_note(id, version));
    }

    /// Takes a note out that was taken in before.
    pub fn remove(&mut self, id: NoteId, version: &Version) {
        self.0 = self.0.wrapping_sub(of_note(id, version));
    }

    /// Returns the 24 bits that are shown, as six hexadecimal digits by [`fmt::Display`].
    pub fn short(self) -> u32 {
        #[allow(clippy::cast_possible_truncation, reason = "40 of 64 bits are shifted out")]
        let short = (self.0 >> 40) as u32;
        short
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06x}", self.short())
    }
}

fn of_note(id: NoteId, version: &Version) -> u64 {
    let Some(note) = &version.note else { return 0 };
    let mut hash = BASIS;
    fnv(&mut hash, &id.0.to_le_bytes());
    fnv(&mut hash, &version.version.to_le_bytes());
    for field in [&note.title, &note.body] {
        // No text has this byte, so that a missing field is not an empty one and the fields do not run together.
        fnv(&mut hash, if field.is_some() { &[0xff] } else { &[0xfe] });
        fnv(&mut hash, field.as_deref().unwrap_or_default().as_bytes());
    }
    finish(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::Note;

    fn version(version: u64, title: &str, body: Option<&str>) -> Version {
        let note = Note { title: Some(title.into()), body: body.map(Into::into) };
        Version { version, note: Some(note) }
    }

    fn of(notes: &[(u64, Version)]) -> Digest {
        let notes = notes.iter().map(|(id, version)| (NoteId(*id), version.clone())).collect();
        Digest::of(&ReplicaView { notes, ..ReplicaView::default() })
    }

    #[test]
    fn every_part_of_a_note_counts_and_a_tombstone_does_not() {
        let all = [
            of(&[]),
            of(&[(1, version(1, "ab", None))]),
            of(&[(2, version(1, "ab", None))]),
            of(&[(1, version(2, "ab", None))]),
            of(&[(1, version(1, "a", Some("b")))]),
            of(&[(1, version(1, "ab", Some("")))]),
            of(&[(1, version(1, "ab", None)), (2, version(1, "ab", None))]),
        ];
        let different: std::collections::BTreeSet<Digest> = all.into_iter().collect();
        assert_eq!(different.len(), all.len());
        assert_eq!(of(&[(1, Version { version: 2, note: None })]), Digest::default());
    }

    #[test]
    fn what_is_taken_out_leaves_nothing() {
        let (one, two) = (version(1, "a", None), version(2, "b", None));
        let mut digest = of(&[(1, one.clone()), (2, one.clone())]);
        digest.remove(NoteId(1), &one);
        digest.add(NoteId(1), &two);
        assert_eq!(digest, of(&[(1, two), (2, one)]));
        assert_eq!(digest.to_string().len(), 6);
    }
}
