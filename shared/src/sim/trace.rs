//! A run as text, one line per event that tells something: for golden traces and for replaying a seed.

use super::World;
use crate::event::{Event, EventKind, Phase, Role};
use crate::id::ReplicaId;
use crate::message::{Ask, Message, Parcel, Position};
use crate::note::Entry;

/// Returns an event in one line; `None` for the receipt of a message, whose effects have lines of their own.
pub fn line(event: &Event) -> Option<String> {
    let step = event.step.map_or(String::new(), |step| format!("{step:?} "));
    let what = match &event.kind {
        EventKind::Received { .. } => return None,
        EventKind::Started { view } => format!("starts in {}, with {} notes", view.mode.as_str(), view.notes.len()),
        EventKind::Joined { view } => {
            format!("is heard from now on, in {}, with {} notes", view.mode.as_str(), view.notes.len())
        }
        EventKind::ClientRequest { request } => format!("is asked {} {}", request.method.as_str(), request.path),
        EventKind::ClientReply { reply } if reply.without.is_empty() => {
            format!("answers {} {}", reply.status, reply.body)
        }
        EventKind::ClientReply { reply } => {
            format!("answers {} {}, without {}", reply.status, reply.body, ids(&reply.without))
        }
        EventKind::Sent { to, parcel, .. } => format!("→ {to} {}", contents(parcel)),
        EventKind::Lost { message, why } => format!("lost {message}: {why:?}"),
        EventKind::Ignored { message, why } => format!("passes over {message}: {why:?}"),
        EventKind::Stepped { action, phase: Phase::Request, .. } => format!("begins: {action:?}"),
        EventKind::Stepped { action, phase: Phase::Reply, .. } => format!("has done: {action:?}"),
        EventKind::Promised { group, epoch } => format!("promised {group} to {epoch}"),
        EventKind::Became { group, role: Role::Primary, epoch } => format!("is primary of {group} in {epoch}"),
        EventKind::Became { group, role: Role::Claiming, epoch } => format!("claims {group} for {epoch}"),
        EventKind::Became { group, role: Role::Backup, .. } => format!("is a backup of {group}"),
        EventKind::Accepted { group, epoch, len, .. } => format!("has {group} up to {len} in {epoch}"),
        EventKind::Committed { group, seq } => format!("knows {group} to be safe up to {seq}"),
        EventKind::RolledBack { group, entries } => format!("rolled back in {group}: {}", names(entries)),
        EventKind::TookOver { group, owner } => format!("goes on in {group} without {owner}"),
        EventKind::Suspected { replica, by } if by.is_empty() => format!("misses {replica}"),
        EventKind::Suspected { replica, by } => format!("misses {replica} as {} does", ids(by)),
        EventKind::Trusted { replica } => format!("hears {replica} again"),
        EventKind::Recovering => "has an empty disk and asks all others".to_owned(),
        EventKind::Recovered { view } => format!("has learnt from all others, with {} notes", view.notes.len()),
        EventKind::Froze { epoch } => format!("is frozen by switch {epoch}"),
        EventKind::Began { generation, mode, .. } => format!("began generation {} in {}", generation.0, mode.as_str()),
    };
    Some(format!("{} {step}{what}", event.node))
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
        lines.extend(line(event).map(|line| format!("{:>9} µs {trace:4} {line}", event.at.0)));
    }
    lines.extend(harm.map(|(_, at, what)| format!("{:>9} µs -- {what}", at.0)));
    lines.join("\n") + "\n"
}

fn names(entries: &[Entry]) -> String {
    entries.iter().map(|entry| entry.op.0.as_str()).collect::<Vec<_>>().join(", ")
}

fn far(positions: &[Position]) -> String {
    let far = |at: &Position| format!("{} up to {} in {}", at.group, at.len, at.accepted);
    if positions.is_empty() { "nothing".to_owned() } else { positions.iter().map(far).collect::<Vec<_>>().join(", ") }
}

fn contents(parcel: &Parcel) -> String {
    match parcel {
        Parcel::Request(request) => format!("{} {}", request.method.as_str(), request.path),
        Parcel::Reply(reply) => format!("reply {}", reply.status),
        Parcel::Peer(message) => said(message),
    }
}

fn said(message: &Message) -> String {
    match message {
        Message::Forward { operation } => format!("forward {}", operation.op.0),
        Message::Forwarded { op, outcome, .. } => format!("forwarded {}: {outcome:?}", op.0),
        Message::Claim { group, epoch, ask: Ask::Owner, .. } => format!("wants {group} for {epoch}"),
        Message::Claim { group, epoch, ask: Ask::All, .. } => format!("claim {group} for {epoch}"),
        Message::Promise { group, epoch, accepted, log, .. } => {
            format!("promise {group} to {epoch}: {} entries after {} of {accepted}", log.entries.len(), log.after)
        }
        Message::Nack { group, promised, .. } => format!("no: {group} is promised to {promised}"),
        Message::Append { group, install, log, .. } => {
            let whole = if *install { "install" } else { "update" };
            format!("{whole} {group}: {} entries after {}", log.entries.len(), log.after)
        }
        Message::Ack { group, len, .. } => format!("ack {group} up to {len}"),
        Message::Behind { group, commit, .. } => format!("behind in {group}: has {commit}"),
        Message::Seal { epoch } => format!("seal for switch {epoch}"),
        Message::Sealed { epoch, state } => format!("sealed for switch {epoch}: {} groups", state.groups.len()),
        Message::Propose { proposal } => {
            format!("propose generation {} in {}", proposal.next.0, proposal.mode.as_str())
        }
        Message::Accepted { epoch } => format!("accepted the generation of switch {epoch}"),
        Message::Enter { next, mode, .. } => format!("enter generation {} in {}", next.0, mode.as_str()),
        Message::Entered { epoch } => format!("entered the generation of switch {epoch}"),
        Message::Probe => "are you there?".to_owned(),
        Message::ProbeOk => "I am".to_owned(),
        Message::Suspect { replica } => format!("I miss {replica}: do you hear it?"),
        Message::SuspectOk { replica } => format!("I miss {replica}, too"),
        Message::ReadIndex { group: Some(group), .. } => format!("how far is {group}?"),
        Message::ReadIndex { group: None, .. } => "how far are you?".to_owned(),
        Message::ReadIndexOk { positions, .. } => format!("that far: {}", far(positions)),
        Message::Recover { .. } => "my disk is empty: what do you hold?".to_owned(),
        Message::Recovery { state: Some(state), .. } => format!("I hold {} groups", state.groups.len()),
        Message::Recovery { state: None, .. } => "mine is empty, too".to_owned(),
    }
}
