//! One sentence for each event: what happened.

use shared::event::{Action, Event, EventKind, Gate, Phase, Role, Why};
use shared::id::GroupId;
use shared::note::{Entry, Version};
use shared::request::{Method, Reply};
use shared::view::ReplicaView;

use super::message::{receiving, sending};
use super::{Letter, and, capital, mode_said, name, thing};
use crate::kind::code;
use crate::lang::{en, fill, t};

/// Returns what happened; `letter` is the message that the event is about, where it is known.
pub fn what(event: &Event, letter: Option<Letter<'_>>) -> String {
    if let (EventKind::Sent { .. }, Some(letter)) = (&event.kind, letter) {
        return capital(&sending(letter));
    }
    if let (EventKind::Received { .. }, Some(letter)) = (&event.kind, letter) {
        return capital(&receiving(letter));
    }
    capital(&happening(event, letter))
}

fn happening(event: &Event, letter: Option<Letter<'_>>) -> String {
    let here = name(event.node);
    let say = |sentence, values: &[(&str, &str)]| fill(sentence, &[&[("here", here.as_str())], values].concat());
    match &event.kind {
        EventKind::Started { view } => say(en("{here} starts with {notes} on its disk."), &[("notes", &held(view))]),
        EventKind::Joined { view, missed: Some(count), .. } => say(
            en("The gateway is connected to {here} again and lost {count} of its events; {here} has {notes}."),
            &[("count", &count.to_string()), ("notes", &held(view))],
        ),
        EventKind::Joined { view, .. } => {
            say(en("The gateway is connected to {here}, which has {notes}."), &[("notes", &held(view))])
        }
        EventKind::ClientRequest { request } => {
            let request = [request.method.as_str(), " ", &request.path].concat();
            say(en("A client sends {request} to {here}."), &[("request", &request)])
        }
        EventKind::ClientReply { reply } => {
            say(en("{here} replies to the client: {reply}."), &[("reply", &replied(reply))])
        }
        EventKind::Sent { .. } => say(en("{here} sends a message."), &[]),
        EventKind::Received { .. } => say(en("{here} receives a message."), &[]),
        EventKind::Lost { why: Why::DroppedByHand, .. } => {
            by_hand(en("A message from {here} to {to} is dropped by hand."), &here, letter)
        }
        EventKind::Gate(gate) => by_hand(at_gate(*gate), &here, letter),
        EventKind::Lost { why, .. } => {
            let to = letter.map_or_else(|| t("its receiver").to_owned(), |letter| name(letter.to));
            say(en("A message from {here} to {to} is lost: {why}."), &[("to", &to), ("why", why_text(*why))])
        }
        EventKind::Ignored { why, .. } => say(en("{here} ignores a message: {why}."), &[("why", why_text(*why))]),
        EventKind::Stepped { action, phase, note, .. } => {
            let thing = note.map_or_else(|| t("the new note").to_owned(), |note| thing(GroupId::Note(note)));
            say(stepping(*action, *phase), &[("thing", &thing)])
        }
        EventKind::Promised { group, epoch } => {
            let values: &[(&str, &str)] = &[("thing", &thing(*group)), ("epoch", &epoch.to_string())];
            say(en("{here} promises to accept no epoch below {epoch} for {thing}."), values)
        }
        EventKind::Became { group, role, epoch } => {
            let values: &[(&str, &str)] = &[("thing", &thing(*group)), ("epoch", &epoch.to_string())];
            say(becoming(*role), values)
        }
        EventKind::Accepted { changes, .. } => {
            say(en("{here} writes {change} to its disk."), &[("change", &changed(changes))])
        }
        EventKind::Committed { group, .. } => {
            say(en("{here} marks {thing} as committed: a majority has it."), &[("thing", &thing(*group))])
        }
        EventKind::RolledBack { entries, .. } => {
            say(en("{here} rolls back {writes}."), &[("writes", &taken_back(entries))])
        }
        EventKind::TookOver { group, owner } => say(
            en("{here} takes over the primary role of {thing} from {owner}, which a majority suspects."),
            &[("thing", &thing(*group)), ("owner", &owner.to_string())],
        ),
        EventKind::Suspected { replica, by } => {
            let values: &[(&str, &str)] = &[("replica", &replica.to_string()), ("others", &and(by))];
            match by.len() {
                0 => say(en("{here} suspects {replica} (no answer for about 1 s)."), values),
                1 => say(en("{here} suspects {replica}, and so does {others}."), values),
                _ => say(en("{here} suspects {replica}, and so do {others}."), values),
            }
        }
        EventKind::Trusted { replica } => {
            say(en("{here} no longer suspects {replica}."), &[("replica", &replica.to_string())])
        }
        EventKind::Recovering => say(en("{here} has an empty disk and asks all other replicas for their state."), &[]),
        EventKind::Recovered { view } => {
            say(en("{here} has recovered its state and has {notes}."), &[("notes", &held(view))])
        }
        EventKind::Froze { .. } => say(en("{here} freezes: the mode is being switched."), &[]),
        EventKind::Began { mode, .. } => say(en("{here} works in {mode} now."), &[("mode", mode_said(*mode))]),
    }
}

/// Returns what somebody did by hand at the gate of `here`.
fn by_hand(sentence: &'static str, here: &str, letter: Option<Letter<'_>>) -> String {
    let to = letter.map_or_else(|| t("its receiver").to_owned(), |letter| name(letter.to));
    fill(sentence, &[("here", here), ("to", &to)])
}

fn at_gate(gate: Gate) -> &'static str {
    match gate {
        Gate::Closed => en("The gate of {here} is closed by hand: its messages to other replicas wait there."),
        Gate::Opened => en("The gate of {here} is opened by hand: the messages that waited there leave in order."),
        Gate::Held(_) => en("A message from {here} to {to} waits at the gate."),
        Gate::Delivered(_) => en("A message from {here} to {to} is delivered by hand."),
        Gate::Doubled(_) => en("A message from {here} to {to} is delivered twice by hand."),
    }
}

fn becoming(role: Role) -> &'static str {
    match role {
        Role::Primary => en("{here} is the primary of {thing} now, in epoch {epoch}."),
        Role::Backup => en("{here} is a backup of {thing} now."),
        Role::Claiming => en("{here} claims the primary role of {thing} in epoch {epoch}."),
    }
}

fn held(view: &ReplicaView) -> String {
    notes(view.notes.values().filter(|version| version.note.is_some()).count())
}

fn notes(count: usize) -> String {
    match count {
        1 => t("1 note").to_owned(),
        _ => fill("{count} notes", &[("count", &count.to_string())]),
    }
}

/// Returns what a client is told: how it ended, and who had not acknowledged a write by then.
pub(super) fn replied(reply: &Reply) -> String {
    match reply.without.as_slice() {
        [] => status(reply),
        missed => fill("{reply}, without {names}", &[("reply", &status(reply)), ("names", &and(missed))]),
    }
}

fn status(reply: &Reply) -> String {
    match (reply.status, code(reply)) {
        (200, _) if reply.method == Method::Get => read(reply),
        (200, _) => t("200, done").to_owned(),
        (201, _) => t("201, created").to_owned(),
        (404, _) => t("404, no such note").to_owned(),
        (503, Some("unknown")) => t("503, unknown: it may or may not have been done").to_owned(),
        (503, _) => t("503, refused: nothing was changed").to_owned(),
        (other, _) => other.to_string(),
    }
}

/// Returns what a read returned: one note by its title, or all of them.
fn read(reply: &Reply) -> String {
    let Some(note) = reply.path.strip_prefix("/note/") else { return t("200, all notes").to_owned() };
    let title = reply.body.get("note").and_then(|note| note.get("title")).and_then(|title| title.as_str());
    fill("200, note {note}{title}", &[("note", note), ("title", &quoted(title))])
}

/// Returns what was taken back: the first few writes by name.
pub fn taken_back(entries: &[Entry]) -> String {
    let named: Vec<String> = entries.iter().take(NAMED).map(entry).collect();
    let (count, named) = (entries.len().to_string(), named.join(", "));
    let more = entries.len().saturating_sub(NAMED).to_string();
    let values: &[(&str, &str)] = &[("count", &count), ("writes", &named), ("more", &more)];
    match entries.len() {
        1 => fill("a write that no majority had: {writes}", &values[1..2]),
        ..=NAMED => fill("{count} writes that no majority had: {writes}", &values[..2]),
        _ => fill("{count} writes that no majority had: {writes} and {more} more", values),
    }
}

/// How many writes are named in one sentence.
const NAMED: usize = 3;

/// Returns what an entry had written.
pub fn entry(entry: &Entry) -> String {
    let note = entry.note.to_string();
    match &entry.version {
        None => fill("nothing (no such note {note})", &[("note", &note)]),
        Some(Version { note: None, .. }) => fill("the deletion of note {note}", &[("note", &note)]),
        Some(Version { version, note: Some(content) }) => {
            let title = quoted(content.title.as_deref());
            let values: &[(&str, &str)] = &[("note", &note), ("title", &title), ("version", &version.to_string())];
            fill("note {note}{title}, version {version}", values)
        }
    }
}

/// How many characters of a title are said.
const TITLE: usize = 40;

/// Returns a title in quotation marks behind a space; nothing when there is none.
fn quoted(title: Option<&str>) -> String {
    title.map_or_else(String::new, |title| [" “", &short(title), "”"].concat())
}

fn short(title: &str) -> String {
    match title.char_indices().nth(TITLE) {
        Some((end, _)) => format!("{}…", &title[..end]),
        None => title.to_owned(),
    }
}

fn stepping(action: Action, phase: Phase) -> &'static str {
    match (action, phase) {
        (Action::Forward, Phase::Request) => en("{here} is not the primary and forwards the write of {thing}."),
        (Action::Forward, Phase::Reply) => en("{here} is the primary and receives the forwarded write of {thing}."),
        (Action::Move, Phase::Request) => en("{here} is not the primary of {thing} and asks for the role."),
        (Action::Move, Phase::Reply) => en("{here} has the primary role of {thing} now."),
        (Action::Update, Phase::Request) => en("{here} tells the backups to update {thing}."),
        (Action::Update, Phase::Reply) => en("Committed: {here} has the acknowledgements it needs for {thing}."),
    }
}

fn why_text(why: Why) -> &'static str {
    match why {
        Why::OldEpoch => t("it belongs to an earlier epoch"),
        Why::OldGeneration => t("it belongs to an earlier generation"),
        Why::NewGeneration => t("it belongs to a generation that has not begun here"),
        Why::Frozen => t("the replica is frozen while the mode is switched"),
        Why::Recovering => t("the replica has lost its disk and must not vote yet"),
        Why::NotWaiting => t("no open request matches it"),
        Why::NotPrimary => t("it is for the primary, which this replica is not"),
        Why::Unreachable => t("the receiver did not accept it"),
        Why::NoAnswer => t("no answer: it may or may not have arrived"),
        Why::OutboxFull => t("the outbox is full"),
        Why::Repeated => t("a retry replaced it before it was sent"),
        Why::DroppedByHand => t("it was dropped by hand"),
    }
}

fn changed(changes: &[(shared::id::NoteId, Option<Version>)]) -> String {
    match changes {
        [] => t("nothing new").to_owned(),
        [(note, version)] => {
            let note = note.to_string();
            match version {
                Some(Version { note: None, .. }) => fill("the deletion of note {note}", &[("note", &note)]),
                Some(version) => fill(
                    "note {note}, version {version},",
                    &[("note", &note), ("version", &version.version.to_string())],
                ),
                None => fill("the absence of note {note}", &[("note", &note)]),
            }
        }
        many => notes(many.len()),
    }
}
