//! Which guarantee is in force, in words: a pure function of the mode, the two levels and the failover.
//!
//! Said by `GET /cluster` and by the page's badge. It decides nothing; whether it is true is for the simulation and the
//! histories' checkers to find out. Source: PROTOCOL.md, tables 2.1 (remote-write), 2.2 (local-write) and 2.3 (acks).
//!
//! Two things that the tables leave open: `ack: all` passes over replicas that the primary misses, so only the others
//! are sure to show a finished write; and linearizability of each note (table 2.2) says nothing of a list, which is
//! read note by note in local-write.

use serde::{Deserialize, Serialize};

use crate::config::{Ack, Failover, Mode, Reads};

/// What clients may rely on unless a request asks for other levels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guarantee {
    /// A few words.
    pub name: String,
    /// What a finished write survives.
    pub writes: String,
    /// What a read sees and what it may miss.
    pub reads: String,
}

/// The same, sentence by sentence, so that each can be said in another language; what there is not to say is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sentences {
    /// What a finished write survives.
    pub writes: [&'static str; 2],
    /// What a read sees and what it may miss.
    pub reads: [&'static str; 3],
}

/// Returns the guarantee of a cluster in `mode` whose clients get the levels `ack` and `reads`.
pub fn guarantee(mode: Mode, ack: Ack, reads: Reads, failover: Failover) -> Guarantee {
    let name = joined(&name(mode, ack, reads, failover), ", ");
    let Sentences { writes, reads } = sentences(mode, ack, reads, failover);
    Guarantee { name, writes: joined(&writes, " "), reads: joined(&reads, " ") }
}

fn joined(parts: &[&'static str], between: &str) -> String {
    let said: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    said.join(between)
}

/// Returns the name's parts, with a comma between them. Apart from the sentences, which are long and seldom read.
pub fn name(mode: Mode, ack: Ack, reads: Reads, failover: Failover) -> [&'static str; 2] {
    [order(mode, ack, reads), if may_lose(ack, failover) { "may lose writes" } else { "" }]
}

/// Returns what [`guarantee`] says of writes and reads, sentence by sentence.
pub fn sentences(mode: Mode, ack: Ack, reads: Reads, failover: Failover) -> Sentences {
    Sentences {
        writes: [survives(ack), takeover(mode, ack, failover)],
        reads: [sees(mode, ack, reads), vanishes(mode, ack, reads, failover), across(mode, reads)],
    }
}

fn order(mode: Mode, ack: Ack, reads: Reads) -> &'static str {
    match (mode, reads, ack) {
        (_, Reads::Linearizable, Ack::All | Ack::Majority) => "linearizable",
        (_, Reads::Linearizable, Ack::Primary) => "linearizable from commit on",
        (Mode::RemoteWrite, Reads::Local, Ack::All) => "sequential per replica",
        (Mode::RemoteWrite, Reads::Local, Ack::Majority | Ack::Primary) => "may be stale",
        (Mode::RemoteWrite, Reads::Committed, _) => "consistent prefix",
        (Mode::RemoteWrite, Reads::Session, _) => "sequential per session",
        (Mode::LocalWrite, Reads::Local, Ack::All) => "each note sequential, the store not",
        (Mode::LocalWrite, Reads::Local, Ack::Majority | Ack::Primary) => "each note in order, may be stale",
        (Mode::LocalWrite, Reads::Committed, _) => "consistent prefix of each note",
        (Mode::LocalWrite, Reads::Session, _) => "each note sequential per session",
    }
}

/// Whether a write that a client was told of may be gone although no disk was lost.
fn may_lose(ack: Ack, failover: Failover) -> bool {
    (ack, failover) == (Ack::Primary, Failover::Auto)
}

/// Table 2.3.
fn survives(ack: Ack) -> &'static str {
    match ack {
        Ack::Primary => {
            "A finished write is on its primary's disk: it survives that replica's restart and a planned handoff, not \
             the loss of that disk."
        }
        Ack::Majority => {
            "A finished write is on the disks of a majority: it survives the crash of any minority, any restart and any \
             loss of messages, not the loss of a majority's disks."
        }
        Ack::All => {
            "A finished write is on every disk, or at least on those of a majority while its primary misses the others \
             (the reply names them): it survives the crash of any minority, any restart and any loss of messages, not \
             the loss of a majority's disks."
        }
    }
}

fn takeover(mode: Mode, ack: Ack, failover: Failover) -> &'static str {
    match (failover, ack, mode) {
        (Failover::Auto, Ack::Primary, _) => {
            "When a majority misses the primary, another takes over without what that one alone had: such writes are \
             lost, and are listed when it returns."
        }
        (Failover::Auto, Ack::Majority | Ack::All, _) => {
            "When a majority misses the primary, another takes over and keeps it."
        }
        (Failover::Off, _, Mode::RemoteWrite) => {
            "Nobody takes over: while the primary is away, nothing can be written."
        }
        (Failover::Off, _, Mode::LocalWrite) => {
            "Nobody takes over: while a note's primary is away, that note cannot be written."
        }
    }
}

/// Tables 2.1 and 2.2, per item.
fn sees(mode: Mode, ack: Ack, reads: Reads) -> &'static str {
    match (reads, ack, mode) {
        (Reads::Local, Ack::All, Mode::RemoteWrite) => {
            "Whoever stays at one replica sees all writes in their one order, and a finished write is seen at every \
             replica that is not missed. Who moves between replicas may see a write that is under way and then not."
        }
        (Reads::Local, Ack::All, Mode::LocalWrite) => {
            "Whoever stays at one replica sees each note's versions in order, and a finished write is seen at every \
             replica that is not missed. Who moves between replicas may see a write that is under way and then not."
        }
        (Reads::Local, Ack::Majority | Ack::Primary, Mode::RemoteWrite) => {
            "The asked replica shows what it holds, in the one order of all writes: a read may miss finished writes, the \
             client's own among them."
        }
        (Reads::Local, Ack::Majority | Ack::Primary, Mode::LocalWrite) => {
            "The asked replica shows what it holds, each note's versions in order: a read may miss finished writes, and \
             at another replica the client's own among them."
        }
        (Reads::Committed, _, Mode::RemoteWrite) => {
            "A read shows a state that really was, on a majority: it may miss finished writes, the client's own among \
             them, and at another replica what was read before."
        }
        (Reads::Committed, _, Mode::LocalWrite) => {
            "A read shows versions that a majority has: it may miss finished writes, the client's own among them, and at \
             another replica what was read before."
        }
        (Reads::Session, _, _) => {
            "A client that sends its X-Session back sees its own writes and never less than it saw before, at any \
             replica; it may miss the finished writes of others."
        }
        (Reads::Linearizable, Ack::All | Ack::Majority, _) => {
            "A read misses no write that had finished when it began; without a majority it is refused."
        }
        (Reads::Linearizable, Ack::Primary, _) => {
            "A read misses nothing that a majority had when it began; it may miss a finished write that only the primary \
             has yet."
        }
    }
}

/// What was seen or written and may be gone later.
fn vanishes(mode: Mode, ack: Ack, reads: Reads, failover: Failover) -> &'static str {
    match (failover, reads, ack) {
        (Failover::Off, Reads::Local, _) if mode == Mode::LocalWrite => {
            "It may show a write that is not finished and that another writer's claim takes back."
        }
        (Failover::Off, _, _)
        | (Failover::Auto, Reads::Committed | Reads::Linearizable, _)
        | (Failover::Auto, Reads::Session, Ack::All | Ack::Majority) => "",
        (Failover::Auto, Reads::Local, Ack::All | Ack::Majority) => {
            "It may show a write that is not finished and that a takeover takes back."
        }
        (Failover::Auto, Reads::Local, Ack::Primary) => "It may show a write that a takeover takes back.",
        (Failover::Auto, Reads::Session, Ack::Primary) => "Of its own writes, those that a takeover lost are missing.",
    }
}

/// Table 2.2, across items.
fn across(mode: Mode, reads: Reads) -> &'static str {
    match (mode, reads) {
        (Mode::RemoteWrite, _) => "",
        (Mode::LocalWrite, Reads::Linearizable) => "This holds for each note; a list is read note by note.",
        (Mode::LocalWrite, Reads::Local | Reads::Committed | Reads::Session) => {
            "Notes have no order in common: two readers may see writes to two notes in opposite orders."
        }
    }
}

#[cfg(test)]
mod tests;
