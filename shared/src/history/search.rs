//! The search for an order of one note's operations that explains every answer.
//!
//! Called by [`super::linearizable`], note by note. It is Wing and Gong's search with Lowe's memory of what was tried,
//! breadth first: it goes through the answers in the order they came and keeps every *configuration* that the
//! operations may have led to: which of the open operations took effect, and the note's state. Where none is left,
//! the answers so far cannot be explained, and all before the last one can.
//!
//! Four rules keep the configurations few; none of them changes the result:
//!
//! - an operation takes effect only when an answer cannot wait any longer (Lowe's just-in-time linearization);
//! - an operation that changes nothing and fits the state takes effect at once: that never rules anything out;
//! - of two configurations that differ only in writes of unknown outcome, the one that used fewer can do all that the
//!   other can;
//! - a write of unknown outcome expires with the last answer that can show it: whatever it would do afterwards, leaving
//!   it out explains the remaining answers as well.
//!
//! Sources: Wing, Gong, Testing and Verifying Concurrent Objects, 1993; Lowe, Testing for Linearizability, 2017.

use std::collections::VecDeque;

use super::frontier::{Configuration, Frontier, with};
use super::states::{State, States};
use super::{Answer, Operation, OperationId};
use crate::note::{Command, Note, Text};

/// Where the search ended without a result.
#[derive(Debug)]
pub(super) struct Stuck {
    /// The longest order that explains its answers.
    pub(super) linearized: Vec<OperationId>,
    /// The state after it.
    pub(super) state: Option<Note>,
    /// The operations that were open and found no place; the first is the one whose answer cannot be explained.
    pub(super) left: Vec<OperationId>,
}

/// What an operation can do in an order.
#[derive(Clone, Copy, Debug)]
enum Role {
    /// Its answer fits this state only, and it changes nothing.
    Sees(State),
    /// It was done.
    Writes,
    /// It was perhaps done: it never has to take effect.
    MayWrite,
}

struct Step<'a> {
    id: OperationId,
    operation: &'a Operation,
    role: Role,
    /// When it is answered, or expires.
    until: u64,
}

/// What happens to an operation, in the order in which it counts at the same time: operations of which one is answered
/// when the other is sent are concurrent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    Sent,
    Answered,
    Expired,
}

/// One operation of an order, and the one before it in the trail.
struct Trace {
    step: usize,
    before: Option<usize>,
    length: usize,
}

/// What an operation can do; `None` for a read that was not answered.
fn role(operation: &Operation, states: &mut States) -> Option<Role> {
    let role = match (&operation.command, operation.answer()) {
        (Command::Read(_) | Command::List, None) => return None,
        (Command::Read(_), Some(Answer::Found(note))) => Role::Sees(states.number(Some(note.clone()))),
        (Command::Read(_) | Command::Replace(..) | Command::Change(..) | Command::Delete(_), Some(Answer::Missing)) => {
            Role::Sees(State::ABSENT)
        }
        (Command::Create(_), Some(Answer::Created(_)))
        | (Command::Replace(..) | Command::Change(..) | Command::Delete(_), Some(Answer::Done)) => Role::Writes,
        (Command::Create(_) | Command::Replace(..) | Command::Change(..) | Command::Delete(_), None) => Role::MayWrite,
        (_, Some(_)) => Role::Sees(State::IMPOSSIBLE),
    };
    Some(role)
}

/// When the last answer comes that a write of unknown outcome can explain; `None` when no answer can show it.
///
/// A replacement or a change shows only where a read found one of the fields that it sets: as long as one of them
/// stands, the reads show it, and afterwards the note is as it would be without. A field that every write sets alike
/// shows nothing. A deletion shows only where something was missing. A creation shows in everything.
fn expiry(write: &Operation, operations: &[(OperationId, &Operation)]) -> Option<u64> {
    let fields: [fn(&Note) -> Option<&Text>; 2] = [|note| note.title.as_ref(), |note| note.body.as_ref()];
    let telling = fields.map(|field| {
        let value = sets(write, field)?;
        let differs = |other: &Operation| sets(other, field).is_some_and(|other| other != value);
        operations.iter().any(|(_, other)| differs(other)).then_some(value)
    });
    let shows = |answer: &Answer| match (&write.command, answer) {
        (Command::Create(_), _) | (Command::Delete(_), Answer::Missing) => true,
        (_, Answer::Found(found)) => fields.iter().zip(telling).any(|(field, set)| set == Some(field(found))),
        (_, Answer::Created(_) | Answer::Done | Answer::Missing) => false,
    };
    let answers = operations.iter().filter_map(|(_, operation)| operation.returned.as_ref());
    answers.filter(|returned| returned.at >= write.invoked && shows(&returned.answer)).map(|returned| returned.at).max()
}

/// To what an operation sets a field, if it does; a change does not set the fields that it leaves out.
#[allow(clippy::option_option, reason = "a field that is set to nothing is not a field that is left as it is")]
fn sets(operation: &Operation, field: fn(&Note) -> Option<&Text>) -> Option<Option<&Text>> {
    match &operation.command {
        Command::Create(note) | Command::Replace(_, note) => Some(field(note)),
        Command::Change(_, note) => field(note).map(Some),
        Command::Delete(_) | Command::Read(_) | Command::List => None,
    }
}

/// Searches for an order of the operations of one note.
pub(super) fn search<'a>(operations: impl Iterator<Item = (OperationId, &'a Operation)>) -> Result<(), Stuck> {
    Search::new(operations).run()
}

/// As [`search`]; returns how many times an operation took effect in it.
#[cfg(test)]
pub(super) fn effort<'a>(operations: impl Iterator<Item = (OperationId, &'a Operation)>) -> Result<usize, Stuck> {
    let mut search = Search::new(operations);
    search.run()?;
    Ok(search.trail.len())
}

struct Search<'a> {
    steps: Vec<Step<'a>>,
    states: States,
    /// The operations that were sent and not answered yet, in the order they were sent.
    open: Vec<usize>,
    now: Vec<Configuration>,
    trail: Vec<Trace>,
}

impl<'a> Search<'a> {
    fn new(operations: impl Iterator<Item = (OperationId, &'a Operation)>) -> Search<'a> {
        let mut states = States::new();
        let operations: Vec<(OperationId, &Operation)> = operations.collect();
        let steps = operations.iter().filter_map(|(id, operation)| {
            let role = role(operation, &mut states)?;
            let until = match &operation.returned {
                Some(returned) => returned.at,
                None => expiry(operation, &operations)?,
            };
            Some(Step { id: *id, operation, role, until })
        });
        let steps = steps.collect();
        let start = Configuration { done: Vec::new(), used: Vec::new(), state: State::ABSENT, last: None };
        Search { steps, states, open: Vec::new(), now: vec![start], trail: Vec::new() }
    }

    fn run(&mut self) -> Result<(), Stuck> {
        for (_, moment, step) in self.schedule() {
            match moment {
                Moment::Sent => self.open.push(step),
                Moment::Answered => self.advance(step)?,
                Moment::Expired => self.forget(step),
            }
        }
        Ok(())
    }

    fn schedule(&self) -> Vec<(u64, Moment, usize)> {
        let mut schedule = Vec::new();
        for (index, step) in self.steps.iter().enumerate() {
            let end = if step.operation.returned.is_some() { Moment::Answered } else { Moment::Expired };
            schedule.push((step.operation.invoked, Moment::Sent, index));
            schedule.push((step.until, end, index));
        }
        schedule.sort_unstable();
        schedule
    }

    /// Goes past the answer to `target`: only configurations in which it took effect remain.
    fn advance(&mut self, target: usize) -> Result<(), Stuck> {
        let mut queue: VecDeque<Configuration> = std::mem::take(&mut self.now).into();
        let (mut tried, mut reached) = (Frontier::default(), Frontier::default());
        while let Some(mut configuration) = queue.pop_front() {
            self.settle(&mut configuration);
            if let Ok(place) = configuration.done.binary_search(&target) {
                configuration.done.remove(place);
                reached.insert(&configuration);
            } else if tried.insert(&configuration) {
                self.expand(&configuration, &mut queue);
            }
        }
        if reached.is_empty() {
            return Err(self.stuck(target, tried));
        }
        self.open.retain(|open| *open != target);
        self.now = reached.into_sorted();
        Ok(())
    }

    /// Lets every open operation take effect that changes nothing and fits the state.
    fn settle(&mut self, configuration: &mut Configuration) {
        for place in 0..self.open.len() {
            let step = self.open[place];
            let fits = match self.steps[step].role {
                Role::Sees(state) => state == configuration.state,
                Role::Writes | Role::MayWrite => false,
            };
            if fits && configuration.done.binary_search(&step).is_err() {
                configuration.done = with(&configuration.done, step);
                configuration.last = Some(self.follow(configuration.last, step));
            }
        }
    }

    /// Adds what one more write leads to. What used no further write of unknown outcome is looked at first.
    fn expand(&mut self, from: &Configuration, queue: &mut VecDeque<Configuration>) {
        for place in 0..self.open.len() {
            let step = self.open[place];
            let (taken, sure) = match self.steps[step].role {
                Role::Sees(_) => continue,
                Role::Writes => (&from.done, true),
                Role::MayWrite => (&from.used, false),
            };
            if taken.binary_search(&step).is_ok() {
                continue;
            }
            let Some(state) = self.states.after(from.state, step, self.steps[step].operation) else { continue };
            let taken = with(taken, step);
            let last = Some(self.follow(from.last, step));
            if sure {
                queue.push_front(Configuration { done: taken, used: from.used.clone(), state, last });
            } else {
                queue.push_back(Configuration { done: from.done.clone(), used: taken, state, last });
            }
        }
    }

    fn follow(&mut self, before: Option<usize>, step: usize) -> usize {
        let length = before.map_or(0, |before| self.trail[before].length) + 1;
        self.trail.push(Trace { step, before, length });
        self.trail.len() - 1
    }

    /// Forgets a write of unknown outcome that expired: whether it was done makes no difference from here on.
    fn forget(&mut self, write: usize) {
        self.open.retain(|open| *open != write);
        let mut rest = Frontier::default();
        for mut configuration in std::mem::take(&mut self.now) {
            configuration.used.retain(|used| *used != write);
            rest.insert(&configuration);
        }
        self.now = rest.into_sorted();
    }

    fn stuck(&self, target: usize, tried: Frontier) -> Stuck {
        let length = |last: Option<usize>| last.map_or(0, |last| self.trail[last].length);
        let all = tried.into_sorted();
        let longest = all.iter().rev().max_by_key(|configuration| length(configuration.last));
        let Some(longest) = longest else {
            return Stuck { linearized: Vec::new(), state: None, left: vec![self.steps[target].id] };
        };
        let mut linearized = Vec::new();
        let mut last = longest.last;
        while let Some(trace) = last.map(|last| &self.trail[last]) {
            linearized.push(self.steps[trace.step].id);
            last = trace.before;
        }
        linearized.reverse();
        let must = |step: &&usize| match self.steps[**step].role {
            Role::Sees(_) | Role::Writes => longest.done.binary_search(step).is_err() && **step != target,
            Role::MayWrite => false,
        };
        let others = self.open.iter().filter(must);
        let left = std::iter::once(&target).chain(others).map(|step| self.steps[*step].id).collect();
        Stuck { linearized, state: self.states.note(longest.state).cloned(), left }
    }
}
