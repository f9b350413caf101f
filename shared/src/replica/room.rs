//! The size of the cluster's notes, and whether a write still fits.
//!
//! Called by `clients` before a write is taken in, so that one without room has surely not been done.

use crate::id::OpId;
use crate::note::{Command, Version, next_version};

use super::Replica;

/// The size of some notes.
#[derive(Clone, Copy, Default)]
struct Size {
    notes: usize,
    bytes: usize,
}

impl Replica {
    /// Whether a write fits beside all that this replica holds and is about to write. One that it knows already does.
    pub(super) fn has_room(&self, op: &OpId, command: &Command) -> bool {
        let more = self.growth(command);
        let limits = self.cluster.limits;
        // Only what grows is refused, so that a full cluster can be made smaller.
        if more.notes == 0 && more.bytes == 0 {
            return true;
        }
        let pending = self.pending.values().map(|pending| self.growth(&pending.operation.command));
        let held = self.groups.values().map(|group| Size { notes: group.current.notes.len(), bytes: group.bytes });
        let all = held.chain(pending).fold(more, Size::plus);
        let fits = all.notes <= limits.notes && all.bytes <= limits.bytes;
        // Looked for last: every log may have to be searched.
        fits || self.pending.contains_key(op) || self.holding(op).is_some()
    }

    /// Returns how much more the notes would be after a write.
    fn growth(&self, command: &Command) -> Size {
        let group = command.note().and_then(|note| self.groups.get(&self.mode.group_of(note)));
        let before = command.note().and_then(|note| group?.current.notes.get(&note));
        let Some(after) = next_version(command, before) else { return Size::default() };
        let bytes = after.bytes().saturating_sub(before.map_or(0, Version::bytes));
        Size { notes: usize::from(before.is_none()), bytes }
    }
}

impl Size {
    fn plus(self, other: Size) -> Size {
        Size { notes: self.notes + other.notes, bytes: self.bytes + other.bytes }
    }
}
