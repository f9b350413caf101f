//! The event stream of one viewer: `GET /events` of the gateway as server-sent events, and `GET /feed` of a replica.
//!
//! Called by the two ports. First a `snapshot`, or the events that a returning viewer has not seen; then
//! `events` as they come, many at a time when it is slow; `missed` and a new snapshot when it was too slow;
//! `alive` at the beginning and when there is nothing else to say; `bye` when the server stops. A viewer may begin in the
//! past, with the picture of that time; `missed` before it when that is too many bytes ago, `gone` and the snapshot of now
//! when it is not remembered. A replica's stream begins with the `scene`, and its snapshot is one event, `Joined`. Nobody
//! waits for a viewer: it is pulled along by its own socket.

use std::convert::Infallible;
use std::fmt::Write;
use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, header};
use bytes::Bytes;
use futures_util::stream;
use serde::Serialize;
use shared::api::{AliveFrame, GoneFrame, HEARTBEAT, MissedFrame, Problem, SnapshotFrame};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::past::{Past, Start};
use super::{Feed, Next, Of};
use crate::shares::{Share, one};

/// How many events go into one frame.
const FRAME_EVENTS: usize = 512;
/// About how many bytes go into one frame.
const FRAME_BYTES: usize = 256 * 1024;

/// One viewer and where it stands.
struct Viewer {
    feed: Arc<Feed>,
    news: watch::Receiver<u64>,
    stop: CancellationToken,
    stage: Stage,
    /// A sign of life, as a frame. Browsers do not show comments to a page, so it has a name; it has no id, so that the last
    /// event that was seen stays what it is.
    alive: String,
    _seat: Share,
}

/// Where a stream begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begin {
    /// With a snapshot of now.
    Now,
    /// With what comes after this event: the viewer has seen it.
    After(u64),
    /// With a snapshot of an earlier time.
    Earlier(Start),
}

impl Begin {
    /// Returns where a viewer goes on that has seen the event with number `seen`, if any.
    pub fn after(seen: Option<u64>) -> Begin {
        seen.map_or(Begin::Now, Begin::After)
    }
}

enum Stage {
    /// Has just come.
    Arriving(Begin),
    /// Has seen everything up to this event.
    At(u64),
    /// Was told goodbye.
    Gone,
}

/// Opens a stream for a viewer at `address` that is no page.
///
/// # Errors
/// 503 when too many are watching.
pub fn open(
    feed: &Arc<Feed>,
    address: IpAddr,
    begin: Begin,
    stop: CancellationToken,
) -> Result<Response<Body>, Problem> {
    open_with(feed, address, begin, stop, &AliveFrame::default())
}

/// Opens a stream for a viewer at `address`; `alive` is what its signs of life say.
///
/// # Errors
/// 503 when too many are watching.
pub fn open_with(
    feed: &Arc<Feed>,
    address: IpAddr,
    begin: Begin,
    stop: CancellationToken,
    alive: &AliveFrame,
) -> Result<Response<Body>, Problem> {
    let seat = feed.seats.take(one(address));
    let seat = seat.map_err(|_| Problem::new(503, "too_many_viewers", "Too many viewers; try again later."))?;
    let mut sign = String::from("event: alive\ndata: ");
    body(&mut sign, alive);
    let (news, feed, stage) = (feed.news.subscribe(), Arc::clone(feed), Stage::Arriving(begin));
    let viewer = Viewer { feed, news, stop, stage, alive: sign, _seat: seat };
    let frames = stream::unfold(viewer, |mut viewer| async {
        let frame = viewer.frame().await?;
        Some((Ok::<_, Infallible>(frame), viewer))
    });
    let mut response = Response::new(Body::from_stream(frames));
    *response.headers_mut() = headers();
    Ok(response)
}

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    headers
}

impl Feed {
    /// Returns the number in an event id of this server, `{incarnation}-{seq}`; `None` when it is another's.
    ///
    /// It is the `Last-Event-ID` of a browser that reconnects.
    pub fn position(&self, id: &str) -> Option<u64> {
        let (incarnation, seq) = id.rsplit_once('-')?;
        let seq = seq.parse().ok()?;
        (incarnation == self.incarnation && seq <= self.last()).then_some(seq)
    }
}

impl Viewer {
    /// Returns the next piece of the stream; `None` when it has ended.
    async fn frame(&mut self) -> Option<Bytes> {
        let seq = match &self.stage {
            Stage::Gone => return None,
            Stage::Arriving(begin) => return Some(self.arrive(begin.clone()).await),
            Stage::At(seq) => *seq,
        };
        loop {
            // What is published from here on wakes `changed` below.
            self.news.borrow_and_update();
            match self.feed.after(seq, FRAME_EVENTS, FRAME_BYTES) {
                Next::Events(events, last) => return Some(self.events(&events, last)),
                Next::Forgotten => return Some(self.start_over(seq)),
                Next::Nothing => {}
            }
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return Some(self.leave()),
                _ = self.news.changed() => {}
                () = tokio::time::sleep(HEARTBEAT) => return Some(self.alive.clone().into()),
            }
        }
    }

    async fn arrive(&mut self, begin: Begin) -> Bytes {
        let mut text = String::from("retry: 1000\n\n");
        if let Of::Replica(_) = self.feed.of {
            let seen = if let Begin::After(seq) = begin { seq } else { 0 };
            self.head(&mut text, "scene", seen);
            body(&mut text, &self.feed.scene);
        }
        match begin {
            Begin::After(seq) => self.stage = Stage::At(seq),
            Begin::Earlier(start) => self.go_back(&mut text, start).await,
            Begin::Now => {
                self.snapshot(&mut text);
            }
        }
        text.push_str(&self.alive);
        text.into()
    }

    /// Writes the snapshot of an earlier time; when that is not remembered, says so and writes the one of now.
    async fn go_back(&mut self, text: &mut String, start: Start) {
        let feed = Arc::clone(&self.feed);
        match tokio::task::spawn_blocking(move || feed.before(&start)).await {
            Ok(Ok(Past { snapshot, missed })) => {
                if missed > 0 {
                    self.say_missed(text, snapshot.seq, missed);
                }
                self.show(text, &snapshot);
            }
            Ok(Err(gone)) => {
                self.say_gone(text, &gone);
                self.snapshot(text);
            }
            // The runtime is ending.
            Err(_) => self.stage = Stage::Gone,
        }
    }

    fn say_gone(&self, text: &mut String, gone: &GoneFrame) {
        self.head(text, "gone", self.feed.last());
        body(text, gone);
    }

    fn events(&mut self, events: &[Arc<str>], last: u64) -> Bytes {
        self.stage = Stage::At(last);
        let size = events.iter().map(|json| json.len() + 1).sum::<usize>();
        let mut text = String::with_capacity(size + 64);
        self.head(&mut text, "events", last);
        for (index, json) in events.iter().enumerate() {
            text.push(if index == 0 { '[' } else { ',' });
            text.push_str(json);
        }
        text.push_str("]\n\n");
        text.into()
    }

    fn start_over(&mut self, seen: u64) -> Bytes {
        let mut rest = String::new();
        let last = self.snapshot(&mut rest);
        let mut text = String::with_capacity(rest.len() + 64);
        self.say_missed(&mut text, seen, last.saturating_sub(seen));
        text.push_str(&rest);
        text.into()
    }

    fn say_missed(&self, text: &mut String, seq: u64, count: u64) {
        self.head(text, "missed", seq);
        body(text, &MissedFrame { count });
    }

    /// Writes a snapshot frame and returns the last event in it.
    fn snapshot(&mut self, text: &mut String) -> u64 {
        let Some((seq, joined)) = self.feed.joined() else {
            let snapshot = self.feed.snapshot();
            self.show(text, &snapshot);
            return snapshot.seq;
        };
        self.head(text, "events", seq);
        body(text, &[joined]);
        self.stage = Stage::At(seq);
        seq
    }

    fn show(&mut self, text: &mut String, snapshot: &SnapshotFrame) {
        self.head(text, "snapshot", snapshot.seq);
        body(text, snapshot);
        self.stage = Stage::At(snapshot.seq);
    }

    fn leave(&mut self) -> Bytes {
        self.stage = Stage::Gone;
        Bytes::from_static(b"event: bye\ndata: {}\n\n")
    }

    fn head(&self, text: &mut String, name: &str, seq: u64) {
        write!(text, "event: {name}\nid: {}-{seq}\ndata: ", self.feed.incarnation).expect("a string takes all text");
    }
}

/// JSON has no line breaks of its own, so it fits into one `data` line.
fn body<T: Serialize>(text: &mut String, value: &T) {
    text.push_str(&serde_json::to_string(value).expect("frames have text for keys and no failing parts"));
    text.push_str("\n\n");
}
