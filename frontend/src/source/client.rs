//! Requests of this page: the composed ones, and the switch of the mode.
//!
//! Called by [`crate::app`]. A reply is kept as it came; deciding what it means is left to the reader.

use gloo_net::http::{Request, RequestBuilder, Response};
use serde_json::Value;
use shared::api::{ModeBody, header};
use shared::config::Mode;
use shared::request::Method;

use crate::draft::Draft;

/// A reply as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The request, such as `PATCH /note/1`.
    pub request: String,
    /// The HTTP status.
    pub status: u16,
    /// Its words.
    pub status_text: String,
    /// The headers worth showing, in order, as the server named them.
    pub headers: Vec<(String, String)>,
    /// The body, indented when it is JSON.
    pub body: String,
    /// How long it took, in milliseconds, seen from this page.
    pub millis: f64,
}

impl Answer {
    /// Returns the id of the note that a request created.
    pub fn created(&self) -> Option<String> {
        let (_, path) = self.headers.iter().find(|(name, _)| name == "Location")?;
        path.strip_prefix("/note/").map(str::to_owned)
    }
}

/// The headers that are shown.
const SHOWN: [(&str, &str); 4] = [
    ("X-Served-By", header::SERVED_BY),
    ("X-Trace-Id", header::TRACE),
    ("Location", "location"),
    ("Retry-After", "retry-after"),
];

/// Sends a composed request.
///
/// # Errors
/// A sentence, when no reply came.
pub async fn send(draft: Draft) -> Result<Answer, String> {
    let path = draft.path();
    let mut builder = builder(draft.method, &path);
    if let Some(replica) = draft.replica {
        builder = builder.header(header::REPLICA, &replica.to_string());
    }
    let begun = now();
    let response = match draft.json() {
        Some(json) => finish(builder.header("Content-Type", "application/json").body(json.to_string())).await?,
        None => finish(builder.build()).await?,
    };
    let millis = now() - begun;
    let headers =
        SHOWN.iter().filter_map(|(shown, name)| response.headers().get(name).map(|value| ((*shown).to_owned(), value)));
    Ok(Answer {
        request: format!("{} {path}", draft.method.as_str()),
        status: response.status(),
        status_text: response.status_text(),
        headers: headers.collect(),
        body: pretty(&response.text().await.unwrap_or_default()),
        millis,
    })
}

/// Asks for the other mode.
///
/// # Errors
/// A sentence, when the mode was not switched.
pub async fn switch(mode: Mode) -> Result<(), String> {
    let body = serde_json::to_string(&ModeBody { mode }).map_err(|error| error.to_string())?;
    let request = Request::put("/cluster/mode").header("Content-Type", "application/json").body(body);
    let response = finish(request).await?;
    if response.ok() {
        return Ok(());
    }
    let text = response.text().await.unwrap_or_default();
    let said = serde_json::from_str::<Value>(&text).ok();
    let said = said.as_ref().and_then(|body| body.get("msg")).and_then(Value::as_str).map(str::to_owned);
    Err(said.unwrap_or_else(|| format!("The mode was not switched: the server answered {}.", response.status())))
}

fn builder(method: Method, path: &str) -> RequestBuilder {
    match method {
        Method::Get => Request::get(path),
        Method::Post => Request::post(path),
        Method::Put => Request::put(path),
        Method::Patch => Request::patch(path),
        Method::Delete => Request::delete(path),
    }
}

async fn finish(request: Result<Request, gloo_net::Error>) -> Result<Response, String> {
    let unreachable = |_| "No answer: the server cannot be reached. Is it running?".to_owned();
    request.map_err(unreachable)?.send().await.map_err(unreachable)
}

/// Indents JSON; other text stays as it is.
pub fn pretty(text: &str) -> String {
    let value = serde_json::from_str::<Value>(text);
    value.and_then(|value| serde_json::to_string_pretty(&value)).unwrap_or_else(|_| text.to_owned())
}

fn now() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}
