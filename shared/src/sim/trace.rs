//! A run as text, one line per event that tells something: for golden traces and for replaying a seed.
//!
//! `store@3` is the log of the group `store` up to its third entry, `2·R3` the second epoch, owned by R3.

use super::World;
use crate::config::Mode;
use crate::event::{Action, Event, EventKind, Gate, Phase, Role, Why};
use crate::gist::{Gist, Say};
use crate::id::{Epoch, MessageId, ReplicaId, Seq};
use crate::message::{Ask, Outcome, Parcel, Position};
use crate::note::Entry;
use crate::view::ReplicaView;

/// Returns an event of a run in one line; `None` for the receipt of a message, whose effects have lines of their own.
///
/// `run` is searched for the messages that the event only names.
pub fn line(event: &Event, run: &[Event]) -> Option<String> {
    let step = event.step.map_or(String::new(), |step| format!("{step:?} "));
    let what = match &event.kind {
        EventKind::Received { .. } => return None,
        EventKind::Started { view } => format!("starts in {}", contents_of(view)),
        EventKind::Joined { view, .. } => format!("joins the feed in {}", contents_of(view)),
        EventKind::ClientRequest { request } => {
            format!("receives {} {} from a client", request.method.as_str(), request.path)
        }
        EventKind::ClientReply { reply } if reply.without.is_empty() => {
            format!("replies {} {}", reply.status, reply.body)
        }
        EventKind::ClientReply { reply } => {
            format!("replies {} {}, without {}", reply.status, reply.body, ids(&reply.without))
        }
        EventKind::Sent { to, parcel, .. } => format!("→ {to} {}", contents(parcel)),
        EventKind::Lost { message, why } => format!("loses {} ({})", sent(*message, run), reason(*why)),
        EventKind::Ignored { message, why } => format!("ignores {} ({})", sent(*message, run), reason(*why)),
        EventKind::Stepped { action, phase: Phase::Request, .. } => format!("begins: {}", named(*action)),
        EventKind::Stepped { action, phase: Phase::Reply, .. } => format!("done: {}", named(*action)),
        EventKind::Promised { group, epoch } => format!("promises {group} in {epoch}"),
        EventKind::Became { group, role: Role::Primary, epoch } => format!("becomes primary of {group} in {epoch}"),
        EventKind::Became { group, role: Role::Claiming, epoch } => format!("claims {group} in {epoch}"),
        EventKind::Became { group, role: Role::Backup, .. } => format!("becomes backup of {group}"),
        EventKind::Accepted { group, epoch, len, .. } => format!("accepts {group}@{len} in {epoch}"),
        EventKind::Committed { group, seq } => format!("commits {group}@{seq}"),
        EventKind::RolledBack { group, entries } => format!("rolls back in {group}: {}", names(entries)),
        EventKind::TookOver { group, owner } => format!("takes {group} over without {owner}"),
        EventKind::Suspected { replica, by } if by.is_empty() => format!("suspects {replica}"),
        EventKind::Suspected { replica, by } => format!("suspects {replica}, and so does {}", ids(by)),
        EventKind::Trusted { replica } => format!("trusts {replica} again"),
        EventKind::Recovering => "recovers: its disk is empty, so it asks all others".to_owned(),
        EventKind::Recovered { view } => format!("has recovered from all others, in {}", contents_of(view)),
        EventKind::Froze { epoch } => format!("freezes for switch {epoch}"),
        EventKind::Gate(gate) => turned(*gate, run),
        EventKind::Began { generation, mode, .. } => format!("begins generation {} in {}", generation.0, mode.as_str()),
    };
    Some(format!("{} {step}{what}", event.node))
}

/// Returns the mode and the number of notes of a replica.
fn contents_of(view: &ReplicaView) -> String {
    format!("{} with {}", view.mode.as_str(), count(view.notes.len(), "note", "notes"))
}

fn count(number: usize, one: &str, many: &str) -> String {
    match number {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        more => format!("{more} {many}"),
    }
}

/// Returns what a message is and who sent it; its id when it is not of this run.
fn sent(id: MessageId, run: &[Event]) -> String {
    let sent = run.iter().find_map(|event| {
        if let EventKind::Sent { message, parcel: Parcel::Peer(gist), .. } = &event.kind
            && *message == id
        {
            Some(gist)
        } else {
            None
        }
    });
    sent.map_or_else(|| id.to_string(), |gist| format!("{} of {}", verb(gist.say), id.from))
}

/// Returns an action as the step log of the original system names it.
fn named(action: Action) -> &'static str {
    match action {
        Action::Forward => "forward request to primary",
        Action::Move => "move item to new primary",
        Action::Update => "tell backups to update",
    }
}

fn reason(why: Why) -> &'static str {
    match why {
        Why::OldEpoch => "its epoch is over",
        Why::OldGeneration => "its generation is over",
        Why::NewGeneration => "its generation has not begun here",
        Why::Frozen => "frozen by a switch of the mode",
        Why::Recovering => "no vote before the recovery is done",
        Why::NotWaiting => "no longer needed",
        Why::NotPrimary => "not the primary",
        Why::Unreachable => "the receiver cannot be reached",
        Why::NoAnswer => "the receiver does not answer",
        Why::OutboxFull => "the outbox is full",
        Why::Repeated => "sent again before it could leave",
        Why::DroppedByHand => "dropped at the gate",
    }
}

fn turned(gate: Gate, run: &[Event]) -> String {
    match gate {
        Gate::Closed => "closes its gate".to_owned(),
        Gate::Opened => "opens its gate".to_owned(),
        Gate::Held(message) => format!("holds {} at its gate", sent(message, run)),
        Gate::Delivered(message) => format!("delivers {} from its gate", sent(message, run)),
        Gate::Doubled(message) => format!("delivers {} twice from its gate", sent(message, run)),
    }
}

fn ids(replicas: &[ReplicaId]) -> String {
    replicas.iter().map(ReplicaId::to_string).collect::<Vec<_>>().join(", ")
}

/// Returns a whole run: when, what happened, and between it, behind dashes, what was done to the cluster.
pub fn whole(world: &World) -> String {
    let mut lines = Vec::new();
    let mut harm = world.harm.iter().peekable();
    for (count, event) in world.events.iter().enumerate() {
        while let Some((_, at, what)) = harm.next_if(|(after, ..)| *after <= count) {
            lines.push(format!("{:>9} µs -- {what}", at.0));
        }
        let trace = event.trace.as_ref().map_or("", |trace| trace.0.as_str());
        let told = line(event, &world.events[..count]);
        lines.extend(told.map(|line| format!("{:>9} µs {trace:4} {line}", event.at.0)));
    }
    lines.extend(harm.map(|(_, at, what)| format!("{:>9} µs -- {what}", at.0)));
    lines.join("\n") + "\n"
}

fn names(entries: &[Entry]) -> String {
    entries.iter().map(|entry| entry.op.0.as_str()).collect::<Vec<_>>().join(", ")
}

fn named_epoch(epoch: Epoch) -> String {
    epoch.owner().map_or_else(|| "no epoch".to_owned(), |_| epoch.to_string())
}

fn read_indexes(positions: &[Position]) -> String {
    let index = |at: &Position| format!("{}@{} in {}", at.group, at.len, named_epoch(at.accepted));
    if positions.is_empty() { "none".to_owned() } else { positions.iter().map(index).collect::<Vec<_>>().join(", ") }
}

fn contents(parcel: &Parcel) -> String {
    match parcel {
        Parcel::Request(request) => format!("{} {}", request.method.as_str(), request.path),
        Parcel::Reply(reply) => format!("reply {}", reply.status),
        Parcel::Peer(gist) => told(gist),
    }
}

/// Returns what a message between replicas is called, with no more.
fn verb(say: Say) -> &'static str {
    match say {
        Say::Forward => "forward",
        Say::Forwarded => "forwarded",
        Say::Claim => "claim",
        Say::Promise => "promise",
        Say::Nack => "nack",
        Say::Append => "update",
        Say::Ack => "ack",
        Say::Behind => "behind",
        Say::Seal => "seal",
        Say::Sealed => "sealed",
        Say::Propose => "propose",
        Say::Accepted => "accepted",
        Say::Enter => "enter",
        Say::Entered => "entered",
        Say::Probe => "ping",
        Say::ProbeOk => "pong",
        Say::Suspect => "question of suspicion",
        Say::SuspectOk => "suspicion",
        Say::ReadIndex => "read index?",
        Say::ReadIndexOk => "read index",
        Say::Recover => "recover",
        Say::Recovery => "recovery",
    }
}

fn told(gist: &Gist) -> String {
    let Gist { entries, say, .. } = gist;
    let (group, epoch, name) = (shown(gist.group), shown(gist.epoch), verb(*say));
    let end = gist.after.map_or(Seq(0), |after| Seq(after.0 + entries.len() as u64));
    let carried = count(entries.len(), "entry", "entries");
    match say {
        Say::Forward => format!("{name} {}", shown(gist.op.as_ref().map(|op| &op.0))),
        Say::Forwarded => {
            let outcome = match gist.outcome() {
                Outcome::Done { note, seq } => format!("note {note} written, entry {seq}"),
                Outcome::Missing => "no such note".to_owned(),
            };
            format!("{name} {}: {outcome}", shown(gist.op.as_ref().map(|op| &op.0)))
        }
        Say::Claim if gist.ask == Some(Ask::Owner) => format!("{name} {group} in {epoch}, to its owner"),
        Say::Claim => format!("{name} {group} in {epoch}"),
        Say::Promise => {
            let accepted = gist.accepted.map_or_else(|| shown(gist.accepted), named_epoch);
            format!("{name} {group} in {epoch}: {carried} after @{}, accepted in {accepted}", shown(gist.after))
        }
        Say::Nack => format!("{name} {group}: promised in {}", shown(gist.promised)),
        Say::Append if gist.install => format!("install {group}@{end} ({carried})"),
        Say::Append if gist.is_notice() => format!("commit notice: {group}@{}", shown(gist.commit)),
        Say::Append => format!("{name} {group}@{end} ({carried})"),
        Say::Ack => format!("{name} {group}@{}", shown(gist.len)),
        Say::Behind => format!("{name} in {group}: has @{}", shown(gist.commit)),
        Say::Seal => format!("{name} for switch {epoch}"),
        Say::Sealed => format!("{name} for switch {epoch}: {}", logs(gist)),
        Say::Propose | Say::Enter => format!("{name} {}", generation(gist)),
        Say::Accepted | Say::Entered => format!("{name} the generation of switch {epoch}"),
        Say::Probe | Say::ProbeOk => name.to_owned(),
        Say::Suspect => format!("do you suspect {}, too?", shown(gist.replica)),
        Say::SuspectOk => format!("I suspect {}, too", shown(gist.replica)),
        Say::ReadIndex => gist.group.map_or(name.to_owned(), |group| format!("read index of {group}?")),
        Say::ReadIndexOk => format!("{name}: {}", read_indexes(&gist.positions)),
        Say::Recover => format!("{name}: my disk is empty"),
        Say::Recovery if gist.groups.is_none() => format!("{name}: my disk is empty, too"),
        Say::Recovery => format!("{name}: {}", logs(gist)),
    }
}

fn logs(gist: &Gist) -> String {
    gist.groups.map_or_else(|| shown(gist.groups), |groups| count(groups, "log", "logs"))
}

fn generation(gist: &Gist) -> String {
    let (generation, mode) = (gist.generation.map(|generation| generation.0), gist.mode.map(Mode::as_str));
    format!("generation {} in {}", shown(generation), shown(mode))
}

fn shown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "?".to_owned(), |value| value.to_string())
}
