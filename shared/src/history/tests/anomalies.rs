//! Each anomaly: an example that has it, and the same with one change that does not.

use super::*;
use crate::history::anomalies::Anomaly;

type Finder = fn(&History, &Order) -> Option<Anomaly>;

#[track_caller]
fn check(find: Finder, text: &str, committed: &str, expected: &[u64]) {
    let found = find(&history(text), &order(committed));
    let found = found.map_or(Vec::new(), |found| found.operations.iter().map(|line| line.id.0).collect());
    assert_eq!(found, expected);
}

#[test]
fn stale_reads() {
    let with = |from: u64, saw| format!("1 0 10 create 1 a\n1 20 30 replace 1 b\n2 {from} 60 read 1 {saw}");
    check(stale_read, &with(40, "b"), "1: a b", &[]);
    check(stale_read, &with(25, "a"), "1: a b", &[]);
    check(stale_read, &with(30, "a"), "1: a b", &[]);
    check(stale_read, &with(40, "a"), "1: a b", &[2, 3]);
    check(stale_read, &with(40, "missing"), "1: a b", &[2, 3]);
    check(stale_read, &with(40, "missing"), "1: a b missing", &[]);
    check(stale_read, "1 0 10 create 1 a\n1 20 ? replace 1 b\n2 40 50 read 1 a", "1: a b", &[]);
}

#[test]
fn the_newest_write_counts_even_when_an_older_one_was_answered_later() {
    let text = "1 0 10 create 1 a\n1 20 30 replace 1 c\n2 20 40 replace 1 b\n3 50 60 read 1 b";
    check(stale_read, text, "1: a b c", &[2, 4]);
    check(stale_read, text, "1: a c b", &[]);
}

#[test]
fn inversions() {
    let with = |first, second, from: u64| format!("2 0 10 read 1 {first}\n3 {from} 30 read 1 {second}");
    check(inversion, &with("b", "a", 20), "1: a b", &[1, 2]);
    check(inversion, &with("b", "a", 5), "1: a b", &[]);
    check(inversion, &with("a", "b", 20), "1: a b", &[]);
    check(inversion, &with("a", "missing", 20), "1: a b", &[1, 2]);
    check(inversion, &with("missing", "a", 20), "1: a b", &[]);
    check(inversion, &with("missing", "a", 20), "1: a missing", &[]);
}

#[test]
fn dirty_reads() {
    let text = "1 0 10 create 1 a\n1 20 ? replace 1 b\n2 40 50 read 1 b\n2 60 70 read 1 missing";
    check(dirty_read, text, "1: a b", &[]);
    check(dirty_read, text, "1: a", &[3]);
}

#[test]
fn committed_reads_are_in_the_order() {
    let with = |level: &str| history(&format!("1 0 10 create 1 a\n2 40 50 read 1 b {level}"));
    for level in ["committed", "session", "linearizable"] {
        assert!(committed(&with(level), &order("1: a")).is_err(), "{level} reads are not dirty");
        assert_eq!(committed(&with(level), &order("1: a b")), Ok(()));
    }
    assert_eq!(committed(&with("local"), &order("1: a")), Ok(()));
}

#[test]
fn lost_writes() {
    let text = "1 0 10 create 1 a+x\n1 20 30 change 1 b\n1 40 ? change 1 c\n2 50 60 change 1 d missing";
    check(lost_write, text, "1: a+x b+x", &[]);
    check(lost_write, text, "1: a+x", &[2]);
    check(lost_write, text, "1: a+x b+y", &[2]);
    check(lost_write, text, "", &[1]);
    check(lost_write, "1 0 10 create 1 a\n1 20 30 delete 1", "1: a missing", &[]);
    check(lost_write, "1 0 10 create 1 a\n1 20 30 delete 1", "1: a", &[2]);
}

#[test]
fn missing_own_writes() {
    let with = |client: u64, saw| format!("1 0 10 replace 1 b\n{client} 20 30 read 1 {saw}");
    check(missing_own_write, &with(1, "a"), "1: a b", &[1, 2]);
    check(missing_own_write, &with(1, "b"), "1: a b", &[]);
    check(missing_own_write, &with(2, "a"), "1: a b", &[]);
}

#[test]
fn store_bufferings() {
    let with = |a, b| {
        format!(
            "1 0 10 change 1 x
             2 0 10 change 2 y
             1 20 30 read 2 {a}
             2 20 30 read 1 {b}"
        )
    };
    check(store_buffering, &with("old", "old"), "1: old x\n2: old y", &[1, 3, 2, 4]);
    check(store_buffering, &with("y", "old"), "1: old x\n2: old y", &[]);
    check(store_buffering, &with("old", "x"), "1: old x\n2: old y", &[]);
    check(store_buffering, &with("old", "old"), "1: x old\n2: old y", &[]);
    let alone = with("old", "old").replace("2 0 10", "1 11 19").replace("2 20 30", "1 40 50");
    check(store_buffering, &alone, "1: old x\n2: old y", &[]);
    let one_note = "1 0 10 change 1 x\n2 0 10 change 1 y\n1 20 30 read 1 old\n2 20 30 read 1 old";
    check(store_buffering, one_note, "1: old x y", &[]);
    let unsure = with("old", "old").replace("1 0 10", "1 0 ?");
    check(store_buffering, &unsure, "1: old x\n2: old y", &[]);
}

#[test]
fn anomalies_are_told_in_lines() {
    let found = stale_read(&history("1 0 10 create 1 a\n2 20 30 read 1 missing"), &order("1: a"));
    let expected = "Stale read: the second did not see the first, which had been answered.
  #1 client 1, 0 to 10: create {title \"a\"} → created 1
  #2 client 2, 20 to 30: read 1 (Local) → missing";
    assert_eq!(found.map(|found| found.to_string()).as_deref(), Some(expected));
}
