//! Which copies nobody is known to have committed yet: a fold over events, kept by [`super::Picture`].
//!
//! An update is *committed* when it is on a majority; a copy that shows one before is drawn grey. Replicas tell how far
//! they know a group's log to be committed ([`EventKind::Committed`]); logs of one epoch are equal as far as both go, so
//! what one replica knows holds for all whose log is of the same epoch. Of several entries that come at once only the
//! last one's position is told: their notes stay marked until that one is committed, so that a mark may go a moment late
//! and never early. After a start, and in a snapshot, it is told how long the log is and not which notes are in its open
//! end: all that might be are marked, but those of a version that also stands in a log that is committed to its end.

use shared::event::{Event, EventKind};
use shared::id::{Epoch, GroupId, Node, NoteId, ReplicaId, Seq};
use shared::map::Map;
use shared::view::{ClusterView, ReplicaView};

/// The open notes of one group at one replica.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Open {
    /// The epoch of the log that they are in.
    epoch: Epoch,
    /// Where each of them was written at the latest.
    notes: Map<NoteId, Seq>,
}

/// The copies that are not known to be committed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uncommitted(Map<(GroupId, ReplicaId), Open>);

impl Uncommitted {
    /// Begins with what a snapshot tells.
    pub fn of(view: &ClusterView) -> Uncommitted {
        let mut all = Uncommitted::default();
        for (id, replica) in &view.replicas {
            all.mark_whole(*id, replica, view);
        }
        all
    }

    /// Whether the copy of `note` at `replica` is not known to be committed; `group` is the one that the note is in.
    pub fn has(&self, replica: ReplicaId, group: GroupId, note: NoteId) -> bool {
        self.0.get(&(group, replica)).is_some_and(|open| open.notes.contains_key(&note))
    }

    /// Takes the next event into account; `view` contains it already.
    #[allow(clippy::wildcard_enum_match_arm, reason = "the others neither write a log nor tell what is committed")]
    pub fn apply(&mut self, event: &Event, view: &ClusterView) {
        let Node::Replica(here) = event.node else { return };
        match &event.kind {
            EventKind::Accepted { group, epoch, len, changes } => {
                self.accept(here, *group, (*epoch, *len), changes.iter().map(|(note, _)| *note));
                self.clear(*group, view);
            }
            EventKind::Committed { group, .. } => self.clear(*group, view),
            EventKind::Started { view: whole }
            | EventKind::Joined { view: whole, .. }
            | EventKind::Began { view: whole, .. }
            | EventKind::Recovered { view: whole } => {
                self.0.retain(|(_, at), _| *at != here);
                self.mark_whole(here, whole, view);
            }
            _ => {}
        }
    }

    fn accept(&mut self, at: ReplicaId, group: GroupId, end: (Epoch, Seq), changed: impl Iterator<Item = NoteId>) {
        let (epoch, len) = end;
        let open = self.0.get_or_insert_with((group, at), || Open { epoch, notes: Map::new() });
        if open.epoch != epoch {
            // Another primary's log: what was open may stand elsewhere in it.
            open.epoch = epoch;
            open.notes.iter_mut().for_each(|(_, seq)| *seq = len);
        }
        open.notes.extend(changed.map(|note| (note, len)));
    }

    /// Marks all that may be in the open ends of a replica's logs.
    fn mark_whole(&mut self, at: ReplicaId, whole: &ReplicaView, view: &ClusterView) {
        for (group, state) in &whole.groups {
            let closed = closed(view, *group, state.accepted);
            let is_open = |note: &NoteId| {
                let mine = whole.notes.get(note);
                !closed.iter().any(|other| mine.is_some() && other.notes.get(note) == mine)
            };
            let all: Vec<NoteId> = match group {
                GroupId::Store => whole.notes.keys().copied().collect(),
                GroupId::Note(note) => vec![*note],
            };
            let notes = all.into_iter().filter(is_open).map(|note| (note, state.len)).collect();
            self.0.insert((*group, at), Open { epoch: state.accepted, notes });
            self.clear(*group, view);
        }
    }

    /// Drops the marks of a group that are known to be committed now.
    fn clear(&mut self, group: GroupId, view: &ClusterView) {
        for at in view.replicas.keys() {
            let Some(open) = self.0.get_mut(&(group, *at)) else { continue };
            let safe = committed(view, group, *at);
            open.notes.retain(|_, seq| *seq > safe);
            if open.notes.is_empty() {
                self.0.remove(&(group, *at));
            }
        }
    }
}

/// Returns the replicas whose log of a group is of this epoch and committed to its end.
fn closed(view: &ClusterView, group: GroupId, epoch: Epoch) -> Vec<&ReplicaView> {
    let is_closed = |(id, replica): &(&ReplicaId, &ReplicaView)| {
        let log = replica.groups.get(&group).filter(|log| log.accepted == epoch);
        log.is_some_and(|log| log.len <= committed(view, group, **id))
    };
    view.replicas.iter().filter(is_closed).map(|(_, replica)| replica).collect()
}

/// Returns up to where the log of a group at a replica is committed, as far as anybody with that log has told.
pub fn committed(view: &ClusterView, group: GroupId, at: ReplicaId) -> Seq {
    let Some(mine) = view.replicas.get(&at) else { return Seq(0) };
    let Some(log) = mine.groups.get(&group) else { return Seq(0) };
    let peers = view.replicas.values().filter(|other| other.generation == mine.generation);
    let same = peers.filter_map(|other| other.groups.get(&group)).filter(|other| other.accepted == log.accepted);
    same.map(|other| other.commit).max().unwrap_or_default().max(log.commit)
}

#[cfg(test)]
mod tests {
    use shared::id::Generation;
    use shared::note::Version;
    use shared::view::GroupView;

    use super::*;

    #[test]
    fn a_snapshot_marks_what_no_closed_log_has_and_nothing_else() {
        let [first, second, third] = [1, 2, 3].map(ReplicaId);
        let epoch = Epoch { n: 1, owner: first };
        let replica = |len: u64, versions: [u64; 2]| {
            let log = GroupView { accepted: epoch, len: Seq(len), commit: Seq(2), ..GroupView::default() };
            let version = |(note, version): (u64, u64)| (NoteId(note), Version { version, note: None });
            ReplicaView {
                generation: Generation::default(),
                groups: Map::from_iter([(GroupId::Store, log)]),
                notes: (1..).zip(versions).map(version).collect(),
                ..ReplicaView::default()
            }
        };
        let replicas = [(first, replica(3, [1, 2])), (second, replica(2, [1, 1]))].into_iter().collect();
        let mut view = ClusterView { replicas, ..ClusterView::default() };
        let marks = |view: &ClusterView, at: ReplicaId| {
            let all = Uncommitted::of(view);
            [1, 2].map(|note| all.has(at, GroupId::Store, NoteId(note)))
        };
        assert_eq!(marks(&view, first), [false, true], "note 2 alone is not where the log is closed");
        assert_eq!(marks(&view, second), [false, false]);
        // Where every log is open nobody knows which.
        view.replicas.insert(second, replica(3, [1, 1]));
        view.replicas.insert(third, replica(3, [1, 1]));
        assert_eq!(marks(&view, first), [true, true]);
    }
}
