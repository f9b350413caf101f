//! Every rule of the protocol is needed: with that rule taken away, a check fails.
//!
//! Most are found by random runs of the simulation: the tests below run seed after seed until an invariant breaks. What
//! takes thousands of them, or is a story worth knowing, is told step by step in `stories`, once without the rule and
//! once with all rules. What only a client can see is in `tests/histories/mutants.rs`: [`Rule::ReadQuorum`],
//! [`Rule::ReadCommitted`] and [`Rule::SessionWaits`]; [`Rule::AckWhenActive`] is found there, too. The model checker
//! takes some of the rules away, too: `tests/model`.
//!
//! Only the feature `mutants` has switches for the rules: `cargo xtask test --only mutants` runs all of these.
#![allow(clippy::print_stdout, reason = "what was found, and where, is printed")]

use std::panic::{UnwindSafe, catch_unwind};

use shared::replica::Cluster;
use shared::rules::Rule;
use shared::sim::{Plan, attempt};

#[path = "mutants/script.rs"]
mod script;
#[path = "mutants/stories.rs"]
mod stories;

use script::ASTRAY;
use stories::Story;

/// How many random runs at most until a check fails. The control runs as many with all rules.
const RUNS: u64 = 200;

/// Runs one seed, and returns the first line of what is wrong with it.
fn failure(seed: u64, broken: Option<Rule>) -> Option<String> {
    let plan = Plan::random(seed);
    let plan = Plan { cluster: Cluster { broken, ..plan.cluster }, ..plan };
    first_line(|| {
        if let Err(failure) = attempt(plan) {
            panic!("{}", failure.why);
        }
    })
}

/// Returns the first line of what a panic says; `None` when there is none.
fn first_line(act: impl FnOnce() + UnwindSafe) -> Option<String> {
    let panic = catch_unwind(act).err()?;
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    Some(text.and_then(|text| text.lines().next()).unwrap_or("a panic without words").chars().take(300).collect())
}

/// Runs seeds without a rule until a check fails.
#[track_caller]
fn found(rule: Rule) {
    let first = (0..RUNS).find_map(|seed| failure(seed, Some(rule)).map(|why| (seed, why)));
    let (seed, why) = first.unwrap_or_else(|| panic!("{RUNS} runs without {rule:?} break nothing"));
    println!("without {rule:?}, seed {seed}: {why}");
}

/// Tells a story that must end badly without the rule, and well with it.
#[track_caller]
fn told(rule: Rule, story: Story) {
    story(None);
    let why = first_line(|| story(Some(rule))).unwrap_or_else(|| panic!("without {rule:?} the story ends well"));
    assert!(!why.starts_with(ASTRAY), "without {rule:?}, {why}");
    println!("without {rule:?}: {why}");
}

#[test]
fn with_all_rules_nothing_breaks() {
    for seed in 0..RUNS {
        assert_eq!(failure(seed, None), None, "seed {seed}");
    }
}

#[test]
fn durable_promise() {
    found(Rule::DurablePromise);
}

#[test]
fn best_by_epoch() {
    found(Rule::BestByEpoch);
}

#[test]
fn sync_before_ack() {
    found(Rule::SyncBeforeAck);
}

#[test]
fn recover_first() {
    found(Rule::RecoverFirst);
}

#[test]
fn fence() {
    found(Rule::Fence);
}

#[test]
fn majority_commit() {
    found(Rule::MajorityCommit);
}

#[test]
fn done_once() {
    found(Rule::DoneOnce);
}

#[test]
fn create_in_order() {
    found(Rule::CreateInOrder);
}

#[test]
fn whole_install() {
    told(Rule::WholeInstall, stories::install_cut_to_one_entry);
}

#[test]
fn hear_owner() {
    found(Rule::HearOwner);
    told(Rule::HearOwner, stories::claim_without_the_owner);
}

#[test]
fn owner_by_accepted() {
    found(Rule::OwnerByAccepted);
    told(Rule::OwnerByAccepted, stories::failed_claimer_hides_the_owner);
}

#[test]
fn suspect_by_majority() {
    found(Rule::SuspectByMajority);
    told(Rule::SuspectByMajority, stories::one_misses_the_primary);
}

#[test]
fn ack_when_active() {
    told(Rule::AckWhenActive, stories::acknowledged_before_it_is_installed);
}

#[test]
fn recover_from_all() {
    told(Rule::RecoverFromAll, stories::old_promise_of_a_wiped_disk);
}

#[test]
fn accept_before_enter() {
    found(Rule::AcceptBeforeEnter);
    told(Rule::AcceptBeforeEnter, stories::generation_that_nobody_accepted);
}

/// The documented weakness, with all rules in force: docs/PROTOCOL.md §4.12, §10.1.
#[test]
fn forced_takeover_rolls_back_what_only_the_primary_acknowledged() {
    stories::takeover_of_what_only_the_primary_had();
}
