//! What each level promises, over many seeds.

use std::collections::BTreeSet;

use shared::config::{Ack, Failover, Mode, Reads};
use shared::event::EventKind;
use shared::history::anomalies::Anomaly;
use shared::history::{self, History};

use super::holds;
use super::plan::Plan;
use super::run::Outcome;

/// Strong acknowledgements, linearizable reads.
pub const LINEARIZABLE: Plan = Plan::ROUGH;
/// Strong acknowledgements; clients carry their tokens from replica to replica.
pub const SESSION: Plan = Plan { reads: Reads::Session, ..Plan::ROUGH };
/// Only what is committed is read, whatever is acknowledged.
pub const COMMITTED: Plan =
    Plan { reads: Reads::Committed, ack: &[Ack::All, Ack::Majority, Ack::Primary], ..Plan::ROUGH };
/// The primary alone acknowledges, and nobody takes over.
pub const PRIMARY: Plan = Plan { ack: &[Ack::Primary], reads: Reads::Local, failover: Failover::Off, ..Plan::ROUGH };
/// The textbook's blocking protocol: everybody has acknowledged, everybody reads what is there; no failover.
pub const BLOCKING: Plan =
    Plan { ack: &[Ack::All], reads: Reads::Local, failover: Failover::Off, moves: false, ..Plan::ROUGH };

/// One order of all operations explains every answer, and nothing was done of which a client heard otherwise.
pub fn is_linearizable(outcome: &Outcome) -> Result<(), String> {
    history::linearizable(&outcome.history).map_err(|violation| violation.to_string())?;
    none_denied(outcome)?;
    none_lost(outcome)
}

/// Sessions keep their four guarantees.
pub fn keeps_sessions(outcome: &Outcome) -> Result<(), String> {
    history::sessions(&outcome.history, &outcome.order).map_err(|anomaly| anomaly.to_string())?;
    reads_committed(outcome)?;
    none_lost(outcome)
}

/// Reads show only what is committed in the end.
pub fn reads_committed(outcome: &Outcome) -> Result<(), String> {
    history::committed(&outcome.history, &outcome.order).map_err(|anomaly| anomaly.to_string())
}

fn none_denied(outcome: &Outcome) -> Result<(), String> {
    outcome.denied.first().map_or(Ok(()), |line| Err(format!("It was done: {line}")))
}

/// No acknowledged write is lost.
pub fn none_lost(outcome: &Outcome) -> Result<(), String> {
    none(history::lost_write(&outcome.history, &outcome.order))
}

/// Acknowledged writes are lost only where the feed says that somebody took over.
pub fn losses_are_told(outcome: &Outcome) -> Result<(), String> {
    let told = |kind: &EventKind| matches!(kind, EventKind::TookOver { .. } | EventKind::RolledBack { .. });
    if outcome.world.events.iter().any(|event| told(&event.kind)) { Ok(()) } else { none_lost(outcome) }
}

/// Whoever reads anywhere after a write was acknowledged by all sees it, and no such write is lost.
fn is_regular(outcome: &Outcome) -> Result<(), String> {
    let by_all = without_answers(&outcome.history, &outcome.partial);
    none(history::stale_read(&by_all, &outcome.order))?;
    none_lost(outcome)
}

/// Clients see each note's states in their order.
fn is_sequential_per_note(outcome: &Outcome) -> Result<(), String> {
    is_regular(outcome)?;
    history::sessions(&outcome.history, &outcome.order).map_err(|anomaly| anomaly.to_string())
}

/// Clients see all writes in one order, and only such as are in it.
fn is_sequential(outcome: &Outcome) -> Result<(), String> {
    is_sequential_per_note(outcome)?;
    none(history::dirty_read(&outcome.history, &outcome.order))?;
    none(history::store_buffering(&outcome.history, &outcome.order))
}

fn none(anomaly: Option<Anomaly>) -> Result<(), String> {
    anomaly.map_or(Ok(()), |anomaly| Err(anomaly.to_string()))
}

/// A write that somebody who is missed has not acknowledged promises nothing to readers.
fn without_answers(history: &History, partial: &BTreeSet<history::OperationId>) -> History {
    let mut by_all = History::default();
    for (id, operation) in history.operations() {
        let mut operation = operation.clone();
        let returned = operation.returned.take();
        let added = by_all.invoke(operation);
        if let Some(returned) = returned.filter(|_| !partial.contains(&id)) {
            by_all.answer(added, returned.at, returned.answer);
        }
    }
    by_all
}

#[test]
fn linearizable_reads_make_it_linearizable() {
    holds(300, &LINEARIZABLE, is_linearizable);
}

#[test]
fn linearizable_reads_make_remote_write_linearizable_without_switches() {
    holds(100, &Plan { mode: Some(Mode::RemoteWrite), switches: false, ..LINEARIZABLE }, is_linearizable);
}

#[test]
fn linearizable_reads_make_local_write_linearizable_without_switches() {
    holds(100, &Plan { mode: Some(Mode::LocalWrite), switches: false, ..LINEARIZABLE }, is_linearizable);
}

#[test]
fn sessions_hold_across_replicas() {
    holds(200, &SESSION, keeps_sessions);
}

#[test]
fn committed_reads_are_never_dirty() {
    holds(200, &COMMITTED, reads_committed);
}

#[test]
fn what_only_the_primary_had_is_lost_by_a_takeover_alone() {
    holds(200, &Plan { failover: Failover::Auto, ..PRIMARY }, losses_are_told);
}

#[test]
fn what_only_the_primary_had_survives_handoffs_and_restarts() {
    holds(200, &PRIMARY, none_lost);
}

#[test]
fn the_blocking_protocol_is_regular() {
    holds(150, &Plan { moves: true, ..BLOCKING }, is_regular);
}

#[test]
fn the_blocking_protocol_is_sequential_in_remote_write_for_clients_that_stay() {
    holds(150, &Plan { mode: Some(Mode::RemoteWrite), switches: false, ..BLOCKING }, is_sequential);
}

#[test]
fn the_blocking_protocol_is_sequential_per_note_for_clients_that_stay() {
    holds(150, &BLOCKING, is_sequential_per_note);
}
