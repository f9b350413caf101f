//! What a person typed, read into terms; or what is wrong with it, in a sentence.

use shared::id::{NoteId, ReplicaId, TraceId};

use crate::kind::Kind;
use crate::lang::{en, fill, t};
use crate::playback::mark::Jump;

/// The names of the terms; their Korean ones are taken, too.
pub const NOTE: &str = en("note");
/// See [`NOTE`].
pub const REPLICA: &str = en("replica");
/// See [`NOTE`].
pub const CLIENT: &str = en("client");
/// See [`NOTE`].
pub const KIND: &str = en("kind");

/// Which requests are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Client {
    /// Those that came to the gateway.
    Gateway,
    /// Those that came straight to a replica.
    Replica(ReplicaId),
    /// One, by its trace id.
    Request(TraceId),
}

/// A kind of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// All that have this accent.
    Accent(Kind),
    /// What this jump stops at.
    Jump(Jump),
    /// The first replica that begins in another mode.
    Switch,
}

/// Every kind with the word for it; a word's Korean one is taken, too.
pub const SORTS: [(Sort, &str); 12] = [
    (Sort::Jump(Jump::Request), en("request")),
    (Sort::Accent(Kind::Write), en("write")),
    (Sort::Accent(Kind::Read), en("read")),
    (Sort::Accent(Kind::Update), en("update")),
    (Sort::Accent(Kind::Ack), en("ack")),
    (Sort::Accent(Kind::Move), en("move")),
    (Sort::Accent(Kind::Reply), en("reply")),
    (Sort::Accent(Kind::Lost), en("lost")),
    (Sort::Jump(Jump::Handoff), en("handoff")),
    (Sort::Jump(Jump::Fault), en("fault")),
    (Sort::Jump(Jump::Error), en("error")),
    (Sort::Switch, en("switch")),
];

/// What is asked of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// It is about one of these.
    pub notes: Vec<NoteId>,
    /// One of these takes part.
    pub replicas: Vec<ReplicaId>,
    /// It belongs to one of these.
    pub clients: Vec<Client>,
    /// It is one of these.
    pub sorts: Vec<Sort>,
    /// Its words have all of these, in small letters.
    pub words: Vec<String>,
}

/// Why what was typed is no query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is no such term.
    Term(String),
    /// A note is a number.
    Note(String),
    /// There are only so many replicas.
    Replica(String, usize),
    /// It is no way to the cluster and no trace id.
    Client(usize),
    /// There is no such kind.
    Kind(String),
    /// A quotation mark has no second one.
    Quote,
}

impl Problem {
    /// Says it.
    pub fn words(&self) -> String {
        match self {
            Problem::Term(name) => fill(
                "There is no search term {name}:; there are note:, replica:, client: and kind:. Put words with a colon \
                 in quotation marks.",
                &[("name", name)],
            ),
            Problem::Note(value) => fill("note: takes a number, such as note:1, not “{value}”.", &[("value", value)]),
            Problem::Replica(value, count) => fill(
                "replica: takes a number from 1 to {count}, not “{value}”.",
                &[("value", value), ("count", &count.to_string())],
            ),
            Problem::Client(count) => fill(
                "client: takes gateway, r1 to r{count} for a replica's own port, or the X-Trace-Id of a request.",
                &[("count", &count.to_string())],
            ),
            Problem::Kind(value) => {
                let kinds = SORTS.map(|(_, word)| t(word)).join(", ");
                fill("There is no kind “{value}”; there are {kinds}.", &[("value", value), ("kinds", &kinds)])
            }
            Problem::Quote => t("The quotation mark \" is not closed.").to_owned(),
        }
    }
}

impl Query {
    /// Reads what was typed, for a cluster of so many replicas. Only spaces are a query that every event meets.
    ///
    /// # Errors
    /// What is wrong with the first term that is no term.
    pub fn parse(text: &str, replicas: usize) -> Result<Query, Problem> {
        let mut query = Query::default();
        for piece in pieces(text)? {
            match piece {
                Piece::Word(word) => query.words.push(word.to_lowercase()),
                Piece::Term(name, value) => query.add(&name, &value, replicas)?,
            }
        }
        Ok(query)
    }

    /// Whether every event meets it.
    pub fn is_empty(&self) -> bool {
        *self == Query::default()
    }

    /// Adds a term. One without a value is still being typed, and means any.
    fn add(&mut self, name: &str, value: &str, replicas: usize) -> Result<(), Problem> {
        let is = |known: &'static str| is_word(known, name);
        if ![NOTE, REPLICA, CLIENT, KIND].into_iter().any(is) {
            return Err(Problem::Term(name.to_owned()));
        }
        if value.is_empty() {
            return Ok(());
        }
        if is(NOTE) {
            let note = value.parse().map_err(|_| Problem::Note(value.to_owned()))?;
            self.notes.push(NoteId(note));
        } else if is(REPLICA) {
            self.replicas.push(replica(value, replicas).ok_or_else(|| Problem::Replica(value.to_owned(), replicas))?);
        } else if is(CLIENT) {
            self.clients.push(client(value, replicas).ok_or(Problem::Client(replicas))?);
        } else {
            let sorts = SORTS.iter().filter(|(_, word)| begins(word, value)).map(|(sort, _)| *sort);
            let before = self.sorts.len();
            self.sorts.extend(sorts);
            if self.sorts.len() == before {
                return Err(Problem::Kind(value.to_owned()));
            }
        }
        Ok(())
    }
}

/// Whether a word begins so, in English or in the language of the page, in capitals or not.
fn begins(word: &'static str, text: &str) -> bool {
    let text = text.to_lowercase();
    word.starts_with(&text) || t(word).starts_with(&text)
}

/// Whether `text` is this word, in English or in the language of the page, in capitals or not.
fn is_word(word: &'static str, text: &str) -> bool {
    text.eq_ignore_ascii_case(word) || text.eq_ignore_ascii_case(t(word))
}

fn replica(value: &str, replicas: usize) -> Option<ReplicaId> {
    let number: u8 = value.strip_prefix(['r', 'R']).unwrap_or(value).parse().ok()?;
    (1..=replicas).contains(&usize::from(number)).then_some(ReplicaId(number))
}

fn client(value: &str, replicas: usize) -> Option<Client> {
    if begins(en("gateway"), value) {
        return Some(Client::Gateway);
    }
    // A trace id is a run's name, a hyphen and a number.
    let is_trace = value.contains('-');
    let trace = || is_trace.then(|| Client::Request(TraceId(value.to_owned())));
    replica(value, replicas).map(Client::Replica).or_else(trace)
}

/// A part of what was typed.
enum Piece {
    Word(String),
    Term(String, String),
}

/// Splits at spaces that are not in quotation marks, and at the first colon.
fn pieces(text: &str) -> Result<Vec<Piece>, Problem> {
    let mut pieces = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let piece = if first == '"' {
            let (word, after) = rest.get(1..).and_then(|rest| rest.split_once('"')).ok_or(Problem::Quote)?;
            rest = after;
            Piece::Word(word.to_owned())
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let (piece, after) = rest.split_at(end);
            rest = after;
            match piece.split_once(':') {
                Some((name, value)) => Piece::Term(name.to_owned(), value.to_owned()),
                None => Piece::Word(piece.to_owned()),
            }
        };
        pieces.push(piece);
        rest = rest.trim_start();
    }
    Ok(pieces)
}

/// Returns what was typed with one term in the place of all terms of this name, or without any.
pub fn with_term(text: &str, name: &'static str, value: Option<&str>) -> String {
    let Ok(pieces) = pieces(text) else { return text.to_owned() };
    let others = pieces.into_iter().filter_map(|piece| match piece {
        Piece::Term(known, _) if is_word(name, &known) => None,
        Piece::Term(known, value) => Some([known.as_str(), ":", &value].concat()),
        Piece::Word(word) if word.contains([' ', ':']) => Some(["\"", &word, "\""].concat()),
        Piece::Word(word) => Some(word),
    });
    let term = value.map(|value| [name, ":", value].concat());
    others.chain(term).collect::<Vec<_>>().join(" ")
}

/// Returns the value of the first term of this name, as it was typed.
pub fn term_of(text: &str, name: &'static str) -> Option<String> {
    let pieces = pieces(text).ok()?;
    pieces.into_iter().find_map(|piece| match piece {
        Piece::Term(known, value) if is_word(name, &known) => Some(value),
        Piece::Term(..) | Piece::Word(_) => None,
    })
}
