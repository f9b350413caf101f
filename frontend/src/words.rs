//! What the page says about events, in words that a student understands.
//!
//! Pure. [`what`] is one sentence of what happened; [`why`] is one or two of why the protocol does it. Both are
//! said by the live region, the caption under the stage and the steps.

mod what;
mod why;

use shared::config::{Ack, Mode};
use shared::id::{GroupId, Node, ReplicaId};
use shared::message::Parcel;

pub use what::what;
pub use why::why;

/// A message that an event is about.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// The sender.
    pub from: Node,
    /// The receiver.
    pub to: Node,
    /// What is in it.
    pub parcel: &'a Parcel,
    /// Whether it hands a primary role over.
    pub crown: bool,
}

/// Returns a node's name within a sentence.
pub fn name(node: Node) -> String {
    match node {
        Node::Clients => "the client".to_owned(),
        Node::Gateway => "the gateway".to_owned(),
        Node::Replica(id) => id.to_string(),
    }
}

/// Returns the text with a capital first letter.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| std::iter::once(first.to_ascii_uppercase()).chain(chars).collect())
}

/// Returns replicas as a list within a sentence, such as `R2, R3 and R4`.
pub fn and(replicas: &[ReplicaId]) -> String {
    let names: Vec<String> = replicas.iter().map(ReplicaId::to_string).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Returns what a group holds, within a sentence.
pub fn thing(group: GroupId) -> String {
    match group {
        GroupId::Store => "the store".to_owned(),
        GroupId::Note(note) => format!("note {note}"),
    }
}

/// Returns a mode's name.
pub fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::RemoteWrite => "Remote-write",
        Mode::LocalWrite => "Local-write",
    }
}

/// Returns what the mode and the acknowledgement policy promise, in a few words.
pub fn guarantee(mode: Mode, ack: Ack) -> &'static str {
    match (mode, ack) {
        (Mode::RemoteWrite, Ack::All) => "one order of writes for the whole store",
        (Mode::RemoteWrite, Ack::Majority) => "writes survive; a local read may be stale",
        (Mode::RemoteWrite, Ack::Primary) => "fast; a takeover can lose writes",
        (Mode::LocalWrite, Ack::All) => "each note sequential; the store is not",
        (Mode::LocalWrite, Ack::Majority) => "each note sequential; a local read may be stale",
        (Mode::LocalWrite, Ack::Primary) => "fast, per note; a takeover can lose writes",
    }
}

/// Returns the same at length.
pub fn guarantee_at_length(mode: Mode, ack: Ack) -> String {
    let order = match mode {
        Mode::RemoteWrite => {
            "All writes go through one primary, so every replica applies them in one order. A reader who stays at one \
             replica sees the store change in that order."
        }
        Mode::LocalWrite => {
            "Each note has a primary of its own, so the versions of one note have one order. Two notes have none in \
             common: readers may see writes to different notes in different orders."
        }
    };
    let ack = match ack {
        Ack::All => "The client hears when every replica has the write, so that everyone reads it from then on.",
        Ack::Majority => "The client hears when a majority has the write; the others follow a moment later.",
        Ack::Primary => "The client hears as soon as the primary has the write; if the primary is lost, so may it be.",
    };
    format!("{order} {ack} Reads are answered by the replica that is asked, from what it holds.")
}

#[cfg(test)]
mod tests;
