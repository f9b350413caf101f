//! One or two sentences for each event: why the protocol does it.

use shared::config::Mode;
use shared::event::{Action, Event, EventKind, Phase, Role, Why};
use shared::gist::{Gist, Say};
use shared::message::Parcel;
use shared::request::{Method, Reply};

use super::Letter;
use crate::kind::code;
use crate::lang::{en, t};

/// Returns why this happened; `letter` is the message that the event is about, where it is known.
pub fn why(event: &Event, letter: Option<Letter<'_>>, mode: Mode) -> &'static str {
    t(reason(event, letter, mode))
}

fn reason(event: &Event, letter: Option<Letter<'_>>, mode: Mode) -> &'static str {
    match &event.kind {
        EventKind::ClientRequest { request } if request.method == Method::Get => READ,
        EventKind::ClientRequest { .. } => {
            en("A client's write begins here. Any replica takes it; the gateway only picks one.")
        }
        EventKind::ClientReply { reply } => replied(reply),
        EventKind::Sent { .. } | EventKind::Received { .. } => letter.map_or(PLAIN, |letter| message(letter, mode)),
        EventKind::Stepped { action, phase, .. } => stepped(*action, *phase, mode),
        EventKind::Gate(_) | EventKind::Lost { why: Why::DroppedByHand, .. } => BY_HAND,
        EventKind::Lost { .. } => {
            en("Networks lose messages. This is safe: the sender retries until it has an answer.")
        }
        EventKind::Ignored { .. } => en("A late or duplicate message must change nothing, so the replica ignores it."),
        EventKind::Promised { .. } => {
            en("A promise is on disk before it is sent. From now on no primary of a lower epoch can write here.")
        }
        EventKind::Became { role, .. } => became(*role, mode),
        EventKind::Accepted { .. } => {
            en("The new version is on disk before it is acknowledged: a crash must not undo what was acknowledged.")
        }
        EventKind::Committed { .. } => {
            en("Any two majorities share a replica, so what a majority has survives every change of the primary.")
        }
        EventKind::RolledBack { .. } => {
            en("No majority had these writes when another replica took over, so they were never committed. With `ack: \
                primary` a client may have been told that they were done: that is the price of this level.")
        }
        EventKind::TookOver { .. } => en(
            "A majority suspects the last primary, so its role is taken over in a higher epoch. What a majority has is \
             kept; what only the old primary had is rolled back when it returns.",
        ),
        EventKind::Suspected { by, .. } if by.is_empty() => en(
            "A request waits for that replica, and it does not answer. It may have crashed, or only the link between \
             the two may be down, so the others are asked before anything is decided.",
        ),
        EventKind::Suspected { .. } => {
            en("A majority suspects that replica. From now on writes do not wait for it, and its primary roles may be \
             taken over.")
        }
        EventKind::Trusted { .. } => {
            en("A message from it arrived, so it is up. It receives the updates it lacks, and writes wait for it \
                again.")
        }
        EventKind::Recovering => en(
            "A replica that forgot its promises could break them, so it does not vote until every other replica has \
             sent its state. A majority is not enough: an old promise may still be in flight.",
        ),
        EventKind::Recovered { .. } => en(
            "All others have answered: it has the highest promises and the latest logs among them, and may vote again.",
        ),
        EventKind::Froze { .. } => {
            en("All writes pause for a moment, so that the new mode starts from one agreed state.")
        }
        EventKind::Began { .. } => {
            en("A new generation begins from the state that the frozen replicas sent. Nothing of it is lost.")
        }
        EventKind::Joined { .. } => {
            en("The gateway did not receive this replica's earlier events, so the replica sends its whole state once.")
        }
        EventKind::Started { .. } => {
            en("A replica restarts from its disk as a backup. It is not primary again without a new claim.")
        }
    }
}

const PLAIN: &str = en("Every message may be lost, duplicated or reordered; the protocol tolerates that.");
const BY_HAND: &str = en(
    "The gate is operated by hand. The replicas do not know: while it is closed their clocks are stopped, so nothing \
     times out, nobody retries and nobody is suspected. Whatever is done at the gate, no completed write is lost.",
);
const READ: &str = en(
    "At read level `local` the replica answers from its own copy: fast, but stale while an update is in flight. At \
        the other levels it first checks that its copy is recent enough.",
);

fn replied(reply: &Reply) -> &'static str {
    match code(reply) {
        Some("unknown") => en(
            "The write left this replica and no result came back. It may or may not have been done, so the client is \
             told exactly that. Retried with the same `Idempotency-Key`, it is not done twice.",
        ),
        Some("refused") => en("Nothing was changed: the request can simply be retried."),
        Some(_) => en("Nothing was changed; the reply gives the reason."),
        None if !reply.without.is_empty() => {
            en("A majority has the write, so it cannot be lost. A majority also suspects a replica that lacks it: the \
             reply names that replica instead of waiting for it.")
        }
        None if reply.method == Method::Get => en(
            "The client receives the copy of the replica that it asked. A read changes nothing; at read level `local` \
             the copy may be stale, or not committed yet.",
        ),
        None => {
            en("The client receives its reply only now: the write was made durable first, so a restart loses nothing.")
        }
    }
}

fn stepped(action: Action, phase: Phase, mode: Mode) -> &'static str {
    match (action, phase) {
        (Action::Forward, Phase::Request) => {
            en("In remote-write only the primary may write, so this replica forwards the write to it.")
        }
        (Action::Forward, Phase::Reply) => {
            en("The forwarded write has reached the primary, which decides the order of all writes.")
        }
        (Action::Move, Phase::Request) => en(
            "In local-write the primary copy moves to the writer first, so that this write and the next ones here are \
             local.",
        ),
        (Action::Move, Phase::Reply) => {
            en("The old primary gave up the role on disk before it sent the note, so a handoff never leaves two \
             primaries.")
        }
        (Action::Update, Phase::Request) if mode == Mode::RemoteWrite => {
            en("The primary has the write on disk. Now it tells every backup, in the same order.")
        }
        (Action::Update, Phase::Request) => {
            en("The primary has written locally. Now every backup is told the new version.")
        }
        (Action::Update, Phase::Reply) => {
            en("A majority has it on disk, and so has every backup that the acknowledgement level requires: the write \
                is committed.")
        }
    }
}

fn became(role: Role, mode: Mode) -> &'static str {
    match (role, mode) {
        (Role::Primary, Mode::LocalWrite) => {
            en("A majority promised to accept no lower epoch for this note. This replica is its primary now.")
        }
        (Role::Primary, Mode::RemoteWrite) => {
            en("A majority promised to accept no lower epoch. All writes go through this primary now.")
        }
        (Role::Backup, _) => {
            en("It gives up the primary role on disk before it says so: a role in two places would allow two writers.")
        }
        (Role::Claiming, _) => en(
            "To become primary it needs the promises of a majority, and the latest copy from the last primary unless a \
             majority suspects it.",
        ),
    }
}

fn message(letter: Letter<'_>, mode: Mode) -> &'static str {
    match letter.parcel {
        Parcel::Request(request) if request.method == Method::Get => READ_ON,
        Parcel::Request(_) => en(
            "The gateway picks a replica, the one you named or the next in turn, and sends it the request unchanged.",
        ),
        Parcel::Reply(reply) if reply.status < 400 && reply.without.is_empty() => en(
            "The reply goes back the way the request came. A completed write is on disk wherever the acknowledgement \
             level requires it.",
        ),
        Parcel::Reply(reply) => replied(reply),
        Parcel::Peer(gist) => peer(gist, letter.crown, mode),
    }
}

const READ_ON: &str =
    en("The gateway sends the read to one replica. At read level `local` it answers from its own copy and asks no \
        other.");

fn peer(gist: &Gist, crown: bool, mode: Mode) -> &'static str {
    match gist.say {
        Say::Forward => en("Only the primary orders writes. One order of all writes keeps all copies equal."),
        Say::Forwarded => en("The write is done; the replica that the client asked must reply to it, so it is told."),
        Say::Claim if mode == Mode::RemoteWrite => en(
            "The first replica is the fixed primary and claims the role after every start. Another one claims it when \
             a majority suspects the first. Each claim is for a new, higher epoch.",
        ),
        Say::Claim => {
            en("The writer is not the primary of this note. It claims the role in a new, higher epoch that no other \
             replica can use.")
        }
        Say::Promise if crown => en(
            "This promise is the handoff: it carries the note's newest version, and its sender gave up the role before \
             sending it. Two replicas never have the role at once.",
        ),
        Say::Promise => {
            en("A majority has to promise, so that the old primary can no longer get a majority for its writes.")
        }
        Say::Nack => en(
            "It rejects the claim: a higher epoch was promised, the note has moved to another replica, or the id of a \
             new note is taken. The claimer continues from there.",
        ),
        Say::Append if gist.is_notice() => {
            en("The backups learn the commit index, so that they still know it if the primary fails.")
        }
        Say::Append if mode == Mode::RemoteWrite => {
            en("The primary updates all backups in parallel; the client waits for the slowest acknowledgement that it \
             needs.")
        }
        Say::Append => {
            en("The primary sends the version that it wrote. Until the update arrives, the backup's copy is stale.")
        }
        Say::Ack => en("The backup has the version on its own disk. Only then may it acknowledge it."),
        Say::Behind => en("A backup never accepts an update with a gap before it; it asks for the missing updates."),
        Say::Seal | Say::Sealed => {
            en("To switch the mode, every replica freezes and sends its state, so that nothing is lost.")
        }
        Say::Propose | Say::Accepted => en(
            "The new mode starts only when a majority has its first state on disk: whoever completes the switch then \
             completes this one and no other.",
        ),
        Say::Enter | Say::Entered => {
            en("All replicas start the new mode from the same state, in a new generation; older messages are ignored.")
        }
        Say::Probe | Say::ProbeOk => {
            en("A request waits for that replica, so it is pinged. Any message from it counts as an answer.")
        }
        Say::Suspect | Say::SuspectOk => en(
            "One replica alone cannot tell a crashed replica from a broken link, so only what a majority suspects may \
             be taken over.",
        ),
        Say::ReadIndex | Say::ReadIndexOk => en(
            "Whatever was committed before this read began is in some answer of a majority. The replica replies once \
             it has that much committed, so the read sees all of it.",
        ),
        Say::Recover | Say::Recovery => en(
            "A replica that lost its disk forgot its promises, too. Every other replica sends it its state before it \
             votes again.",
        ),
    }
}
