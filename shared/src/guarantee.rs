//! Which guarantee is in force, in words: a pure function of the mode, the two levels and the failover.
//!
//! Shown by `GET /cluster` and by the page's badge. It decides nothing; the simulation and the checkers of histories
//! find out whether it is true. Source: docs/PROTOCOL.md §10.1, §10.2.
//!
//! Two details: `ack: all` does not wait for replicas that the primary suspects, so only the others are sure to show a
//! finished write; and linearizability of each note says nothing of a list, which is read note by note in local-write.

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
        (Mode::RemoteWrite, Reads::Local, Ack::All) => "sequential consistency (at one replica)",
        (Mode::RemoteWrite, Reads::Local, Ack::Majority | Ack::Primary) => "may be stale",
        (Mode::RemoteWrite, Reads::Committed, _) => "consistent prefix",
        (Mode::RemoteWrite, Reads::Session, _) => "sequential consistency per session",
        (Mode::LocalWrite, Reads::Local, Ack::All) => "per-note sequential consistency (no order across notes)",
        (Mode::LocalWrite, Reads::Local, Ack::Majority | Ack::Primary) => "per-note order, may be stale",
        (Mode::LocalWrite, Reads::Committed, _) => "per-note consistent prefix",
        (Mode::LocalWrite, Reads::Session, _) => "per-note sequential per session",
    }
}

/// Whether a write that a client was told of may be gone although no disk was lost.
fn may_lose(ack: Ack, failover: Failover) -> bool {
    (ack, failover) == (Ack::Primary, Failover::Auto)
}

/// The columns of docs/PROTOCOL.md §10.1.
fn survives(ack: Ack) -> &'static str {
    match ack {
        Ack::Primary => {
            "A completed write is on its primary's disk: it survives that replica's restart and a planned handoff, not \
             the loss of that disk."
        }
        Ack::Majority => {
            "A completed write is on the disks of a majority: it survives the crash of any minority, any restart and \
             any loss of messages, not the loss of a majority's disks."
        }
        Ack::All => {
            "A completed write is on every disk, or at least on those of a majority while its primary suspects the \
             others (the reply names them): it survives the crash of any minority, any restart and any loss of \
             messages, not the loss of a majority's disks."
        }
    }
}

fn takeover(mode: Mode, ack: Ack, failover: Failover) -> &'static str {
    match (failover, ack, mode) {
        (Failover::Auto, Ack::Primary, _) => {
            "When a majority suspects the primary, another takes over. Writes that only the old primary had are lost, \
             and are listed when it returns."
        }
        (Failover::Auto, Ack::Majority | Ack::All, _) => {
            "When a majority suspects the primary, another takes over and keeps the write."
        }
        (Failover::Off, _, Mode::RemoteWrite) => "No failover: while the primary is down, nothing can be written.",
        (Failover::Off, _, Mode::LocalWrite) => {
            "No failover: while a note's primary is down, that note cannot be written."
        }
    }
}

/// The rows of docs/PROTOCOL.md §10.2, for one item.
fn sees(mode: Mode, ack: Ack, reads: Reads) -> &'static str {
    match (reads, ack, mode) {
        (Reads::Local, Ack::All, Mode::RemoteWrite) => {
            "At one replica all writes appear in one order; a completed write is seen at every replica that is not \
             suspected. Across replicas reads are not monotonic (no “monotonic reads”, and at a suspected replica no \
             “read your writes”; X-Read: session gives both, section 7.3)."
        }
        (Reads::Local, Ack::All, Mode::LocalWrite) => {
            "At one replica each note's versions appear in order; a completed write is seen at every replica that is \
             not suspected. Across replicas reads are not monotonic (no “monotonic reads”, and at a suspected replica \
             no “read your writes”; X-Read: session gives both, section 7.3)."
        }
        (Reads::Local, Ack::Majority | Ack::Primary, Mode::RemoteWrite) => {
            "The replica answers from its own copy, in the one order of all writes: a read may be stale and lack \
             completed writes, the client's own included."
        }
        (Reads::Local, Ack::Majority | Ack::Primary, Mode::LocalWrite) => {
            "The replica answers from its own copy, each note's versions in order: a read may be stale and lack \
             completed writes, at another replica the client's own included."
        }
        (Reads::Committed, _, Mode::RemoteWrite) => {
            "A read returns a committed state, possibly an older one: it may lack completed writes, the client's own \
             included, and at another replica what was read before."
        }
        (Reads::Committed, _, Mode::LocalWrite) => {
            "A read returns committed versions, possibly older ones: it may lack completed writes, the client's own \
             included, and at another replica what was read before."
        }
        (Reads::Session, _, _) => {
            "A client that sends its X-Session back has read your writes and monotonic reads at any replica; it may \
             not see the completed writes of others."
        }
        (Reads::Linearizable, Ack::All | Ack::Majority, _) => {
            "A read sees every write that was completed before it began; without a majority it is refused."
        }
        (Reads::Linearizable, Ack::Primary, _) => {
            "A read sees everything that was committed before it began; it may not see a completed write that only the \
             primary has yet."
        }
    }
}

/// What was seen or written and may be gone later.
fn vanishes(mode: Mode, ack: Ack, reads: Reads, failover: Failover) -> &'static str {
    match (failover, reads, ack) {
        (Failover::Off, Reads::Local, _) if mode == Mode::LocalWrite => {
            "It may return an uncommitted write that another replica's claim rolls back later."
        }
        (Failover::Off, _, _)
        | (Failover::Auto, Reads::Committed | Reads::Linearizable, _)
        | (Failover::Auto, Reads::Session, Ack::All | Ack::Majority) => "",
        (Failover::Auto, Reads::Local, Ack::All | Ack::Majority) => {
            "It may return an uncommitted write that a takeover rolls back later."
        }
        (Failover::Auto, Reads::Local, Ack::Primary) => "It may return a write that a takeover rolls back later.",
        (Failover::Auto, Reads::Session, Ack::Primary) => "Its own writes that a takeover lost are missing.",
    }
}

/// The local-write column of docs/PROTOCOL.md §10.2, across items.
fn across(mode: Mode, reads: Reads) -> &'static str {
    match (mode, reads) {
        (Mode::RemoteWrite, _) => "",
        (Mode::LocalWrite, Reads::Linearizable) => "This holds for each note; a list is read note by note.",
        (Mode::LocalWrite, Reads::Local | Reads::Committed | Reads::Session) => {
            "There is no order across notes: two clients may see writes to two notes in opposite orders."
        }
    }
}

#[cfg(test)]
mod tests;
