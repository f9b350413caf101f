//! A request that is being composed: its checks, its JSON and its curl line.
//!
//! Pure. It checks with the same functions as the server does, so that the page never says anything else.

use serde_json::{Map, Value};
use shared::api::Resource;
use shared::config::Reads;
use shared::request::Method;
use shared::session::Session;

use crate::lang::en;

/// The methods in the order in which they are offered.
pub const METHODS: [Method; 5] = [Method::Post, Method::Patch, Method::Put, Method::Delete, Method::Get];

/// What the composer's fields hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The method.
    pub method: Method,
    /// The note's id as it was typed.
    pub note: String,
    /// The title; empty is left out.
    pub title: String,
    /// The body; empty is left out.
    pub body: String,
    /// Which replica serves it; `None` leaves it to the gateway.
    pub replica: Option<u8>,
    /// What a read must have seen; `None` leaves it to the server's configuration.
    pub reads: Option<Reads>,
}

impl Default for Draft {
    fn default() -> Draft {
        Draft {
            method: Method::Post,
            note: "1".to_owned(),
            title: "Hello world".to_owned(),
            body: "first note".to_owned(),
            replica: None,
            reads: None,
        }
    }
}

impl Draft {
    /// Whether the request names a note.
    pub fn names_note(&self) -> bool {
        self.method != Method::Post
    }

    /// Whether the request has a body.
    pub fn has_body(&self) -> bool {
        matches!(self.method, Method::Post | Method::Put | Method::Patch)
    }

    /// Returns the path; a `GET` without an id asks for the list.
    pub fn path(&self) -> String {
        let note = self.note.trim();
        if self.method == Method::Post || (self.method == Method::Get && note.is_empty()) {
            return "/note".to_owned();
        }
        format!("/note/{note}")
    }

    /// Returns the JSON body; `None` when the method has none.
    pub fn json(&self) -> Option<Value> {
        let fields = [("title", &self.title), ("body", &self.body)];
        let given = fields.into_iter().filter(|(_, text)| !text.is_empty());
        let map: Map<String, Value> = given.map(|(key, text)| (key.to_owned(), Value::String(text.clone()))).collect();
        self.has_body().then_some(Value::Object(map))
    }

    /// Checks the request as the server will.
    ///
    /// # Errors
    /// The server's sentence.
    pub fn check(&self) -> Result<(), String> {
        if self.names_note() && self.method != Method::Get && self.note.trim().is_empty() {
            return Err(en("Give the id of a note, such as 1.").to_owned());
        }
        let resource = Resource::parse(&self.path());
        let command = resource.and_then(|resource| resource.command(self.method, &self.json().unwrap_or_default()));
        command.map(|_| ()).map_err(|problem| problem.msg)
    }

    /// Returns the headers that say who serves it and what a read must have seen; `session` is the page's own.
    pub fn headers(&self, session: &Session) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        if let Some(replica) = self.replica {
            headers.push(("X-Replica", replica.to_string()));
        }
        if let Some(reads) = self.reads.filter(|_| self.method == Method::Get) {
            headers.push(("X-Read", reads.as_str().to_owned()));
            if reads == Reads::Session && !session.seen.is_empty() {
                headers.push(("X-Session", session.to_string()));
            }
        }
        headers
    }

    /// Returns the curl line that says the same to the server at `origin`, such as `http://127.0.0.1:9988`.
    pub fn curl(&self, origin: &str, session: &Session) -> String {
        let mut line = format!("curl -i -X {} {}", self.method.as_str(), quoted(&format!("{origin}{}", self.path())));
        for (name, value) in self.headers(session) {
            line.push_str(" -H ");
            line.push_str(&quoted(&format!("{name}: {value}")));
        }
        if let Some(json) = self.json() {
            line.push_str(" -H 'Content-Type: application/json' -d ");
            line.push_str(&quoted(&json.to_string()));
        }
        line
    }
}

/// Quotes a word for a POSIX shell.
pub fn quoted(text: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "/:._-".contains(char);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curl_is_quoted_for_a_shell() {
        let draft = Draft { title: "It's $HOME `x` \"q\"".to_owned(), body: String::new(), ..Draft::default() };
        assert_eq!(
            draft.curl("http://127.0.0.1:9988", &Session::default()),
            r#"curl -i -X POST http://127.0.0.1:9988/note -H 'Content-Type: application/json' -d '{"title":"It'\''s $HOME `x` \"q\""}'"#
        );
    }

    #[test]
    fn a_read_has_no_body_and_names_its_replica() {
        let draft = Draft { method: Method::Get, note: String::new(), replica: Some(2), ..Draft::default() };
        let none = Session::default();
        assert_eq!(draft.curl("http://h:1", &none), "curl -i -X GET http://h:1/note -H 'X-Replica: 2'");
        let odd = Draft { note: "1;ls".to_owned(), ..draft };
        assert_eq!(odd.curl("http://h:1", &none), "curl -i -X GET 'http://h:1/note/1;ls' -H 'X-Replica: 2'");
    }

    #[test]
    fn only_a_read_names_its_level_and_only_a_session_read_its_session() {
        let session: Session = "0:store@17".parse().expect("a session");
        let get = |reads| Draft { method: Method::Get, reads, ..Draft::default() };
        let said = |draft: Draft| draft.curl("http://h:1", &session);
        let plain = "curl -i -X GET http://h:1/note/1";
        assert_eq!(said(get(None)), plain);
        assert_eq!(said(get(Some(Reads::Linearizable))), format!("{plain} -H 'X-Read: linearizable'"));
        let with_session = format!("{plain} -H 'X-Read: session' -H 'X-Session: 0:store@17'");
        assert_eq!(said(get(Some(Reads::Session))), with_session);
        let fresh = get(Some(Reads::Session)).curl("http://h:1", &Session::default());
        assert_eq!(fresh, format!("{plain} -H 'X-Read: session'"));
        let write = Draft { method: Method::Delete, reads: Some(Reads::Session), ..Draft::default() };
        assert_eq!(said(write), "curl -i -X DELETE http://h:1/note/1");
    }

    #[test]
    fn the_servers_sentences_are_shown_before_sending() {
        assert_eq!(Draft::default().check(), Ok(()));
        let no_title = Draft { title: String::new(), ..Draft::default() };
        assert_eq!(no_title.check(), Err("A new note needs a `title`.".to_owned()));
        let bad_id = Draft { method: Method::Delete, note: "x".to_owned(), ..Draft::default() };
        assert!(bad_id.check().is_err_and(|sentence| sentence.contains("not a note's id")));
        let no_id = Draft { method: Method::Patch, note: " ".to_owned(), ..Draft::default() };
        assert!(no_id.check().is_err());
        let nothing = Draft { method: Method::Patch, title: String::new(), body: String::new(), ..Draft::default() };
        assert!(nothing.check().is_err_and(|sentence| sentence.contains("title")));
    }
}
