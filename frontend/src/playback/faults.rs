//! What faults have left on the picture and no replica's own state tells: whose crown was taken without its holder's
//! word, and which notes changed back.
//!
//! A fold over events, kept by [`super::Picture`]; it decides nothing.

use shared::event::{Event, EventKind, Role};
use shared::id::{GroupId, Node, NoteId, ReplicaId};

/// A crown that was taken without the word of its last holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Takeover {
    /// Which.
    pub group: GroupId,
    /// Who took it.
    pub by: ReplicaId,
    /// Who was missed.
    pub owner: ReplicaId,
}

/// What faults have left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Until the crown moves on or its last holder is heard again.
    pub takeovers: Vec<Takeover>,
    /// The notes that changed back, by replica, until they are written there again.
    pub taken_back: Vec<(ReplicaId, NoteId)>,
}

impl Faults {
    /// Takes the next event into account.
    #[allow(clippy::wildcard_enum_match_arm, reason = "the others neither leave such a trace nor end one")]
    pub fn apply(&mut self, event: &Event) {
        let Node::Replica(here) = event.node else { return };
        match &event.kind {
            EventKind::TookOver { group, owner } => {
                self.takeovers.retain(|takeover| takeover.group != *group);
                self.takeovers.push(Takeover { group: *group, by: here, owner: *owner });
            }
            EventKind::Became { group, role: Role::Primary, .. } => {
                self.takeovers.retain(|takeover| takeover.group != *group || takeover.by == here);
            }
            EventKind::Trusted { replica } => {
                self.takeovers.retain(|takeover| takeover.by != here || takeover.owner != *replica);
            }
            // The entries that a new log replaces are told right after the log.
            EventKind::Accepted { changes, .. } => {
                let changed = |note: NoteId| changes.iter().any(|(other, _)| *other == note);
                self.taken_back.retain(|(at, note)| *at != here || !changed(*note));
            }
            EventKind::RolledBack { entries, .. } => {
                for entry in entries.iter().filter(|entry| entry.version.is_some()) {
                    let back = (here, entry.note);
                    if !self.taken_back.contains(&back) {
                        self.taken_back.push(back);
                    }
                }
            }
            EventKind::Started { .. } | EventKind::Began { .. } | EventKind::Recovered { .. } => {
                self.takeovers.retain(|takeover| takeover.by != here);
                self.taken_back.retain(|(at, _)| *at != here);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::clock::Stamp;
    use shared::id::{Epoch, OpId, Seq};
    use shared::note::{Entry, Version};
    use shared::time::Micros;

    use super::*;

    const R1: ReplicaId = ReplicaId(1);
    const R2: ReplicaId = ReplicaId(2);

    fn after(events: &[(ReplicaId, EventKind)]) -> Faults {
        let mut faults = Faults::default();
        for (at, kind) in events {
            let node = Node::Replica(*at);
            let (at, stamp, kind) = (Micros(0), Stamp::default(), kind.clone());
            faults.apply(&Event { seq: 1, at, node, stamp, trace: None, step: None, kind });
        }
        faults
    }

    fn primary(of: ReplicaId) -> EventKind {
        EventKind::Became { group: GroupId::Store, role: Role::Primary, epoch: Epoch::NONE.next(of) }
    }

    #[test]
    fn a_takeover_is_said_until_the_last_holder_is_heard_or_the_crown_moves() {
        let took = (R2, EventKind::TookOver { group: GroupId::Store, owner: R1 });
        let faults = after(&[took.clone(), (R2, primary(R2))]);
        assert_eq!(faults.takeovers, [Takeover { group: GroupId::Store, by: R2, owner: R1 }]);
        assert_eq!(after(&[took.clone(), (R2, primary(R2)), (R1, primary(R1))]).takeovers, []);
        let heard = |by: ReplicaId| (by, EventKind::Trusted { replica: R1 });
        assert_eq!(after(&[took.clone(), heard(R2)]).takeovers, []);
        assert_eq!(after(&[took, heard(ReplicaId(3))]).takeovers.len(), 1);
    }

    #[test]
    fn a_note_that_changed_back_is_marked_until_it_is_written_again() {
        let version = Some(Version { version: 2, note: None });
        let entry = |note, version| Entry { seq: Seq(2), op: OpId("a".to_owned()), note: NoteId(note), version };
        let entries = vec![entry(1, version.clone()), entry(1, version.clone()), entry(7, None)];
        let back = (R1, EventKind::RolledBack { group: GroupId::Store, entries });
        let written = |at, note| {
            let (epoch, changes) = (Epoch::NONE.next(R2), vec![(NoteId(note), version.clone())]);
            (at, EventKind::Accepted { group: GroupId::Store, epoch, len: Seq(2), changes })
        };
        let marked = [(R1, NoteId(1))];
        assert_eq!(after(&[written(R1, 1), back.clone()]).taken_back, marked);
        assert_eq!(after(&[back.clone(), written(R2, 1), written(R1, 2)]).taken_back, marked);
        assert_eq!(after(&[back, written(R1, 1)]).taken_back, []);
    }
}
