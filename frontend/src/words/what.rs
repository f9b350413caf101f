//! One sentence for each event: what happened.

use shared::event::{Action, Event, EventKind, Phase, Role, Why};
use shared::id::{GroupId, Node};
use shared::message::{LogPart, Message, Outcome, Parcel};
use shared::note::Version;
use shared::view::ReplicaView;

use super::{Letter, capital, name, thing};

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
            format!("{here} answers the client: {}.", status(reply.status))
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
        EventKind::RolledBack { ops, .. } => format!("{here} takes {} writes back that never counted.", ops.len()),
        EventKind::Froze { .. } => format!("{here} freezes: the mode is being switched."),
        EventKind::Began { mode, .. } => format!("{here} works in {} now.", mode.as_str()),
    };
    capital(&text)
}

fn held(view: &ReplicaView) -> String {
    let count = view.notes.values().filter(|version| version.note.is_some()).count();
    format!("{count} {}", if count == 1 { "note" } else { "notes" })
}

fn status(code: u16) -> String {
    match code {
        200 => "200, done".to_owned(),
        201 => "201, created".to_owned(),
        404 => "404, there is no such note".to_owned(),
        503 => "503, not now".to_owned(),
        other => other.to_string(),
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
    let message = match letter.parcel {
        Parcel::Request(request) => {
            return format!("{from} passes {} {} on to {to}.", request.method.as_str(), request.path);
        }
        Parcel::Reply(reply) => return format!("{from} replies to {to}: {}.", status(reply.status)),
        Parcel::Peer(message) => message,
    };
    match message {
        Message::Forward { .. } => format!("{from} forwards the write to the primary, {to}."),
        Message::Forwarded { outcome: Outcome::Done { .. }, .. } => {
            format!("{from} tells {to} that the write is done.")
        }
        Message::Forwarded { .. } => format!("{from} tells {to} that the write was not done."),
        Message::Claim { group, .. } => format!("{from} asks {to} for {}.", thing(*group)),
        Message::Promise { group, .. } if letter.crown => {
            format!("{from} hands {} and its crown to {to}.", thing(*group))
        }
        Message::Promise { group, .. } => {
            format!("{from} promises {to} to take no older primary of {}.", thing(*group))
        }
        Message::Nack { group, .. } => format!("{from} does not give {to} {}.", thing(*group)),
        Message::Append { group, log, .. } => append(&from, &to, *group, log),
        Message::Ack { group, .. } => format!("{from} acknowledges the update of {} to {to}.", thing(*group)),
        Message::Behind { .. } => format!("{from} lacks earlier updates and asks {to} for them."),
        Message::Seal { .. } => format!("{from} asks {to} to freeze, to switch the mode."),
        Message::Sealed { .. } => format!("{from} is frozen and hands all it holds to {to}."),
        Message::Begin { mode, .. } => format!("{from} tells {to} to begin in {}.", mode.as_str()),
        Message::Begun { .. } => format!("{from} tells {to} that it has begun."),
    }
}

fn append(from: &str, to: &str, group: GroupId, log: &LogPart) -> String {
    match log.entries.as_slice() {
        [] if log.base.is_none() => format!("{from} tells {to} how far {} is on a majority.", thing(group)),
        [entry] => format!("{from} tells {to} to update note {} to version {}.", entry.note, entry.version.version),
        entries => format!("{from} tells {to} to update {} ({} entries).", thing(group), entries.len()),
    }
}

fn receiving(letter: Letter<'_>) -> String {
    let (from, to) = (name(letter.from), name(letter.to));
    let message = match letter.parcel {
        Parcel::Request(request) => {
            return format!("{to} gets the request {} {}.", request.method.as_str(), request.path);
        }
        Parcel::Reply(_) => return format!("{to} gets the reply of {from}."),
        Parcel::Peer(message) => message,
    };
    let what = match message {
        Message::Forward { .. } => "the forwarded write",
        Message::Forwarded { .. } => "the primary's answer",
        Message::Claim { .. } => "the wish for the crown",
        Message::Promise { .. } if letter.crown => "the item and the crown",
        Message::Promise { .. } => "the promise",
        Message::Nack { .. } => "the refusal",
        Message::Append { log, .. } if log.entries.is_empty() && log.base.is_none() => "the notice",
        Message::Append { .. } => "the update",
        Message::Ack { .. } => "the acknowledgement",
        Message::Behind { .. } => "the call for earlier updates",
        Message::Seal { .. } => "the call to freeze",
        Message::Sealed { .. } => "all that was held",
        Message::Begin { .. } => "the call to begin",
        Message::Begun { .. } => "word that it has begun",
    };
    let from = if letter.from == Node::Gateway { "the gateway".to_owned() } else { from };
    format!("{to} gets {what} from {from}.")
}
