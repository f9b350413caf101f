//! The summary of each message in the feed, as JSON.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::id::TraceId;
use crate::note::Version;

const R2: ReplicaId = ReplicaId(2);
const NOTE: NoteId = NoteId(7);
const GROUP: GroupId = GroupId::Note(NOTE);

fn epoch() -> Epoch {
    Epoch::NONE.next(R2)
}

fn entry(seq: u64, note: u64, content: Option<Note>) -> Entry {
    let version = Some(Version { version: seq, note: content });
    Entry { seq: Seq(seq), op: OpId(format!("o{seq}")), note: NoteId(note), version }
}

/// Two notes, one of them deleted.
fn base() -> Snapshot {
    let mut base = Snapshot::default();
    base.apply(&entry(1, 1, Some(Note::default())));
    base.apply(&entry(2, 2, None));
    base
}

fn log() -> LogPart {
    LogPart { base: Some(base()), after: Seq(2), entries: vec![entry(3, 3, Some(Note::default()))] }
}

/// The two notes of [`base`], one deleted and two written after them.
fn group() -> DurableGroup {
    let mut group = DurableGroup::of(base());
    let written = [3, 4].map(|n| entry(n, n, Some(Note::default())));
    group.log.extend(written.into_iter().chain([entry(5, 1, None)]));
    group
}

fn state() -> Durable {
    let mut state = Durable::empty(Mode::LocalWrite);
    state.groups.insert(GROUP, group());
    state
}

fn proposal() -> Proposal {
    Proposal { epoch: epoch(), next: Generation(2), mode: Mode::LocalWrite, groups: vec![(GROUP, base())] }
}

#[track_caller]
fn check(message: &Message, expected: &Value) -> Say {
    let gist = Gist::from(message);
    let told = serde_json::to_value(&gist).expect("a gist can be written");
    assert_eq!(told, *expected);
    assert_eq!(told["say"], serde_json::to_value(message).expect("a message can be written")["say"]);
    assert_eq!(serde_json::from_value::<Gist>(told).expect("a gist can be read"), gist);
    gist.say
}

#[test]
fn each_message_is_told_without_the_states_that_it_carries() {
    let said: BTreeSet<Say> = [of_clients(), of_groups(), of_switches(), of_liveness(), of_recovery()]
        .into_iter()
        .flatten()
        .map(|(message, expected)| check(&message, &expected))
        .collect();
    assert_eq!(said.len(), Say::Recovery as usize + 1, "{said:?}");
}

fn of_clients() -> Vec<(Message, Value)> {
    let note = Note { title: Some("t".into()), body: None };
    let (op, trace) = (OpId("o".to_owned()), TraceId("t1".to_owned()));
    let operation = Operation { op: op.clone(), trace, ack: Ack::All, command: Command::Change(NOTE, note) };
    let done = Outcome::Done { note: NOTE, seq: Seq(9) };
    let forwarded = |outcome, without| Message::Forwarded { op: op.clone(), outcome, without };
    let content = json!({ "title": "t" });
    vec![
        (
            Message::Forward { operation },
            json!({ "say": "forward", "op": "o", "ack": "all", "method": "PATCH", "note": 7, "content": content }),
        ),
        (forwarded(done, vec![R2]), json!({ "say": "forwarded", "op": "o", "note": 7, "seq": 9, "without": [2] })),
        (forwarded(Outcome::Missing, Vec::new()), json!({ "say": "forwarded", "op": "o" })),
        (Message::ReadIndex { read: 1, group: None }, json!({ "say": "read_index" })),
        (
            Message::ReadIndexOk { read: 1, positions: vec![position()] },
            json!({ "say": "read_index_ok", "positions": [position()] }),
        ),
        (
            Message::ReadIndexOk { read: 1, positions: vec![position(); POSITIONS + 5_000] },
            json!({ "say": "read_index_ok", "positions": vec![position(); POSITIONS], "further": 5_000 }),
        ),
    ]
}

fn position() -> Position {
    Position { group: GROUP, accepted: epoch(), len: Seq(3), commit: Seq(2) }
}

fn of_groups() -> Vec<(Message, Value)> {
    let (group, epoch) = (GROUP, epoch());
    let (g, e, entries) = (json!(group), json!(epoch), json!(log().entries));
    let (accepted, commit, len) = (epoch, Seq(2), Seq(3));
    let ask = Ask::Owner;
    vec![
        (
            Message::Claim { group, epoch, commit, accepted, len, ask, create: Some(NOTE) },
            json!({ "say": "claim", "group": g, "epoch": e, "accepted": e, "commit": 2, "len": 3, "ask": "owner",
                    "create": 7 }),
        ),
        (
            Message::Promise { group, epoch, accepted, commit, log: log(), below: vec![position()] },
            json!({ "say": "promise", "group": g, "epoch": e, "accepted": e, "commit": 2, "after": 2,
                    "entries": entries, "base": 1, "positions": [position()] }),
        ),
        (
            Message::Nack { group, epoch, promised: epoch },
            json!({ "say": "nack", "group": g, "epoch": e, "promised": e }),
        ),
        (
            Message::Append {
                group,
                epoch,
                install: true,
                from: epoch,
                log: log(),
                commit,
                everywhere: Seq(1),
                live: Seq(1),
                without: vec![R2],
                active: true,
            },
            json!({ "say": "append", "group": g, "epoch": e, "commit": 2, "everywhere": 1, "after": 2,
                    "entries": entries, "base": 1, "install": true, "without": [2] }),
        ),
        (Message::Ack { group, epoch, len }, json!({ "say": "ack", "group": g, "epoch": e, "len": 3 })),
        (Message::Behind { group, epoch, commit }, json!({ "say": "behind", "group": g, "epoch": e, "commit": 2 })),
    ]
}

fn of_switches() -> Vec<(Message, Value)> {
    let (epoch, next, mode) = (epoch(), Generation(2), Mode::LocalWrite);
    let e = json!(epoch);
    let sealed = SealedState { generation: next, mode, groups: vec![(GROUP, epoch, base())], proposed: None };
    let told = |say: &str, notes: u64| json!({ "say": say, "epoch": e, "generation": 2, "mode": "local-write", "groups": 1, "notes": notes });
    vec![
        (Message::Seal { epoch }, json!({ "say": "seal", "epoch": e })),
        (Message::Sealed { epoch, state: sealed }, told("sealed", 1)),
        (Message::Propose { proposal: proposal() }, told("propose", 1)),
        (Message::Accepted { epoch }, json!({ "say": "accepted", "epoch": e })),
        (Message::Enter { epoch, next, mode, groups: vec![(GROUP, group())] }, told("enter", 2)),
        (Message::Entered { epoch }, json!({ "say": "entered", "epoch": e })),
    ]
}

fn of_liveness() -> Vec<(Message, Value)> {
    vec![
        (Message::Probe, json!({ "say": "probe" })),
        (Message::ProbeOk, json!({ "say": "probe_ok" })),
        (Message::Suspect { replica: R2 }, json!({ "say": "suspect", "replica": 2 })),
        (Message::SuspectOk { replica: R2 }, json!({ "say": "suspect_ok", "replica": 2 })),
    ]
}

fn of_recovery() -> Vec<(Message, Value)> {
    let recovery = |state| Message::Recovery { nonce: 1, state };
    let told = json!({ "say": "recovery", "generation": 0, "mode": "local-write", "groups": 1, "notes": 2 });
    vec![
        (Message::Recover { nonce: 1 }, json!({ "say": "recover" })),
        (recovery(Some(state())), told),
        (recovery(None), json!({ "say": "recovery" })),
    ]
}

#[test]
fn only_an_update_with_nothing_to_write_is_a_notice() {
    let gist = |say, log| Gist::of_group(say, GROUP, epoch()).with_log(&log);
    assert!(gist(Say::Append, LogPart::default()).is_notice());
    assert!(!gist(Say::Append, log()).is_notice());
    assert!(!gist(Say::Append, LogPart { entries: Vec::new(), ..log() }).is_notice());
    assert!(!gist(Say::Promise, LogPart::default()).is_notice());
}

#[test]
fn the_outcome_of_a_write_is_not_lost() {
    for outcome in [Outcome::Done { note: NOTE, seq: Seq(9) }, Outcome::Missing] {
        let message = Message::Forwarded { op: OpId("o".to_owned()), outcome: outcome.clone(), without: Vec::new() };
        assert_eq!(Gist::from(&message).outcome(), outcome);
    }
}
