//! A message with everything that is known of it, as words and JSON; pure.

use serde::Serialize;
use shared::event::{Event, EventKind};
use shared::id::Node;

use crate::kind::{Kind, step_name};
use crate::lang::{en, fill, t};
use crate::playback::Playback;
use crate::playback::pills::PillKey;
use crate::words;

/// What the detail of a message shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// Its accent.
    pub kind: Kind,
    /// One sentence.
    pub what: String,
    /// Names and values, in order.
    pub facts: Vec<(&'static str, String)>,
    /// The payload, indented.
    pub payload: String,
}

/// Returns the detail of a message; `None` when the log no longer holds it.
pub fn detail(playback: &Playback, key: PillKey) -> Option<Detail> {
    match key {
        PillKey::Message(id) => {
            let (event, parcel, passage) = playback.message(id)?;
            let EventKind::Sent { to, .. } = event.kind else { return None };
            let arrived = match (passage.end, passage.lost) {
                (Some(_), false) => t("yes"),
                (Some(_), true) => t("no: lost"),
                (None, _) => t("not yet"),
            };
            let mut facts = facts(event, event.node, to);
            facts.push((en("message"), id.to_string()));
            facts.push((en("arrived"), arrived.to_owned()));
            let kind = Kind::of_parcel(parcel, event.step);
            Some(Detail { kind, what: words::what(event, playback.letter(event)), facts, payload: pretty(parcel) })
        }
        PillKey::Client(place) => {
            let entry = playback.log().entry(place)?;
            let event = &entry.event;
            let (from, to, payload) = if let EventKind::ClientRequest { request } = &event.kind {
                (Node::Clients, event.node, pretty(request))
            } else if let EventKind::ClientReply { reply } = &event.kind {
                (event.node, Node::Clients, pretty(reply))
            } else {
                return None;
            };
            Some(Detail { kind: entry.kind, what: words::what(event, None), facts: facts(event, from, to), payload })
        }
    }
}

fn facts(event: &Event, from: Node, to: Node) -> Vec<(&'static str, String)> {
    let seconds = format!("{}.{:06}", event.at.0 / 1_000_000, event.at.0 % 1_000_000);
    let mut facts = vec![
        (en("from"), words::capital(&words::name(from))),
        (en("to"), words::capital(&words::name(to))),
        (en("step"), event.step.map_or_else(|| t("not in the figure").to_owned(), |step| step_name(step).to_owned())),
        (en("sent at"), fill("{seconds} s after the start", &[("seconds", &seconds)])),
        (en("event"), event.seq.to_string()),
        (en("clock"), format!("Lamport {}", event.stamp.lamport)),
    ];
    if let Some(trace) = &event.trace {
        facts.push((en("trace"), trace.0.clone()));
    }
    facts
}

fn pretty(payload: &impl Serialize) -> String {
    serde_json::to_string_pretty(payload).unwrap_or_else(|error| format!("cannot be shown: {error}"))
}
