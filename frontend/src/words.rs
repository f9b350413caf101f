//! What the page says about events, in words that a student understands.
//!
//! Pure. [`what`] is one sentence of what happened; [`why`] is one or two of why the protocol does it. Both are
//! said by the live region, the caption under the stage and the steps.

mod message;
mod what;
mod why;

use shared::config::Mode;
use shared::event::{EventKind, Gate, Why};
use shared::id::{GroupId, Node, ReplicaId};
use shared::message::Parcel;

use crate::lang::{fill, t};
pub use what::{entry, what};
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
        Node::Clients => t("the client").to_owned(),
        Node::Gateway => t("the gateway").to_owned(),
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
        [first @ .., last] => fill("{names} and {last}", &[("names", &first.join(", ")), ("last", last)]),
    }
}

/// Whether an event tells of a fault or of its end, or of what somebody did by hand at the gate, so that the steps show it beside the original system's lines.
pub fn is_fault(kind: &EventKind) -> bool {
    match kind {
        EventKind::TookOver { .. }
        | EventKind::RolledBack { .. }
        | EventKind::Suspected { .. }
        | EventKind::Trusted { .. }
        | EventKind::Recovering
        | EventKind::Recovered { .. }
        | EventKind::Lost { why: Why::DroppedByHand, .. } => true,
        EventKind::Gate(gate) => !matches!(gate, Gate::Held(_)),
        EventKind::Started { .. }
        | EventKind::Joined { .. }
        | EventKind::ClientRequest { .. }
        | EventKind::ClientReply { .. }
        | EventKind::Sent { .. }
        | EventKind::Received { .. }
        | EventKind::Lost { .. }
        | EventKind::Ignored { .. }
        | EventKind::Stepped { .. }
        | EventKind::Promised { .. }
        | EventKind::Became { .. }
        | EventKind::Accepted { .. }
        | EventKind::Committed { .. }
        | EventKind::Froze { .. }
        | EventKind::Began { .. } => false,
    }
}

/// Returns what a group holds, within a sentence.
pub fn thing(group: GroupId) -> String {
    match group {
        GroupId::Store => t("the store").to_owned(),
        GroupId::Note(note) => fill("note {note}", &[("note", &note.to_string())]),
    }
}

/// Returns a mode's name.
pub fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::RemoteWrite => t("Remote-write"),
        Mode::LocalWrite => t("Local-write"),
    }
}

/// Returns a mode's name within a sentence.
pub fn mode_said(mode: Mode) -> &'static str {
    match mode {
        Mode::RemoteWrite => t("remote-write"),
        Mode::LocalWrite => t("local-write"),
    }
}

#[cfg(test)]
mod tests;
