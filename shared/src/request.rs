//! A client's request and its reply: the HTTP half of the client API.
//!
//! Routes, parsing and checking live in [`crate::api`]; this is only what the feed shows of a call.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::excerpt;
use crate::id::ReplicaId;
use crate::json;
use crate::session::Session;

/// The methods of the client API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Creates.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Deletes.
    Delete,
}

impl Method {
    /// Returns the name as HTTP writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// A client's request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path, such as `/note/1`.
    pub path: String,
    /// The body as it came, fields in the client's order, or an excerpt of it in the feed; an empty object when there
    /// was none or it was not JSON.
    #[serde(deserialize_with = "json::plain")]
    pub body: Value,
}

impl Request {
    /// Returns it as the feed shows it: of a long or deep body an [`excerpt`].
    #[must_use]
    pub fn excerpt(&self) -> Request {
        let Request { method, path, body } = self;
        Request { method: *method, path: path.clone(), body: excerpt::of_json(body) }
    }
}

/// The reply to a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The request's method.
    pub method: Method,
    /// The request's path.
    pub path: String,
    /// The HTTP status.
    pub status: u16,
    /// The JSON body; in the feed an excerpt of it.
    #[serde(deserialize_with = "json::plain")]
    pub body: Value,
    /// What the client has seen and written with this; empty when that is nothing.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub session: Session,
    /// The replicas that had not acknowledged the write, because they are suspected to be down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<ReplicaId>,
}

impl Reply {
    /// Answers the request `said`.
    pub fn to(said: &Request, status: u16, body: Value) -> Reply {
        let Request { method, path, .. } = said;
        Reply { method: *method, path: path.clone(), status, body, session: Session::default(), without: Vec::new() }
    }

    /// Returns it as the feed shows it: of a long body an [`excerpt`].
    #[must_use]
    pub fn excerpt(&self) -> Reply {
        let Reply { method, path, status, body, session, without } = self;
        let (path, session, without) = (path.clone(), session.clone(), without.clone());
        Reply { method: *method, path, status: *status, body: excerpt::of_json(body), session, without }
    }
}

fn is_empty(session: &Session) -> bool {
    session.seen.is_empty()
}
