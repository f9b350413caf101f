//! The picture at one place of the log: all that the screen needs of the events before it.
//!
//! A fold that only goes forward; [`super::Log`] keeps copies of it along the way, so that the way is short.

use shared::digest::Digest;
use shared::event::{Event, EventKind};
use shared::id::{Node, NoteId, ReplicaId};
use shared::map::Map;
use shared::note::Version;
use shared::view::ClusterView;

use super::Entry;
use crate::playback::changes::Changes;
use crate::playback::faults::Faults;
use crate::playback::uncommitted::Uncommitted;
use crate::tokens::Tokens;

/// The picture at one place of the log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// The cluster.
    pub view: ClusterView,
    /// Where each note was last written, by place in the log; notes from before the snapshot are not in it.
    pub activity: Map<NoteId, u64>,
    /// What faults have left on it.
    pub faults: Faults,
    /// Who has the token of what, and how it went.
    pub tokens: Tokens,
    /// The copies that are not known to be committed.
    pub uncommitted: Uncommitted,
    /// What each replica holds, in short.
    pub digests: Map<ReplicaId, Digest>,
    /// What changed at the last step.
    pub changes: Changes,
}

impl Picture {
    /// The picture that a snapshot is.
    pub(super) fn of(view: ClusterView) -> Picture {
        Picture {
            tokens: Tokens::of(&view),
            uncommitted: Uncommitted::of(&view),
            digests: view.replicas.iter().map(|(id, replica)| (*id, Digest::of(replica))).collect(),
            view,
            ..Picture::default()
        }
    }

    pub(super) fn apply(&mut self, entry: &Entry, place: u64) {
        if let EventKind::Accepted { changes, .. } = &entry.event.kind {
            self.activity.extend(changes.iter().map(|(note, _)| (*note, place)));
        }
        self.faults.apply(&entry.event);
        self.tokens.apply(&entry.event, place, &self.view);
        self.changes.apply(&entry.event, entry.is_stop, &self.view);
        self.digest(&entry.event);
        self.view.apply(&entry.event);
        self.uncommitted.apply(&entry.event, &self.view);
    }

    /// Takes what an event is about to change into the digests.
    #[allow(clippy::wildcard_enum_match_arm, reason = "the others change no note")]
    fn digest(&mut self, event: &Event) {
        let Node::Replica(at) = event.node else { return };
        let digest = self.digests.get_or_default(at);
        match &event.kind {
            EventKind::Started { view }
            | EventKind::Joined { view, .. }
            | EventKind::Began { view, .. }
            | EventKind::Recovered { view } => *digest = Digest::of(view),
            EventKind::Accepted { changes, .. } => {
                let held = self.view.replicas.get(&at).map(|replica| &replica.notes);
                // A note may be there several times: each version takes the place of the one before.
                let mut now: Map<NoteId, Option<&Version>> = Map::new();
                for (note, version) in changes {
                    let before = now.insert(*note, version.as_ref());
                    if let Some(before) = before.unwrap_or_else(|| held?.get(note)) {
                        digest.remove(*note, before);
                    }
                    if let Some(version) = version {
                        digest.add(*note, version);
                    }
                }
            }
            _ => {}
        }
    }

    /// How much a copy of this picture costs, in notes; a message under way may carry several.
    pub(super) fn weight(&self) -> u64 {
        let notes: usize = self.view.replicas.values().map(|replica| replica.notes.len()).sum();
        (notes + 4 * self.view.flights.len()) as u64
    }
}
