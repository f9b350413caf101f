//! The kinds of messages: one accent, one sign and one textbook label each, the same everywhere on the page.
//!
//! Pure; the colours are in `style/tokens.css` under the names that [`Kind::as_str`] gives.

use shared::event::{Action, Event, EventKind, Step};
use shared::gist::{Gist, Say};
use shared::id::{GroupId, NoteId};
use shared::message::Parcel;
use shared::request::{Method, Reply, Request};

use crate::lang::{en, fill, t};

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A write on its way to where it is done.
    Write,
    /// A read request.
    Read,
    /// The primary tells a backup what changed.
    Update,
    /// A backup says that it has an update.
    Ack,
    /// The primary role of a note moves.
    Move,
    /// An answer.
    Reply,
    /// A message that did not arrive, a replica that is missed, a write that is taken back.
    Lost,
    /// Bookkeeping that belongs to no step of the textbook's figures.
    Quiet,
}

impl Kind {
    /// All kinds, in the order in which the timeline paints them.
    pub const ALL: [Kind; 8] =
        [Kind::Quiet, Kind::Reply, Kind::Read, Kind::Write, Kind::Update, Kind::Ack, Kind::Move, Kind::Lost];

    /// Returns the name that style sheets and tests use.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Write => "write",
            Kind::Read => "read",
            Kind::Update => "update",
            Kind::Ack => "ack",
            Kind::Move => "move",
            Kind::Reply => "reply",
            Kind::Lost => "lost",
            Kind::Quiet => "quiet",
        }
    }

    /// Returns the kind of a client's request.
    pub fn of_request(request: &Request) -> Kind {
        if request.method == Method::Get { Kind::Read } else { Kind::Write }
    }

    /// Returns the kind of a message; `step` is its place in the textbook's figure, if it has one.
    pub fn of_parcel(parcel: &Parcel, step: Option<Step>) -> Kind {
        let gist = match parcel {
            Parcel::Request(request) => return Kind::of_request(request),
            Parcel::Reply(_) => return Kind::Reply,
            Parcel::Peer(gist) => gist,
        };
        if step.is_none() {
            return Kind::Quiet;
        }
        match gist.say {
            Say::Forward => Kind::Write,
            Say::Forwarded | Say::ReadIndexOk => Kind::Reply,
            Say::Claim | Say::Promise => Kind::Move,
            Say::Append => Kind::Update,
            Say::Ack => Kind::Ack,
            Say::ReadIndex => Kind::Read,
            Say::Nack
            | Say::Behind
            | Say::Seal
            | Say::Sealed
            | Say::Propose
            | Say::Accepted
            | Say::Enter
            | Say::Entered
            | Say::Probe
            | Say::ProbeOk
            | Say::Suspect
            | Say::SuspectOk
            | Say::Recover
            | Say::Recovery => Kind::Quiet,
        }
    }

    /// Returns the kind of an event; `sent` is the kind of the message that it is about, if any.
    pub fn of_event(event: &Event, sent: Option<Kind>) -> Kind {
        match &event.kind {
            EventKind::ClientRequest { request } => Kind::of_request(request),
            EventKind::ClientReply { .. } => Kind::Reply,
            EventKind::Sent { parcel, .. } => Kind::of_parcel(parcel, event.step),
            EventKind::Received { .. } | EventKind::Ignored { .. } | EventKind::Gate(_) => sent.unwrap_or(Kind::Quiet),
            EventKind::Lost { .. }
            | EventKind::RolledBack { .. }
            | EventKind::Suspected { .. }
            | EventKind::Recovering => Kind::Lost,
            EventKind::Stepped { action, .. } => match action {
                Action::Forward => Kind::Write,
                Action::Move => Kind::Move,
                Action::Update => Kind::Update,
            },
            EventKind::Accepted { .. } => Kind::Update,
            EventKind::Became { .. } | EventKind::TookOver { .. } => Kind::Move,
            EventKind::Started { .. }
            | EventKind::Joined { .. }
            | EventKind::Promised { .. }
            | EventKind::Committed { .. }
            | EventKind::Trusted { .. }
            | EventKind::Recovered { .. }
            | EventKind::Froze { .. }
            | EventKind::Began { .. } => Kind::Quiet,
        }
    }
}

/// What is written on a pill: the textbook's step, and words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// `W1` … `R2`; `None` when the figures have no such step.
    pub step: Option<&'static str>,
    /// One or two words.
    pub text: String,
}

/// Returns a step's name.
pub fn step_name(step: Step) -> &'static str {
    match step {
        Step::W1 => "W1",
        Step::W2 => "W2",
        Step::W3 => "W3",
        Step::W4 => "W4",
        Step::W5 => "W5",
        Step::R1 => "R1",
        Step::R2 => "R2",
    }
}

/// Returns a step's name as it stands beside replicas, of which two are called like the steps of reading.
pub fn step_words(step: &str) -> String {
    fill("step {step}", &[("step", step)])
}

/// Returns the short name of a client's request, such as `PATCH 1`.
pub fn request_name(request: &Request) -> String {
    match request.path.strip_prefix("/note/") {
        Some(id) => format!("{} {id}", request.method.as_str()),
        None if request.method == Method::Get => fill("{method} all", &[("method", "GET")]),
        None => request.method.as_str().to_owned(),
    }
}

/// Returns the label of a client's request.
pub fn request_label(request: &Request, step: Option<Step>) -> Label {
    let step = step.unwrap_or(if request.method == Method::Get { Step::R1 } else { Step::W1 });
    Label { step: Some(step_name(step)), text: request_name(request) }
}

/// Returns the label of a message; `crown` says that it hands the primary role over.
pub fn label(parcel: &Parcel, step: Option<Step>, crown: bool) -> Label {
    let text = match parcel {
        Parcel::Request(request) => return request_label(request, step),
        Parcel::Reply(reply) => reply_text(reply),
        Parcel::Peer(gist) => peer_text(gist, crown),
    };
    Label { step: step.map(step_name), text }
}

/// Returns the words of a reply; of the two answers that are neither yes nor no, which one it is.
pub fn reply_text(reply: &Reply) -> String {
    match (reply.status, code(reply)) {
        (..400, _) => match reply.without.as_slice() {
            [] => t("reply").to_owned(),
            [one] => fill("reply without {names}", &[("names", &one.to_string())]),
            many => fill("reply without {count}", &[("count", &many.len().to_string())]),
        },
        (503, Some("unknown")) => t("503 unknown").to_owned(),
        (503, Some("refused")) => t("503 refused").to_owned(),
        (503, Some(code)) => format!("503 {code}"),
        (status, _) => fill("reply {status}", &[("status", &status.to_string())]),
    }
}

/// Returns the word for programs in a reply that says why nothing was done.
pub fn code(reply: &Reply) -> Option<&str> {
    reply.body.get("code").and_then(|code| code.as_str())
}

fn peer_text(gist: &Gist, crown: bool) -> String {
    let note = gist.group.and_then(|group| if let GroupId::Note(note) = group { Some(note) } else { None });
    let replica = || gist.replica.map_or_else(String::new, |replica| replica.to_string());
    let text = match gist.say {
        Say::Forward => en("forward"),
        Say::Forwarded => en("reply"),
        Say::Claim => return asked(note),
        Say::Promise if crown => return crate::words::thing(gist.group.unwrap_or(GroupId::Store)),
        Say::Promise => en("promise"),
        Say::Nack => en("reject"),
        Say::Append if gist.is_notice() => en("commit"),
        Say::Append => en("update"),
        Say::Ack => en("ack"),
        Say::Behind => en("behind"),
        Say::Seal => en("freeze"),
        Say::Sealed => en("frozen"),
        Say::Propose => en("propose"),
        Say::Accepted => en("accepted"),
        Say::Enter => en("begin"),
        Say::Entered => en("begun"),
        Say::Probe => en("ping"),
        Say::ProbeOk => en("pong"),
        Say::Suspect => return fill("suspect {replica}?", &[("replica", &replica())]),
        Say::SuspectOk => return fill("suspect {replica}", &[("replica", &replica())]),
        Say::ReadIndex => en("read index?"),
        Say::ReadIndexOk => en("read index"),
        Say::Recover => en("recover"),
        Say::Recovery => en("state"),
    };
    t(text).to_owned()
}

fn asked(note: Option<NoteId>) -> String {
    match note {
        None => t("claim").to_owned(),
        Some(note) => fill("claim {note}", &[("note", &note.to_string())]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::id::{Epoch, NoteId, ReplicaId, Seq};
    use shared::message::Message;

    use super::*;

    #[test]
    fn requests_are_named_by_method_and_note() {
        let request = |method, path: &str| Request { method, path: path.to_owned(), body: json!({}) };
        assert_eq!(request_name(&request(Method::Patch, "/note/1")), "PATCH 1");
        assert_eq!(request_name(&request(Method::Post, "/note")), "POST");
        assert_eq!(request_name(&request(Method::Get, "/note")), "GET all");
        let label = request_label(&request(Method::Get, "/note/2"), None);
        assert_eq!((label.step, label.text.as_str()), (Some("R1"), "GET 2"));
        assert_eq!(step_words("R1"), "step R1", "and not the replica");
    }

    #[test]
    fn only_steps_of_the_figures_have_an_accent() {
        let group = GroupId::Note(NoteId(1));
        let epoch = Epoch::NONE.next(ReplicaId(2));
        let ack = Parcel::Peer(Box::new(Gist::from(&Message::Ack { group, epoch, len: Seq(1) })));
        assert_eq!(Kind::of_parcel(&ack, Some(Step::W5)), Kind::Ack);
        assert_eq!(Kind::of_parcel(&ack, None), Kind::Quiet);
        assert_eq!(label(&ack, Some(Step::W5), false).step, Some("W5"));
    }
}
