//! The collector: listens to the feeds of replicas that are processes of their own, and merges them into the gateway's.
//!
//! Started by [`crate::server`] for a gateway that runs alone. A [`Collector`] follows one replica for ever: it
//! reconnects after a pause, goes on where it stopped, and puts the replica's times on the gateway's clock. The
//! [`Confluence`] brings all streams and the gateway's own events into one causal order, which is
//! `shared::merge`. Nobody waits for either.

mod frames;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use shared::api::{EventsFrame, header};
use shared::event::{Event, EventKind};
use shared::id::{Node, ReplicaId};
use shared::merge::Merger;
use shared::time::Micros;
use shared::view::Scene;
use tokio::sync::Notify;

use crate::console;
use crate::driver::until;
use crate::feed::Feed;
use crate::gateway::Gateway;
use crate::http_client::HttpClient;
use crate::run::{Clock, Run};
use frames::{Frame, Frames};

/// How long a replica may take to begin its stream.
const LIMIT: Duration = Duration::from_secs(3);
/// How long a stream may be silent: longer than replicas are between two signs of life (see [`crate::feed::stream`]).
const SILENCE: Duration = Duration::from_secs(40);
/// The pause before a replica is called again: at first, and at most.
const PAUSE: Duration = Duration::from_millis(20);
const PAUSE_AT_MOST: Duration = Duration::from_secs(1);

/// Where the streams of all nodes flow together.
#[derive(Debug)]
pub struct Confluence {
    merger: Mutex<Merger>,
    feed: Arc<Feed>,
    clock: Clock,
    /// Something was published: there may be another deadline.
    changed: Notify,
    /// For each replica, R1 first: others have heard from it, so it is worth a call.
    wanted: Vec<Notify>,
}

impl Confluence {
    /// Makes one for a gateway and `replicas` replicas, which flows into `feed`.
    pub fn new(feed: Arc<Feed>, clock: Clock, replicas: usize) -> Confluence {
        let wanted = (0..replicas).map(|_| Notify::new()).collect();
        Confluence { merger: Mutex::new(Merger::new(replicas)), feed, clock, changed: Notify::new(), wanted }
    }

    /// Takes the next events of one node.
    pub fn publish(&self, events: Vec<Event>) {
        self.flow(events);
        self.changed.notify_one();
    }

    /// Releases what has waited long enough, for ever.
    pub async fn run(self: Arc<Self>) {
        loop {
            let deadline = self.merger().deadline().map(|at| self.clock.instant(at));
            tokio::select! {
                () = self.changed.notified() => {}
                () = until(deadline) => self.flow(Vec::new()),
            }
        }
    }

    /// Takes note that a replica's stream began or ended: whoever waits for it may wait no longer.
    fn set_open(&self, id: ReplicaId, open: bool) {
        self.merger().set_open(id, open);
        self.changed.notify_one();
    }

    fn flow(&self, events: Vec<Event>) {
        // Held until all is published, so that nobody's later events come before.
        let mut merger = self.merger();
        let now = self.clock.now();
        for event in events {
            merger.take(now, event);
        }
        self.feed.publish(merger.release(now));
        for id in merger.awaited() {
            self.wanted[usize::from(id.0) - 1].notify_one();
        }
    }

    /// Waits until others have heard from a replica.
    async fn wanted(&self, id: ReplicaId) {
        self.wanted[usize::from(id.0) - 1].notified().await;
    }

    // A panic while the lock was held left a whole state behind: each event is taken in one piece.
    fn merger(&self) -> MutexGuard<'_, Merger> {
        self.merger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Follows one replica.
#[derive(Debug)]
pub struct Collector {
    /// Whom.
    pub id: ReplicaId,
    /// Where it listens, `host:port`.
    pub address: String,
    /// This run of the gateway.
    pub run: Arc<Run>,
    /// Told of what a replica knows that was there before.
    pub gateway: Arc<Gateway>,
    /// Where the events go.
    pub confluence: Arc<Confluence>,
    /// The way there.
    pub client: HttpClient,
}

/// How far a collector has come.
#[derive(Debug, Default)]
struct Place {
    /// The id of the last frame.
    seen: Option<String>,
    /// By how much the replica started later than the gateway, in microseconds.
    shift: i64,
    /// What was complained of last, so that it is said once.
    complaint: String,
}

impl Collector {
    /// Listens for ever.
    pub async fn run(self) {
        let mut place = Place::default();
        let mut pause = PAUSE;
        loop {
            let heard = self.listen(&mut place).await;
            pause = if heard { PAUSE } else { (pause * 2).min(PAUSE_AT_MOST) };
            tokio::time::sleep(PAUSE).await;
            tokio::select! {
                () = self.confluence.wanted(self.id) => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Opens the stream and follows it to its end; returns whether there was one.
    async fn listen(&self, place: &mut Place) -> bool {
        let Ok((parts, body)) = self.client.open(self.request(place), LIMIT).await else { return false };
        let listened = match parts.status {
            StatusCode::OK => self.follow(place, body).await,
            StatusCode::FORBIDDEN => Err("does not know this gateway's secret".to_owned()),
            other => Err(format!("does not tell its events ({other})")),
        };
        let complaint = listened.err().unwrap_or_default();
        if !complaint.is_empty() && complaint != place.complaint {
            console::complain(&format!("replica {} at {} {complaint}", self.id, self.address));
        }
        place.complaint = complaint;
        parts.status == StatusCode::OK
    }

    fn request(&self, place: &Place) -> Request<Full<bytes::Bytes>> {
        let builder = Request::get(format!("http://{}/feed?since={}", self.address, self.run.started))
            .header(header::SECRET, self.run.secret.reveal());
        let builder = place.seen.iter().fold(builder, |builder, seen| builder.header("last-event-id", seen));
        builder.body(Full::default()).expect("an address and a visible secret make a valid request")
    }

    /// Takes frames until the stream ends or is silent for too long.
    ///
    /// # Errors
    /// When a frame cannot be read: what is wrong.
    async fn follow(&self, place: &mut Place, mut body: Incoming) -> Result<(), String> {
        self.confluence.set_open(self.id, true);
        let read = self.read(place, &mut body).await;
        self.confluence.set_open(self.id, false);
        read
    }

    async fn read(&self, place: &mut Place, body: &mut Incoming) -> Result<(), String> {
        let mut frames = Frames::default();
        while let Ok(Some(Ok(part))) = tokio::time::timeout(SILENCE, body.frame()).await {
            for frame in frames.take(&part.into_data().unwrap_or_default()) {
                self.take(place, frame).map_err(|error| format!("tells what this gateway cannot read: {error}"))?;
            }
        }
        Ok(())
    }

    fn take(&self, place: &mut Place, Frame { name, id, data }: Frame) -> Result<(), serde_json::Error> {
        match name.as_str() {
            "scene" => {
                let Scene { started, .. } = serde_json::from_str(&data)?;
                place.shift = shift(started, self.run.started);
            }
            "events" => {
                let EventsFrame(mut events) = serde_json::from_str(&data)?;
                // A replica speaks for itself alone.
                events.retain(|event| event.node == Node::Replica(self.id));
                let on_time = |at: Micros| Micros(at.0.saturating_add_signed(place.shift));
                for event in &mut events {
                    event.at = on_time(event.at);
                    if let EventKind::Joined { held, .. } = &mut event.kind {
                        self.gateway.learn(&event.stamp);
                        for (_, flight) in held.iter_mut() {
                            flight.at = on_time(flight.at);
                        }
                    }
                }
                self.confluence.publish(events);
                place.seen = Some(id);
            }
            // What was missed is in the event that follows; a goodbye is the end of the stream.
            _ => {}
        }
        Ok(())
    }
}

/// Returns by how much `theirs` is later than `ours`, both in seconds, in microseconds.
fn shift(theirs: u64, ours: u64) -> i64 {
    let later = i128::from(theirs) - i128::from(ours);
    i64::try_from(later * 1_000_000).unwrap_or(0)
}

#[cfg(test)]
mod tests;
