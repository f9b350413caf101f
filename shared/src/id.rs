//! The names of things: replicas, notes, groups, epochs, messages, traces.
//!
//! Newtypes only, so that a note's id cannot be taken for a sequence number. Nothing here decides anything.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The number of a replica, counted from 1 in the order of `config.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ReplicaId(pub u8);

impl fmt::Display for ReplicaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "R{}", self.0)
    }
}

/// The number of a note: 1, 2, 3 …, never used twice, deleted or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct NoteId(pub u64);

impl fmt::Display for NoteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who can send or receive a message.
///
/// On the wire `"clients"`, `"gateway"`, `"r1"` … `"r9"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// Everybody outside: browsers and curl. They emit no events of their own.
    Clients,
    /// The gateway on the `service` port.
    Gateway,
    /// One replica.
    Replica(ReplicaId),
}

impl Node {
    /// Returns this node's place in a vector clock: the gateway 0, replica k at k; clients have none.
    pub fn clock_index(self) -> Option<usize> {
        match self {
            Node::Clients => None,
            Node::Gateway => Some(0),
            Node::Replica(id) => Some(usize::from(id.0)),
        }
    }

    /// Returns the replica, if it is one.
    pub fn replica(self) -> Option<ReplicaId> {
        match self {
            Node::Replica(id) => Some(id),
            Node::Clients | Node::Gateway => None,
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Clients => f.write_str("clients"),
            Node::Gateway => f.write_str("gateway"),
            Node::Replica(id) => write!(f, "r{}", id.0),
        }
    }
}

/// Text that names no node, group or message.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not {1}")]
pub struct BadName(String, &'static str);

impl FromStr for Node {
    type Err = BadName;
    fn from_str(text: &str) -> Result<Self, BadName> {
        let bad = || BadName(text.to_owned(), "a node: clients, gateway, r1 … r9");
        match text {
            "clients" => Ok(Node::Clients),
            "gateway" => Ok(Node::Gateway),
            other => {
                let number = other.strip_prefix('r').ok_or_else(bad)?;
                number.parse().map(|n| Node::Replica(ReplicaId(n))).map_err(|_| bad())
            }
        }
    }
}

/// A set of replicas that agree on one sequence of versions under one primary.
///
/// On the wire `"store"` or `"note/5"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupId {
    /// The whole store: the only group of remote-write.
    Store,
    /// One note: a group of local-write.
    Note(NoteId),
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GroupId::Store => f.write_str("store"),
            GroupId::Note(id) => write!(f, "note/{id}"),
        }
    }
}

impl FromStr for GroupId {
    type Err = BadName;
    fn from_str(text: &str) -> Result<Self, BadName> {
        let bad = || BadName(text.to_owned(), "a group: store, note/1 …");
        if text == "store" {
            return Ok(GroupId::Store);
        }
        let number = text.strip_prefix("note/").ok_or_else(bad)?;
        number.parse().map(|n| GroupId::Note(NoteId(n))).map_err(|_| bad())
    }
}

/// The position of an entry in a group's log, from 1; 0 stands before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// Returns the position after this one.
    #[must_use]
    pub fn next(self) -> Seq {
        Seq(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A term of one primary in one group; ordered by counter, then owner, so no two replicas share one.
///
/// Source: docs/PROTOCOL.md §1.2, §4.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Epoch {
    /// Counter; 0 only in [`Epoch::NONE`].
    pub n: u64,
    /// The only replica that may be primary in this epoch.
    pub owner: ReplicaId,
}

impl Epoch {
    /// Before the first claim: nobody's.
    pub const NONE: Epoch = Epoch { n: 0, owner: ReplicaId(0) };

    /// Returns the replica that this epoch belongs to; `None` before the first claim.
    pub fn owner(self) -> Option<ReplicaId> {
        (self != Epoch::NONE).then_some(self.owner)
    }

    /// Returns the lowest epoch of `owner` above this one.
    #[must_use]
    pub fn next(self, owner: ReplicaId) -> Epoch {
        Epoch { n: self.n + 1, owner }
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.owner() {
            Some(owner) => write!(f, "{}·{owner}", self.n),
            None => f.write_str("none"),
        }
    }
}

/// The number of a configuration: it grows by one at each switch of the mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Generation(pub u64);

/// The name of one client operation; a retry carries the same (exactly-once key). At most 64 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OpId(pub String);

/// All that one client request caused carries its trace. At most 64 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TraceId(pub String);

impl TraceId {
    /// Returns the trace of this name; `None` when no request can have such a name.
    pub fn named(name: &str) -> Option<TraceId> {
        let can_be = (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
        can_be.then(|| TraceId(name.to_owned()))
    }
}

/// One message on its way; the same in its send and its receive event.
///
/// On the wire `"r2-17"`: the sender and a counter that never repeats within one server's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId {
    /// The sender.
    pub from: Node,
    /// The sender's counter, from 1.
    pub n: u64,
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.n)
    }
}

impl FromStr for MessageId {
    type Err = BadName;
    fn from_str(text: &str) -> Result<Self, BadName> {
        let bad = || BadName(text.to_owned(), "a message, such as r2-17");
        let (from, n) = text.split_once('-').ok_or_else(bad)?;
        Ok(MessageId { from: from.parse()?, n: n.parse().map_err(|_| bad())? })
    }
}

/// Reads a text while the reader is still at it, so that an error has its line.
pub(crate) struct Text<F>(pub F);

impl<T, E: fmt::Display, F: FnOnce(&str) -> Result<T, E>> serde::de::Visitor<'_> for Text<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<R: serde::de::Error>(self, text: &str) -> Result<T, R> {
        (self.0)(text).map_err(R::custom)
    }
}

/// Serialises a type as its `Display` text and reads it back with `FromStr`, so that it can be a map's key.
macro_rules! as_text {
    ($($name:ty),*) => {$(
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str($crate::id::Text(|text: &str| text.parse::<Self>()))
            }
        }
    )*};
}

pub(crate) use as_text;

as_text!(Node, GroupId, MessageId);

/// Reads a number that JSON may have turned into text: as a map's key, which serde does not undo by itself
/// inside of tagged enums.
struct NumberOrText;

impl serde::de::Visitor<'_> for NumberOrText {
    type Value = u64;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }
    fn visit_u64<E>(self, number: u64) -> Result<u64, E> {
        Ok(number)
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<u64, E> {
        text.parse().map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }
}

/// Reads a newtype over a number, from a number or from a map's key.
macro_rules! from_number_or_text {
    ($($name:ident($number:ty)),*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if !deserializer.is_human_readable() {
                    return <$number>::deserialize(deserializer).map($name);
                }
                let number = deserializer.deserialize_any(NumberOrText)?;
                <$number>::try_from(number).map($name).map_err(serde::de::Error::custom)
            }
        }
    )*};
}

from_number_or_text!(ReplicaId(u8), NoteId(u64), Seq(u64));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_the_wire() {
        for node in [Node::Clients, Node::Gateway, Node::Replica(ReplicaId(9))] {
            assert_eq!(node.to_string().parse::<Node>().ok(), Some(node));
        }
        for group in [GroupId::Store, GroupId::Note(NoteId(u64::MAX))] {
            assert_eq!(group.to_string().parse::<GroupId>().ok(), Some(group));
        }
        let message = MessageId { from: Node::Replica(ReplicaId(2)), n: 17 };
        assert_eq!(serde_json::to_string(&message).ok().as_deref(), Some("\"r2-17\""));
        assert_eq!("r2-17".parse::<MessageId>().ok(), Some(message));
        assert!("x2-17".parse::<MessageId>().is_err());
    }

    #[test]
    fn epochs_are_ordered_by_counter_then_owner() {
        let first = Epoch::NONE.next(ReplicaId(2));
        assert!(Epoch::NONE < first);
        assert!(first < Epoch::NONE.next(ReplicaId(3)));
        assert!(first.next(ReplicaId(1)) > Epoch::NONE.next(ReplicaId(3)));
    }
}
