//! Version order: the committed versions of a note only grow, no version has two contents, and a tombstone is the last.
//!
//! So a deleted note is never revived and an id is never used twice. Source: docs/PROTOCOL.md §11.14.

use std::collections::BTreeMap;

use crate::id::{Generation, NoteId, Seq};
use crate::note::{Entry, Snapshot, Version};
use crate::sim::World;
use crate::sim::digest::Digest;

/// The committed versions of each note, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    notes: BTreeMap<NoteId, BTreeMap<(Generation, Seq), Known>>,
}

/// One version of a note.
#[derive(Clone, Copy, Debug)]
struct Known {
    version: u64,
    live: bool,
    digest: u64,
    /// Whether it was written at this position; otherwise it was there then.
    written: bool,
}

impl Known {
    fn of(version: &Version, written: bool) -> Known {
        Known { version: version.version, live: version.note.is_some(), digest: Digest::of(version), written }
    }

    /// Whether `later` can stand behind this.
    fn precedes(self, later: Known) -> bool {
        if self.version == later.version {
            return self.digest == later.digest && !(self.written && later.written);
        }
        self.live && self.version < later.version
    }
}

impl Seen {
    /// Takes note of a committed entry.
    pub(super) fn learn(&mut self, generation: Generation, entry: &Entry) {
        if let Some(version) = &entry.version {
            self.insert(entry.note, (generation, entry.seq), Known::of(version, true));
        }
    }

    /// Takes note of what stands before the entries of a generation.
    pub(super) fn begin(&mut self, generation: Generation, base: &Snapshot) {
        for (note, version) in &base.notes {
            self.insert(*note, (generation, base.seq), Known::of(version, false));
        }
    }

    fn insert(&mut self, note: NoteId, at: (Generation, Seq), known: Known) {
        let versions = self.notes.entry(note).or_default();
        if let Some(there) = versions.get_mut(&at) {
            assert_eq!(there.digest, known.digest, "version order: note {note} has two versions at {at:?}");
            there.written |= known.written;
            return;
        }
        if let Some((before, earlier)) = versions.range(..at).next_back() {
            assert!(
                earlier.precedes(known),
                "version order: note {note}: {known:?} at {at:?} follows {earlier:?} at {before:?}"
            );
        }
        if let Some((after, later)) = versions.range(at..).next() {
            assert!(
                known.precedes(*later),
                "version order: note {note}: {later:?} at {after:?} follows {known:?} at {at:?}"
            );
        }
        versions.insert(at, known);
    }
}

/// Checks at the end that every replica holds the last committed version of every note, and no other note.
pub(super) fn check_end(world: &World) {
    let seen = &world.ghost.notes.notes;
    for (id, replica) in world.up() {
        let notes = replica.view().notes;
        for (note, version) in &notes {
            let last = seen.get(note).and_then(|versions| versions.last_key_value());
            let expected = last.map(|(_, known)| known.digest);
            assert_eq!(
                expected,
                Some(Digest::of(version)),
                "version order: note {note} at {id} is not as it was committed last"
            );
        }
        assert_eq!(notes.len(), seen.len(), "version order: {id} lacks a note that was committed");
    }
}
