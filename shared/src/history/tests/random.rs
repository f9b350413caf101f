//! Random histories: executions that are linearizable by construction, and a checker so plain that it is surely right.

use proptest::prelude::*;

use super::*;
use crate::history::search;
use crate::rng::Rng;

/// How an execution is made.
#[derive(Clone, Copy, Debug)]
struct Plan {
    seed: u64,
    length: u64,
    /// An operation takes effect every 10 units; it is sent and answered up to this much before and after.
    spread: u64,
    /// How many of 100 writes have an unknown outcome; half of them do not happen.
    unknown: u64,
    /// Whether all writes that give a body give the same.
    same_body: bool,
}

/// Runs operations on note 1, one after the other, and widens the time that each of them took.
fn execution(plan: Plan) -> History {
    let mut rng = Rng::new(plan.seed);
    let mut history = history("0 0 1 create 1 start+b");
    let mut state = Some(note("start+b"));
    for number in 1..plan.length {
        let at = 10_000 + number * 10;
        let (from, to) = (at - rng.range(0, plan.spread + 1), at + rng.range(0, plan.spread + 1));
        let command = command(&mut rng, number, plan);
        let id = history.invoke(Operation::new(ClientId(number % 8), command.clone(), from));
        let unknown = !command.is_read() && rng.chance(plan.unknown);
        if unknown && rng.chance(50) {
            continue;
        }
        let answer = perform(&mut state, &history.operations[&id]);
        if !unknown {
            history.answer(id, to, answer);
        }
    }
    history
}

fn command(rng: &mut Rng, number: u64, plan: Plan) -> Command {
    let id = NoteId(1);
    let title = Some(format!("t{number}").into());
    let body = Some(if plan.same_body { "b".into() } else { format!("b{number}").into() });
    match rng.range(0, 10) {
        0..=4 => Command::Read(id),
        5 | 6 => Command::Replace(id, Note { title, body }),
        7 => Command::Change(id, Note { title, body: None }),
        8 => Command::Change(id, Note { title: None, body }),
        _ if number + 5 > plan.length => Command::Delete(id),
        _ => Command::Read(id),
    }
}

fn perform(state: &mut Option<Note>, operation: &Operation) -> Answer {
    match (&operation.command, operation.effect(state.as_ref())) {
        (Command::Read(_), _) => state.clone().map_or(Answer::Missing, Answer::Found),
        (_, Some(version)) => {
            *state = version.note;
            Answer::Done
        }
        (_, None) => Answer::Missing,
    }
}

fn plans(length: u64) -> impl Strategy<Value = Plan> {
    (any::<u64>(), 1..length, 0..60_u64, 0..40_u64, any::<bool>())
        .prop_map(|(seed, length, spread, unknown, same_body)| Plan { seed, length, spread, unknown, same_body })
}

/// Tries every order. `taken` are the operations that took effect.
fn any_order(all: &[&Operation], taken: u32, state: Option<&Note>) -> bool {
    let is_left = |place: usize| taken & (1 << place) == 0;
    let left = || (0..all.len()).filter(|place| is_left(*place));
    let answered = |place: &usize| all[*place].returned.is_some();
    if !left().any(|place| answered(&place)) {
        return true;
    }
    let first_answer = left().filter_map(|place| all[place].returned.as_ref().map(|returned| returned.at)).min();
    left().any(|place| {
        if first_answer.is_some_and(|first| first < all[place].invoked) {
            return false;
        }
        let mut next = state.cloned();
        let answer = perform(&mut next, all[place]);
        let fits = all[place].answer().is_none_or(|told| *told == answer || matches!(told, Answer::Created(_)));
        fits && any_order(all, taken | (1 << place), next.as_ref())
    })
}

/// A short history in which answers are guessed: about half of them are linearizable.
fn guessed(seed: u64) -> History {
    let mut rng = Rng::new(seed);
    let mut history = history("0 0 1 create 1 a");
    for number in 1..rng.range(3, 8) {
        let from = rng.range(2, 30);
        let guess = |rng: &mut Rng| note(["a", "b", "c", "a+x", "b+x"][usize::try_from(rng.range(0, 5)).unwrap_or(0)]);
        let (command, done) = match rng.range(0, 9) {
            0..=3 => (Command::Read(NoteId(1)), Answer::Found(guess(&mut rng))),
            4 => (Command::Replace(NoteId(1), note("b")), Answer::Done),
            5 => (Command::Change(NoteId(1), note("+x")), Answer::Done),
            6 => (Command::Change(NoteId(1), note("a")), Answer::Done),
            7 => (Command::Replace(NoteId(1), note("c")), Answer::Done),
            _ => (Command::Delete(NoteId(1)), Answer::Done),
        };
        let id = history.invoke(Operation::new(ClientId(number), command, from));
        let answer = if rng.chance(10) { Answer::Missing } else { done };
        if !rng.chance(20) {
            history.answer(id, from + rng.range(0, 15), answer);
        }
    }
    history
}

#[test]
fn the_search_agrees_with_trying_every_order() {
    let (mut good, mut bad) = (0, 0);
    for seed in 0..6_000 {
        let history = guessed(seed);
        let all: Vec<&Operation> = history.operations().map(|(_, operation)| operation).collect();
        let expected = any_order(&all, 0, None);
        let found = linearizable(&history);
        assert_eq!(found.is_ok(), expected, "seed {seed}: {found:?} of {history:#?}");
        *(if expected { &mut good } else { &mut bad }) += 1;
    }
    assert!(good > 1_000 && bad > 1_000, "{good} good and {bad} bad histories are not a fair sample");
}

/// Adds a read at the end that saw what nobody wrote, or makes one read say so.
fn with_an_invented_read(history: &mut History, choice: u64) -> OperationId {
    let reads = history.operations().filter(|(_, operation)| operation.command.is_read());
    let reads: Vec<OperationId> = reads.map(|(id, _)| id).collect();
    let count = reads.len() as u64;
    let picked = (count > 0).then(|| reads[usize::try_from(choice % count).unwrap_or(0)]);
    let id = picked.unwrap_or_else(|| history.invoke(Operation::new(ClientId(0), Command::Read(NoteId(1)), 50_000)));
    let at = history.operations[&id].returned.as_ref().map_or(50_001, |returned| returned.at);
    history.answer(id, at, Answer::Found(note("never written")));
    id
}

proptest! {
    #[test]
    fn an_execution_is_linearizable(plan in plans(120)) {
        let history = execution(plan);
        if let Err(violation) = linearizable(&history) {
            prop_assert!(false, "{violation}");
        }
    }

    #[test]
    fn an_invented_value_is_caught(plan in plans(60), choice: u64) {
        let mut history = execution(plan);
        let invented = with_an_invented_read(&mut history, choice);
        match linearizable(&history) {
            Err(Violation::NoOrder { stuck, .. }) => prop_assert_eq!(stuck[0].id, invented),
            other => prop_assert!(false, "not caught: {:?}", other),
        }
    }
}

/// Eight clients that write at the same time, again and again, and read once in a while.
fn rounds(count: u64) -> History {
    let mut history = history("0 0 1 create 1 start");
    for round in 1..=count {
        for client in 0..8 {
            let from = round * 100 + client;
            let write = Command::Replace(NoteId(1), note(&format!("t{round}.{client}")));
            let id = history.invoke(Operation::new(ClientId(client), write, from));
            history.answer(id, from + 50, Answer::Done);
        }
        if round % 10 == 0 {
            let read = Command::Read(NoteId(1));
            let id = history.invoke(Operation::new(ClientId(9), read, round * 100 + 90));
            history.answer(id, round * 100 + 95, Answer::Found(note(&format!("t{round}.3"))));
        }
    }
    history
}

/// The work is counted and not the time, so that a slow machine changes nothing.
#[track_caller]
fn check_effort(mut history: History, limit: usize) {
    let effort = search::effort(history.operations()).expect("it was executed in some order");
    assert!(effort < limit, "{effort} steps");
    let id = history.invoke(Operation::new(ClientId(0), Command::Read(NoteId(1)), 200_000));
    history.answer(id, 200_001, Answer::Found(note("never written")));
    assert!(linearizable(&history).is_err());
}

#[test]
fn a_thousand_operations_are_little_work() {
    let plan = |spread, unknown| execution(Plan { seed: 1, length: 1_000, spread, unknown, same_body: false });
    check_effort(plan(40, 0), 20_000);
    check_effort(plan(40, 5), 20_000);
    check_effort(plan(40, 30), 20_000);
    check_effort(plan(70, 5), 100_000);
    check_effort(execution(Plan { seed: 1, length: 1_000, spread: 40, unknown: 30, same_body: true }), 20_000);
    check_effort(rounds(110), 500_000);
}
