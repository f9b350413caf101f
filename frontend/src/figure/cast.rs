//! Who plays which part of the figure; pure.

use shared::config::Mode;
use shared::event::EventKind;
use shared::gist::Say;
use shared::id::{GroupId, Node, ReplicaId};
use shared::message::{Ask, Parcel};

use crate::playback::{Entry, Playback};

/// A place of the figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The client that writes.
    Writer,
    /// The client that reads.
    Reader,
    /// The server that the writer asks; in local-write the new primary.
    Asked,
    /// The primary; in local-write the old one.
    Primary,
    /// The backup that a reader asks.
    Beside,
    /// The other backups.
    Rest,
}

/// The replicas in the boxes of the figure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cast {
    /// Whether the request is a read.
    pub reads: bool,
    /// The server that the writer asks.
    pub asked: Option<ReplicaId>,
    /// The primary; in local-write the old one, if the item moves.
    pub primary: Option<ReplicaId>,
    /// The backup that a reader asks.
    pub beside: Option<ReplicaId>,
    /// The other backups.
    pub rest: Vec<ReplicaId>,
}

impl Cast {
    /// Reads the parts from all that is known of a request.
    pub fn of(entries: &[(u64, &Entry)], playback: &Playback, mode: Mode, reads: bool) -> Cast {
        let asked = entries.iter().rev().find_map(|(_, entry)| asked(entry));
        let primary = match mode {
            Mode::RemoteWrite => primary(entries).or_else(|| playback.picture().view.primary(GroupId::Store)),
            Mode::LocalWrite => old_primary(entries, playback).filter(|old| Some(*old) != asked),
        };
        let (writer, reader) = if reads { (None, asked) } else { (asked, None) };
        let named = [writer, primary, reader];
        let all = playback.picture().view.replicas.keys().copied();
        let mut others: Vec<ReplicaId> = all.filter(|id| !named.contains(&Some(*id))).collect();
        let beside = reader.or_else(|| (!others.is_empty()).then(|| others.remove(0)));
        Cast { reads, asked: writer, primary, beside, rest: others }
    }

    /// Whether `node` plays `part`.
    pub fn plays(&self, node: Node, part: Part) -> bool {
        let id = node.replica();
        match part {
            Part::Writer => node == Node::Clients && !self.reads,
            Part::Reader => node == Node::Clients && self.reads,
            Part::Asked => id.is_some() && self.asked == id,
            Part::Primary => id.is_some() && self.primary == id,
            Part::Beside => id.is_some() && self.beside == id,
            Part::Rest => id.is_some_and(|id| self.rest.contains(&id)),
        }
    }

    /// Returns who is in a box, such as `R2, R4`.
    pub fn names(&self, part: Part) -> String {
        let one = |id: Option<ReplicaId>| id.map_or_else(String::new, |id| id.to_string());
        match part {
            Part::Writer | Part::Reader => String::new(),
            Part::Asked => one(self.asked),
            Part::Primary => one(self.primary),
            Part::Beside => one(self.beside),
            Part::Rest => self.rest.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        }
    }
}

/// The last replica that was asked for the client.
fn asked(entry: &Entry) -> Option<ReplicaId> {
    if let EventKind::Sent { parcel: Parcel::Request(_), to, .. } = &entry.event.kind {
        return to.replica();
    }
    let is_request = matches!(entry.event.kind, EventKind::ClientRequest { .. });
    is_request.then(|| entry.event.node.replica()).flatten()
}

/// Whom the write was forwarded to, or who told the backups.
fn primary(entries: &[(u64, &Entry)]) -> Option<ReplicaId> {
    entries.iter().rev().find_map(|(_, entry)| {
        let EventKind::Sent { parcel: Parcel::Peer(gist), to, .. } = &entry.event.kind else { return None };
        if gist.say == Say::Forward {
            return to.replica();
        }
        (gist.say == Say::Append).then(|| entry.event.node.replica()).flatten()
    })
}

/// Who handed the item over, or was asked for it.
fn old_primary(entries: &[(u64, &Entry)], playback: &Playback) -> Option<ReplicaId> {
    let handed = entries.iter().rev().find_map(|(_, entry)| {
        let EventKind::Sent { message, .. } = &entry.event.kind else { return None };
        let passage = playback.log().passage(*message)?;
        passage.crown.then(|| entry.event.node.replica()).flatten()
    });
    let wanted = || {
        entries.iter().find_map(|(_, entry)| {
            let EventKind::Sent { parcel: Parcel::Peer(gist), to, .. } = &entry.event.kind else { return None };
            (gist.say == Say::Claim && gist.ask == Some(Ask::Owner)).then(|| to.replica()).flatten()
        })
    };
    handed.or_else(wanted)
}
