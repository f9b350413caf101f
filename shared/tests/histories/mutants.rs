//! With a rule taken away, the histories show it.

use shared::rules::Rule;

use super::guarantees::{LINEARIZABLE, PRIMARY, SESSION, is_linearizable, keeps_sessions, none_lost};
use super::plan::Plan;
use super::{Check, run};

/// How many runs at most until the broken rule shows.
const LIMIT: u64 = 2_000;

#[track_caller]
fn shows(plan: &Plan, rule: Rule, check: Check) {
    let broken = Plan { broken: Some(rule), ..*plan };
    let found = (0..LIMIT).find_map(|seed| check(&run(&broken, seed)).err().map(|why| (seed, why)));
    let (seed, why) = found.unwrap_or_else(|| panic!("{LIMIT} runs without {rule:?} show nothing"));
    println!("without {rule:?}, found after {} runs: {why}", seed + 1);
}

#[test]
fn a_read_that_asks_no_majority_is_not_linearizable() {
    shows(&LINEARIZABLE, Rule::ReadQuorum, is_linearizable);
}

#[test]
fn a_read_that_does_not_wait_for_the_commit_is_not_linearizable() {
    shows(&LINEARIZABLE, Rule::ReadCommitted, is_linearizable);
}

#[test]
fn a_session_read_that_does_not_wait_breaks_its_session() {
    shows(&SESSION, Rule::SessionWaits, keeps_sessions);
}

#[test]
fn a_primary_that_acknowledges_before_it_is_installed_loses_writes() {
    shows(&PRIMARY, Rule::AckWhenActive, none_lost);
}
