//! A run as text, one line per event that tells something: for golden traces and for replaying a seed.

use super::World;
use crate::config::Mode;
use crate::event::{Event, EventKind, Phase, Role};
use crate::gist::{Gist, Say};
use crate::id::ReplicaId;
use crate::message::{Ask, Parcel, Position};
use crate::note::Entry;

/// Returns an event in one line; `None` for the receipt of a message, whose effects have lines of their own.
pub fn line(event: &Event) -> Option<String> {
    let step = event.step.map_or(String::new(), |step| format!("{step:?} "));
    let what = match &event.kind {
        EventKind::Received { .. } => return None,
        EventKind::Started { view } => format!("starts in {}, with {} notes", view.mode.as_str(), view.notes.len()),
        EventKind::Joined { view, .. } => {
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
        EventKind::Gate(gate) => format!("gate: {gate:?}"),
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
        Parcel::Peer(gist) => said(gist),
    }
}

fn said(gist: &Gist) -> String {
    let Gist { entries, .. } = gist;
    let (group, epoch, after) = (shown(gist.group), shown(gist.epoch), shown(gist.after));
    let op = shown(gist.op.as_ref().map(|op| &op.0));
    match gist.say {
        Say::Forward => format!("forward {op}"),
        Say::Forwarded => format!("forwarded {op}: {:?}", gist.outcome()),
        Say::Claim if gist.ask == Some(Ask::Owner) => format!("wants {group} for {epoch}"),
        Say::Claim => format!("claim {group} for {epoch}"),
        Say::Promise => {
            let accepted = shown(gist.accepted);
            format!("promise {group} to {epoch}: {} entries after {after} of {accepted}", entries.len())
        }
        Say::Nack => format!("no: {group} is promised to {}", shown(gist.promised)),
        Say::Append if gist.install => format!("install {group}: {} entries after {after}", entries.len()),
        Say::Append => format!("update {group}: {} entries after {after}", entries.len()),
        Say::Ack => format!("ack {group} up to {}", shown(gist.len)),
        Say::Behind => format!("behind in {group}: has {}", shown(gist.commit)),
        Say::Seal => format!("seal for switch {epoch}"),
        Say::Sealed => format!("sealed for switch {epoch}: {} groups", shown(gist.groups)),
        Say::Propose => format!("propose {}", generation(gist)),
        Say::Accepted => format!("accepted the generation of switch {epoch}"),
        Say::Enter => format!("enter {}", generation(gist)),
        Say::Entered => format!("entered the generation of switch {epoch}"),
        Say::Probe => "are you there?".to_owned(),
        Say::ProbeOk => "I am".to_owned(),
        Say::Suspect => format!("I miss {}: do you hear it?", shown(gist.replica)),
        Say::SuspectOk => format!("I miss {}, too", shown(gist.replica)),
        Say::ReadIndex => gist.group.map_or("how far are you?".to_owned(), |group| format!("how far is {group}?")),
        Say::ReadIndexOk => format!("that far: {}", far(&gist.positions)),
        Say::Recover => "my disk is empty: what do you hold?".to_owned(),
        Say::Recovery if gist.groups.is_none() => "mine is empty, too".to_owned(),
        Say::Recovery => format!("I hold {} groups", shown(gist.groups)),
    }
}

fn generation(gist: &Gist) -> String {
    let (generation, mode) = (gist.generation.map(|generation| generation.0), gist.mode.map(Mode::as_str));
    format!("generation {} in {}", shown(generation), shown(mode))
}

fn shown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "?".to_owned(), |value| value.to_string())
}
