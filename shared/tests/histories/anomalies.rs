//! What each weaker level allows, found by running seeds until there is an example.

use shared::config::{Ack, Failover, Mode, Reads};
use shared::event::EventKind;
use shared::history;
use shared::history::anomalies::Anomaly;

use super::finds;
use super::guarantees::{BLOCKING, COMMITTED, PRIMARY, SESSION};
use super::plan::Plan;
use super::run::Outcome;

/// How many runs at most.
const LIMIT: u64 = 500;

const MAJORITY: Plan = Plan { ack: &[Ack::Majority], reads: Reads::Local, ..Plan::CALM };
const TAKEOVERS: Plan = Plan { failover: Failover::Auto, ..PRIMARY };

fn text(anomaly: Option<Anomaly>) -> Option<String> {
    anomaly.map(|anomaly| anomaly.to_string())
}

fn stale_read(outcome: &Outcome) -> Option<String> {
    text(history::stale_read(&outcome.history, &outcome.order))
}

fn missing_own_write(outcome: &Outcome) -> Option<String> {
    text(history::missing_own_write(&outcome.history, &outcome.order))
}

fn dirty_read(outcome: &Outcome) -> Option<String> {
    text(history::dirty_read(&outcome.history, &outcome.order))
}

#[test]
fn local_reads_after_a_majority_are_stale() {
    finds(LIMIT, &MAJORITY, stale_read);
}

#[test]
fn local_reads_after_a_majority_miss_own_writes() {
    finds(LIMIT, &MAJORITY, missing_own_write);
}

#[test]
fn local_reads_of_the_blocking_protocol_are_inverted() {
    finds(LIMIT, &Plan { ack: &[Ack::All], ..MAJORITY }, |outcome| {
        text(history::inversion(&outcome.history, &outcome.order))
    });
}

#[test]
fn local_reads_of_the_blocking_protocol_are_dirty_where_replicas_contend_for_a_note() {
    finds(LIMIT, &Plan { mode: Some(Mode::LocalWrite), crashes: false, switches: false, ..BLOCKING }, dirty_read);
}

#[test]
fn local_reads_of_what_a_takeover_drops_are_dirty() {
    finds(LIMIT, &Plan { mode: Some(Mode::RemoteWrite), switches: false, ..TAKEOVERS }, |outcome| {
        dirty_read(outcome).filter(|_| took_over(outcome))
    });
}

#[test]
fn a_takeover_loses_what_only_the_primary_had() {
    finds(LIMIT, &TAKEOVERS, |outcome| {
        text(history::lost_write(&outcome.history, &outcome.order)).filter(|_| took_over(outcome))
    });
}

fn took_over(outcome: &Outcome) -> bool {
    outcome.world.events.iter().any(|event| matches!(event.kind, EventKind::TookOver { .. }))
}

#[test]
fn notes_of_local_write_buffer_stores() {
    finds(LIMIT, &Plan { mode: Some(Mode::LocalWrite), ack: &[Ack::Primary], ..MAJORITY }, |outcome| {
        text(history::store_buffering(&outcome.history, &outcome.order))
    });
}

#[test]
fn committed_reads_are_stale_for_clients_that_move() {
    finds(LIMIT, &COMMITTED, stale_read);
    finds(LIMIT, &COMMITTED, missing_own_write);
}

#[test]
fn sessions_miss_what_others_wrote() {
    finds(LIMIT, &SESSION, |outcome| stale_read(outcome).filter(|_| missing_own_write(outcome).is_none()));
}
