//! Requests of this page: the composed ones, the switch of the mode, and what is done by hand at the gate.
//!
//! Called by [`crate::app`]. A reply is kept as it came; deciding what it means is left to the reader.

use std::pin::pin;

use gloo_net::http::{Request, RequestBuilder, Response};
use serde_json::{Value, json};
use shared::api::gate::{Deed, PATH};
use shared::api::header;
use shared::config::Mode;
use shared::id::MessageId;
use shared::json;
use shared::request::Method;
use shared::session::Session;

use web_sys::AbortController;

use super::deadline::in_time;
use super::from_here;
use crate::draft::Draft;
use crate::lang::{en, kept};
use crate::observe::now;

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
    /// The server's word for why nothing was done, if it gave one.
    pub code: Option<String>,
    /// What the client has seen and written with this, if the server said it.
    pub session: Option<Session>,
    /// How long it took, in milliseconds, seen from this page.
    pub millis: f64,
}

impl Answer {
    /// Returns the replicas that had not acknowledged the write, as the server names them; empty when all had.
    pub fn without(&self) -> &str {
        self.headers.iter().find(|(name, _)| name == WITHOUT).map_or("", |(_, replicas)| replicas)
    }

    /// Returns the id of the note that a request created.
    pub fn created(&self) -> Option<String> {
        let (_, path) = self.headers.iter().find(|(name, _)| name == "Location")?;
        path.rsplit_once("/note/").map(|(_, id)| id.to_owned())
    }
}

/// Asked whenever an answer is late: a sentence to be kept, which says why to give up; `None` to wait as long again.
pub type Patience = Box<dyn Fn() -> Option<String>>;

/// The headers that are shown.
const SHOWN: [(&str, &str); 6] = [
    ("X-Served-By", header::SERVED_BY),
    (WITHOUT, header::WITHOUT),
    ("X-Session", header::SESSION),
    ("X-Trace-Id", header::TRACE),
    ("Location", "location"),
    ("Retry-After", "retry-after"),
];

const WITHOUT: &str = "X-Without";

/// Sends a composed request; `session` is what this page has seen so far.
///
/// # Errors
/// A sentence to be kept, when no reply came.
pub async fn send(draft: Draft, session: &Session, patience: Patience) -> Result<Answer, String> {
    let path = draft.path();
    let mut builder = builder(draft.method, &path);
    for (name, value) in draft.headers(session) {
        builder = builder.header(name, &value);
    }
    let begun = now();
    let json = draft.json().map(|json| json.to_string());
    let (response, text) = exchange(builder, json, &patience).await?;
    let millis = now() - begun;
    let headers =
        SHOWN.iter().filter_map(|(shown, name)| response.headers().get(name).map(|value| ((*shown).to_owned(), value)));
    let headers: Vec<(String, String)> = headers.collect();
    let session = response.headers().get(header::SESSION).and_then(|session| session.parse().ok());
    let body = json::read(&text).unwrap_or(Value::String(text));
    Ok(Answer {
        request: format!("{} {path}", draft.method.as_str()),
        status: response.status(),
        status_text: response.status_text(),
        headers,
        code: said(&body, "code"),
        body: pretty(&body),
        session,
        millis,
    })
}

/// Asks for the other mode.
///
/// # Errors
/// A sentence to be kept, when the mode was not switched.
pub async fn switch(mode: Mode, patience: Patience) -> Result<(), String> {
    let asked =
        Ask { method: Method::Put, path: "/cluster/mode".to_owned(), body: json!({ "mode": mode }), token: None };
    ask(asked, patience).await.map_err(|refusal| refusal.sentence)
}

/// Closes the gate, or opens it.
///
/// # Errors
/// When that was not done, or perhaps not.
pub async fn turn_gate(closed: bool, token: Option<String>, patience: Patience) -> Result<(), Refusal> {
    let asked = Ask { method: Method::Put, path: PATH.to_owned(), body: json!({ "closed": closed }), token };
    ask(asked, patience).await
}

/// Does something with a message that waits at the gate.
///
/// # Errors
/// When that was not done, or perhaps not.
pub async fn handle(message: MessageId, deed: Deed, token: Option<String>, patience: Patience) -> Result<(), Refusal> {
    let path = [PATH, "/", &message.to_string()].concat();
    ask(Ask { method: Method::Post, path, body: json!({ "do": deed.as_str() }), token }, patience).await
}

/// Why the server did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// A word for programs; empty when there is none.
    pub code: String,
    /// A sentence.
    pub sentence: String,
}

/// The word by which the server asks for the presenter's token.
pub const NEEDS_TOKEN: &str = "needs_token";

/// Something that is asked of the running cluster.
struct Ask {
    method: Method,
    path: String,
    body: Value,
    token: Option<String>,
}

async fn ask(Ask { method, path, body, token }: Ask, patience: Patience) -> Result<(), Refusal> {
    let mut builder = builder(method, &path);
    if let Some(token) = token {
        builder = builder.header("Authorization", &["Bearer ", &token].concat());
    }
    let answered = exchange(builder, Some(body.to_string()), &patience).await;
    let (response, text) = answered.map_err(|sentence| Refusal { code: String::new(), sentence })?;
    if response.ok() {
        return Ok(());
    }
    let body = json::read(&text).unwrap_or(Value::Null);
    let sentence = said(&body, "msg").unwrap_or_else(|| {
        let status = response.status().to_string();
        kept("This was not done: the server replied {status}.", &[("status", &status)])
    });
    Err(Refusal { code: said(&body, "code").unwrap_or_default(), sentence })
}

fn builder(method: Method, path: &str) -> RequestBuilder {
    let path = from_here(path);
    match method {
        Method::Get => Request::get(path),
        Method::Post => Request::post(path),
        Method::Put => Request::put(path),
        Method::Patch => Request::patch(path),
        Method::Delete => Request::delete(path),
    }
}

/// Sends a request and waits for its whole answer; breaks it off when that is late and `patience` is at its end.
async fn exchange(
    builder: RequestBuilder,
    json: Option<String>,
    patience: &Patience,
) -> Result<(Response, String), String> {
    let abort = AbortController::new().ok();
    let signal = abort.as_ref().map(AbortController::signal);
    let builder = builder.abort_signal(signal.as_ref());
    let request = match json {
        Some(json) => builder.header("Content-Type", "application/json").body(json),
        None => builder.build(),
    };
    let mut answer = pin!(answered(request));
    loop {
        if let Ok(answer) = in_time(answer.as_mut()).await {
            return answer;
        }
        if let Some(why) = patience() {
            abort.iter().for_each(AbortController::abort);
            return Err(why);
        }
    }
}

async fn answered(request: Result<Request, gloo_net::Error>) -> Result<(Response, String), String> {
    let unreachable = |_| en("No answer: the server cannot be reached. Is it running?").to_owned();
    let response = request.map_err(unreachable)?.send().await.map_err(unreachable)?;
    let text = response.text().await.unwrap_or_default();
    Ok((response, text))
}

/// Returns a text of a reply's body.
fn said(body: &Value, key: &str) -> Option<String> {
    body.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// Indents JSON; other text stays as it is.
fn pretty(body: &Value) -> String {
    match body {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            serde_json::to_string_pretty(body).unwrap_or_default()
        }
    }
}
