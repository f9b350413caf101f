//! One sentence for each message: when it is sent, and when it is received.

use shared::gist::{Gist, Say};
use shared::id::GroupId;
use shared::message::Parcel;
use shared::note::{Entry, Version};

use super::what::replied;
use super::{Letter, and, mode_said, name, thing};
use crate::lang::{en, fill};

/// Returns what is sent.
pub fn sending(letter: Letter<'_>) -> String {
    let (from, to) = (name(letter.from), name(letter.to));
    let say = |sentence, values: &[(&str, &str)]| {
        fill(sentence, &[&[("from", from.as_str()), ("to", to.as_str())], values].concat())
    };
    let gist = match letter.parcel {
        Parcel::Request(request) => {
            let request = [request.method.as_str(), " ", &request.path].concat();
            return say(en("{from} sends {request} to {to}."), &[("request", &request)]);
        }
        Parcel::Reply(reply) => return say(en("{from} replies to {to}: {reply}."), &[("reply", &replied(reply))]),
        Parcel::Peer(gist) => gist,
    };
    let (thing, replica, names) = subjects(gist);
    let values: &[(&str, &str)] =
        &[("thing", &thing), ("mode", gist.mode.map_or("", mode_said)), ("replica", &replica), ("names", &names)];
    if gist.say == Say::Append { append(gist, say, values) } else { say(sent(gist, letter.crown), values) }
}

/// Returns what a message is about, in words: the note or the store, a suspected replica, those that did not acknowledge.
fn subjects(gist: &Gist) -> (String, String, String) {
    let replica = gist.replica.map_or_else(String::new, |replica| replica.to_string());
    (thing(gist.group.unwrap_or(GroupId::Store)), replica, and(&gist.without))
}

/// Returns the sentence of any message but an update.
fn sent(gist: &Gist, crown: bool) -> &'static str {
    match gist.say {
        Say::Forward => en("{from} forwards the write to the primary, {to}."),
        Say::Forwarded if gist.note.is_none() => en("{from} replies to {to}: there is no such note."),
        Say::Forwarded if gist.without.is_empty() => en("{from} replies to {to}: the write is done."),
        Say::Forwarded => en("{from} replies to {to}: the write is done, without {names}."),
        Say::Claim => en("{from} asks {to} for the primary role of {thing}."),
        Say::Promise if crown => en("{from} hands {thing} and its primary role to {to}."),
        Say::Promise => en("{from} promises {to} to accept no lower epoch for {thing}."),
        Say::Nack => en("{from} rejects {to}'s claim to {thing}."),
        Say::Append => en("{from} tells {to} the commit index of {thing}."),
        Say::Ack if gist.group == Some(GroupId::Store) => en("{from} acknowledges the update to {to}."),
        Say::Ack => en("{from} acknowledges the update of {thing} to {to}."),
        Say::Behind => en("{from} lacks earlier updates and asks {to} for them."),
        Say::Seal => en("{from} asks {to} to freeze for a mode switch."),
        Say::Sealed => en("{from} is frozen and sends its state to {to}."),
        Say::Propose => en("{from} proposes {mode} to {to}."),
        Say::Accepted => en("{from} tells {to} that it accepts the new mode."),
        Say::Enter => en("{from} tells {to} that {mode} begins."),
        Say::Entered => en("{from} tells {to} that it has begun the new mode."),
        Say::Probe => en("{from} sends {to} a ping."),
        Say::ProbeOk => en("{from} sends {to} a pong."),
        Say::Suspect => en("{from} suspects {replica} and asks {to} whether it does, too."),
        Say::SuspectOk => en("{from} tells {to} that it suspects {replica}, too."),
        Say::ReadIndex => en("{from} asks {to} for its log index of {thing}, for a read."),
        Say::ReadIndexOk => en("{from} tells {to} its log index, for a read."),
        Say::Recover => en("{from} has an empty disk and asks {to} for its state."),
        Say::Recovery if gist.groups.is_some() => en("{from} sends {to} its state."),
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
            say(en("{from} tells {to} that there is no note {note} to write."), &[("note", &note.to_string())])
        }
        entries => {
            let count = entries.len().to_string();
            let values = [values, &[("count", &count)]].concat();
            say(en("{from} tells {to} to update {thing} ({count} entries)."), &values)
        }
    }
}

/// Returns what is received.
pub fn receiving(letter: Letter<'_>) -> String {
    let (from, to) = (name(letter.from), name(letter.to));
    let gist = match letter.parcel {
        Parcel::Request(request) => {
            let request = [request.method.as_str(), " ", &request.path].concat();
            return fill("{to} receives {request}.", &[("to", &to), ("request", &request)]);
        }
        Parcel::Reply(_) => return fill("{to} receives the reply of {from}.", &[("from", &from), ("to", &to)]),
        Parcel::Peer(gist) => gist,
    };
    let (thing, replica, _) = subjects(gist);
    let mode = gist.mode.map_or("", mode_said);
    let values = [("from", &*from), ("to", &*to), ("thing", &*thing), ("mode", mode), ("replica", &*replica)];
    fill(received(gist, letter.crown), &values)
}

fn received(gist: &Gist, crown: bool) -> &'static str {
    match gist.say {
        Say::Forward => en("{to} receives the forwarded write from {from}."),
        Say::Forwarded => en("{to} receives the reply of the primary, {from}."),
        Say::Claim => en("{to} receives {from}'s request for the primary role of {thing}."),
        Say::Promise if crown => en("{to} receives {thing} and its primary role from {from}."),
        Say::Promise => en("{to} receives {from}'s promise for {thing}."),
        Say::Nack => en("{to} receives {from}'s rejection of its claim to {thing}."),
        Say::Append if gist.is_notice() => en("{to} receives the commit index of {thing} from {from}."),
        Say::Append => en("{to} receives the update from {from}."),
        Say::Ack => en("{to} receives the acknowledgement of {from}."),
        Say::Behind => en("{to} receives {from}'s request for earlier updates."),
        Say::Seal => en("{to} receives {from}'s request to freeze."),
        Say::Propose => en("{to} receives {from}'s proposal of {mode}."),
        Say::Accepted => en("{to} receives {from}'s acceptance of the new mode."),
        Say::Enter => en("{to} hears from {from} that {mode} begins."),
        Say::Entered => en("{to} hears from {from} that it has begun the new mode."),
        Say::Probe => en("{to} receives a ping from {from}."),
        Say::ProbeOk => en("{to} receives a pong from {from}."),
        Say::Suspect => en("{to} receives {from}'s question whether it suspects {replica}, too."),
        Say::SuspectOk => en("{to} hears from {from} that it suspects {replica}, too."),
        Say::ReadIndex => en("{to} receives {from}'s request for its log index."),
        Say::ReadIndexOk => en("{to} receives the log index of {from}."),
        Say::Recover => en("{to} receives {from}'s request for its state."),
        Say::Recovery if gist.groups.is_none() => en("{to} hears from {from} that its disk is empty, too."),
        Say::Sealed | Say::Recovery => en("{to} receives the state of {from}."),
    }
}
