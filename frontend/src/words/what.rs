//! One sentence for each event: what happened.

use shared::event::{Action, Event, EventKind, Gate, Phase, Role, Why};
use shared::gist::{Gist, Say};
use shared::id::GroupId;
use shared::message::Parcel;
use shared::note::{Entry, Version};
use shared::request::Reply;
use shared::view::ReplicaView;

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
            en("The gateway missed {count} events of {here} and hears it again; it holds {notes}."),
            &[("count", &count.to_string()), ("notes", &held(view))],
        ),
        EventKind::Joined { view, .. } => {
            say(en("The gateway hears {here} from now on; it holds {notes}."), &[("notes", &held(view))])
        }
        EventKind::ClientRequest { request } => {
            let request = [request.method.as_str(), " ", &request.path].concat();
            say(en("A client asks {here}: {request}."), &[("request", &request)])
        }
        EventKind::ClientReply { reply } => {
            say(en("{here} answers the client: {reply}."), &[("reply", &replied(reply))])
        }
        EventKind::Sent { .. } => say(en("{here} sends a message."), &[]),
        EventKind::Received { .. } => say(en("{here} gets a message."), &[]),
        EventKind::Lost { why: Why::DroppedByHand, .. } => {
            by_hand(en("A message of {here} to {to} is dropped by hand."), &here, letter)
        }
        EventKind::Gate(gate) => by_hand(at_gate(*gate), &here, letter),
        EventKind::Lost { why, .. } => {
            let to = letter.map_or_else(|| t("its receiver").to_owned(), |letter| name(letter.to));
            say(en("A message of {here} to {to} is lost: {why}."), &[("to", &to), ("why", why_text(*why))])
        }
        EventKind::Ignored { why, .. } => say(en("{here} passes a message over: {why}."), &[("why", why_text(*why))]),
        EventKind::Stepped { action, phase, note, .. } => {
            let step = stepping(*action, *phase);
            match note {
                None => say(en("{here} {step}."), &[("step", step)]),
                Some(note) => say(en("{here} {step} (note {note})."), &[("step", step), ("note", &note.to_string())]),
            }
        }
        EventKind::Promised { group, epoch } => {
            let values: &[(&str, &str)] = &[("thing", &thing(*group)), ("epoch", &epoch.to_string())];
            say(en("{here} promises {thing} to epoch {epoch}."), values)
        }
        EventKind::Became { group, role, epoch } => {
            let values: &[(&str, &str)] = &[("thing", &thing(*group)), ("epoch", &epoch.to_string())];
            say(becoming(*role), values)
        }
        EventKind::Accepted { changes, .. } => {
            say(en("{here} writes {change} to its disk."), &[("change", &changed(changes))])
        }
        EventKind::Committed { group, .. } => {
            say(en("{here} knows that a majority has {thing}."), &[("thing", &thing(*group))])
        }
        EventKind::RolledBack { entries, .. } => {
            say(en("{here} takes back {writes}."), &[("writes", &taken_back(entries))])
        }
        EventKind::TookOver { group, owner } => say(
            en("{here} takes the crown of {thing} without {owner}, its last holder, which a majority misses."),
            &[("thing", &thing(*group)), ("owner", &owner.to_string())],
        ),
        EventKind::Suspected { replica, by } => {
            let values: &[(&str, &str)] = &[("replica", &replica.to_string()), ("others", &and(by))];
            match by.len() {
                0 => say(en("{here} hears nothing of {replica} and misses it."), values),
                1 => say(en("{here} misses {replica}, and so does {others}."), values),
                _ => say(en("{here} misses {replica}, and so do {others}."), values),
            }
        }
        EventKind::Trusted { replica } => {
            say(en("{here} hears {replica} again."), &[("replica", &replica.to_string())])
        }
        EventKind::Recovering => say(en("{here} has an empty disk and asks all others what it must know."), &[]),
        EventKind::Recovered { view } => {
            say(en("{here} has learnt what it must know and holds {notes}."), &[("notes", &held(view))])
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
        Gate::Closed => en("The gate of {here} is closed by hand: what it sends to other replicas waits there."),
        Gate::Opened => en("The gate of {here} is opened by hand: all that waited there leaves, in order."),
        Gate::Held(_) => en("A message of {here} to {to} waits at the gate."),
        Gate::Delivered(_) => en("A message of {here} to {to} is let go by hand."),
        Gate::Doubled(_) => en("A message of {here} to {to} is let go by hand, twice."),
    }
}

fn becoming(role: Role) -> &'static str {
    match role {
        Role::Primary => en("{here} is the primary of {thing} now, in epoch {epoch}."),
        Role::Backup => en("{here} is a backup of {thing} now."),
        Role::Claiming => en("{here} wants to be the primary of {thing}."),
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
fn replied(reply: &Reply) -> String {
    match reply.without.as_slice() {
        [] => status(reply),
        missed => fill("{reply}, without {names}", &[("reply", &status(reply)), ("names", &and(missed))]),
    }
}

fn status(reply: &Reply) -> String {
    match (reply.status, code(reply)) {
        (200, _) => t("200, done").to_owned(),
        (201, _) => t("201, created").to_owned(),
        (404, _) => t("404, there is no such note").to_owned(),
        (503, Some("unknown")) => t("503, unknown: it may have been done or not").to_owned(),
        (503, _) => t("503, refused: nothing was changed").to_owned(),
        (other, _) => other.to_string(),
    }
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
        None => fill("nothing (there was no note {note})", &[("note", &note)]),
        Some(Version { note: None, .. }) => fill("the deletion of note {note}", &[("note", &note)]),
        Some(Version { version, note: Some(content) }) => {
            let title = content.title.as_ref().map_or_else(String::new, |title| [" “", &short(title), "”"].concat());
            let values: &[(&str, &str)] = &[("note", &note), ("title", &title), ("version", &version.to_string())];
            fill("note {note}{title}, version {version}", values)
        }
    }
}

/// How many characters of a title are said.
const TITLE: usize = 40;

fn short(title: &str) -> String {
    match title.char_indices().nth(TITLE) {
        Some((end, _)) => format!("{}…", &title[..end]),
        None => title.to_owned(),
    }
}

fn stepping(action: Action, phase: Phase) -> &'static str {
    match (action, phase) {
        (Action::Forward, Phase::Request) => t("is not the primary and forwards the write"),
        (Action::Forward, Phase::Reply) => t("is the primary and takes the forwarded write"),
        (Action::Move, Phase::Request) => t("does not hold the note and asks for it"),
        (Action::Move, Phase::Reply) => t("holds the note now"),
        (Action::Update, Phase::Request) => t("tells the backups to update"),
        (Action::Update, Phase::Reply) => t("has heard from enough backups"),
    }
}

fn why_text(why: Why) -> &'static str {
    match why {
        Why::OldEpoch => t("it belongs to an epoch that is over"),
        Why::OldGeneration => t("it belongs to a mode that is over"),
        Why::NewGeneration => t("it belongs to a mode that has not begun here"),
        Why::Frozen => t("the replica is frozen while the mode is switched"),
        Why::Recovering => t("the replica has lost its disk and must not vote yet"),
        Why::NotWaiting => t("nobody waits for it any more"),
        Why::NotPrimary => t("it asks for the primary, and this replica is not"),
        Why::Unreachable => t("nobody took it"),
        Why::NoAnswer => t("the receiver did not say whether it took it"),
        Why::OutboxFull => t("too many messages were waiting"),
        Why::Repeated => t("the same was said again before it could leave"),
        Why::DroppedByHand => t("somebody dropped it by hand"),
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
                None => fill("that note {note} is not there", &[("note", &note)]),
            }
        }
        many => notes(many.len()),
    }
}

fn sending(letter: Letter<'_>) -> String {
    let (from, to) = (name(letter.from), name(letter.to));
    let say = |sentence, values: &[(&str, &str)]| {
        fill(sentence, &[&[("from", from.as_str()), ("to", to.as_str())], values].concat())
    };
    let gist = match letter.parcel {
        Parcel::Request(request) => {
            let request = [request.method.as_str(), " ", &request.path].concat();
            return say(en("{from} passes {request} on to {to}."), &[("request", &request)]);
        }
        Parcel::Reply(reply) => return say(en("{from} replies to {to}: {reply}."), &[("reply", &replied(reply))]),
        Parcel::Peer(gist) => gist,
    };
    let missed = gist.replica.map_or_else(String::new, |replica| replica.to_string());
    let values: &[(&str, &str)] = &[
        ("thing", &thing(gist.group.unwrap_or(GroupId::Store))),
        ("mode", gist.mode.map_or("", mode_said)),
        ("missed", &missed),
        ("names", &and(&gist.without)),
    ];
    if gist.say == Say::Append { append(gist, say, values) } else { say(sent(gist, letter.crown), values) }
}

/// Returns the sentence of any message but an update.
fn sent(gist: &Gist, crown: bool) -> &'static str {
    match gist.say {
        Say::Forward => en("{from} forwards the write to the primary, {to}."),
        Say::Forwarded if gist.note.is_none() => en("{from} tells {to} that the write was not done."),
        Say::Forwarded if gist.without.is_empty() => en("{from} tells {to} that the write is done."),
        Say::Forwarded => en("{from} tells {to} that the write is done, without {names}."),
        Say::Claim => en("{from} asks {to} for {thing}."),
        Say::Promise if crown => en("{from} hands {thing} and its crown to {to}."),
        Say::Promise => en("{from} promises {to} to take no older primary of {thing}."),
        Say::Nack => en("{from} does not give {to} {thing}."),
        Say::Append => en("{from} tells {to} how far {thing} is on a majority."),
        Say::Ack => en("{from} acknowledges the update of {thing} to {to}."),
        Say::Behind => en("{from} lacks earlier updates and asks {to} for them."),
        Say::Seal => en("{from} asks {to} to freeze, to switch the mode."),
        Say::Sealed => en("{from} is frozen and hands all it holds to {to}."),
        Say::Propose => en("{from} proposes to {to} to go on in {mode}."),
        Say::Accepted => en("{from} tells {to} that it has accepted the new mode."),
        Say::Enter => en("{from} tells {to} that {mode} begins."),
        Say::Entered => en("{from} tells {to} that it has begun."),
        Say::Probe => en("{from} asks {to} whether it is there."),
        Say::ProbeOk => en("{from} tells {to} that it is there."),
        Say::Suspect => en("{from} misses {missed} and asks {to} whether it hears it."),
        Say::SuspectOk => en("{from} tells {to} that it misses {missed}, too."),
        Say::ReadIndex => en("{from} asks {to} how far its log of {thing} goes, for a read."),
        Say::ReadIndexOk => en("{from} tells {to} how far its log goes."),
        Say::Recover => en("{from} has an empty disk and asks {to} for all it holds."),
        Say::Recovery if gist.groups.is_some() => en("{from} tells {to} all it holds."),
        Say::Recovery => en("{from} tells {to} that its disk is empty, too."),
    }
}

fn append(gist: &Gist, say: impl Fn(&'static str, &[(&str, &str)]) -> String, values: &[(&str, &str)]) -> String {
    match gist.entries.as_slice() {
        [] if gist.is_notice() => say(sent(gist, false), values),
        [Entry { note, version: Some(Version { version, .. }), .. }] => say(
            en("{from} tells {to} to update note {note} to version {version}."),
            &[("note", &note.to_string()), ("version", &version.to_string())],
        ),
        [Entry { note, version: None, .. }] => {
            say(en("{from} tells {to} that there was no note {note} to write."), &[("note", &note.to_string())])
        }
        entries => {
            let count = entries.len().to_string();
            let values = [values, &[("count", &count)]].concat();
            say(en("{from} tells {to} to update {thing} ({count} entries)."), &values)
        }
    }
}

fn receiving(letter: Letter<'_>) -> String {
    let (from, to) = (name(letter.from), name(letter.to));
    let values: &[(&str, &str)] = &[("from", &from), ("to", &to)];
    let gist = match letter.parcel {
        Parcel::Request(request) => {
            let request = [request.method.as_str(), " ", &request.path].concat();
            return fill("{to} gets the request {request}.", &[("to", &to), ("request", &request)]);
        }
        Parcel::Reply(_) => return fill("{to} gets the reply of {from}.", values),
        Parcel::Peer(gist) => gist,
    };
    let what = t(received(gist, letter.crown));
    fill("{to} gets {what} from {from}.", &[("to", &to), ("what", what), ("from", &from)])
}

fn received(gist: &Gist, crown: bool) -> &'static str {
    match gist.say {
        Say::Forward => en("the forwarded write"),
        Say::Forwarded => en("the primary's answer"),
        Say::Claim => en("the wish for the crown"),
        Say::Promise if crown => en("the item and the crown"),
        Say::Promise => en("the promise"),
        Say::Nack => en("the refusal"),
        Say::Append if gist.is_notice() => en("the notice"),
        Say::Append => en("the update"),
        Say::Ack => en("the acknowledgement"),
        Say::Behind => en("the call for earlier updates"),
        Say::Seal => en("the call to freeze"),
        Say::Sealed => en("all that was held"),
        Say::Propose => en("the proposal of a new mode"),
        Say::Accepted => en("word that the new mode is accepted"),
        Say::Enter => en("the call to begin"),
        Say::Entered => en("word that it has begun"),
        Say::Probe => en("the question whether it is there"),
        Say::ProbeOk => en("a sign of life"),
        Say::Suspect => en("the question who is missed"),
        Say::SuspectOk => en("word that another is missed"),
        Say::ReadIndex => en("the question how far its log goes"),
        Say::ReadIndexOk => en("word how far the log goes"),
        Say::Recover => en("the call for all it holds"),
        Say::Recovery => en("all that it must know"),
    }
}
