//! The client API: routes, bodies, checks and errors, and the frames of the event stream.
//!
//! All that crosses the wire between browser and server is declared here once. The gateway, the replicas and
//! the page's composer parse and check with the same functions.

pub mod gate;

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::config::{Ack, Failover, Mode, Reads};
use crate::event::Event;
use crate::guarantee::{Guarantee, guarantee};
use crate::id::{NoteId, TraceId};
use crate::note::{Command, Note, Version};
use crate::request::Method;
use crate::view::{ClusterView, Scene};

/// A title's length, in characters.
pub const TITLE_LIMIT: usize = 200;
/// A note body's length, in characters.
pub const BODY_LIMIT: usize = 10_000;
/// A request body's length, in bytes.
pub const REQUEST_LIMIT: usize = 64 * 1024;

/// Names of request and reply headers.
pub mod header {
    /// Which replica serves the request: 1, 2, …
    pub const REPLICA: &str = "x-replica";
    /// The acknowledgement level: `all`, `majority`, `primary`.
    pub const ACK: &str = "x-ack";
    /// What a read must have seen: `local`, `committed`, `session`, `linearizable`.
    pub const READ: &str = "x-read";
    /// What a client has seen and written so far: given with each reply, to be sent with the next request.
    pub const SESSION: &str = "x-session";
    /// The suspected replicas that had not acknowledged a write when its client was answered.
    pub const WITHOUT: &str = "x-without";
    /// The trace that the reply belongs to.
    pub const TRACE: &str = "x-trace-id";
    /// Where the page shows how the reply came about: `<http://host:port/?trace=…>; rel="monitor"`.
    ///
    /// `monitor` is the registered relation (RFC 5989) to what "can be used to monitor changes in an HTTP resource":
    /// the page shows the changes of the notes, and begins with this request. `describedby` would promise a schema.
    pub const LINK: &str = "link";
    /// Which replica served it.
    pub const SERVED_BY: &str = "x-served-by";
    /// The head of a message between gateway and replica, as JSON.
    pub const HEAD: &str = "x-baton-head";
    /// The secret that the parts of one cluster know.
    pub const SECRET: &str = "x-baton-secret";
    /// How a replica identifies its store to another: its number, its cluster, the run before and this run.
    pub const STORE: &str = "x-baton-store";
    /// Beside a refusal of a peer's store: the run of it that was seen last.
    pub const SEEN_RUN: &str = "x-baton-seen-run";
    /// Said by a replica to another that sent it something: it is there, and waits for its own disk.
    pub const WAITS_FOR_DISK: &str = "x-baton-waits-for-disk";
    /// Said by a replica to a part that sent it something: its last sync took long.
    pub const SLOW_DISK: &str = "x-baton-slow-disk";
    /// The operation's name, given by the gateway.
    pub const OPERATION: &str = "x-baton-operation";
}

/// Why a request failed, as the client gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{msg}")]
pub struct Problem {
    /// The HTTP status.
    #[serde(skip)]
    pub status: u16,
    /// A stable word for programs.
    pub code: String,
    /// A sentence for people.
    pub msg: String,
}

impl Problem {
    /// Makes a problem.
    pub fn new(status: u16, code: &str, msg: impl Into<String>) -> Problem {
        Problem { status, code: code.to_owned(), msg: msg.into() }
    }

    /// There is no such note.
    pub fn unknown_note(id: NoteId) -> Problem {
        Problem::new(404, "unknown_note", format!("There is no note {id}."))
    }

    /// There is no such path.
    pub fn unknown_path(path: &str) -> Problem {
        Problem::new(404, "unknown_path", format!("There is nothing at {path}; notes are at /note and /note/{{id}}."))
    }

    /// The path does not take this method.
    pub fn method(method: &str, path: &str, allowed: &str) -> Problem {
        Problem::new(405, "method_not_allowed", format!("{path} does not take {method}; it takes {allowed}."))
    }

    /// The body is too long.
    pub fn too_large() -> Problem {
        Problem::new(413, "too_large", "The request body is over 64 KiB.")
    }

    /// The body is not declared to be JSON.
    pub fn content_type() -> Problem {
        let msg = "Send the body as JSON in UTF-8, with one header Content-Type: application/json.";
        Problem::new(415, "content_type", msg)
    }

    /// There is no room for it in a cluster of at most so many notes and bytes; surely not done.
    pub fn full(notes: usize, bytes: usize) -> Problem {
        let msg = format!(
            "Nothing was changed: the cluster is full. It holds at most {notes} notes, deleted ones included, and {} MB of \
             text; delete or shorten notes, or start with another data folder.",
            bytes / 1_000_000
        );
        Problem::new(507, "full", msg)
    }

    /// Surely not done.
    pub fn refused(reason: &str) -> Problem {
        Problem::new(503, "refused", format!("Nothing was changed: {reason} Try again."))
    }

    /// Perhaps done.
    pub fn unknown(reason: &str) -> Problem {
        Problem::new(
            503,
            "unknown",
            format!("It is unknown whether the write was done: {reason} Read before you retry."),
        )
    }

    /// Returns the JSON body.
    pub fn body(&self) -> Value {
        json!({ "res": false, "code": self.code, "msg": self.msg })
    }
}

/// A path of the client API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// `/note`
    Notes,
    /// `/note/{id}`
    Note(NoteId),
}

impl Resource {
    /// Parses a path.
    ///
    /// # Errors
    /// 404 for a path that is not of the API, 400 for an id that is not a number from 1 to 2⁶⁴−1.
    pub fn parse(path: &str) -> Result<Resource, Problem> {
        let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
        if path == "/note" {
            return Ok(Resource::Notes);
        }
        let id = path.strip_prefix("/note/").filter(|id| !id.contains('/'));
        let id = id.ok_or_else(|| Problem::unknown_path(path))?;
        let digits = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        let number = id.parse().ok().filter(|number| digits && *number > 0);
        number.map(|number| Resource::Note(NoteId(number))).ok_or_else(|| {
            let id = shortly(id);
            Problem::new(400, "bad_id", format!("`{id}` is not a note's id; ids are whole numbers from 1 up."))
        })
    }

    /// Returns the methods that this path takes, as the `Allow` header lists them.
    pub fn allowed(self) -> &'static str {
        match self {
            Resource::Notes => "GET, POST",
            Resource::Note(_) => "GET, PUT, PATCH, DELETE",
        }
    }

    /// Returns what a request asks for; `body` is the parsed JSON body of a write that has one.
    ///
    /// # Errors
    /// 405 for a method that the path does not take, 422 for a body that does not fit.
    pub fn command(self, method: Method, body: &Value) -> Result<Command, Problem> {
        match (self, method) {
            (Resource::Notes, Method::Get) => Ok(Command::List),
            (Resource::Notes, Method::Post) => {
                let note = fields(body)?;
                match note.title {
                    Some(_) => Ok(Command::Create(note)),
                    None => Err(Problem::new(422, "missing_title", "A new note needs a `title`.")),
                }
            }
            (Resource::Note(id), Method::Get) => Ok(Command::Read(id)),
            (Resource::Note(id), Method::Put) => Ok(Command::Replace(id, fields(body)?)),
            (Resource::Note(id), Method::Patch) => Ok(Command::Change(id, fields(body)?)),
            (Resource::Note(id), Method::Delete) => Ok(Command::Delete(id)),
            (Resource::Notes, Method::Put | Method::Patch | Method::Delete) => {
                Err(Problem::method(method.as_str(), "/note", self.allowed()))
            }
            (Resource::Note(id), Method::Post) => Err(Problem::method("POST", &format!("/note/{id}"), self.allowed())),
        }
    }
}

/// How many characters of a text of the client's stand in an error.
const SHORTLY: usize = 60;

/// Returns a text of the client's for an error: its beginning, if it is long.
pub fn shortly(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(SHORTLY) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

/// Reads the fields of a note from a request body.
fn fields(body: &Value) -> Result<Note, Problem> {
    let wrong = |code: &str, msg: String| Err(Problem::new(422, code, msg));
    let Value::Object(map) = body else {
        return wrong("not_an_object", "The body must be a JSON object such as {\"title\": \"…\"}.".to_owned());
    };
    let mut note = Note::default();
    for (key, value) in map {
        let (field, limit) = match key.as_str() {
            "title" => (&mut note.title, TITLE_LIMIT),
            "body" => (&mut note.body, BODY_LIMIT),
            _ => {
                let key = shortly(key);
                return wrong("unknown_field", format!("`{key}` is not a field of a note; it has `title` and `body`."));
            }
        };
        let Value::String(text) = value else {
            return wrong("wrong_type", format!("`{key}` must be a string."));
        };
        if text.chars().count() > limit {
            return wrong("too_long", format!("`{key}` is over {limit} characters."));
        }
        if key == "title" && text.trim().is_empty() {
            return wrong("empty_title", "`title` must not be empty.".to_owned());
        }
        *field = Some(text.as_str().into());
    }
    if note == Note::default() {
        return wrong("no_fields", "Give a `title`, a `body` or both.".to_owned());
    }
    Ok(note)
}

/// Returns a note as replies show it: `{"title": …, "body": …, "id": 1}`, without the fields it lacks.
pub fn note_body(id: NoteId, note: &Note) -> Value {
    let mut map = Map::new();
    for (key, value) in [("title", &note.title), ("body", &note.body)] {
        if let Some(text) = value {
            map.insert(key.to_owned(), Value::String(text.to_string()));
        }
    }
    map.insert("id".to_owned(), json!(id));
    Value::Object(map)
}

/// Returns the body of `GET /note`: the live notes by id.
pub fn list_body<'a>(notes: impl Iterator<Item = (&'a NoteId, &'a Version)>) -> Value {
    let notes: Vec<Value> =
        notes.filter_map(|(id, version)| version.note.as_ref().map(|note| note_body(*id, note))).collect();
    json!({ "res": true, "notes": notes })
}

/// How long an event stream is silent at most: then it gives a sign of life (SSE event `alive`), and so it does when it
/// begins. Whoever receives nothing for several times as long knows that the stream is dead.
pub const HEARTBEAT: Duration = Duration::from_secs(5);

/// A sign of life of an event stream (SSE event `alive`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliveFrame {
    /// Which build of the page the server has, as the folder of its files is named; `None` when it has none. A page of
    /// another build is older.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
}

/// The first frame of the event stream (SSE event `snapshot`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotFrame {
    /// The number of the last event contained.
    pub seq: u64,
    /// The number of the last event that had happened; those between follow, and are the past.
    #[serde(default)]
    pub latest: u64,
    /// What does not change while the server runs.
    pub scene: Scene,
    /// The cluster after that event.
    pub view: ClusterView,
}

/// Later frames of the event stream (SSE event `events`): one or more events in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventsFrame(pub Vec<Event>);

/// Sent before a snapshot when events could not be resumed (SSE event `missed`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissedFrame {
    /// How many events this viewer will not see.
    pub count: u64,
}

/// Said before the snapshot of now when a stream cannot begin where its query asks for (SSE event `gone`): what is
/// named here is not remembered any more, or has not happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoneFrame {
    /// There is no event of this request; one that a replica of another process was asked directly may follow.
    Trace(TraceId),
    /// There is no event with this number.
    From(u64),
}

/// The body of `PUT /cluster/mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModeBody {
    /// The mode wanted.
    pub mode: Mode,
}

/// The body of `GET /cluster`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterBody {
    /// Always true.
    pub res: bool,
    /// The mode in force.
    pub mode: Mode,
    /// The acknowledgement level of requests that name none.
    pub ack: Ack,
    /// What reads must have seen, unless they ask otherwise.
    pub reads: Reads,
    /// Whether the groups of a suspected replica are taken over.
    pub failover: Failover,
    /// What these four add up to.
    pub guarantee: Guarantee,
    /// What does not change while the server runs.
    pub scene: Scene,
    /// The cluster, as the feed shows it.
    pub view: ClusterView,
}

impl ClusterBody {
    /// Describes a cluster.
    pub fn new(scene: Scene, view: ClusterView) -> ClusterBody {
        let (_, mode) = view.configuration();
        let Scene { ack, reads, failover, .. } = scene;
        let guarantee = guarantee(mode, ack, reads, failover);
        ClusterBody { res: true, mode, ack, reads, failover, guarantee, scene, view }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(method: Method, path: &str, body: &Value, expected: Result<(), (u16, &str)>) {
        let got = Resource::parse(path).and_then(|resource| resource.command(method, body)).map(|_| ());
        let got = got.map_err(|problem| (problem.status, problem.code));
        assert_eq!(got, expected.map_err(|(status, code)| (status, code.to_owned())), "{method:?} {path} {body}");
    }

    #[test]
    fn bad_input_is_named() {
        let ok = json!({ "title": "t", "body": "b" });
        check(Method::Post, "/note", &ok, Ok(()));
        check(Method::Put, "/note/1", &json!({ "body": "b" }), Ok(()));
        check(Method::Post, "/note", &json!({ "body": "b" }), Err((422, "missing_title")));
        check(Method::Post, "/note", &json!([1]), Err((422, "not_an_object")));
        check(Method::Post, "/note", &json!({ "title": " " }), Err((422, "empty_title")));
        check(Method::Patch, "/note/1", &json!({ "title": null }), Err((422, "wrong_type")));
        check(Method::Patch, "/note/1", &json!({ "id": 3 }), Err((422, "unknown_field")));
        check(Method::Patch, "/note/1", &json!({}), Err((422, "no_fields")));
        check(Method::Post, "/note", &json!({ "title": "é".repeat(200) }), Ok(()));
        check(Method::Post, "/note", &json!({ "title": "é".repeat(201) }), Err((422, "too_long")));
        check(Method::Post, "/note", &json!({ "title": "t", "body": "b".repeat(10_001) }), Err((422, "too_long")));
        check(Method::Delete, "/note", &Value::Null, Err((405, "method_not_allowed")));
        check(Method::Post, "/note/1", &ok, Err((405, "method_not_allowed")));
        for id in ["0", "-1", "x", "1.5", "+1", "", "18446744073709551616"] {
            let expected = Err((400, "bad_id"));
            check(Method::Get, &format!("/note/{id}"), &Value::Null, if id.is_empty() { Ok(()) } else { expected });
        }
        check(Method::Get, "/note/18446744073709551615", &Value::Null, Ok(()));
        check(Method::Get, "/notes", &Value::Null, Err((404, "unknown_path")));
        check(Method::Get, "/note/1/2", &Value::Null, Err((404, "unknown_path")));
    }
}
