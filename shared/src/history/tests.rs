//! Hand-made histories, written as lines, and random ones.
//!
//! A line is `client from to command note title`, such as `1 0 10 create 1 a`: client 1 was answered at 10 that note 1
//! has the title `a`. `to` is `?` for an unknown outcome. A title `a+x` brings the body `x`, `+x` is a body alone. What
//! a read found stands in the title's place; `missing` is the answer 404. A read's level may stand last.

use super::*;

mod anomalies;
mod linearizability;
mod random;
mod sessions;

fn note(text: &str) -> Note {
    let (title, body) = text.split_once('+').map_or((text, None), |(title, body)| (title, Some(body.into())));
    Note { title: (!title.is_empty()).then(|| title.into()), body }
}

fn history(text: &str) -> History {
    let mut history = History::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        add(&mut history, line);
    }
    history
}

fn add(history: &mut History, line: &str) {
    let mut words = line.split_whitespace();
    let mut word = || words.next().unwrap_or_default();
    let (client, from, to, command, id, title, level) = (word(), word(), word(), word(), word(), word(), word());
    let number = |text: &str| text.parse::<u64>().unwrap_or_else(|_| panic!("{text:?} is not a number: {line}"));
    let known = id.parse().ok().map(NoteId);
    let command = match (command, known) {
        ("create", _) => Command::Create(note(title)),
        ("replace", Some(id)) => Command::Replace(id, note(title)),
        ("change", Some(id)) => Command::Change(id, note(title)),
        ("delete", Some(id)) => Command::Delete(id),
        ("read", Some(id)) => Command::Read(id),
        _ => panic!("no command: {line}"),
    };
    let answer = match (&command, known) {
        _ if title == "missing" || level == "missing" => Answer::Missing,
        (Command::Create(_), Some(id)) => Answer::Created(id),
        (Command::Read(_), _) => Answer::Found(note(title)),
        _ => Answer::Done,
    };
    let reads = match level {
        "committed" => Reads::Committed,
        "session" => Reads::Session,
        "linearizable" => Reads::Linearizable,
        _ => Reads::Local,
    };
    let operation = Operation::new(ClientId(number(client)), command, number(from));
    let operation = Operation { reads, session: Some(history.invoked), note: known, ..operation };
    let id = history.invoke(operation);
    if to != "?" {
        history.answer(id, number(to), answer);
    }
}

/// A committed order: one line per note, such as `1: a b missing`.
fn order(text: &str) -> Order {
    let mut order = Order::default();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (id, states) = line.trim().split_once(':').unwrap_or_else(|| panic!("no note: {line}"));
        let id = NoteId(id.parse().unwrap_or_else(|_| panic!("no number: {line}")));
        for state in states.split_whitespace() {
            order.push(id, (state != "missing").then(|| note(state)));
        }
    }
    order
}

#[test]
fn a_refused_operation_is_no_part_of_the_history() {
    let mut all = history("1 0 10 create 1 a");
    let id = all.invoke(Operation::new(ClientId(2), Command::Replace(NoteId(1), note("b")), 20));
    assert_eq!(all.operations().count(), 2);
    all.refuse(id);
    assert_eq!(all, { History { invoked: 2, ..history("1 0 10 create 1 a") } });
}

#[test]
#[should_panic(expected = "answered before it was sent")]
fn an_answer_does_not_come_before_its_question() {
    history("1 10 5 create 1 a");
}

#[test]
#[should_panic(expected = "a list is one read per note")]
fn a_list_is_no_operation_on_a_note() {
    History::default().invoke(Operation::new(ClientId(1), Command::List, 0));
}

#[test]
fn reads_are_picked_by_level_and_writes_stay() {
    let all = history(
        "1 0 10 create 1 a
         1 20 30 read 1 a local
         1 40 50 read 1 a linearizable",
    );
    let strong = all.with_reads(|read| read.reads == Reads::Linearizable);
    assert_eq!(strong.operations().map(|(id, _)| id.0).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn operations_read_as_lines() {
    let all = history(
        "3 0 10 create 1 a+x
         1 5 ? change 1 +y
         2 20 30 read 1 missing session",
    );
    let lines: Vec<String> = all.operations().map(|(id, _)| all.line(id).to_string()).collect();
    assert_eq!(
        lines,
        [
            "#1 client 3, 0 to 10: create {title \"a\", body \"x\"} → created 1",
            "#2 client 1, 5 to ?: change 1 with {body \"y\"} → unknown",
            "#3 client 2, 20 to 30: read 1 (Session) → missing",
        ]
    );
}
