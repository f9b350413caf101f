//! One sentence for each event: what happened.

use shared::config::Mode;
use shared::event::{Action, Event, EventKind, Phase, Role, Why};
use shared::gist::{Gist, Say};
use shared::id::{GroupId, Node, ReplicaId};
use shared::message::Parcel;
use shared::note::{Entry, Version};
use shared::request::Reply;
use shared::view::ReplicaView;

use super::{Letter, and, capital, name, thing};
use crate::kind::code;

/// Returns what happened; `letter` is the message that the event is about, where it is known.
pub fn what(event: &Event, letter: Option<Letter<'_>>) -> String {
    let here = name(event.node);
    let text = match &event.kind {
        EventKind::Started { view } => format!("{here} starts with {} on its disk.", held(view)),
        EventKind::Joined { view } => format!("The gateway hears {here} from now on; it holds {}.", held(view)),
        EventKind::ClientRequest { request } => {
            format!("A client asks {here}: {} {}.", request.method.as_str(), request.path)
        }
        EventKind::ClientReply { reply } => {
            format!("{here} answers the client: {}{}.", status(reply), without(&reply.without))
        }
        EventKind::Sent { .. } => letter.map_or_else(|| format!("{here} sends a message."), sending),
        EventKind::Received { .. } => letter.map_or_else(|| format!("{here} gets a message."), receiving),
        EventKind::Lost { why, .. } => {
            let to = letter.map_or_else(|| "its receiver".to_owned(), |letter| name(letter.to));
            format!("A message of {here} to {to} is lost: {}.", why_text(*why))
        }
        EventKind::Ignored { why, .. } => format!("{here} passes a message over: {}.", why_text(*why)),
        EventKind::Stepped { action, phase, note, .. } => {
            let note = note.map_or_else(String::new, |note| format!(" (note {note})"));
            format!("{here} {}{note}.", stepping(*action, *phase))
        }
        EventKind::Promised { group, epoch } => format!("{here} promises {} to epoch {epoch}.", thing(*group)),
        EventKind::Became { group, role, epoch } => match role {
            Role::Primary => format!("{here} is the primary of {} now, in epoch {epoch}.", thing(*group)),
            Role::Backup => format!("{here} is a backup of {} now.", thing(*group)),
            Role::Claiming => format!("{here} wants to be the primary of {}.", thing(*group)),
        },
        EventKind::Accepted { changes, .. } => format!("{here} writes {} to its disk.", changed(changes)),
        EventKind::Committed { group, .. } => format!("{here} knows that a majority has {}.", thing(*group)),
        EventKind::RolledBack { entries, .. } => format!("{here} takes back {}.", taken_back(entries)),
        EventKind::TookOver { group, owner } => {
            format!(
                "{here} takes the crown of {} without {owner}, its last holder, which a majority misses.",
                thing(*group)
            )
        }
        EventKind::Suspected { replica, by } if by.is_empty() => {
            format!("{here} hears nothing of {replica} and misses it.")
        }
        EventKind::Suspected { replica, by } => {
            format!("{here} misses {replica}, and so {} {}.", do_or_does(by), and(by))
        }
        EventKind::Trusted { replica } => format!("{here} hears {replica} again."),
        EventKind::Recovering => format!("{here} has an empty disk and asks all others what it must know."),
        EventKind::Recovered { view } => format!("{here} has learnt what it must know and holds {}.", held(view)),
        EventKind::Froze { .. } => format!("{here} freezes: the mode is being switched."),
        EventKind::Began { mode, .. } => format!("{here} works in {} now.", mode.as_str()),
    };
    capital(&text)
}

fn held(view: &ReplicaView) -> String {
    let count = view.notes.values().filter(|version| version.note.is_some()).count();
    format!("{count} {}", if count == 1 { "note" } else { "notes" })
}

fn status(reply: &Reply) -> String {
    match (reply.status, code(reply)) {
        (200, _) => "200, done".to_owned(),
        (201, _) => "201, created".to_owned(),
        (404, _) => "404, there is no such note".to_owned(),
        (503, Some("unknown")) => "503, unknown: it may have been done or not".to_owned(),
        (503, _) => "503, refused: nothing was changed".to_owned(),
        (other, _) => other.to_string(),
    }
}

/// Says who had not acknowledged a write when its client heard.
fn without(missed: &[ReplicaId]) -> String {
    if missed.is_empty() { String::new() } else { format!(", without {}", and(missed)) }
}

fn do_or_does(replicas: &[ReplicaId]) -> &'static str {
    if replicas.len() == 1 { "does" } else { "do" }
}

/// Returns what was taken back: the first few writes by name.
pub fn taken_back(entries: &[Entry]) -> String {
    let count = if let [_] = entries { "a write".to_owned() } else { format!("{} writes", entries.len()) };
    let named: Vec<String> = entries.iter().take(NAMED).map(entry).collect();
    let more = entries.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{count} that no majority had: {}{more}", named.join(", "))
}

/// How many writes are named in one sentence.
const NAMED: usize = 3;

/// Returns what an entry had written.
pub fn entry(entry: &Entry) -> String {
    let note = entry.note;
    match &entry.version {
        None => format!("nothing (there was no note {note})"),
        Some(Version { note: None, .. }) => format!("the deletion of note {note}"),
        Some(Version { version, note: Some(content) }) => {
            let title = content.title.as_ref().map_or_else(String::new, |title| format!(" “{}”", short(title)));
            format!("note {note}{title}, version {version}")
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
        (Action::Forward, Phase::Request) => "is not the primary and forwards the write",
        (Action::Forward, Phase::Reply) => "is the primary and takes the forwarded write",
        (Action::Move, Phase::Request) => "does not hold the note and asks for it",
        (Action::Move, Phase::Reply) => "holds the note now",
        (Action::Update, Phase::Request) => "tells the backups to update",
        (Action::Update, Phase::Reply) => "has heard from enough backups",
    }
}

fn why_text(why: Why) -> &'static str {
    match why {
        Why::OldEpoch => "it belongs to an epoch that is over",
        Why::OldGeneration => "it belongs to a mode that is over",
        Why::NewGeneration => "it belongs to a mode that has not begun here",
        Why::Frozen => "the replica is frozen while the mode is switched",
        Why::Recovering => "the replica has lost its disk and must not vote yet",
        Why::NotWaiting => "nobody waits for it any more",
        Why::NotPrimary => "it asks for the primary, and this replica is not",
        Why::Unreachable => "nobody took it",
        Why::NoAnswer => "the receiver did not say whether it took it",
        Why::OutboxFull => "too many messages were waiting",
    }
}

fn changed(changes: &[(shared::id::NoteId, Option<Version>)]) -> String {
    match changes {
        [] => "nothing new".to_owned(),
        [(note, Some(Version { note: None, .. }))] => format!("the deletion of note {note}"),
        [(note, Some(version))] => format!("note {note}, version {},", version.version),
        [(note, None)] => format!("that note {note} is not there"),
        many => format!("{} notes", many.len()),
    }
}

fn sending(letter: Letter<'_>) -> String {
    let (from, to) = (name(letter.from), name(letter.to));
    let gist = match letter.parcel {
        Parcel::Request(request) => {
            return format!("{from} passes {} {} on to {to}.", request.method.as_str(), request.path);
        }
        Parcel::Reply(reply) => {
            return format!("{from} replies to {to}: {}{}.", status(reply), without(&reply.without));
        }
        Parcel::Peer(gist) => gist,
    };
    let thing = thing(gist.group.unwrap_or(GroupId::Store));
    let mode = || gist.mode.map_or("", Mode::as_str);
    let missed = gist.replica.map_or_else(String::new, |replica| replica.to_string());
    match gist.say {
        Say::Forward => format!("{from} forwards the write to the primary, {to}."),
        Say::Forwarded if gist.note.is_some() => {
            format!("{from} tells {to} that the write is done{}.", without(&gist.without))
        }
        Say::Forwarded => format!("{from} tells {to} that the write was not done."),
        Say::Claim => format!("{from} asks {to} for {thing}."),
        Say::Promise if letter.crown => {
            format!("{from} hands {thing} and its crown to {to}.")
        }
        Say::Promise => {
            format!("{from} promises {to} to take no older primary of {thing}.")
        }
        Say::Nack => format!("{from} does not give {to} {thing}."),
        Say::Append => append(&from, &to, &thing, gist),
        Say::Ack => format!("{from} acknowledges the update of {thing} to {to}."),
        Say::Behind => format!("{from} lacks earlier updates and asks {to} for them."),
        Say::Seal => format!("{from} asks {to} to freeze, to switch the mode."),
        Say::Sealed => format!("{from} is frozen and hands all it holds to {to}."),
        Say::Propose => format!("{from} proposes to {to} to go on in {}.", mode()),
        Say::Accepted => format!("{from} tells {to} that it has accepted the new mode."),
        Say::Enter => format!("{from} tells {to} that {} begins.", mode()),
        Say::Entered => format!("{from} tells {to} that it has begun."),
        Say::Probe => format!("{from} asks {to} whether it is there."),
        Say::ProbeOk => format!("{from} tells {to} that it is there."),
        Say::Suspect => format!("{from} misses {missed} and asks {to} whether it hears it."),
        Say::SuspectOk => format!("{from} tells {to} that it misses {missed}, too."),
        Say::ReadIndex => {
            format!("{from} asks {to} how far its log of {thing} goes, for a read.")
        }
        Say::ReadIndexOk => format!("{from} tells {to} how far its log goes."),
        Say::Recover => format!("{from} has an empty disk and asks {to} for all it holds."),
        Say::Recovery if gist.groups.is_some() => format!("{from} tells {to} all it holds."),
        Say::Recovery => format!("{from} tells {to} that its disk is empty, too."),
    }
}

fn append(from: &str, to: &str, thing: &str, gist: &Gist) -> String {
    match gist.entries.as_slice() {
        [] if gist.is_notice() => format!("{from} tells {to} how far {thing} is on a majority."),
        [Entry { note, version: Some(Version { version, .. }), .. }] => {
            format!("{from} tells {to} to update note {note} to version {version}.")
        }
        [Entry { note, version: None, .. }] => format!("{from} tells {to} that there was no note {note} to write."),
        entries => format!("{from} tells {to} to update {thing} ({} entries).", entries.len()),
    }
}

fn receiving(letter: Letter<'_>) -> String {
    let (from, to) = (name(letter.from), name(letter.to));
    let gist = match letter.parcel {
        Parcel::Request(request) => {
            return format!("{to} gets the request {} {}.", request.method.as_str(), request.path);
        }
        Parcel::Reply(_) => return format!("{to} gets the reply of {from}."),
        Parcel::Peer(gist) => gist,
    };
    let what = match gist.say {
        Say::Forward => "the forwarded write",
        Say::Forwarded => "the primary's answer",
        Say::Claim => "the wish for the crown",
        Say::Promise if letter.crown => "the item and the crown",
        Say::Promise => "the promise",
        Say::Nack => "the refusal",
        Say::Append if gist.is_notice() => "the notice",
        Say::Append => "the update",
        Say::Ack => "the acknowledgement",
        Say::Behind => "the call for earlier updates",
        Say::Seal => "the call to freeze",
        Say::Sealed => "all that was held",
        Say::Propose => "the proposal of a new mode",
        Say::Accepted => "word that the new mode is accepted",
        Say::Enter => "the call to begin",
        Say::Entered => "word that it has begun",
        Say::Probe => "the question whether it is there",
        Say::ProbeOk => "a sign of life",
        Say::Suspect => "the question who is missed",
        Say::SuspectOk => "word that another is missed",
        Say::ReadIndex => "the question how far its log goes",
        Say::ReadIndexOk => "word how far the log goes",
        Say::Recover => "the call for all it holds",
        Say::Recovery => "all that it must know",
    };
    let from = if letter.from == Node::Gateway { "the gateway".to_owned() } else { from };
    format!("{to} gets {what} from {from}.")
}
