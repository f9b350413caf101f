//! Operations placed in the committed order of their note, and the check that reads return nothing else.
//!
//! Handed in by the caller, who looks at the system once it has settled; used by [`super::sessions`] and
//! [`super::anomalies`]. It trusts that values name their writes, as [`super`] demands.

use std::collections::BTreeMap;

use super::anomalies::{Anomaly, Kind};
use super::{Answer, History, Line, Operation, OperationId};
use crate::config::Reads;
use crate::id::NoteId;
use crate::note::{Command, Note};

/// The states that each note went through, as committed in the end: its creation first, `None` when it was deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order(pub BTreeMap<NoteId, Vec<Option<Note>>>);

impl Order {
    /// Adds the next state of a note.
    pub fn push(&mut self, note: NoteId, state: Option<Note>) {
        self.0.entry(note).or_default().push(state);
    }

    fn states(&self, note: NoteId) -> &[Option<Note>] {
        self.0.get(&note).map_or(&[], Vec::as_slice)
    }

    /// Where an answered operation belongs.
    fn place(&self, note: NoteId, operation: &Operation, answer: &Answer) -> Place {
        let states = self.states(note);
        match (&operation.command, answer) {
            (Command::Read(_), Answer::Found(found)) => saw(states, Some(found)),
            (_, Answer::Missing) => saw(states, None),
            (_, Answer::Created(_) | Answer::Done | Answer::Found(_)) => wrote(states, operation),
        }
    }
}

/// The places of a state: after the creation is 1, and so on; 0 is before it.
fn saw(states: &[Option<Note>], found: Option<&Note>) -> Place {
    let all = std::iter::once(None).chain(states.iter().map(Option::as_ref)).enumerate();
    let mut places = all.filter(|(_, state)| *state == found).map(|(place, _)| place);
    let Some(earliest) = places.next() else { return Place::Nowhere };
    Place::Saw { earliest, latest: places.last().unwrap_or(earliest) }
}

/// The place of a write: where its note became what it makes of the state before.
fn wrote(states: &[Option<Note>], operation: &Operation) -> Place {
    let before = std::iter::once(None).chain(states.iter().map(Option::as_ref));
    let mut pairs = before.zip(states).enumerate();
    let made = pairs.find(|(_, (before, after))| operation.effect(*before).is_some_and(|made| made.note == **after));
    made.map_or(Place::Nowhere, |(index, _)| Place::Wrote(index + 1))
}

/// Where an operation belongs in the committed order of its note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It made this state.
    Wrote(usize),
    /// It found a state that stands between these; they differ only for "missing".
    Saw { earliest: usize, latest: usize },
    /// Its state was never committed.
    Nowhere,
}

/// An answered operation and where it belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed<'a> {
    pub(super) id: OperationId,
    pub(super) operation: &'a Operation,
    pub(super) note: NoteId,
    pub(super) returned: u64,
    pub(super) place: Place,
}

/// Places every answered operation, in the order of their numbers.
pub(super) fn placed<'a>(history: &'a History, order: &Order) -> Vec<Placed<'a>> {
    let place = |(id, operation): (OperationId, &'a Operation)| {
        let (note, returned) = (operation.note?, operation.returned.as_ref()?);
        let place = order.place(note, operation, &returned.answer);
        Some(Placed { id, operation, note, returned: returned.at, place })
    };
    history.operations().filter_map(place).collect()
}

/// Checks that reads above the level `local` returned only states that are in the committed order.
///
/// # Errors
/// The first read, by number, that returned another.
pub fn committed(history: &History, order: &Order) -> Result<(), Anomaly> {
    let above_local = history.with_reads(|read| read.reads != Reads::Local);
    super::dirty_read(&above_local, order).map_or(Ok(()), Err)
}

impl Kind {
    /// An example, made of operations in the order in which they explain it.
    pub(super) fn of<const N: usize>(self, history: &History, operations: [OperationId; N]) -> Anomaly {
        let line = |id| -> Line { history.line(id) };
        Anomaly { kind: self, operations: operations.into_iter().map(line).collect() }
    }
}
