//! Every rule of the protocol is needed: with that rule taken away, the checks fail.
//!
//! | rule | how it is found |
//! |---|---|
//! | [`Rule::WholeInstall`] | `stories::install_cut_to_one_entry` |
//! | [`Rule::HearOwner`] | `stories::claim_without_the_owner` |
//! | [`Rule::OwnerByAccepted`] | `stories::failed_claimer_hides_the_owner` |
//! | [`Rule::SuspectByMajority`] | `stories::one_misses_the_primary` |
//! | [`Rule::RecoverFromAll`] | `stories::old_promise_of_a_wiped_disk` |
//! | [`Rule::AcceptBeforeEnter`] | `stories::generation_that_nobody_accepted` |
//! | [`Rule::ReadQuorum`], [`Rule::ReadCommitted`], [`Rule::SessionWaits`], [`Rule::AckWhenActive`] | `tests/histories/mutants.rs`, from outside |
//!
//! Only the feature `mutants` has switches for the rules: `cargo test -p shared --features mutants --test mutants`.
#![allow(clippy::print_stdout, reason = "what was found, and where, is printed")]

use std::any::Any;
use std::panic::catch_unwind;

use shared::rules::Rule;

#[path = "mutants/script.rs"]
mod script;
#[path = "mutants/stories.rs"]
mod stories;

use script::ASTRAY;
use stories::Story;

/// Tells a story that must end badly without the rule, and well with it.
#[track_caller]
fn needed(rule: Rule, story: Story) {
    story(None);
    let end = catch_unwind(|| story(Some(rule)));
    let why = end.err().map(words).unwrap_or_else(|| panic!("without {rule:?} the story ends well"));
    assert!(!why.starts_with(ASTRAY), "without {rule:?}, {why}");
    println!("without {rule:?}: {}", first_line(&why));
}

fn words(panic: Box<dyn Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words").to_owned()
}

fn first_line(why: &str) -> &str {
    why.lines().next().unwrap_or_default()
}

#[test]
fn whole_install() {
    needed(Rule::WholeInstall, stories::install_cut_to_one_entry);
}

#[test]
fn hear_owner() {
    needed(Rule::HearOwner, stories::claim_without_the_owner);
}

#[test]
fn owner_by_accepted() {
    needed(Rule::OwnerByAccepted, stories::failed_claimer_hides_the_owner);
}

#[test]
fn suspect_by_majority() {
    needed(Rule::SuspectByMajority, stories::one_misses_the_primary);
}

#[test]
fn recover_from_all() {
    needed(Rule::RecoverFromAll, stories::old_promise_of_a_wiped_disk);
}

#[test]
fn accept_before_enter() {
    needed(Rule::AcceptBeforeEnter, stories::generation_that_nobody_accepted);
}

/// The documented weakness, with all rules: PROTOCOL.md, 2.3.
#[test]
fn forced_takeover_rolls_back_what_only_the_primary_acknowledged() {
    stories::takeover_of_what_only_the_primary_had();
}
