//! The four guarantees of a session; in these histories every operation carries its client's token.

use super::*;
use crate::history::anomalies::Kind;

#[track_caller]
fn check(text: &str, committed: &str, expected: Option<(Kind, [u64; 2])>) {
    let found = sessions(&history(text), &order(committed)).err();
    let found = found.map(|found| (found.kind, found.operations.iter().map(|line| line.id.0).collect::<Vec<_>>()));
    assert_eq!(found, expected.map(|(kind, ids)| (kind, ids.to_vec())));
}

#[test]
fn read_your_writes() {
    let with = |client: u64, saw| format!("1 0 10 create 1 a\n1 20 30 replace 1 b\n{client} 40 50 read 1 {saw}");
    check(&with(1, "b"), "1: a b", None);
    check(&with(2, "a"), "1: a b", None);
    check(&with(1, "a"), "1: a b", Some((Kind::ReadYourWrites, [2, 3])));
    check(&with(1, "missing"), "1: a b", Some((Kind::ReadYourWrites, [2, 3])));
    check(&with(1, "missing"), "1: a b missing", None);
    check(&with(1, "c"), "1: a b c", None);
}

#[test]
fn monotonic_reads() {
    let with = |first, second| format!("1 0 10 read 1 {first}\n1 20 30 read 1 {second}");
    check(&with("a", "b"), "1: a b", None);
    check(&with("missing", "a"), "1: a b", None);
    check(&with("b", "a"), "1: a b", Some((Kind::MonotonicReads, [1, 2])));
    check(&with("b", "missing"), "1: a b", Some((Kind::MonotonicReads, [1, 2])));
    check(&with("b", "missing"), "1: a b missing", None);
}

#[test]
fn monotonic_writes() {
    let text = "1 0 10 replace 1 b\n1 20 30 replace 1 c";
    check(text, "1: a b c", None);
    check(text, "1: a c b", Some((Kind::MonotonicWrites, [1, 2])));
}

#[test]
fn writes_follow_reads() {
    let text = "1 0 10 read 1 b\n1 20 30 replace 1 c";
    check(text, "1: a b c", None);
    check(text, "1: a c b", Some((Kind::WritesFollowReads, [1, 2])));
}

#[test]
fn notes_are_looked_at_one_by_one() {
    check("1 0 10 replace 1 b\n1 20 30 read 2 z", "1: a b\n2: z y", None);
}

#[test]
fn only_operations_with_a_known_outcome_and_a_token_count() {
    check("1 0 ? replace 1 b\n1 20 30 read 1 a", "1: a b", None);
    let mut without = history("1 0 10 replace 1 b\n1 20 30 read 1 a");
    assert!(sessions(&without, &order("1: a b")).is_err());
    for operation in without.operations.values_mut() {
        operation.session = None;
    }
    assert_eq!(sessions(&without, &order("1: a b")), Ok(()));
}

#[test]
fn the_place_in_the_session_counts_and_not_the_time() {
    let mut history = history("1 0 10 read 1 b\n1 20 30 read 1 a");
    assert!(sessions(&history, &order("1: a b")).is_err());
    for (id, place) in [(1, 2), (2, 1)] {
        history.operations.get_mut(&OperationId(id)).expect("it was added above").session = Some(place);
    }
    assert_eq!(sessions(&history, &order("1: a b")), Ok(()));
}
