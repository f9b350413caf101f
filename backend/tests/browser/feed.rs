//! The event feed, read beside the browser: what really happened, to hold against what the page shows.

use std::collections::BTreeMap;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::Value;

/// How long the feed may stay silent while something is expected of it.
const SILENCE: Duration = Duration::from_secs(20);

/// An open event stream.
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

    /// Reads on until a client got its answer, and returns the messages of that request: id and step.
    ///
    /// Only messages that stand in the textbook's figure; ids as the page writes them, such as `r2-17`.
    pub async fn messages_until_reply(&mut self) -> BTreeMap<String, String> {
        while !self.events.iter().any(|event| event["kind"]["type"] == "client_reply") {
            self.read().await;
        }
        let events = std::mem::take(&mut self.events);
        let sent = events.iter().filter(|event| event["kind"]["type"] == "sent" && event["step"].is_string());
        sent.map(|event| (word(&event["kind"]["message"]), word(&event["step"]))).collect()
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

fn word(value: &Value) -> String {
    value.as_str().expect("it is a word").to_owned()
}
