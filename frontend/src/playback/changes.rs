//! What changed at the step under the cursor: a fold over events, kept by [`super::Picture`].
//!
//! A step is an event with a picture and what follows it until the next one. Its changes are the differences between
//! the replicas' states before it and now; they are begun anew at the next step.

use shared::config::Mode;
use shared::event::{Event, EventKind};
use shared::id::{Generation, GroupId, Node, NoteId, ReplicaId};
use shared::note::Version;
use shared::view::{ClusterView, GroupView, ReplicaView};

/// A copy as a change tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its version.
    pub version: u64,
    /// Whether it is a deletion.
    pub deleted: bool,
}

/// What a replica is besides its groups and its notes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Its configuration.
    pub generation: Generation,
    /// The mode of that.
    pub mode: Mode,
    /// Whether a switch has frozen it.
    pub frozen: bool,
    /// Whether it has lost its disk.
    pub recovering: bool,
    /// Whom it misses.
    pub misses: Vec<ReplicaId>,
}

impl Standing {
    fn of(view: &ReplicaView) -> Standing {
        let ReplicaView { generation, mode, frozen, recovering, .. } = *view;
        Standing { generation, mode, frozen, recovering, misses: view.suspects.clone() }
    }
}

/// One thing of one replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A note, before and after; `None` is no copy.
    Note(NoteId, Option<Mark>, Option<Mark>),
    /// A group, before and after.
    Group(GroupId, GroupView, GroupView),
    /// The replica itself, before and after.
    Replica(Standing, Standing),
}

impl What {
    fn is_change(&self) -> bool {
        match self {
            What::Note(_, from, to) => from != to,
            What::Group(_, from, to) => from != to,
            What::Replica(from, to) => from != to,
        }
    }

    /// Keeps where this one began and takes where `later` ended; false when that is about something else.
    fn join(&mut self, later: &What) -> bool {
        match (self, later) {
            (What::Note(note, _, to), What::Note(other, _, end)) if note == other => *to = *end,
            (What::Group(group, _, to), What::Group(other, _, end)) if group == other => *to = *end,
            (What::Replica(_, to), What::Replica(_, end)) => to.clone_from(end),
            _ => return false,
        }
        true
    }
}

/// What changed where.
pub type Change = (ReplicaId, What);

/// The changes of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(Vec<Change>);

impl Changes {
    /// Returns them, in the order in which they began.
    pub fn list(&self) -> &[Change] {
        &self.0
    }

    /// Takes the next event into account; `view` does not contain it yet.
    pub fn apply(&mut self, event: &Event, is_step: bool, view: &ClusterView) {
        if is_step {
            self.0.clear();
        }
        let Node::Replica(at) = event.node else { return };
        let nothing = ReplicaView::default();
        for what in differences(&event.kind, view.replicas.get(&at).unwrap_or(&nothing)) {
            self.add(at, what);
        }
    }

    fn add(&mut self, at: ReplicaId, what: What) {
        if !self.0.iter_mut().any(|(other, earlier)| *other == at && earlier.join(&what)) {
            self.0.push((at, what));
        }
        self.0.retain(|(_, what)| what.is_change());
    }
}

/// Returns what an event changes at a replica that is like `before`.
#[allow(clippy::wildcard_enum_match_arm, reason = "the others change at most the replica itself")]
fn differences(kind: &EventKind, before: &ReplicaView) -> Vec<What> {
    match kind {
        EventKind::Started { view }
        | EventKind::Joined { view, .. }
        | EventKind::Began { view, .. }
        | EventKind::Recovered { view } => whole(before, view),
        EventKind::Promised { group, .. } | EventKind::Became { group, .. } | EventKind::Committed { group, .. } => {
            vec![of_group(*group, kind, before)]
        }
        EventKind::Accepted { group, changes, .. } => {
            let notes = changes.iter().map(|(note, version)| of_note(*note, before.notes.get(note), version.as_ref()));
            notes.chain([of_group(*group, kind, before)]).collect()
        }
        _ => vec![of_replica(kind, before)],
    }
}

fn of_note(note: NoteId, from: Option<&Version>, to: Option<&Version>) -> What {
    let mark = |version: &Version| Mark { version: version.version, deleted: version.note.is_none() };
    What::Note(note, from.map(mark), to.map(mark))
}

/// Lets the fold itself say what an event makes of one group.
fn of_group(group: GroupId, kind: &EventKind, before: &ReplicaView) -> What {
    let from = before.groups.get(&group).copied().unwrap_or_default();
    let mut after = ReplicaView { groups: [(group, from)].into_iter().collect(), ..ReplicaView::default() };
    after.apply(kind);
    What::Group(group, from, after.groups.get(&group).copied().unwrap_or_default())
}

fn of_replica(kind: &EventKind, before: &ReplicaView) -> What {
    let mut after = bare(before);
    after.apply(kind);
    What::Replica(Standing::of(before), Standing::of(&after))
}

fn bare(view: &ReplicaView) -> ReplicaView {
    let ReplicaView { generation, mode, frozen, recovering, .. } = *view;
    ReplicaView { generation, mode, frozen, recovering, suspects: view.suspects.clone(), ..ReplicaView::default() }
}

fn whole(before: &ReplicaView, after: &ReplicaView) -> Vec<What> {
    let mut all = vec![What::Replica(Standing::of(before), Standing::of(after))];
    let notes = before.notes.keys().chain(after.notes.keys().filter(|note| !before.notes.contains_key(note)));
    all.extend(notes.map(|note| of_note(*note, before.notes.get(note), after.notes.get(note))));
    let groups = before.groups.keys().chain(after.groups.keys().filter(|group| !before.groups.contains_key(group)));
    let of = |view: &ReplicaView, group| view.groups.get(&group).copied().unwrap_or_default();
    all.extend(groups.map(|group| What::Group(*group, of(before, *group), of(after, *group))));
    all.retain(What::is_change);
    all
}
