//! The event feed, read beside the browser: what really happened, to hold against what the page shows.

use std::collections::BTreeMap;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::Value;

/// How long the feed may stay silent while something is expected of it.
const SILENCE: Duration = Duration::from_secs(20);

/// An open event stream and all that came from it.
pub struct Feed {
    body: Incoming,
    /// Bytes of a frame that is not complete yet.
    rest: Vec<u8>,
    events: Vec<Value>,
}

impl Feed {
    /// Reads a stream from its beginning.
    pub fn new(body: Incoming) -> Feed {
        Feed { body, rest: Vec::new(), events: Vec::new() }
    }

    /// Reads on until a client got its answer; returns the messages so far and the kind of each.
    pub async fn messages_until_reply(&mut self) -> BTreeMap<String, String> {
        while !self.events.iter().any(|event| !event["kind"]["client_reply"].is_null()) {
            self.read().await;
        }
        self.messages()
    }

    /// Reads on until this message was sent; returns its kind.
    pub async fn kind_of(&mut self, message: &str) -> String {
        loop {
            if let Some(kind) = self.messages().remove(message) {
                return kind;
            }
            self.read().await;
        }
    }

    /// Reads on until so many requests of a method were answered; returns how many messages the first and the second half
    /// of them caused, between replicas and in all.
    pub async fn sent_for(&mut self, method: &str, count: usize) -> [[usize; 2]; 2] {
        let of = |event: &Value, kind: &str, part: &str| event["kind"][kind][part]["method"] == method;
        let is_reply = |event: &&Value| of(event, "client_reply", "reply");
        while self.events.iter().filter(is_reply).count() < count {
            self.read().await;
        }
        let asked = self.events.iter().filter(|event| of(event, "client_request", "request"));
        let traces: Vec<Value> = asked.map(|event| event["trace"].clone()).collect();
        let (first, second) = traces.split_at(count / 2);
        let sent = |half: &[Value], only_peers: bool| {
            let caused = self.events.iter().filter(|event| half.contains(&event["trace"]));
            let parcels = caused.filter_map(|event| event["kind"]["sent"]["parcel"].as_object());
            parcels.filter(|parcel| !only_peers || parcel.contains_key("peer")).count()
        };
        [true, false].map(|only_peers| [first, second].map(|half| sent(half, only_peers)))
    }

    fn messages(&self) -> BTreeMap<String, String> {
        let sent = self.events.iter().map(|event| &event["kind"]["sent"]).filter(|sent| !sent.is_null());
        let id = |sent: &Value| sent["message"].as_str().expect("a message has an id").to_owned();
        sent.filter_map(|sent| Some((id(sent), kind(&sent["parcel"])?.to_owned()))).collect()
    }

    async fn read(&mut self) {
        let frame = tokio::time::timeout(SILENCE, self.body.frame()).await.expect("the feed is not silent");
        let frame = frame.expect("the feed goes on").expect("the feed is whole");
        self.rest.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
        while let Some(end) = self.rest.windows(2).position(|pair| pair == b"\n\n") {
            let event: Vec<u8> = self.rest.drain(..end + 2).collect();
            self.take(&String::from_utf8_lossy(&event));
        }
    }

    fn take(&mut self, frame: &str) {
        let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name));
        if field("event: ") == Some("events") {
            let data = field("data: ").expect("events have data");
            self.events.extend(serde_json::from_str::<Vec<Value>>(data).expect("events are JSON"));
        }
    }
}

/// Returns the kind of pill for what is in a message; `None` for bookkeeping, which has no place in the figures.
fn kind(parcel: &Value) -> Option<&'static str> {
    let (what, inside) = parcel.as_object()?.iter().next()?;
    match (what.as_str(), inside["say"].as_str()) {
        ("request", _) | (_, Some("forward")) => Some("write"),
        ("reply", _) | (_, Some("forwarded")) => Some("reply"),
        (_, Some("claim" | "promise")) => Some("move"),
        (_, Some("append")) => Some("update"),
        (_, Some("ack")) => Some("ack"),
        _ => None,
    }
}
