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
            en("A client's write begins here. Any replica may be asked; the gateway is only a door to one of them.")
        }
        EventKind::ClientReply { reply } => replied(reply),
        EventKind::Sent { .. } | EventKind::Received { .. } => letter.map_or(PLAIN, |letter| message(letter, mode)),
        EventKind::Stepped { action, phase, .. } => stepped(*action, *phase, mode),
        EventKind::Gate(_) | EventKind::Lost { why: Why::DroppedByHand, .. } => BY_HAND,
        EventKind::Lost { .. } => {
            en("Networks lose messages. Nothing breaks: the sender keeps the question open and says it again.")
        }
        EventKind::Ignored { .. } => {
            en("A late or doubled message must change nothing, so the replica passes it over.")
        }
        EventKind::Promised { .. } => {
            en("A promise is made durable before it is sent. From now on no older primary can write here.")
        }
        EventKind::Became { role, .. } => became(*role, mode),
        EventKind::Accepted { .. } => en(
            "The new version is on disk before anybody hears of it. An acknowledgement that could be forgotten would be \
             a lie.",
        ),
        EventKind::Committed { .. } => en(
            "Any two majorities share a replica, so what a majority has can never be lost by a change of the primary.",
        ),
        EventKind::RolledBack { .. } => {
            en("No majority had these writes when another became primary without hearing this replica, so they never \
             counted. Who asked for `ack: primary` may have been told that they were done: that is its price, and it \
             is said.")
        }
        EventKind::TookOver { .. } => en(
            "Its last holder does not answer a majority, so the crown is taken in a higher epoch. Whatever a majority \
             has is kept; what the lost holder alone had is taken back when it returns.",
        ),
        EventKind::Suspected { by, .. } if by.is_empty() => en(
            "Somebody waits for that replica, and it does not answer. It may be down, or only the network between the \
             two; so the others are asked before anything is decided.",
        ),
        EventKind::Suspected { .. } => en(
            "A majority misses that replica. From now on a write need not wait for it, and what it held may be taken \
             over.",
        ),
        EventKind::Trusted { .. } => {
            en("A replica that is heard is there. It is told what it has missed, and writes wait for it again.")
        }
        EventKind::Recovering => en(
            "A replica that forgot its promises could break them, so it does not vote until every other replica has told \
             it what it knows. A majority would not do: an old promise may still be on its way.",
        ),
        EventKind::Recovered { .. } => en(
            "All others have answered: it holds the highest promises and the best logs among them, and may vote again.",
        ),
        EventKind::Froze { .. } => {
            en("Every note must stand still for a moment, so that the new mode starts from one agreed state.")
        }
        EventKind::Began { .. } => {
            en("A new generation begins, from the state that the frozen replicas handed over. Nothing of it is lost.")
        }
        EventKind::Joined { .. } => {
            en("The gateway had not heard this replica's earlier events, so the replica says once all that it holds.")
        }
        EventKind::Started { .. } => {
            en("A replica resumes from its disk as a backup. It is never primary again without a new claim.")
        }
    }
}

const PLAIN: &str = en("Every message may be lost, doubled or overtaken; the protocol is made for that.");
const BY_HAND: &str = en(
    "Somebody works the gate by hand. The replicas do not know: while it is closed time stands still for them, so nobody \
     asks again or is missed, however long it takes. Whatever the hand does, no finished write is lost.",
);
const READ: &str =
    en("At read level `local` the replica that is asked answers from what it holds: fast, and stale while an \
                    update is still on its way. At the other levels it first finds out whether it has seen enough.");

fn replied(reply: &Reply) -> &'static str {
    match code(reply) {
        Some("unknown") => en(
            "The write has left this replica and its end was not heard. It may be done or not, so the client is told just \
             that: to call it failed would be a lie. Sent again with the same `Idempotency-Key` it is not done twice.",
        ),
        Some("refused") => en("Nothing was changed, for sure: the request can simply be sent again."),
        Some(_) => en("Nothing was changed, and the reply says why."),
        None if !reply.without.is_empty() => en(
            "A majority has the write, so it cannot be lost. A majority also misses a replica that lacks it: rather than \
             wait for it, the client is told who that is.",
        ),
        None if reply.method == Method::Get => en(
            "The client hears what the replica that was asked has seen. A read changes nothing; at read level `local` it \
             may be older than the newest copy, or not committed yet.",
        ),
        None => en(
            "The client hears only now. What it is told was made durable first, so a restart after this loses nothing.",
        ),
    }
}

fn stepped(action: Action, phase: Phase, mode: Mode) -> &'static str {
    match (action, phase) {
        (Action::Forward, Phase::Request) => {
            en("In remote-write only the primary may change anything, so this replica passes the write on instead of \
             doing it itself.")
        }
        (Action::Forward, Phase::Reply) => {
            en("The forwarded write has reached the primary, the one place that decides the order of all writes.")
        }
        (Action::Move, Phase::Request) => en(
            "In local-write the primary copy moves to the writer first, so that this write and the next ones here are \
             local.",
        ),
        (Action::Move, Phase::Reply) => en(
            "The old holder gave the note away in the same step in which it gave up the crown, so there are never two \
             holders.",
        ),
        (Action::Update, Phase::Request) if mode == Mode::RemoteWrite => {
            en("The primary has the write on disk. The backups must follow in the same order, before the client hears.")
        }
        (Action::Update, Phase::Request) => {
            en("The writer holds the note and has written locally. Now every backup is told the new version.")
        }
        (Action::Update, Phase::Reply) => {
            en("Enough backups have it durably, as the acknowledgement policy asks. The write counts from here on.")
        }
    }
}

fn became(role: Role, mode: Mode) -> &'static str {
    match (role, mode) {
        (Role::Primary, Mode::LocalWrite) => {
            en("A majority promised to take no older primary of this note. The crown sits here now.")
        }
        (Role::Primary, Mode::RemoteWrite) => {
            en("A majority promised to take no older primary. All writes of the store go through here now.")
        }
        (Role::Backup, _) => en(
            "It gives up the crown durably before it says so. A crown that could be in two places would let two writers \
             in.",
        ),
        (Role::Claiming, _) => en(
            "To become primary it needs the promises of a majority, and the item from its last holder unless a majority \
             misses that one.",
        ),
    }
}

fn message(letter: Letter<'_>, mode: Mode) -> &'static str {
    match letter.parcel {
        Parcel::Request(request) if request.method == Method::Get => READ_ON,
        Parcel::Request(_) => en(
            "The gateway picks a replica, the one you named or the next in turn, and passes the request on as it is.",
        ),
        Parcel::Reply(reply) if reply.status < 400 && reply.without.is_empty() => en(
            "The answer goes back the way the request came. For a write that was done it means: it is durable where the \
             acknowledgement policy asks for it.",
        ),
        Parcel::Reply(reply) => replied(reply),
        Parcel::Peer(gist) => peer(gist, letter.crown, mode),
    }
}

const READ_ON: &str =
    en("The gateway passes the read to one replica. At read level `local` that one answers from its own copy \
                       and asks nobody.");

fn peer(gist: &Gist, crown: bool, mode: Mode) -> &'static str {
    match gist.say {
        Say::Forward => {
            en("Only the primary orders writes. One place that decides the order is what keeps all copies equal.")
        }
        Say::Forwarded => {
            en("The write is done; the replica that took it from the client must answer it, so it has to hear.")
        }
        Say::Claim if mode == Mode::RemoteWrite => en(
            "The first replica is the fixed primary and claims the store after every start. Another one claims it when a \
             majority misses the first. Each claim is for a new, higher epoch.",
        ),
        Say::Claim => en(
            "The writer does not hold this note. It asks for the crown in a new, higher epoch, which no one else can own.",
        ),
        Say::Promise if crown => en(
            "This one promise is the handoff: it carries the note's newest version, and its sender fenced itself off \
             before sending it. Nothing is ever held by two.",
        ),
        Say::Promise => en(
            "A majority has to promise, so that the old primary can no longer find one and write behind the new one's \
             back.",
        ),
        Say::Nack => en(
            "It does not promise: a newer claim came first, the note has moved on to another replica, or the id of a new \
             note is taken. The claimer goes on from there.",
        ),
        Say::Append if gist.is_notice() => {
            en("The backups learn how far the writes count, so that they know it too should the primary go.")
        }
        Say::Append if mode == Mode::RemoteWrite => en(
            "The primary tells every backup at once; they work in parallel, and the slowest decides how long the client \
             waits.",
        ),
        Say::Append => en(
            "The new holder spreads the version it wrote. Until it lands, that backup still shows the old one: a stale \
             copy.",
        ),
        Say::Ack => en("The backup has the version on its own disk. Only then may it say so."),
        Say::Behind => en("A backup never takes an update with a hole before it; it asks for what is missing."),
        Say::Seal | Say::Sealed => {
            en("To switch the mode, every replica freezes and hands over all that it holds, so that nothing is lost.")
        }
        Say::Propose | Say::Accepted => en(
            "The new mode starts only when a majority has its first state on disk: whoever finishes the switch then \
             finishes this one and no other.",
        ),
        Say::Enter | Say::Entered => {
            en("All start the new mode from the same state, in a new generation; older messages no longer count.")
        }
        Say::Probe | Say::ProbeOk => {
            en("Somebody waits for that replica, so it is asked for a sign of life. Any message of it would do.")
        }
        Say::Suspect | Say::SuspectOk => en(
            "One replica alone cannot tell a dead neighbour from a broken line. Only what a majority misses may be taken \
             over.",
        ),
        Say::ReadIndex | Say::ReadIndexOk => en(
            "Whatever counted before this read began is in some answer of a majority. The replica answers its client when \
             it has as much, so the read misses nothing that it must have seen.",
        ),
        Say::Recover | Say::Recovery => en(
            "A replica that lost its disk forgot its promises too. Every other replica tells it all it holds before it \
             votes again.",
        ),
    }
}
