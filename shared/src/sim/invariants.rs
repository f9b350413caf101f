//! What must hold after every step of every run, one file each.
//!
//! The numbers in the files are those of PROTOCOL.md, section 4. Some look at each record, message, reply or event as
//! it leaves; the others compare memory, disk and picture of the replica that stepped, whenever nothing of it waits
//! for a sync.

pub mod acknowledged;
pub mod backed;
pub mod causality;
pub mod committed;
pub mod converged;
pub mod equal_epochs;
pub mod fence;
pub mod kept;
pub mod notes;
pub mod one_mode;
pub mod one_primary;
pub mod shown;
pub mod taken_over;

use std::collections::{BTreeMap, BTreeSet};

use super::{World, index};
use crate::event::{Event, EventKind};
use crate::id::{Generation, GroupId, OpId, ReplicaId};
use crate::record::{Durable, Record};
use crate::replica::Output;

/// What the invariants remember of a run.
#[derive(Clone, Debug, Default)]
pub struct Ghost {
    one_primary: one_primary::Seen,
    one_mode: one_mode::Seen,
    committed: committed::Seen,
    notes: notes::Seen,
    answers: acknowledged::Answers,
    causality: causality::Seen,
    taken_over: taken_over::Seen,
    /// Whose disk was ever wiped.
    wiped: BTreeSet<ReplicaId>,
    /// What was on wiped disks.
    wiped_ops: BTreeSet<OpId>,
    /// What replicas said to have rolled back.
    rolled_back: BTreeSet<OpId>,
    /// Whether a primary role was taken over without its holder.
    took_over: bool,
    /// Whether a generation began after a majority had missed somebody, so that it may have begun without him.
    went_without: bool,
    missed: bool,
}

impl Ghost {
    /// Returns the number of the last message that a replica sent.
    pub(super) fn last_message(&self, id: ReplicaId) -> u64 {
        self.causality.last_message(id)
    }

    /// A replica begins: what it knew in memory is gone.
    pub(super) fn started(&mut self, id: ReplicaId) {
        self.committed.forget(id);
    }

    /// A replica's disk is about to be wiped.
    pub(super) fn wipe(&mut self, id: ReplicaId, disk: &Durable) {
        self.wiped.insert(id);
        for group in disk.groups.values() {
            self.wiped_ops.extend(group.base.ops.values().map(|(op, _)| op.clone()));
            self.wiped_ops.extend(group.log.iter().map(|entry| entry.op.clone()));
        }
    }

    /// Whether a replica's disk was ever wiped.
    pub(super) fn was_wiped(&self, id: ReplicaId) -> bool {
        self.wiped.contains(&id)
    }
}

/// Takes note of what a replica has decided, also if it crashes before anybody hears of it.
pub(super) fn handled(world: &mut World, outputs: &[Output]) {
    for output in outputs {
        if let Output::Event(Event { kind: EventKind::RolledBack { entries, .. }, .. }) = output {
            world.ghost.rolled_back.extend(entries.iter().map(|entry| entry.op.clone()));
        }
    }
}

pub(super) fn before_record(world: &mut World, id: ReplicaId, record: &Record) {
    fence::check(world, id, record);
    committed::before_record(world, id, record);
    taken_over::before_record(world, id, record);
}

pub(super) fn after_record(world: &mut World, id: ReplicaId, record: &Record) {
    equal_epochs::check(world, id, record);
    committed::after_record(world, id, record);
    one_mode::after_record(world, id, record);
}

pub(super) fn on_event(world: &mut World, id: ReplicaId, event: &Event) {
    let ghost = &mut world.ghost;
    ghost.took_over |= matches!(event.kind, EventKind::TookOver { .. });
    ghost.missed |= matches!(&event.kind, EventKind::Suspected { by, .. } if !by.is_empty());
    ghost.went_without |= ghost.missed && matches!(event.kind, EventKind::Began { .. });
    one_primary::on_event(world, id, event);
    taken_over::on_event(world, id, event);
    committed::on_event(world, id, event);
}

/// Checks everything that a step of replica `id` can have broken, unless something of it waits for a sync.
///
/// # Panics
/// When an invariant does not hold; the message has the values.
pub fn check(world: &mut World, id: ReplicaId) {
    if world.unchecked || world.replica(id).is_none() || !world.machines[index(id)].queue.is_empty() {
        return;
    }
    shown::check(world, id);
    kept::check(world, id);
    one_mode::check(world, id);
    one_primary::check(world, id);
    committed::check(world, id);
}

/// Checks at the end of a run, when all faults have ended and all has settled.
///
/// # Panics
/// When an invariant does not hold.
pub fn check_end(world: &World) {
    converged::check(world);
    acknowledged::check_end(world);
    notes::check_end(world);
}

/// Something of each group in each generation.
pub(super) type Groups<T> = BTreeMap<(Generation, GroupId), T>;
