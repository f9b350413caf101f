//! Every combination has words, and those in the tables of docs/PROTOCOL.md §10 say what the tables say.

use super::*;

const ACKS: [Ack; 3] = [Ack::All, Ack::Majority, Ack::Primary];
const READS: [Reads; 4] = [Reads::Local, Reads::Committed, Reads::Session, Reads::Linearizable];
const FAILOVERS: [Failover; 2] = [Failover::Auto, Failover::Off];

type Combination = (Mode, Ack, Reads, Failover);

fn all() -> Vec<(Combination, Guarantee)> {
    let mut all = Vec::new();
    for mode in [Mode::RemoteWrite, Mode::LocalWrite] {
        for ack in ACKS {
            for reads in READS {
                for failover in FAILOVERS {
                    all.push(((mode, ack, reads, failover), guarantee(mode, ack, reads, failover)));
                }
            }
        }
    }
    all
}

/// Checks that exactly the combinations that `expected` picks have the words, in the part that `part` picks.
#[track_caller]
fn exactly(words: &str, part: fn(&Guarantee) -> &str, expected: fn(Combination) -> bool) {
    for (of, said) in all() {
        assert_eq!(part(&said).contains(words), expected(of), "{words:?} of {of:?}: {said:?}");
    }
}

#[test]
fn every_combination_has_words_that_fit() {
    assert_eq!(all().len(), 48);
    for (of, said) in all() {
        assert!((10..=56).contains(&said.name.chars().count()), "{of:?}: {said:?}");
        for sentences in [&said.writes, &said.reads] {
            let whole = sentences.ends_with('.') && sentences.chars().next().is_some_and(char::is_uppercase);
            // A full stop without a space behind it; that of "section 7.3" is none.
            let glued = sentences.as_bytes().windows(2).any(|pair| pair[0] == b'.' && pair[1].is_ascii_alphabetic());
            assert!(whole && !glued && !sentences.contains("  "), "{of:?}: {sentences:?}");
        }
    }
}

#[test]
fn remote_write_is_named_as_in_table_2_1() {
    let name = |ack, reads| guarantee(Mode::RemoteWrite, ack, reads, Failover::Off).name;
    for ack in ACKS {
        let local = if ack == Ack::All { "sequential consistency (at one replica)" } else { "may be stale" };
        assert_eq!(name(ack, Reads::Local), local);
        assert_eq!(name(ack, Reads::Committed), "consistent prefix");
        assert_eq!(name(ack, Reads::Session), "sequential consistency per session");
    }
}

#[test]
fn local_write_never_claims_an_order_of_the_whole_store() {
    for ((mode, _, reads, _), said) in all() {
        let names_each_note = said.name.contains("per-note");
        assert_eq!(names_each_note, mode == Mode::LocalWrite && reads != Reads::Linearizable, "{said:?}");
    }
    let weak = |(mode, _, reads, _): Combination| mode == Mode::LocalWrite && reads != Reads::Linearizable;
    exactly("no order across notes", |said| &said.reads, weak);
    let strong = |(mode, _, reads, _): Combination| mode == Mode::LocalWrite && reads == Reads::Linearizable;
    exactly("note by note", |said| &said.reads, strong);
}

#[test]
fn linearizable_takes_acks_of_a_majority() {
    for ((_, ack, reads, _), said) in all() {
        assert_eq!(said.name == "linearizable", reads == Reads::Linearizable && ack != Ack::Primary, "{said:?}");
    }
    let early = |(_, ack, reads, _): Combination| (ack, reads) == (Ack::Primary, Reads::Linearizable);
    exactly("only the primary has yet", |said| &said.reads, early);
    exactly("from commit on", |said| &said.name, early);
}

#[test]
fn only_acks_of_the_primary_alone_with_takeovers_lose_finished_writes() {
    let loses = |(_, ack, _, failover): Combination| (ack, failover) == (Ack::Primary, Failover::Auto);
    exactly("may lose writes", |said| &said.name, loses);
    exactly("only the old primary had are lost", |said| &said.writes, loses);
    exactly("the crash of any minority", |said| &said.writes, |(_, ack, _, _)| ack != Ack::Primary);
    exactly("planned handoff", |said| &said.writes, |(_, ack, _, _)| ack == Ack::Primary);
    exactly("the reply names them", |said| &said.writes, |(_, ack, _, _)| ack == Ack::All);
    exactly("No failover", |said| &said.writes, |(_, _, _, failover)| failover == Failover::Off);
}

#[test]
fn dirty_reads_are_said_where_they_can_be() {
    let dirty = |(mode, _, reads, failover): Combination| {
        reads == Reads::Local && (mode, failover) != (Mode::RemoteWrite, Failover::Off)
    };
    exactly("rolls back", |said| &said.reads, dirty);
    let own = |(_, ack, reads, _): Combination| match reads {
        Reads::Local => ack != Ack::All,
        Reads::Committed => true,
        Reads::Session | Reads::Linearizable => false,
    };
    exactly("the client's own", |said| &said.reads, own);
    exactly("X-Session", |said| &said.reads, |(_, _, reads, _)| reads == Reads::Session);
    let inversion = |(_, ack, reads, _): Combination| (ack, reads) == (Ack::All, Reads::Local);
    exactly("not monotonic", |said| &said.reads, inversion);
}
