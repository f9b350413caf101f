//! A client for tests: one call, one reply, and streams of server-sent events.

use std::collections::VecDeque;
use std::time::Duration;

use axum::http::{HeaderMap, Request, StatusCode};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// A test that hangs fails instead; nothing here takes a tenth of this.
pub const HANGS: Duration = Duration::from_mins(1);

/// A reply, read to its end.
#[derive(Clone, Debug)]
pub struct Got {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Got {
    /// Returns the body, which must be JSON and say so.
    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/json", "{self:?}");
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Returns a header; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("headers are text"))
    }

    /// Returns status and body.
    #[track_caller]
    pub fn pair(&self) -> (u16, Value) {
        (self.status, self.json())
    }
}

/// A client with connections of its own.
#[derive(Clone, Debug)]
pub struct Http {
    inner: Client<HttpConnector, Full<Bytes>>,
}

impl Http {
    pub fn new() -> Http {
        Http { inner: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// Sends a request; `None` when the connection breaks.
    pub async fn try_send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: Bytes) -> Option<Got> {
        let builder = Request::builder().method(method).uri(url);
        let builder = headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
        let request = builder.body(Full::new(body)).expect("a valid request");
        let response =
            tokio::time::timeout(HANGS, self.inner.request(request)).await.expect("an answer in time").ok()?;
        let (parts, body) = response.into_parts();
        let body = tokio::time::timeout(HANGS, body.collect()).await.expect("a whole answer in time").ok()?.to_bytes();
        let text = String::from_utf8(body.to_vec()).expect("bodies are text");
        Some(Got { status: parts.status.as_u16(), headers: parts.headers, text })
    }

    /// Sends a request that must be answered.
    pub async fn send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Got {
        self.try_send(method, url, headers, body.into()).await.unwrap_or_else(|| panic!("no answer to {method} {url}"))
    }

    /// Sends a JSON body, or none.
    pub async fn call(&self, method: &str, url: &str, body: Option<&Value>) -> Got {
        let text = body.map(ToString::to_string).unwrap_or_default();
        self.send(method, url, &[("content-type", "application/json")], text).await
    }

    pub async fn get(&self, url: &str) -> Got {
        self.send("GET", url, &[], "").await
    }

    /// Opens an event stream.
    pub async fn events(&self, url: &str, last: Option<&str>) -> Frames {
        let builder = last.into_iter().fold(Request::get(url), |builder, last| builder.header("last-event-id", last));
        let request = builder.body(Full::default()).expect("a valid request");
        let response = self.inner.request(request).await.expect("the server answers");
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Frames { body: response.into_body(), cut: Vec::new(), rest: String::new(), parsed: VecDeque::new() }
    }
}

/// One frame of an event stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    pub name: String,
    pub id: String,
    pub data: String,
}

/// An event stream.
#[derive(Debug)]
pub struct Frames {
    body: Incoming,
    cut: Vec<u8>,
    rest: String,
    parsed: VecDeque<Frame>,
}

impl Frames {
    /// Returns the next frame that says something, and no mere sign of life; `None` when the stream has ended.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            let frame = self.next_of_all().await?;
            if frame.name != "alive" {
                return Some(frame);
            }
        }
    }

    /// Returns the next frame that has a name; `None` when the stream has ended.
    pub async fn next_of_all(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.parsed.pop_front() {
                return Some(frame);
            }
            let part = tokio::time::timeout(HANGS, self.body.frame()).await.expect("a frame in time")?;
            let part = part.ok()?.into_data().expect("a stream has no trailers");
            // It may end inside a letter, whose first bytes wait here for the rest.
            self.cut.extend_from_slice(&part);
            let whole = self.cut.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
            let letters: Vec<u8> = self.cut.drain(..whole).collect();
            self.rest.push_str(std::str::from_utf8(&letters).expect("they were found to be text"));
            assert!(self.cut.len() < 4, "frames are text: {:?}", self.cut);
            while let Some(end) = self.rest.find("\n\n") {
                let whole: String = self.rest.drain(..end + 2).collect();
                self.parsed.extend(parse(whole.trim_end()));
            }
        }
    }
}

fn parse(text: &str) -> Option<Frame> {
    let mut frame = Frame::default();
    for line in text.lines() {
        let (field, value) = line.split_once(": ").expect("a field and its value");
        match field {
            "event" => value.clone_into(&mut frame.name),
            "id" => value.clone_into(&mut frame.id),
            "data" => value.clone_into(&mut frame.data),
            "retry" => assert_eq!(value, "1000"),
            other => assert_eq!(other, "", "an unknown field in {text}"),
        }
    }
    (!frame.name.is_empty()).then_some(frame)
}
