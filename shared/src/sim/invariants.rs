//! The invariants, checked after every step of every run, one file each.
//!
//! Each is named as in the literature; docs/PROTOCOL.md §11 says what it claims and where it comes from. Some look at
//! each record, message, reply or event as it leaves; the others compare memory, disk and view of the replica that
//! stepped, whenever none of its outputs waits for a sync.

pub mod clock_condition;
pub mod convergence;
pub mod durability;
pub mod election_safety;
pub mod fencing;
pub mod generation_agreement;
pub mod leader_completeness;
pub mod log_matching;
pub mod memory_matches_disk;
pub mod persist_before_send;
pub mod state_machine_safety;
pub mod takeover;
pub mod version_order;
pub mod view_matches_events;

use std::collections::{BTreeMap, BTreeSet};

use super::{World, index};
use crate::event::{Event, EventKind};
use crate::id::{Generation, GroupId, OpId, ReplicaId};
use crate::record::{Durable, Record};
use crate::replica::Output;

/// What the invariants remember of a run.
#[derive(Clone, Debug, Default)]
pub struct Ghost {
    primaries: election_safety::Seen,
    modes: generation_agreement::Seen,
    committed: state_machine_safety::Seen,
    notes: version_order::Seen,
    answers: durability::Answers,
    clocks: clock_condition::Seen,
    takeovers: takeover::Seen,
    /// Whose disk was ever wiped.
    wiped: BTreeSet<ReplicaId>,
    /// What was on wiped disks.
    wiped_ops: BTreeSet<OpId>,
    /// What replicas have reported as rolled back.
    rolled_back: BTreeSet<OpId>,
    /// Whether a primary role was taken over without the last owner.
    took_over: bool,
    /// Whether a generation began after a majority had suspected a replica, so perhaps without that replica.
    went_without: bool,
    suspected: bool,
}

impl Ghost {
    /// Returns the number of the last message that a replica sent.
    pub(super) fn last_message(&self, id: ReplicaId) -> u64 {
        self.clocks.last_message(id)
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

/// Takes note of what a replica has decided, also if it crashes before any of it leaves.
pub(super) fn handled(world: &mut World, outputs: &[Output]) {
    for output in outputs {
        if let Output::Event(Event { kind: EventKind::RolledBack { entries, .. }, .. }) = output {
            world.ghost.rolled_back.extend(entries.iter().map(|entry| entry.op.clone()));
        }
    }
}

pub(super) fn before_record(world: &mut World, id: ReplicaId, record: &Record) {
    fencing::check(world, id, record);
    state_machine_safety::before_record(world, id, record);
    takeover::before_record(world, id, record);
}

pub(super) fn after_record(world: &mut World, id: ReplicaId, record: &Record) {
    log_matching::check(world, id, record);
    state_machine_safety::after_record(world, id, record);
    generation_agreement::after_record(world, id, record);
}

pub(super) fn on_event(world: &mut World, id: ReplicaId, event: &Event) {
    let ghost = &mut world.ghost;
    ghost.took_over |= matches!(event.kind, EventKind::TookOver { .. });
    ghost.suspected |= matches!(&event.kind, EventKind::Suspected { by, .. } if !by.is_empty());
    ghost.went_without |= ghost.suspected && matches!(event.kind, EventKind::Began { .. });
    election_safety::on_event(world, id, event);
    takeover::on_event(world, id, event);
    leader_completeness::on_event(world, id, event);
}

/// Checks everything that a step of replica `id` can have broken, unless something of it waits for a sync.
///
/// # Panics
/// When an invariant does not hold; the message has the values.
pub fn check(world: &mut World, id: ReplicaId) {
    if world.unchecked || world.replica(id).is_none() || !world.machines[index(id)].queue.is_empty() {
        return;
    }
    view_matches_events::check(world, id);
    memory_matches_disk::check(world, id);
    generation_agreement::check(world, id);
    election_safety::check(world, id);
    state_machine_safety::check(world, id);
}

/// Checks at the end of a run, when all faults have ended and all has settled.
///
/// # Panics
/// When an invariant does not hold.
pub fn check_end(world: &World) {
    convergence::check(world);
    durability::check_end(world);
    version_order::check_end(world);
}

/// Something of each group in each generation.
pub(super) type Groups<T> = BTreeMap<(Generation, GroupId), T>;
