//! Whether a history is linearizable, note by note.
//!
//! Linearizability is local (Herlihy, Wing, Linearizability: A Correctness Condition for Concurrent Objects, 1990,
//! theorem 1): a history is linearizable exactly when that of each note is. What ties notes together here is their
//! ids: a creation chooses one, two creations never the same.

use std::collections::BTreeMap;
use std::fmt;

use super::search::{Stuck, search};
use super::{Content, History, Line, OperationId};
use crate::id::NoteId;
use crate::note::{Command, Note};

/// How much of an order that could be found is shown.
const SHOWN: usize = 12;

/// Why a history is not linearizable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Two creations made the same note.
    SharedId {
        /// The note.
        note: NoteId,
        /// The creations.
        creations: Vec<Line>,
    },
    /// No order of the operations explains the answers.
    NoOrder {
        /// The note.
        note: NoteId,
        /// The longest order that explains its own answers, in that order.
        linearized: Vec<Line>,
        /// The note after it.
        state: Option<Note>,
        /// The operations that cannot follow; the first was answered, so it has to.
        stuck: Vec<Line>,
    },
}

impl std::error::Error for Violation {}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Violation::SharedId { note, creations } => {
                write!(f, "note {note} was created more than once:")?;
                creations.iter().try_for_each(|line| write!(f, "\n  {line}"))
            }
            Violation::NoOrder { note, linearized, state, stuck } => {
                writeln!(f, "note {note} is not linearizable. The longest order that can be:")?;
                let hidden = linearized.len().saturating_sub(SHOWN);
                if hidden > 0 {
                    writeln!(f, "  … {hidden} before")?;
                }
                for line in &linearized[hidden..] {
                    writeln!(f, "  {line}")?;
                }
                write!(f, "then there is {}, which none of these can follow:", Content(state.as_ref()))?;
                stuck.iter().try_for_each(|line| write!(f, "\n  {line}"))
            }
        }
    }
}

/// Checks that one order of all operations explains every answer and respects real time.
///
/// A creation of unknown outcome whose note nobody knows may have made any note that no other creation made, but only
/// one of them.
///
/// # Errors
/// The first note, by number, for which there is no such order.
pub fn linearizable(history: &History) -> Result<(), Violation> {
    let mut orphans = Vec::new();
    let loose: Vec<OperationId> =
        history.operations().filter(|(_, operation)| operation.note.is_none()).map(|(id, _)| id).collect();
    for (note, operations) in by_note(history) {
        let created = has_one_creation(history, note, &operations)?;
        match check(history, note, &operations) {
            Err(violation) if created || loose.is_empty() => return Err(violation),
            Err(violation) => orphans.push(Orphan::new(history, note, &operations, &loose, violation)),
            Ok(()) => {}
        }
    }
    assign(&orphans)
}

fn by_note(history: &History) -> BTreeMap<NoteId, Vec<OperationId>> {
    let mut notes: BTreeMap<NoteId, Vec<OperationId>> = BTreeMap::new();
    for (id, operation) in history.operations() {
        if let Some(note) = operation.note {
            notes.entry(note).or_default().push(id);
        }
    }
    notes
}

/// Whether it is known who created the note.
fn has_one_creation(history: &History, note: NoteId, operations: &[OperationId]) -> Result<bool, Violation> {
    let creates = |id: &&OperationId| matches!(history.operations[*id].command, Command::Create(_));
    let creations: Vec<Line> = operations.iter().filter(creates).map(|id| history.line(*id)).collect();
    if creations.len() > 1 { Err(Violation::SharedId { note, creations }) } else { Ok(!creations.is_empty()) }
}

fn check(history: &History, note: NoteId, operations: &[OperationId]) -> Result<(), Violation> {
    let lines = |ids: Vec<OperationId>| ids.into_iter().map(|id| history.line(id)).collect();
    let found = search(operations.iter().map(|id| (*id, &history.operations[id])));
    found.map_err(|Stuck { linearized, state, left }| Violation::NoOrder {
        note,
        linearized: lines(linearized),
        state,
        stuck: lines(left),
    })
}

/// A note that exists although no creation is known to have made it.
struct Orphan {
    /// The creations of unknown outcome that explain it.
    parents: Vec<OperationId>,
    /// What is wrong without one.
    violation: Violation,
}

impl Orphan {
    fn new(
        history: &History,
        note: NoteId,
        own: &[OperationId],
        loose: &[OperationId],
        violation: Violation,
    ) -> Orphan {
        let explains = |parent: &&OperationId| {
            let all: Vec<OperationId> = own.iter().chain([*parent]).copied().collect();
            check(history, note, &all).is_ok()
        };
        Orphan { parents: loose.iter().filter(explains).copied().collect(), violation }
    }
}

/// Finds a creation of its own for each orphan (a matching, by augmenting paths).
fn assign(orphans: &[Orphan]) -> Result<(), Violation> {
    let mut child_of: BTreeMap<OperationId, usize> = BTreeMap::new();
    for (child, orphan) in orphans.iter().enumerate() {
        if !adopt(orphans, child, &mut child_of, &mut Vec::new()) {
            return Err(orphan.violation.clone());
        }
    }
    Ok(())
}

fn adopt(
    orphans: &[Orphan],
    child: usize,
    child_of: &mut BTreeMap<OperationId, usize>,
    asked: &mut Vec<OperationId>,
) -> bool {
    for parent in &orphans[child].parents {
        if asked.contains(parent) {
            continue;
        }
        asked.push(*parent);
        let other = child_of.get(parent).copied();
        if other.is_none_or(|other| adopt(orphans, other, child_of, asked)) {
            child_of.insert(*parent, child);
            return true;
        }
    }
    false
}
