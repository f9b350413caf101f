//! The states of a note as small numbers, so that the search compares and copies numbers only.

use std::collections::BTreeMap;

use super::Operation;
use crate::note::Note;

/// A state of one note, as a number that only its [`States`] can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct State(usize);

impl State {
    /// Never created, or deleted.
    pub(super) const ABSENT: State = State(0);
    /// The state of an answer that no note can be in.
    pub(super) const IMPOSSIBLE: State = State(usize::MAX);
}

/// Every state that came up, and what each write makes of each.
#[derive(Debug)]
pub(super) struct States {
    notes: Vec<Option<Note>>,
    numbers: BTreeMap<Option<Note>, State>,
    effects: BTreeMap<(State, usize), Option<State>>,
}

impl States {
    pub(super) fn new() -> States {
        States { notes: vec![None], numbers: BTreeMap::from([(None, State::ABSENT)]), effects: BTreeMap::new() }
    }

    pub(super) fn number(&mut self, note: Option<Note>) -> State {
        let next = State(self.notes.len());
        let state = *self.numbers.entry(note.clone()).or_insert(next);
        if state == next {
            self.notes.push(note);
        }
        state
    }

    pub(super) fn note(&self, state: State) -> Option<&Note> {
        self.notes.get(state.0).and_then(Option::as_ref)
    }

    /// What the write in this place of the search's list makes of a state; `None` when it cannot take effect there.
    pub(super) fn after(&mut self, state: State, place: usize, write: &Operation) -> Option<State> {
        if let Some(known) = self.effects.get(&(state, place)) {
            return *known;
        }
        let effect = write.effect(self.note(state));
        let next = effect.map(|version| self.number(version.note));
        self.effects.insert((state, place), next);
        next
    }
}
