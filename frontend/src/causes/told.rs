//! A chain of causes in words, and where the rule behind an event is written down; pure.

use shared::config::Mode;
use shared::event::{Event, EventKind, Step, Why};
use shared::gist::Say;
use shared::message::Parcel;
use shared::request::Request;

use super::{Link, chain};
use crate::kind::{Kind, step_name};
use crate::lang::{en, fill, t};
use crate::playback::{Log, Playback};
use crate::words::{self, Letter};

/// How many links are told before the rest is counted.
const NEAREST: usize = 5;

/// One link of a chain, as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// A sentence.
    pub text: String,
    /// The number of its event among those with a picture; `None` when it is no event.
    pub stop: Option<u64>,
    /// Its accent.
    pub kind: Kind,
}

/// A chain, as it is shown: the nearest links, those between, and the client's request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Story {
    /// The nearest links, the nearest first.
    pub near: Vec<Told>,
    /// Those between them and the end.
    pub between: Vec<Told>,
    /// The beginning, when the chain has one further back.
    pub end: Option<Told>,
    /// Where the rule is written down.
    pub reference: String,
}

/// Tells the chain of the event at `place`.
pub fn story(playback: &Playback, place: u64, step: Option<Step>) -> Story {
    let log = playback.log();
    let Some(entry) = log.entry(place) else { return Story::default() };
    let mut links: Vec<Told> = chain(log, place).into_iter().map(|link| told(playback, link, entry.stops)).collect();
    let end = if links.len() > 1 { links.pop() } else { None };
    let between = links.split_off(links.len().min(NEAREST));
    let letter = playback.letter(&entry.event);
    Story { near: links, between, end, reference: reference(&entry.event, letter, step, playback.mode()) }
}

fn told(playback: &Playback, link: Link, from: u64) -> Told {
    let plain = |text: &'static str| Told { text: t(text).to_owned(), stop: None, kind: Kind::Quiet };
    match link {
        Link::Because(place) => event(playback, place, from, false),
        Link::Awaited(place) => event(playback, place, from, true),
        Link::Timer => plain(en("A timer expired: no message caused this.")),
        Link::Asked => plain(en("A mode switch was requested.")),
        Link::ByHand => plain(en("This was done by hand at the gate.")),
        Link::Forgotten => plain(en("The log does not reach further back.")),
    }
}

fn event(playback: &Playback, place: u64, from: u64, awaited: bool) -> Told {
    let Some((entry, stop)) = at(playback.log(), place) else {
        return Told { text: String::new(), stop: None, kind: Kind::Quiet };
    };
    let what = || words::what(&entry.event, playback.letter(&entry.event));
    let text = if let EventKind::ClientRequest { request } = &entry.event.kind {
        asked(request, from.saturating_sub(stop))
    } else if awaited {
        fill("It was waiting for this: {what}", &[("what", &what())])
    } else {
        what()
    };
    Told { text, stop: Some(stop), kind: entry.kind }
}

fn at(log: &Log, place: u64) -> Option<(&crate::playback::Entry, u64)> {
    log.entry(place).map(|entry| (entry, entry.stops))
}

fn asked(request: &Request, steps: u64) -> String {
    let Request { method, path, .. } = request;
    let request = [method.as_str(), " ", path].concat();
    match steps {
        1 => fill("The client's {request}, 1 step ago.", &[("request", &request)]),
        _ => {
            fill("The client's {request}, {steps} steps ago.", &[("request", &request), ("steps", &steps.to_string())])
        }
    }
}

/// Returns where the rule behind an event is written down.
fn reference(event: &Event, letter: Option<Letter<'_>>, step: Option<Step>, mode: Mode) -> String {
    let rule = ["docs/PROTOCOL.md, “", chapter(event, letter, step), "”"].concat();
    let Some(step) = step else { return rule };
    let figure = match mode {
        Mode::RemoteWrite => en("Step {step} of the textbook's remote-write figure"),
        Mode::LocalWrite => en("Step {step} of the textbook's local-write figure"),
    };
    [&fill(figure, &[("step", step_name(step))]), " · ", &rule].concat()
}

/// Returns the chapter of `docs/PROTOCOL.md`, by its title there.
fn chapter(event: &Event, letter: Option<Letter<'_>>, step: Option<Step>) -> &'static str {
    if let EventKind::Gate(_) | EventKind::Lost { why: Why::DroppedByHand, .. } = &event.kind {
        return GATE;
    }
    match step {
        Some(Step::R1 | Step::R2) => return "Reading",
        Some(Step::W1 | Step::W2 | Step::W3 | Step::W4 | Step::W5) => return "Writing",
        None => {}
    }
    match &event.kind {
        EventKind::Suspected { .. }
        | EventKind::Trusted { .. }
        | EventKind::TookOver { .. }
        | EventKind::RolledBack { .. }
        | EventKind::Started { .. }
        | EventKind::Recovering
        | EventKind::Recovered { .. } => FAILS,
        EventKind::Froze { .. } | EventKind::Began { .. } => SWITCH,
        EventKind::Sent { .. } | EventKind::Received { .. } | EventKind::Ignored { .. } => {
            letter.map_or(RULES, |letter| of_parcel(letter.parcel))
        }
        EventKind::ClientRequest { .. } | EventKind::ClientReply { .. } | EventKind::Stepped { .. } => "Writing",
        EventKind::Lost { .. }
        | EventKind::Gate(_)
        | EventKind::Joined { .. }
        | EventKind::Promised { .. }
        | EventKind::Became { .. }
        | EventKind::Accepted { .. }
        | EventKind::Committed { .. } => RULES,
    }
}

const FAILS: &str = "When a replica fails";
const GATE: &str = "The gate";
const SWITCH: &str = "Switching the mode";
const RULES: &str = "Rules that make it safe";

fn of_parcel(parcel: &Parcel) -> &'static str {
    let Parcel::Peer(gist) = parcel else { return "Writing" };
    match gist.say {
        Say::Seal | Say::Sealed | Say::Propose | Say::Accepted | Say::Enter | Say::Entered => SWITCH,
        Say::Probe | Say::ProbeOk | Say::Suspect | Say::SuspectOk | Say::Recover | Say::Recovery => FAILS,
        Say::ReadIndex | Say::ReadIndexOk => "Reading",
        Say::Forward
        | Say::Forwarded
        | Say::Claim
        | Say::Promise
        | Say::Nack
        | Say::Append
        | Say::Ack
        | Say::Behind => RULES,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chapter_is_in_the_document() {
        let document = include_str!("../../../docs/PROTOCOL.md");
        let headings: Vec<&str> = document.lines().filter(|line| line.starts_with("## ")).collect();
        for title in ["Reading", "Writing", FAILS, SWITCH, RULES, GATE] {
            assert!(headings.iter().any(|heading| heading.ends_with(&format!(". {title}"))), "{title}");
        }
    }
}
