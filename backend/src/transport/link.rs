//! The way from one replica to another: a task that posts what waits, many messages at a time.
//!
//! A message that carries a whole state names its long texts ([`super::texts`]). When its receiver lacks some, they are
//! handed over in pieces, and between two pieces whatever else waits goes first.

use std::collections::VecDeque;
use std::time::Duration;

use axum::http::response::Parts;
use axum::http::{Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::Full;
use serde::Serialize;
use shared::address::Address;
use shared::api::{Problem, header as api_header};
use shared::event::Why;
use shared::id::ReplicaId;
use shared::message::{Envelope, Message};
use shared::note::Text;
use tokio::sync::mpsc;

use super::texts::{LongTexts, Name};
use super::{Sender, meet_stranger, name_of};
use crate::console;
use crate::error::fatal;
use crate::http_client::NoAnswer;
use crate::identity::{Greeting, StoreRun};
use crate::mailbox::{BATCH, Named};

/// About how many bytes of messages or texts one request carries; what is longer goes alone.
const BYTES: usize = 1024 * 1024;
/// How long a peer may take to accept a request.
const LIMIT: Duration = Duration::from_secs(3);
/// How many texts one question about texts names at most.
const NAMES: usize = 256;
/// How often a message goes again whose texts its receiver lacked.
const ROUNDS: usize = 3;

/// The way from one replica to another.
pub struct Link {
    /// What is to go there.
    pub outbox: mpsc::Receiver<Envelope>,
    /// States that were to leave while another was under way.
    pub later: VecDeque<Envelope>,
    /// The other replica.
    pub peer: ReplicaId,
    /// Where it listens.
    pub address: Address,
    /// The run of the sender's store that the peer has seen last, where that is not the one before this.
    pub seen: Option<u64>,
    /// Why it takes no messages, as was said; empty while it takes them.
    pub complaint: String,
    /// Who sends.
    pub sender: Sender,
}

impl Link {
    /// Greets the peer and posts what waits, until the sender is gone. Of two that start, the later one reaches the other,
    /// so stores that do not belong together are noticed before anybody writes.
    pub async fn run(mut self) {
        let greeting = Batch { json: Bytes::from_static(b"[]"), ..Batch::default() };
        // One that cannot be reached greets when it starts.
        let _ = self.send(&greeting).await;
        let mut waiting = Vec::with_capacity(BATCH);
        loop {
            waiting.extend(self.later.drain(..));
            if waiting.is_empty() && self.outbox.recv_many(&mut waiting, BATCH).await == 0 {
                return;
            }
            for batch in batches(waiting.drain(..), &self.sender.texts) {
                self.deliver(batch).await;
            }
        }
    }

    /// Hands a batch to the peer, or reports it lost.
    async fn deliver(&mut self, batch: Batch) {
        if let Err(why) = self.send_whole(&batch).await {
            self.sender.replica.lost(batch.names, why).await;
        }
    }

    /// Sends a batch, and the texts that the peer lacks.
    ///
    /// # Errors
    /// When the peer did not take it: why.
    async fn send_whole(&mut self, batch: &Batch) -> Result<(), Why> {
        for _ in 0..ROUNDS {
            if self.send(batch).await? {
                return Ok(());
            }
            self.hand_over(&batch.texts).await?;
        }
        Err(Why::Unreachable)
    }

    /// Sends a batch; returns whether the peer took it, and does not lack a text that it names.
    ///
    /// # Errors
    /// When the peer did not take it for another reason: why.
    async fn send(&mut self, batch: &Batch) -> Result<bool, Why> {
        let (parts, body) = self.post("/peer", batch.json.clone()).await?;
        match parts.status {
            StatusCode::NO_CONTENT => {
                self.complaint.clear();
                Ok(true)
            }
            StatusCode::CONFLICT => Ok(false),
            StatusCode::PRECONDITION_FAILED => {
                self.heed(seen_run(&parts));
                Err(Why::Unreachable)
            }
            status => {
                // One that has too much to do will take them.
                if status != StatusCode::SERVICE_UNAVAILABLE {
                    self.complain(status, &body);
                }
                Err(Why::Unreachable)
            }
        }
    }

    /// Heeds a refusal of the sender's store: as one of another cluster, or as one that the peer has `seen` in a run that
    /// it has not had, so that it is an older copy.
    fn heed(&self, seen: Option<u64>) {
        let (sender, peer) = (&self.sender, self.peer);
        match seen {
            // The peer has met yet another run meanwhile: the next request names that one.
            Some(seen) if sender.identity.has_run(seen) => {}
            Some(_) => fatal(&format!(
                "the store of replica {} is an older copy than replica {peer} has seen: put the latest file back, or move \
                 this one away, and the replica gets everything from the others",
                sender.replica.id()
            )),
            None => meet_stranger(&sender.identity, peer, sender.peers),
        }
    }

    /// Says why the peer refuses messages: once, until it says something else or takes some.
    fn complain(&mut self, status: StatusCode, body: &[u8]) {
        let problem: Option<Problem> = serde_json::from_slice(body).ok();
        let why = problem.map_or_else(|| format!("it answers {status}"), |problem| problem.msg);
        if why != self.complaint {
            console::complain(&format!("replica {} at {} takes no messages: {why}", self.peer, self.address));
            self.complaint = why;
        }
    }

    /// Hands the texts to the peer that it lacks.
    ///
    /// # Errors
    /// When the peer did not take one: why.
    async fn hand_over(&mut self, texts: &[(Name, Text)]) -> Result<(), Why> {
        for piece in texts.chunks(NAMES) {
            let names: Vec<Name> = piece.iter().map(|(name, _)| *name).collect();
            let (_, lacking) = self.post("/peer/lacking", json(&names)).await?;
            let lacking: Vec<Name> = serde_json::from_slice(&lacking).map_err(|_| Why::Unreachable)?;
            for texts in pieces(piece.iter().filter(|(name, _)| lacking.contains(name)).map(|(_, text)| text)) {
                self.post("/peer/texts", json(&texts)).await?;
                self.pass_others().await;
            }
        }
        Ok(())
    }

    /// Posts what waits and carries no state; a state waits until the one that is under way has arrived, and gives way
    /// when the same is said again.
    async fn pass_others(&mut self) {
        let mut others = Vec::new();
        while let Ok(envelope) = self.outbox.try_recv() {
            if !envelope.message.carries_state() {
                others.push(envelope);
                continue;
            }
            let same = |other: &Envelope| is_repeated(&other.message, &envelope.message);
            if let Some(before) = self.later.iter().position(same) {
                let names = self.later.remove(before).iter().map(name_of).collect();
                self.sender.replica.lost(names, Why::Repeated).await;
            }
            self.later.push_back(envelope);
        }
        for batch in batches(others.into_iter(), &self.sender.texts) {
            // Without a state nothing can be lacking.
            if let Err(why) = self.send(&batch).await {
                self.sender.replica.lost(batch.names, why).await;
            }
        }
    }

    fn greeting(&self) -> Greeting {
        let greeting = self.sender.identity.greeting();
        let before = self.seen.unwrap_or(greeting.run.before);
        Greeting { run: StoreRun { before, ..greeting.run }, ..greeting }
    }

    /// Posts a body to the peer; returns its answer. A peer that has seen another run of the sender's store than the one
    /// before this asks for that run by name; it is told once that the store has had it.
    ///
    /// # Errors
    /// When there is none: why.
    async fn post(&mut self, path: &str, json: Bytes) -> Result<(Parts, Bytes), Why> {
        let answer = self.post_once(path, json.clone()).await?;
        match seen_run(&answer.0).filter(|seen| self.sender.identity.has_run(*seen)) {
            Some(seen) => {
                self.seen = Some(seen);
                self.post_once(path, json).await
            }
            None => Ok(answer),
        }
    }

    async fn post_once(&self, path: &str, json: Bytes) -> Result<(Parts, Bytes), Why> {
        let request = Request::post(format!("http://{}{path}", self.address))
            .header(header::CONTENT_TYPE, "application/json")
            .header(api_header::SECRET, self.sender.run.secret.reveal())
            .header(api_header::STORE, self.greeting().to_string())
            .body(Full::new(json))
            .expect("an address and a visible secret make a valid request");
        match self.sender.client.call(request, LIMIT).await {
            Ok((parts, body)) => {
                if parts.headers.contains_key(api_header::WAITS_FOR_DISK) {
                    self.sender.replica.excuse(self.peer);
                }
                Ok((parts, body))
            }
            Err(NoAnswer::NotSent) => Err(Why::Unreachable),
            Err(NoAnswer::Unknown) => Err(Why::NoAnswer),
        }
    }
}

/// Returns the run of the sender's store that a peer has seen last, when it refuses the one that was named.
fn seen_run(parts: &Parts) -> Option<u64> {
    parts.headers.get(api_header::SEEN_RUN)?.to_str().ok()?.parse().ok()
}

/// Says that a peer's name is not known here. Each message looks it up anew, so it may be known later.
pub async fn look_up(peer: ReplicaId, address: Address) {
    if let Err(error) = tokio::net::lookup_host(address.to_string()).await {
        console::complain(&format!("the host of replica {peer} at {address} is not known here: {error}"));
    }
}

/// Whether `later` says what `before` says, with what is known now.
fn is_repeated(before: &Message, later: &Message) -> bool {
    std::mem::discriminant(before) == std::mem::discriminant(later) && before.group() == later.group()
}

fn json<T: Serialize>(value: &T) -> Bytes {
    serde_json::to_vec(value).expect("messages have text for keys and no failing parts").into()
}

/// Divides texts into lists of about [`BYTES`] each.
fn pieces<'t>(texts: impl Iterator<Item = &'t Text>) -> Vec<Vec<&'t Text>> {
    let (mut pieces, mut room): (Vec<Vec<&Text>>, usize) = (Vec::new(), 0);
    for text in texts {
        if let Some(piece) = pieces.last_mut().filter(|_| text.len() <= room) {
            piece.push(text);
        } else {
            pieces.push(vec![text]);
            room = BYTES;
        }
        room = room.saturating_sub(text.len());
    }
    pieces
}

/// Messages that go in one request.
#[derive(Debug, Default)]
struct Batch {
    json: Bytes,
    names: Vec<Named>,
    /// The texts that its message names, which carries a state and goes alone.
    texts: Vec<(Name, Text)>,
}

/// Encodes messages as JSON arrays of about [`BYTES`] each.
fn batches(envelopes: impl Iterator<Item = Envelope>, texts: &LongTexts) -> Vec<Batch> {
    let mut batches: Vec<(String, Batch)> = Vec::new();
    for mut envelope in envelopes {
        let name = name_of(&envelope);
        let named = if envelope.message.carries_state() { texts.shorten(&mut envelope.message) } else { Vec::new() };
        let json = serde_json::to_string(&envelope).expect("messages have text for keys and no failing parts");
        let fits = |(other, batch): &&mut (String, Batch)| {
            other.len() + json.len() < BYTES && named.is_empty() && batch.texts.is_empty()
        };
        if let Some((other, batch)) = batches.last_mut().filter(fits) {
            other.push(',');
            other.push_str(&json);
            batch.names.push(name);
        } else {
            let batch = Batch { json: Bytes::new(), names: vec![name], texts: named };
            batches.push((format!("[{json}"), batch));
        }
    }
    batches.into_iter().map(|(json, batch)| Batch { json: format!("{json}]").into(), ..batch }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::envelope;
    use super::*;

    #[test]
    fn batches_hold_every_message_in_order_and_long_ones_alone() {
        let sizes = [10, 10, 2 * BYTES, 10, BYTES / 2, BYTES / 2, 10];
        let sent: Vec<Envelope> = (1..).zip(sizes).map(|(n, size)| envelope(n, size)).collect();
        let batches = batches(sent.clone().into_iter(), &LongTexts::default());
        let counts: Vec<usize> = batches.iter().map(|batch| batch.names.len()).collect();
        assert_eq!(counts, [2, 1, 2, 2]);
        let arrived: Vec<Envelope> = batches
            .iter()
            .flat_map(|batch| serde_json::from_slice::<Vec<Envelope>>(&batch.json).expect("each is an array"))
            .collect();
        assert_eq!(arrived, sent);
    }

    #[test]
    fn texts_go_in_pieces_of_a_limited_size_each_once_and_in_order() {
        let texts: Vec<Text> =
            [1, BYTES - 1, 1, BYTES / 2, BYTES / 2, 2 * BYTES, 1].map(|size| "x".repeat(size).into()).into();
        let pieces = pieces(texts.iter());
        let counts: Vec<usize> = pieces.iter().map(Vec::len).collect();
        assert_eq!(counts, [2, 2, 1, 1, 1]);
        assert!(pieces.concat().into_iter().eq(&texts));
    }
}
