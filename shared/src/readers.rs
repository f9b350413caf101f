//! How [`crate::json`] reads each type that crosses the wire to the page: its parts by name, as its `Serialize` writes them.

use crate::api::{AliveFrame, EventsFrame, GoneFrame, MissedFrame, SnapshotFrame};
use crate::clock::Stamp;
use crate::config::{Ack, Failover, Mode, Reads};
use crate::event::{Action, Event, EventKind, Gate, Phase, Role, Step, Why};
use crate::gist::{Gist, Say};
use crate::id::{Epoch, Generation, GroupId, MessageId, Node, NoteId, OpId, ReplicaId, Seq, TraceId};
use crate::json::{FromJson, Json, Unread};
use crate::message::{Ask, Parcel, Position};
use crate::note::{Entry, Note, Version};
use crate::request::{Method, Reply, Request};
use crate::session::Session;
use crate::time::Micros;
use crate::view::{ClusterView, Flight, GroupView, ReplicaView, Scene};

/// A type around another that is written as that.
macro_rules! around {
    ($($type:ident),*) => {$(
        impl FromJson for $type {
            fn from_json(json: Json) -> Result<$type, Unread> {
                FromJson::from_json(json).map($type)
            }
        }
    )*};
}

around!(ReplicaId, NoteId, Seq, Generation, Micros, OpId, TraceId, EventsFrame);

/// A type that is written as a text of its own.
macro_rules! text {
    ($($type:ident),*) => {$(
        impl FromJson for $type {
            fn from_json(json: Json) -> Result<$type, Unread> {
                let text = json.text()?;
                text.parse().map_err(|_| Unread::unknown(&text))
            }
        }
    )*};
}

text!(Node, GroupId, MessageId);

/// One of several words.
macro_rules! word {
    ($type:ident { $($word:literal => $variant:ident),* $(,)? }) => {
        impl FromJson for $type {
            fn from_json(json: Json) -> Result<$type, Unread> {
                let text = json.text()?;
                match text.as_str() {
                    $($word => Ok($type::$variant),)*
                    other => Err(Unread::unknown(other)),
                }
            }
        }

        // No variant is forgotten.
        const _: fn($type) = |value| match value { $($type::$variant => {})* };

        #[cfg(test)]
        impl crate::json::tests::Words for $type {
            const WORDS: &'static [(&'static str, $type)] = &[$(($word, $type::$variant)),*];
        }
    };
}

word!(Step { "W1" => W1, "W2" => W2, "W3" => W3, "W4" => W4, "W5" => W5, "R1" => R1, "R2" => R2 });
word!(Action { "forward" => Forward, "move" => Move, "update" => Update });
word!(Phase { "request" => Request, "reply" => Reply });
word!(Role { "backup" => Backup, "claiming" => Claiming, "primary" => Primary });
word!(Mode { "remote-write" => RemoteWrite, "local-write" => LocalWrite });
word!(Ack { "all" => All, "majority" => Majority, "primary" => Primary });
word!(Reads { "local" => Local, "committed" => Committed, "session" => Session, "linearizable" => Linearizable });
word!(Failover { "auto" => Auto, "off" => Off });
word!(Ask { "owner" => Owner, "all" => All });
word!(Method { "GET" => Get, "POST" => Post, "PUT" => Put, "PATCH" => Patch, "DELETE" => Delete });
word!(Why {
    "old_epoch" => OldEpoch, "old_generation" => OldGeneration, "new_generation" => NewGeneration, "frozen" => Frozen,
    "recovering" => Recovering, "not_waiting" => NotWaiting, "not_primary" => NotPrimary,
    "unreachable" => Unreachable, "no_answer" => NoAnswer, "outbox_full" => OutboxFull,
    "repeated" => Repeated,
    "dropped_by_hand" => DroppedByHand,
});
word!(Say {
    "forward" => Forward, "forwarded" => Forwarded, "claim" => Claim, "promise" => Promise, "nack" => Nack,
    "append" => Append, "ack" => Ack, "behind" => Behind, "seal" => Seal, "sealed" => Sealed, "propose" => Propose,
    "accepted" => Accepted, "enter" => Enter, "entered" => Entered, "probe" => Probe, "probe_ok" => ProbeOk,
    "suspect" => Suspect, "suspect_ok" => SuspectOk, "read_index" => ReadIndex, "read_index_ok" => ReadIndexOk,
    "recover" => Recover, "recovery" => Recovery,
});

/// An object; what may be left out stands behind the others.
macro_rules! object {
    ($type:ident { $($part:ident),* $(; $($left_out:ident),*)? }) => {
        impl FromJson for $type {
            fn from_json(json: Json) -> Result<$type, Unread> {
                let mut parts = json.parts()?;
                Ok($type {
                    $($part: parts.part(stringify!($part))?,)*
                    $($($left_out: parts.part_or_default(stringify!($left_out))?,)*)?
                })
            }
        }
    };
}

object!(SnapshotFrame { seq, scene, view; latest });
object!(MissedFrame { count });
object!(AliveFrame { ; page });
object!(Scene { service, replicas, ack, version, started; reads, failover });
object!(ClusterView { replicas, flights });
object!(ReplicaView { generation, mode, frozen, suspects, groups, notes; recovering, gated });
object!(GroupView { promised, accepted, len, commit, role });
object!(Flight { from, to, at, trace, step, parcel; held });
object!(Event { seq, at, node, stamp, trace, step, kind });
object!(Stamp { lamport, vector });
object!(Request { method, path, body });
object!(Reply { method, path, status, body, without; session });
object!(Session { generation, seen });
object!(Epoch { n, owner });
object!(Position { group, accepted, len, commit });
object!(Entry { seq, op, note, version });
object!(Version { version, note });
object!(Note { title, body });
object!(Gist {
    say, group, epoch, accepted, promised, commit, everywhere, len, after, entries, base, ask, create, positions, op, ack,
    method, note, content, seq, without, replica, generation, mode, groups, notes; install, further
});

/// One of several variants; those that are `whole` hold one value without a name.
macro_rules! variants {
    ($type:ident { $($name:literal => $variant:ident $({ $($part:ident),* })?),* $(,)? } whole { $($whole_name:literal => $whole:ident),* }) => {
        impl FromJson for $type {
            fn from_json(json: Json) -> Result<$type, Unread> {
                let (name, json) = json.variant()?;
                $(if name == $whole_name {
                    return FromJson::from_json(json).map($type::$whole);
                })*
                let mut parts = json.parts()?;
                // One variant has no part.
                let _ = &mut parts;
                Ok(match name.as_str() {
                    $($name => $type::$variant $({ $($part: parts.part(stringify!($part))?),* })?,)*
                    other => return Err(Unread::unknown(other)),
                })
            }
        }

        // No variant is forgotten.
        const _: fn(&$type) = |value| match value { $($type::$variant { .. } => {})* $($type::$whole(_) => {})* };
    };
}

variants!(EventKind {
    "started" => Started { view },
    "joined" => Joined { view, held, missed },
    "client_request" => ClientRequest { request },
    "client_reply" => ClientReply { reply },
    "sent" => Sent { message, to, parcel },
    "received" => Received { message },
    "lost" => Lost { message, why },
    "ignored" => Ignored { message, why },
    "stepped" => Stepped { action, phase, method, note },
    "promised" => Promised { group, epoch },
    "became" => Became { group, role, epoch },
    "accepted" => Accepted { group, epoch, len, changes },
    "committed" => Committed { group, seq },
    "rolled_back" => RolledBack { group, entries },
    "took_over" => TookOver { group, owner },
    "suspected" => Suspected { replica, by },
    "trusted" => Trusted { replica },
    "recovering" => Recovering,
    "recovered" => Recovered { view },
    "froze" => Froze { epoch },
    "began" => Began { view, generation, mode },
} whole { "gate" => Gate });

impl FromJson for Gate {
    fn from_json(json: Json) -> Result<Gate, Unread> {
        let (name, json) = json.variant()?;
        let message = || MessageId::from_json(json);
        match name.as_str() {
            "closed" => Ok(Gate::Closed),
            "opened" => Ok(Gate::Opened),
            "held" => message().map(Gate::Held),
            "delivered" => message().map(Gate::Delivered),
            "doubled" => message().map(Gate::Doubled),
            other => Err(Unread::unknown(other)),
        }
    }
}

impl FromJson for Parcel {
    fn from_json(json: Json) -> Result<Parcel, Unread> {
        let (name, json) = json.variant()?;
        match name.as_str() {
            "request" => Request::from_json(json).map(Parcel::Request),
            "reply" => Reply::from_json(json).map(Parcel::Reply),
            "peer" => Gist::from_json(json).map(|gist| Parcel::Peer(Box::new(gist))),
            other => Err(Unread::unknown(other)),
        }
    }
}

impl FromJson for GoneFrame {
    fn from_json(json: Json) -> Result<GoneFrame, Unread> {
        let (name, json) = json.variant()?;
        match name.as_str() {
            "trace" => TraceId::from_json(json).map(GoneFrame::Trace),
            "from" => u64::from_json(json).map(GoneFrame::From),
            other => Err(Unread::unknown(other)),
        }
    }
}
