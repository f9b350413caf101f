//! Persist before send: what a message states is on its sender's disk when it leaves. A replica whose disk was lost
//! sends nothing but its question and empty answers.
//!
//! The disk may be further than the message: a later record can stand before it in the same sync.
//! Source: docs/PROTOCOL.md §11.8, §11.12; Raft, figure 2.

use crate::id::ReplicaId;
use crate::message::{Envelope, LogPart, Message};
use crate::record::DurableGroup;
use crate::sim::{World, index};

#[allow(clippy::wildcard_enum_match_arm, reason = "the other messages state nothing about the disk")]
pub(in crate::sim) fn on_send(world: &World, id: ReplicaId, envelope: &Envelope) {
    let disk = &world.disks[index(id)];
    let message = &envelope.message;
    let silent = matches!(message, Message::Recover { .. } | Message::Recovery { state: None, .. });
    assert!(disk.joined || silent, "a recovering replica is silent: {id} sends {message:?}");
    let sealed = match message {
        Message::Seal { epoch } | Message::Sealed { epoch, .. } => disk.sealed >= *epoch,
        Message::Propose { proposal } => disk.sealed >= proposal.epoch,
        Message::Accepted { epoch } => {
            let accepted = disk.proposed.as_ref().is_some_and(|proposal| proposal.epoch >= *epoch);
            accepted || disk.begun >= *epoch
        }
        Message::Enter { epoch, next, .. } => disk.generation > *next || disk.begun >= *epoch,
        _ => true,
    };
    assert!(
        sealed,
        "persist before send: {id} sends {message:?}, and its disk holds {:?} {:?}",
        disk.sealed, disk.begun
    );
    let group = message.group().filter(|_| disk.generation == envelope.generation);
    if let Some(group) = group {
        let held = disk.groups.get(&group).cloned().unwrap_or_default();
        assert!(is_backed(message, &held), "persist before send: {id} sends {message:?}, and its disk holds {held:?}");
    }
}

#[allow(clippy::wildcard_enum_match_arm, reason = "the other messages state nothing about the disk")]
fn is_backed(message: &Message, held: &DurableGroup) -> bool {
    match message {
        Message::Claim { epoch, .. } => held.promised >= *epoch,
        Message::Promise { epoch, accepted, log, .. } => {
            held.promised >= *epoch && (held.accepted > *accepted || (held.accepted == *accepted && has(held, log)))
        }
        Message::Append { epoch, log, .. } => held.accepted > *epoch || (held.accepted == *epoch && has(held, log)),
        Message::Ack { epoch, len, .. } => held.accepted > *epoch || (held.accepted == *epoch && held.len() >= *len),
        _ => true,
    }
}

/// Whether a disk holds all entries of a part, as far as they are not folded. A part without entries states nothing.
fn has(held: &DurableGroup, log: &LogPart) -> bool {
    let base = held.base.seq;
    (log.entries.is_empty() || held.len() >= log.end())
        && log.entries.iter().filter(|entry| entry.seq > base).all(|entry| held.entry(entry.seq) == Some(entry))
}
