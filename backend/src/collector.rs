//! The collector: listens to the feeds of replicas that are processes of their own, and merges them into the gateway's.
//!
//! Started by [`crate::server`] for a gateway that runs alone. A [`Collector`] follows one replica for ever: it
//! reconnects after a pause, goes on where it stopped, and puts the replica's times on the gateway's clock; [`place`]
//! says how. What it hears goes into the [`Confluence`] of all streams. Nobody waits for it.

mod frames;
mod place;

use std::sync::Arc;
use std::time::Duration;

use axum::http::response::Parts;
use axum::http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use shared::address::Address;
use shared::api::header;
use shared::clock::Stamp;
use shared::event::EventKind;
use shared::id::ReplicaId;
use tokio::time::Instant;

use crate::console;
use crate::feed::confluence::Confluence;
use crate::http_client::HttpClient;
use crate::run::Run;
use frames::{Frame, Frames};
use place::{Ending, PAUSE, Pause, Place};

/// How long a replica may take to begin its stream.
const LIMIT: Duration = Duration::from_secs(3);
/// How long a stream may be silent: three times as long as replicas are between two signs of life (see
/// [`crate::feed::stream`]).
const SILENCE: Duration = Duration::from_secs(15);

/// Takes over what a replica knows that was there before.
pub type Learn = Arc<dyn Fn(&Stamp) + Send + Sync>;

/// Follows one replica.
pub struct Collector {
    /// Whom.
    pub id: ReplicaId,
    /// Where it listens.
    pub address: Address,
    /// This run of the gateway.
    pub run: Arc<Run>,
    /// How the gateway learns what a replica knows.
    pub learn: Learn,
    /// Where the events go.
    pub confluence: Arc<Confluence>,
    /// The way there.
    pub client: HttpClient,
}

impl Collector {
    /// Listens for ever.
    pub async fn run(self) {
        let (mut place, mut complaint) = (Place::default(), String::new());
        let mut pause = Pause::default();
        loop {
            let begun = Instant::now();
            let ended = self.listen(&mut place, &mut complaint).await;
            // What went well for so long is not in a loop.
            pause = if begun.elapsed() > SILENCE { Pause::default() } else { pause };
            let rest = pause.after(ended);
            tokio::time::sleep(PAUSE).await;
            tokio::select! {
                () = self.confluence.wanted(self.id), if ended != Ending::Useless => {}
                () = tokio::time::sleep(rest) => {}
            }
        }
    }

    /// Opens the stream and follows it to its end; complains of what it cannot use, once of each.
    async fn listen(&self, place: &mut Place, complaint: &mut String) -> Ending {
        let Ok((parts, body)) = self.client.open(self.request(place), LIMIT).await else { return Ending::Unreached };
        let listened = match parts.status {
            StatusCode::OK if !self.is_served(&parts) => {
                Err("is another replica: give all parts the same `replicas`, in the same order".to_owned())
            }
            StatusCode::OK => self.follow(place, body).await,
            StatusCode::FORBIDDEN => Err("has another secret than this gateway".to_owned()),
            other => Err(format!("does not send its events ({other})")),
        };
        let ended = if listened.is_ok() { Ending::Ended } else { Ending::Useless };
        let why = listened.err().unwrap_or_default();
        if !why.is_empty() && why != *complaint {
            console::complain(&format!("replica {} at {} {why}", self.id, self.address));
        }
        *complaint = why;
        ended
    }

    /// Whether the replica that answers is the one that is followed. One of an earlier version does not say.
    fn is_served(&self, parts: &Parts) -> bool {
        let by = parts.headers.get(header::SERVED_BY).and_then(|by| by.to_str().ok());
        by.is_none_or(|by| by == self.id.0.to_string())
    }

    fn request(&self, place: &Place) -> Request<Full<bytes::Bytes>> {
        let (query, heard) = place.wish(self.run.started);
        let builder = Request::get(format!("http://{}/feed?{query}", self.address))
            .header(header::SECRET, self.run.secret.reveal());
        let builder = heard.into_iter().fold(builder, |builder, heard| builder.header("last-event-id", heard));
        builder.body(Full::default()).expect("an address and a visible secret make a valid request")
    }

    /// Takes frames until the stream ends or is silent for too long.
    ///
    /// # Errors
    /// When something cannot be read: what is wrong.
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
                self.take(place, &frame).map_err(|error| format!("sends events this gateway cannot read: {error}"))?;
            }
        }
        Ok(())
    }

    fn take(&self, place: &mut Place, frame: &Frame) -> Result<(), String> {
        match frame.name.as_str() {
            "scene" => place.begin(frame, self.run.started),
            "missed" => {
                place.skip(frame);
                Ok(())
            }
            "events" => {
                let (events, read) = place.take(self.id, frame);
                let joined = events.iter().filter(|event| matches!(event.kind, EventKind::Joined { .. }));
                joined.for_each(|event| (self.learn)(&event.stamp));
                self.confluence.publish(events);
                read
            }
            // A goodbye is the end of the stream.
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
