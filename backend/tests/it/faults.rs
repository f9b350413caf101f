//! Real processes that are killed and stopped under load: no acknowledged write is lost, and the history that the
//! clients saw is linearizable.
#![allow(clippy::print_stdout, reason = "the numbers of a run are printed")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::json;
use shared::config::{Mode, Reads};
use shared::history::{Answer, ClientId, History, Operation, OperationId, linearizable};
use shared::id::NoteId;
use shared::note::{Command, Note};
use tokio::sync::watch;

use super::http::{Got, Http};
use super::load::Dice;
use super::parts::Parts;

const REPLICAS: usize = 4;
const CLIENTS: u64 = 6;
const NOTES: u64 = 4;
const ROUNDS: u64 = 5;
/// How many answers must come while a replica is away, and how many before the next one goes.
const ANSWERS: u64 = 25;
/// How often a client asks again what became of a write.
const RETRIES: usize = 5;

/// What all clients of one run share.
struct Run {
    history: Mutex<History>,
    began: Instant,
    over: AtomicBool,
    answers: watch::Sender<u64>,
    front: String,
}

impl Run {
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).expect("a test is short")
    }

    fn invoke(&self, client: u64, command: Command) -> OperationId {
        let reads = Reads::Linearizable;
        let operation = Operation { reads, ..Operation::new(ClientId(client), command, self.now()) };
        self.history.lock().expect("nobody panicked").invoke(operation)
    }

    /// Notes what came back; returns whether the outcome is known now.
    fn note(&self, id: OperationId, command: &Command, got: &Got) -> bool {
        let mut history = self.history.lock().expect("nobody panicked");
        let body = got.json();
        match got.status {
            503 if body["code"] == "refused" => {
                history.refuse(id);
                return true;
            }
            503 => return false,
            _ => {}
        }
        history.answer(id, self.now(), answer(command, got));
        self.answers.send_modify(|count| *count += 1);
        true
    }

    /// Does one thing as a client; a write whose outcome is unknown is asked again under its name.
    async fn act(&self, http: &Http, client: u64, number: u64, command: Command) {
        let id = self.invoke(client, command.clone());
        let key = format!("{client}-{number}");
        let ack = if number.is_multiple_of(2) { "all" } else { "majority" };
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", key.as_str()),
            ("x-ack", ack),
            ("x-read", "linearizable"),
        ];
        let (method, path, body) = said(&command);
        for _ in 0..RETRIES {
            let got = http.send(method, &format!("{}{path}", self.front), &headers, body.clone()).await;
            if self.note(id, &command, &got) {
                return;
            }
        }
    }

    async fn client(self: Arc<Run>, client: u64) {
        let (http, mut dice) = (Http::new(), Dice(client + 1));
        for number in 0.. {
            if self.over.load(Ordering::Relaxed) {
                return;
            }
            let note = NoteId(dice.roll(NOTES) + 1);
            let text = Note { title: Some(format!("{client}-{number}").into()), body: Some("b".into()) };
            let command = match dice.roll(20) {
                0 => Command::Create(text),
                1 | 2 => Command::Replace(note, text),
                3..11 => Command::Change(note, text),
                _ => Command::Read(note),
            };
            self.act(&http, client, number, command).await;
        }
    }

    /// Waits for so many more answers.
    async fn progress(&self) {
        let mut answers = self.answers.subscribe();
        let wanted = *answers.borrow_and_update() + ANSWERS;
        answers.wait_for(|count| *count >= wanted).await.expect("the run goes on");
    }
}

fn said(command: &Command) -> (&'static str, String, String) {
    let text = |note: &Note| json!(note).to_string();
    match command {
        Command::List => ("GET", "/note".to_owned(), String::new()),
        Command::Read(id) => ("GET", format!("/note/{id}"), String::new()),
        Command::Create(note) => ("POST", "/note".to_owned(), text(note)),
        Command::Replace(id, note) => ("PUT", format!("/note/{id}"), text(note)),
        Command::Change(id, note) => ("PATCH", format!("/note/{id}"), text(note)),
        Command::Delete(id) => ("DELETE", format!("/note/{id}"), String::new()),
    }
}

fn answer(command: &Command, got: &Got) -> Answer {
    let mut body = got.json();
    match (got.status, command) {
        (404, _) => Answer::Missing,
        (201, Command::Create(_)) => Answer::Created(serde_json::from_value(body["id"].take()).expect("an id")),
        (200, Command::Read(_)) => {
            let mut note = body["note"].take();
            note.as_object_mut().expect("a note").remove("id");
            Answer::Found(serde_json::from_value(note).expect("a note"))
        }
        (200, _) => Answer::Done,
        _ => panic!("{got:?}"),
    }
}

/// Kills a replica or stops it, in turns; the others go on meanwhile, and it comes back.
async fn disturb(parts: &mut Parts, run: &Run, seed: u64) {
    let mut dice = Dice(seed);
    for round in 0..ROUNDS {
        let id = usize::try_from(dice.roll(REPLICAS as u64)).expect("a few") + 1;
        if round.is_multiple_of(2) {
            parts.kill_replica(id);
            run.progress().await;
            parts.start_replica(id);
        } else {
            parts.signal_replica(id, "STOP");
            run.progress().await;
            parts.signal_replica(id, "CONT");
        }
        run.progress().await;
    }
}

/// Waits until every replica holds the same notes.
async fn agree(parts: &Parts) {
    let mut watch = parts.watch().await;
    loop {
        let mut held = Vec::new();
        for id in 1..=REPLICAS {
            held.push(parts.state(id).await.notes);
        }
        if held.iter().all(|notes| *notes == held[0]) {
            return;
        }
        watch.more().await;
    }
}

async fn nothing_is_lost(mode: Mode, seed: u64) {
    let mut parts = Parts::start(mode, REPLICAS).await;
    let run = Arc::new(Run {
        history: Mutex::default(),
        began: Instant::now(),
        over: AtomicBool::new(false),
        answers: watch::Sender::new(0),
        front: parts.front(""),
    });
    let http = Http::new();
    for number in 0..NOTES {
        let text = Note { title: Some(format!("first-{number}").into()), body: Some("b".into()) };
        run.act(&http, CLIENTS, number, Command::Create(text)).await;
    }
    let clients: Vec<_> = (0..CLIENTS).map(|client| tokio::spawn(Arc::clone(&run).client(client))).collect();
    disturb(&mut parts, &run, seed).await;
    run.over.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.expect("the client gets all its answers");
    }
    agree(&parts).await;
    // The last word on every note: a write that was acknowledged and is gone cannot be explained any more.
    let notes: Vec<NoteId> = parts.state(1).await.notes.keys().copied().collect();
    for (number, note) in (NOTES..).zip(notes) {
        run.act(&http, CLIENTS, number, Command::Read(note)).await;
    }
    let history = run.history.lock().expect("nobody panicked");
    let known = history.operations().filter(|(_, operation)| operation.returned.is_some()).count();
    println!("{mode:?}: {known} operations answered, {} unknown", history.operations().count() - known);
    if let Err(violation) = linearizable(&history) {
        panic!("{mode:?}: {violation}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_and_stopped_processes_lose_nothing_in_remote_write() {
    nothing_is_lost(Mode::RemoteWrite, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_and_stopped_processes_lose_nothing_in_local_write() {
    nothing_is_lost(Mode::LocalWrite, 5).await;
}
