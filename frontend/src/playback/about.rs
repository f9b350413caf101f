//! Which note an event is about; pure. Used for search, for what lights up together, and for a note's own story.

use shared::event::EventKind;
use shared::id::{GroupId, NoteId};
use shared::message::Parcel;
use shared::note::Entry;
use shared::request::Reply;

/// Returns the note that an event is about; `None` when it is about none, or about several.
pub fn note(kind: &EventKind) -> Option<NoteId> {
    match kind {
        EventKind::ClientRequest { request } => of_path(&request.path),
        EventKind::ClientReply { reply } => of_reply(reply),
        EventKind::Sent { parcel, .. } => of_parcel(parcel),
        EventKind::Stepped { note, .. } => *note,
        EventKind::Accepted { changes, group, .. } => match changes.as_slice() {
            [(note, _)] => Some(*note),
            _ => of_group(*group),
        },
        EventKind::RolledBack { group, entries } => one(entries).or(of_group(*group)),
        EventKind::Promised { group, .. }
        | EventKind::Became { group, .. }
        | EventKind::Committed { group, .. }
        | EventKind::TookOver { group, .. } => of_group(*group),
        EventKind::Started { .. }
        | EventKind::Joined { .. }
        | EventKind::Received { .. }
        | EventKind::Lost { .. }
        | EventKind::Ignored { .. }
        | EventKind::Suspected { .. }
        | EventKind::Trusted { .. }
        | EventKind::Recovering
        | EventKind::Recovered { .. }
        | EventKind::Froze { .. }
        | EventKind::Began { .. }
        | EventKind::Gate(_) => None,
    }
}

fn of_path(path: &str) -> Option<NoteId> {
    path.strip_prefix("/note/")?.parse().ok().map(NoteId)
}

/// A creation's reply names the note in its body alone.
fn of_reply(reply: &Reply) -> Option<NoteId> {
    of_path(&reply.path).or_else(|| reply.body.get("id")?.as_u64().map(NoteId))
}

/// Returns the note that a message is about.
pub fn of_parcel(parcel: &Parcel) -> Option<NoteId> {
    match parcel {
        Parcel::Request(request) => of_path(&request.path),
        Parcel::Reply(reply) => of_reply(reply),
        Parcel::Peer(gist) => gist.group.and_then(of_group),
    }
}

fn of_group(group: GroupId) -> Option<NoteId> {
    match group {
        GroupId::Store => None,
        GroupId::Note(note) => Some(note),
    }
}

fn one(entries: &[Entry]) -> Option<NoteId> {
    match entries {
        [entry] => Some(entry.note),
        _ => None,
    }
}
