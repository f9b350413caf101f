//! Read access for tests, without a copy: the replica's own state, beside what its events and records add up to.
//!
//! Called by the simulation after every step. It changes nothing.

use crate::config::Mode;
use crate::id::{Generation, GroupId, NoteId};
use crate::note::Version;
use crate::record::{Durable, DurableGroup};
use crate::view::{GroupView, ReplicaView};

use super::Replica;

/// One group, as its replica holds it.
#[derive(Clone, Copy, Debug)]
pub struct Inspected<'a> {
    /// Which.
    pub id: GroupId,
    /// What the feed shows of it.
    pub view: GroupView,
    /// What the disk holds of it.
    pub durable: &'a DurableGroup,
    group: &'a super::Group,
}

impl<'a> Inspected<'a> {
    /// Returns the notes as the committed part of the log leaves them.
    pub fn committed_notes(self) -> impl Iterator<Item = (NoteId, &'a Version)> {
        let all = self.group.commit == self.group.len();
        let notes = self.group.current.notes.iter();
        let group = self.group;
        notes.filter_map(
            move |(id, version)| if all { Some((*id, version)) } else { Some((*id, group.committed(*id)?)) },
        )
    }
}

impl Replica {
    /// Returns the configuration that this replica works in.
    pub fn generation(&self) -> (Generation, Mode) {
        (self.generation, self.mode)
    }

    /// Returns the groups that its disk knows.
    pub fn inspect(&self) -> impl Iterator<Item = Inspected<'_>> {
        self.known_groups().map(|(id, group)| Inspected { id: *id, view: group.view(), durable: &group.durable, group })
    }

    /// Whether `told` is what [`Replica::view`] would return.
    pub fn is_shown_by(&self, told: &ReplicaView) -> bool {
        let ReplicaView { generation, mode, frozen, recovering, gated, suspects, groups, notes } = told;
        (*generation, *mode) == (self.generation, self.mode)
            && (*frozen, *recovering, *gated) == (self.is_frozen(), self.is_recovering(), self.gated)
            && *suspects == self.suspected()
            && groups.len() == self.known_groups().count()
            && self.known_groups().all(|(id, group)| groups.get(id) == Some(&group.view()))
            && notes.len() == self.notes().count()
            && self.notes().all(|(id, version)| notes.get(id) == Some(&version.excerpt()))
    }

    /// Whether `disk` is what [`Replica::durable`] would return.
    pub fn is_kept_by(&self, disk: &Durable) -> bool {
        let Durable { joined, generation, mode, sealed, begun, proposed, groups } = disk;
        (*joined, *generation, *mode) == (self.joined, self.generation, self.mode)
            && (*sealed, *begun) == (self.sealed, self.begun)
            && *proposed == self.proposed
            && groups.len() == self.known_groups().count()
            && self.known_groups().all(|(id, group)| groups.get(id) == Some(&group.durable))
    }
}
