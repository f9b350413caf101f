//! The classic cases, each with its neighbour on the other side.

use super::*;

#[track_caller]
fn good(text: &str) {
    if let Err(violation) = linearizable(&history(text)) {
        panic!("{violation}");
    }
}

/// Not linearizable; the operations that cannot follow are these, the first one first.
#[track_caller]
fn bad(text: &str, left: &[u64]) {
    match linearizable(&history(text)) {
        Err(Violation::NoOrder { stuck, .. }) => {
            assert_eq!(stuck.iter().map(|line| line.id.0).collect::<Vec<_>>(), left);
        }
        other => panic!("expected another violation than {other:?}"),
    }
}

#[test]
fn one_after_the_other() {
    good(
        "1 0 10 create 1 a
         1 20 30 read 1 a
         1 40 50 replace 1 b
         1 60 70 read 1 b
         1 80 90 delete 1
         1 100 110 read 1 missing",
    );
}

#[test]
fn a_stale_read_after_a_write() {
    let with = |saw| format!("1 0 10 create 1 a\n1 20 30 replace 1 b\n2 31 40 read 1 {saw}");
    good(&with("b"));
    bad(&with("a"), &[3]);
    bad(&with("missing"), &[3]);
}

#[test]
fn a_read_that_overlaps_a_write_may_see_either() {
    let with = |saw| format!("1 0 10 create 1 a\n1 20 30 replace 1 b\n2 25 40 read 1 {saw}");
    good(&with("a"));
    good(&with("b"));
    bad(&with("c"), &[3]);
    good("1 0 10 create 1 a\n1 20 30 replace 1 b\n2 30 40 read 1 a");
}

#[test]
fn reads_force_the_order_of_concurrent_writes() {
    let with = |first, second| {
        format!(
            "1 0 10 create 1 a
             1 20 100 replace 1 b
             2 20 100 replace 1 c
             3 30 40 read 1 {first}
             3 50 60 read 1 {second}
             4 110 120 read 1 {second}"
        )
    };
    good(&with("b", "c"));
    good(&with("c", "b"));
    bad(&with("b", "a"), &[5]);
    bad(&(with("b", "c") + "\n4 130 140 read 1 b"), &[7]);
}

#[test]
fn a_new_old_inversion() {
    let with = |first, second| {
        format!(
            "1 0 10 create 1 a
             1 20 100 replace 1 b
             2 30 40 read 1 {first}
             3 50 60 read 1 {second}"
        )
    };
    good(&with("a", "b"));
    good(&with("b", "b"));
    bad(&with("b", "a"), &[4]);
}

#[test]
fn an_unknown_write_may_be_seen_late_or_never_but_not_before_it_was_sent() {
    let with = |saw: &str| {
        format!(
            "1 0 10 create 1 a
             1 20 ? replace 1 b
             2 30 40 read 1 a
             2 5000 5010 read 1 {saw}"
        )
    };
    good(&with("b"));
    good(&with("a"));
    bad(&(with("b") + "\n2 6000 6010 read 1 a"), &[5]);
    bad("1 0 10 create 1 a\n2 11 12 read 1 b\n1 20 ? replace 1 b", &[2]);
}

#[test]
fn an_unknown_write_takes_effect_once() {
    let with = |last| {
        format!(
            "1 0 10 create 1 a
             1 20 ? replace 1 b
             2 30 40 read 1 b
             2 50 60 replace 1 c
             2 70 80 read 1 {last}"
        )
    };
    good(&with("c"));
    bad(&with("b"), &[5]);
}

/// Any of several writes may explain a read; which of them it was may only come out later.
#[test]
fn writes_of_unknown_outcome_are_told_apart_late() {
    let with = |first, second| {
        format!(
            "1 0 10 create 1 a
             2 20 ? {first}
             3 20 ? {second}
             4 30 40 read 1 a+x
             4 50 60 replace 1 c
             4 70 80 read 1 c+x"
        )
    };
    good(&with("change 1 +x", "replace 1 a+x"));
    good(&with("replace 1 a+x", "change 1 +x"));
    bad(&with("replace 1 a+x", "replace 1 a+x"), &[6]);
    let again = with("change 1 +x", "change 1 +x");
    good(&again);
    bad(&format!("{again}\n4 90 100 replace 1 d\n4 110 120 read 1 d+x"), &[8]);
}

#[test]
fn a_change_merges_fields() {
    let with = |saw| format!("1 0 10 create 1 a+x\n1 20 30 change 1 +y\n2 40 50 read 1 {saw}");
    good(&with("a+y"));
    bad(&with("+y"), &[3]);
    bad(&with("a+x"), &[3]);
    let both = |saw| format!("1 0 10 create 1 a+x\n1 20 30 change 1 b\n2 20 30 change 1 +y\n3 40 50 read 1 {saw}");
    good(&both("b+y"));
    bad(&both("b+x"), &[4]);
}

#[test]
fn a_write_to_a_missing_note_returns_missing() {
    let deleted = "1 0 10 create 1 a\n1 20 30 delete 1\n";
    good(&format!("{deleted}2 40 50 change 1 b missing\n2 60 70 delete 1 missing"));
    bad(&format!("{deleted}2 40 50 change 1 b"), &[3]);
    bad("1 0 10 create 1 a\n2 40 50 change 1 b missing", &[2]);
    good("2 0 10 replace 7 b missing");
    bad("2 0 10 replace 7 b", &[1]);
    bad("1 0 10 create 1 a\n2 20 30 delete 1\n3 20 30 delete 1", &[3]);
    good("1 0 10 create 1 a\n2 20 30 delete 1\n3 20 30 delete 1 missing");
}

#[test]
fn a_deleted_note_stays_deleted() {
    bad("1 0 10 create 1 a\n1 20 30 delete 1\n2 40 50 read 1 a", &[3]);
    bad("1 0 10 create 1 a\n1 20 ? delete 1\n2 40 50 read 1 missing\n2 60 70 read 1 a", &[4]);
}

#[test]
fn no_two_creations_make_the_same_note() {
    good("1 0 10 create 1 a\n2 0 10 create 2 b");
    let twice = history("1 0 10 create 1 a\n2 0 10 create 1 b");
    let violation = linearizable(&twice).expect_err("the id was given twice");
    assert!(matches!(&violation, Violation::SharedId { note: NoteId(1), creations } if creations.len() == 2));
    let found_out = {
        let mut history = history("1 0 10 create 1 a\n2 0 ? create ? b");
        history.created(OperationId(2), NoteId(1));
        history
    };
    assert!(matches!(linearizable(&found_out), Err(Violation::SharedId { .. })));
}

#[test]
fn a_creation_of_unknown_outcome_explains_one_note_at_most() {
    good("1 0 ? create ? a\n2 20 30 read 5 a\n2 40 50 delete 5");
    good("1 0 ? create ? a\n2 20 30 read 5 missing");
    bad("1 0 ? create ? a\n2 20 30 read 5 b", &[2]);
    bad("1 25 ? create ? a\n2 10 20 read 5 a", &[2]);
    good("1 0 ? create ? a\n1 0 ? create ? a\n2 20 30 read 5 a\n2 40 50 read 6 a");
    bad("1 0 ? create ? a\n1 0 ? create ? b\n2 20 30 read 5 a\n2 40 50 read 6 a", &[4]);
    // The first orphan has to leave the creation that the second needs to it.
    let tight = "1 0 ? create ? a\n1 0 ? create ? b\n2 20 30 delete 5\n2 40 50 read 6 a";
    good(tight);
    bad(&format!("{tight}\n2 60 70 delete 7"), &[5]);
}

#[test]
fn answers_that_make_no_sense_fit_no_state() {
    let mut history = history("1 0 10 create 1 a\n2 20 30 read 1 a");
    history.answer(OperationId(2), 30, Answer::Done);
    assert!(linearizable(&history).is_err());
}

#[test]
fn a_violation_shows_its_window() {
    let text = "1 0 10 create 1 a
        2 20 30 create 2 z
        1 40 50 replace 1 b
        3 45 90 replace 1 c
        2 60 70 read 1 a";
    let violation = linearizable(&history(text)).expect_err("a stale read");
    let expected = "note 1 is not linearizable. The longest order that can be:
  #1 client 1, 0 to 10: create {title \"a\"} → created 1
  #4 client 3, 45 to 90: replace 1 by {title \"c\"} → done
  #3 client 1, 40 to 50: replace 1 by {title \"b\"} → done
then there is {title \"b\"}, which none of these can follow:
  #5 client 2, 60 to 70: read 1 (Local) → {title \"a\"}";
    assert_eq!(violation.to_string(), expected);
}
