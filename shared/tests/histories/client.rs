//! A client: asks one thing at a time, waits, asks the same again elsewhere when it hears nothing, or gives up.
//!
//! What it asked and was told goes into the history; it never looks into a replica.

use serde_json::{Value, json};
use shared::history::{Answer, ClientId, Operation, OperationId};
use shared::id::{NoteId, OpId, ReplicaId};
use shared::note::{Command, Note};
use shared::replica::RequestId;
use shared::request::{Method, Reply, Request};
use shared::rng::Rng;
use shared::session::Session;
use shared::time::Micros;

/// One client.
#[derive(Debug)]
pub struct Client {
    /// Its number.
    pub id: ClientId,
    /// The replica where it stays, if it stays.
    pub home: ReplicaId,
    /// What it has seen and written.
    pub session: Session,
    /// How much it has asked so far.
    pub asked: u64,
    /// What it does.
    pub state: State,
}

/// What a client does.
#[derive(Debug)]
pub enum State {
    /// It asks the next thing then.
    Thinks(Micros),
    /// It wants an answer.
    Wants(Box<Want>),
}

/// Something that a client wants.
#[derive(Clone, Debug)]
pub struct Want {
    /// In its words.
    pub request: Request,
    /// The name that all attempts share.
    pub op: OpId,
    /// As an operation, without an answer yet.
    pub operation: Operation,
    /// Its number in the history; reads have none before they are answered.
    pub id: Option<OperationId>,
    /// The attempt under way, and where; `None` before the next one.
    pub attempt: Option<(RequestId, ReplicaId)>,
    /// When the attempt is given up, or the next one begins.
    pub until: Micros,
    /// How many attempts may still be made.
    pub attempts: u32,
    /// Whether an attempt may have been done without an answer.
    pub perhaps: bool,
}

/// How an attempt ended.
#[derive(Debug)]
pub enum Heard {
    /// With an answer; a list has one for each note.
    Answers(Vec<(Option<NoteId>, Answer)>),
    /// Surely not done.
    Refused,
    /// Perhaps done.
    Unknown,
}

impl Client {
    /// The next time when it does something of its own accord.
    pub fn wakes(&self) -> Micros {
        match &self.state {
            State::Thinks(until) => *until,
            State::Wants(want) => want.until,
        }
    }

    /// Thinks of something to ask. `newest` is the highest note that anybody has heard of.
    pub fn wish(&mut self, rng: &mut Rng, newest: u64) -> Request {
        self.asked += 1;
        let title = format!("{}.{}", self.id.0, self.asked);
        let known = 1 + newest.saturating_sub(2)..newest + 2;
        let note = rng.range(known.start, known.end);
        let path = format!("/note/{note}");
        let (method, path, body) = match rng.range(0, 100) {
            _ if newest == 0 && rng.chance(50) => {
                (Method::Post, "/note".to_owned(), json!({ "title": title, "body": "b" }))
            }
            0..8 => (Method::Post, "/note".to_owned(), json!({ "title": title, "body": "b" })),
            8..18 => (Method::Put, path, json!({ "title": title })),
            18..44 => (Method::Patch, path, json!({ "title": title })),
            44..48 => (Method::Delete, path, json!({})),
            48..54 => (Method::Get, "/note".to_owned(), json!({})),
            _ => (Method::Get, path, json!({})),
        };
        Request { method, path, body }
    }
}

/// Understands a reply as a client does. A list tells of every note up to `newest`.
pub fn understand(command: &Command, reply: &Reply, newest: u64) -> Heard {
    let body = &reply.body;
    match (reply.status, command) {
        (503, _) if body["code"] == "refused" => Heard::Refused,
        (503, _) => Heard::Unknown,
        (404, _) => Heard::Answers(vec![(command.note(), Answer::Missing)]),
        (201, Command::Create(_)) => {
            let note = NoteId(body["id"].as_u64().expect("a creation tells the note's id"));
            Heard::Answers(vec![(Some(note), Answer::Created(note))])
        }
        (200, Command::Replace(..) | Command::Change(..) | Command::Delete(_)) => {
            Heard::Answers(vec![(command.note(), Answer::Done)])
        }
        (200, Command::Read(_)) => Heard::Answers(vec![(command.note(), Answer::Found(note(&body["note"])))]),
        (200, Command::List) => Heard::Answers(list(&body["notes"], newest)),
        _ => panic!("no answer to {command:?}: {reply:?}"),
    }
}

fn list(notes: &Value, newest: u64) -> Vec<(Option<NoteId>, Answer)> {
    let notes = notes.as_array().expect("a list has notes");
    let id = |value: &Value| value["id"].as_u64().expect("a note has an id");
    let last = notes.iter().map(id).max().unwrap_or_default().max(newest);
    let answer = |number| {
        let found = notes.iter().find(|value| id(value) == number);
        (Some(NoteId(number)), found.map_or(Answer::Missing, |value| Answer::Found(note(value))))
    };
    (1..=last).map(answer).collect()
}

fn note(value: &Value) -> Note {
    let text = |key: &str| value[key].as_str().map(Into::into);
    Note { title: text("title"), body: text("body") }
}
