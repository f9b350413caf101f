//! Anomalies: what a client can see under a guarantee that is weaker than linearizability.
//!
//! Called by tests that show a badge to be right: the strong levels never have one of these, the weak levels do.
//! Each function looks for one kind and returns the first example, by the number of the operation that gives it away.
//!
//! Names as in Adya, Weak Consistency, 1999 (dirty read, lost update), Terry et al., Session Guarantees for Weakly
//! Consistent Replicated Data, 1994, and Lamport's 1979 example of what is not sequentially consistent (store
//! buffering).

use std::collections::BTreeMap;
use std::fmt;

use super::order::{Order, Place, Placed, placed};
use super::{ClientId, History, Line, OperationId};
use crate::id::NoteId;

/// What kind of anomaly it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A read did not see a write that had been answered before it was sent.
    StaleRead,
    /// A read saw an older state than a read that had been answered before it was sent.
    Inversion,
    /// A read saw a state that is not in the committed order.
    DirtyRead,
    /// A write was acknowledged and is not in the committed order.
    LostWrite,
    /// Two clients wrote a note each, then neither saw the other's.
    StoreBuffering,
    /// A read did not see a write that its own client had made before.
    MissingOwnWrite,
    /// In a session, a read did not see an earlier write of the session.
    ReadYourWrites,
    /// In a session, a read saw an older state than an earlier read of the session.
    MonotonicReads,
    /// In a session, a write stands before an earlier write of the session.
    MonotonicWrites,
    /// In a session, a write stands before a state that the session had read.
    WritesFollowReads,
}

impl Kind {
    /// Says what happened, in a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Kind::StaleRead => "Stale read: the second did not see the first, which had been answered.",
            Kind::Inversion => "New/old inversion: the second saw an older state than the first.",
            Kind::DirtyRead => "Dirty read: it saw a state that was never committed.",
            Kind::LostWrite => "Lost write: it was acknowledged and is not in the committed order.",
            Kind::StoreBuffering => "Store buffering: each client wrote a note and did not see the other's write.",
            Kind::MissingOwnWrite => "Missing own write: the client's second operation did not see its first.",
            Kind::ReadYourWrites => "Read your writes is broken: the second did not see the first.",
            Kind::MonotonicReads => "Monotonic reads is broken: the second saw an older state than the first.",
            Kind::MonotonicWrites => "Monotonic writes is broken: the second was ordered before the first.",
            Kind::WritesFollowReads => {
                "Writes follow reads is broken: the second was ordered before what the first saw."
            }
        }
    }
}

/// An example of an anomaly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anomaly {
    /// Its kind.
    pub kind: Kind,
    /// The operations that show it: one, two, or for store buffering each client's write and read.
    pub operations: Vec<Line>,
}

impl std::error::Error for Anomaly {}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.sentence())?;
        self.operations.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

/// For each key, the newest place that an operation answered before some time shows.
struct Newest<K>(BTreeMap<K, Vec<(u64, usize, OperationId)>>);

impl<K: Ord> Newest<K> {
    /// Takes from each operation its key and its place, if it has one.
    fn of<'a>(placed: &[Placed<'a>], key: impl Fn(&Placed<'a>) -> Option<(K, usize)>) -> Newest<K> {
        let mut newest: BTreeMap<K, Vec<(u64, usize, OperationId)>> = BTreeMap::new();
        for operation in placed {
            if let Some((key, place)) = key(operation) {
                newest.entry(key).or_default().push((operation.returned, place, operation.id));
            }
        }
        for list in newest.values_mut() {
            list.sort_unstable();
            for index in 1..list.len() {
                let (_, place, id) = list[index - 1];
                if list[index].1 <= place {
                    list[index] = (list[index].0, place, id);
                }
            }
        }
        Newest(newest)
    }

    /// The newest place under `key` of an operation that was answered before `time`.
    fn before(&self, key: &K, time: u64) -> Option<(usize, OperationId)> {
        let list = self.0.get(key)?;
        let count = list.partition_point(|(returned, ..)| *returned < time);
        count.checked_sub(1).map(|last| (list[last].1, list[last].2))
    }
}

/// The newest write of each note.
fn writes(placed: &[Placed<'_>]) -> Newest<NoteId> {
    Newest::of(placed, |write| written(write).map(|place| (write.note, place)))
}

/// The newest write of each client to each note.
fn own_writes(placed: &[Placed<'_>]) -> Newest<(ClientId, NoteId)> {
    Newest::of(placed, |write| written(write).map(|place| ((write.operation.client, write.note), place)))
}

fn written(operation: &Placed<'_>) -> Option<usize> {
    match operation.place {
        Place::Wrote(place) => Some(place),
        Place::Saw { .. } | Place::Nowhere => None,
    }
}

/// The latest place that explains what a read saw.
fn latest(operation: &Placed<'_>) -> Option<usize> {
    match operation.place {
        Place::Saw { latest, .. } => Some(latest),
        Place::Wrote(_) | Place::Nowhere => None,
    }
}

fn earliest(operation: &Placed<'_>) -> Option<usize> {
    match operation.place {
        Place::Saw { earliest, .. } => Some(earliest),
        Place::Wrote(_) | Place::Nowhere => None,
    }
}

/// Finds the first operation that saw less than `newest` requires.
fn older_than<K: Ord>(
    history: &History,
    placed: &[Placed<'_>],
    (newest, key): (&Newest<K>, impl Fn(&Placed<'_>) -> K),
    kind: Kind,
) -> Option<Anomaly> {
    placed.iter().find_map(|read| {
        let (place, earlier) = newest.before(&key(read), read.operation.invoked)?;
        (latest(read)? < place).then(|| kind.of(history, [earlier, read.id]))
    })
}

/// Finds a read that did not see a write that had been answered before the read was sent.
pub fn stale_read(history: &History, order: &Order) -> Option<Anomaly> {
    let placed = placed(history, order);
    older_than(history, &placed, (&writes(&placed), |read| read.note), Kind::StaleRead)
}

/// Finds a client's read that did not see a write of the same client before it.
pub fn missing_own_write(history: &History, order: &Order) -> Option<Anomaly> {
    let placed = placed(history, order);
    let key = |read: &Placed<'_>| (read.operation.client, read.note);
    older_than(history, &placed, (&own_writes(&placed), key), Kind::MissingOwnWrite)
}

/// Finds two reads, one after the other, of which the later saw the older state.
pub fn inversion(history: &History, order: &Order) -> Option<Anomaly> {
    let placed = placed(history, order);
    let reads = Newest::of(&placed, |read| earliest(read).map(|place| (read.note, place)));
    older_than(history, &placed, (&reads, |read| read.note), Kind::Inversion)
}

/// Finds a read of a state that is not in the committed order.
pub fn dirty_read(history: &History, order: &Order) -> Option<Anomaly> {
    nowhere(history, order, true, Kind::DirtyRead)
}

/// Finds an acknowledged write that is not in the committed order.
pub fn lost_write(history: &History, order: &Order) -> Option<Anomaly> {
    nowhere(history, order, false, Kind::LostWrite)
}

fn nowhere(history: &History, order: &Order, reads: bool, kind: Kind) -> Option<Anomaly> {
    let placed = placed(history, order);
    let is_it = |it: &&Placed<'_>| it.place == Place::Nowhere && it.operation.command.is_read() == reads;
    placed.iter().find(is_it).map(|it| kind.of(history, [it.id]))
}

/// Finds two clients that each wrote a note, then read the note that the other wrote and did not see that write. No
/// single order of all operations allows it: the clients saw the two writes in different orders.
pub fn store_buffering(history: &History, order: &Order) -> Option<Anomaly> {
    let placed = placed(history, order);
    let own = own_writes(&placed);
    let reads: Vec<(&Placed<'_>, usize)> = placed.iter().filter_map(|it| latest(it).map(|place| (it, place))).collect();
    // The writer's own write before its read: the newest of them is the one most easily missed.
    let missed = |writer: &Placed<'_>, (reader, saw): (&Placed<'_>, usize)| {
        let (place, id) = own.before(&(writer.operation.client, reader.note), writer.operation.invoked)?;
        (saw < place).then_some(id)
    };
    reads.iter().enumerate().find_map(|(index, a)| {
        reads[..index].iter().find_map(|b| {
            if a.0.note == b.0.note || a.0.operation.client == b.0.operation.client {
                return None;
            }
            let (write_a, write_b) = (missed(a.0, *b)?, missed(b.0, *a)?);
            Some(Kind::StoreBuffering.of(history, [write_b, b.0.id, write_a, a.0.id]))
        })
    })
}
