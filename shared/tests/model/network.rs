//! Messages that can have no effect any more, which the network may forget.
//!
//! States that differ only in them behave alike. What makes them dead stays true for ever: promises never fall, and no
//! replica uses an epoch twice; both are checked at every step. A disk that is lost breaks both, so while one may
//! be lost nothing is forgotten. Whoever is missed can be heard at any time, dead messages or not
//! ([`super::local::Stimulus::Hear`]).

use shared::event::Role;
use shared::id::{Epoch, GroupId, OpId, Seq};
use shared::message::Message;

use super::local::{Local, Parcel, Seen};
use super::plan::Plan;
use super::world::World;

/// Forgets dead messages.
pub fn forget(world: &mut World, plan: &Plan) {
    if world.left.wipes > 0 || world.locals.iter().any(|local| !local.disk.joined) {
        return;
    }
    let dead: Vec<u128> =
        world.network.iter().filter(|parcel| is_dead(world, plan, parcel)).map(|dead| dead.key).collect();
    world.network.retain(|parcel| !dead.contains(&parcel.key));
}

fn is_dead(world: &World, plan: &Plan, parcel: &Parcel) -> bool {
    let (from, to) = (world.local(parcel.from), world.local(parcel.to));
    match &parcel.message {
        // Only the primary of that epoch listens; who is not any more never is again. It has counted it already?
        Message::Ack { group, epoch, len } => {
            !is(to, *group, *epoch, Role::Primary)
                || to.replica.acknowledged(*group, from.id).is_some_and(|known| known >= *len)
        }
        Message::Behind { group, epoch, .. } => !is(to, *group, *epoch, Role::Primary),
        // Only the claimer of that epoch listens.
        Message::Promise { group, epoch, .. } => !is(to, *group, *epoch, Role::Claiming),
        Message::Append { group, epoch, .. } if *epoch < promised(to, *group) => {
            // It is refused, which tells the sender of a higher promise. If that matters to the sender, then because of
            // an epoch that it has now, and the messages of that one are refused alike.
            !is(from, *group, *epoch, Role::Primary)
        }
        Message::Append { group, epoch, log, commit, active, .. } => {
            world.left.crashes == 0
                && knows(to, *group, *epoch, log.end(), *commit, *active)
                && has_said_so(world, from, to, *group)
        }
        Message::Claim { group, epoch, .. } => {
            let old = *epoch <= promised(to, *group) && !is(from, *group, *epoch, Role::Claiming);
            // A promise that was given already is given again, with the same log.
            old || *epoch == promised(to, *group)
                && world.network.iter().any(|known| is_promise(known, parcel, *group, *epoch))
        }
        // It tells of no higher promise, and the claim that it refuses is over.
        Message::Nack { group, epoch, promised: told } => {
            *told <= promised(to, *group) && !is(to, *group, *epoch, Role::Claiming)
        }
        Message::Forwarded { op, .. } => !to.replica.waits_for(op) && !may_wait(world, plan, to, op),
        // While there may be other reads, numbers that are used twice are to be found out.
        Message::ReadIndex { read, .. } => world.left.reads == 0 && !from.replica.is_reading(*read),
        Message::ReadIndexOk { read, .. } => world.left.reads == 0 && !to.replica.is_reading(*read),
        Message::Forward { .. }
        | Message::Seal { .. }
        | Message::Sealed { .. }
        | Message::Propose { .. }
        | Message::Accepted { .. }
        | Message::Enter { .. }
        | Message::Entered { .. }
        | Message::Probe
        | Message::ProbeOk
        | Message::Suspect { .. }
        | Message::SuspectOk { .. }
        | Message::Recover { .. }
        | Message::Recovery { .. } => false,
    }
}

/// Whether an update tells a backup nothing that it does not know.
fn knows(to: &Local, group: GroupId, epoch: Epoch, end: Seq, commit: Seq, active: bool) -> bool {
    let known = |seen: &Seen| seen.accepted == epoch && seen.len >= end && Seq(seen.commit as u64) >= commit;
    to.group(group).is_some_and(known) && (!active || to.replica.knows_active(group))
}

/// Whether the answer to an update that a backup knows has been given, or is under way, or nobody waits for it.
fn has_said_so(world: &World, from: &Local, to: &Local, group: GroupId) -> bool {
    let Some(seen) = to.group(group) else { return false };
    let answers = |parcel: &&Parcel| {
        let ack = Message::Ack { group, epoch: seen.accepted, len: seen.len };
        parcel.from == to.id && parcel.to == from.id && parcel.message == ack
    };
    !is(from, group, seen.accepted, Role::Primary)
        || from.replica.acknowledged(group, to.id).is_some_and(|known| known >= seen.len)
        || world.network.iter().copied().any(|parcel| answers(&parcel))
}

fn is_promise(known: &Parcel, claim: &Parcel, group: GroupId, epoch: Epoch) -> bool {
    let same = matches!(&known.message, Message::Promise { group: g, epoch: e, .. } if *g == group && *e == epoch);
    same && known.from == claim.to && known.to == claim.from
}

/// Whether somebody could still begin to wait for an operation at a replica.
fn may_wait(world: &World, plan: &Plan, at: &Local, op: &OpId) -> bool {
    let forwards = |parcel: &&Parcel| {
        parcel.to == at.id && matches!(&parcel.message, Message::Forward { operation } if operation.op == *op)
    };
    let asked = plan.writes.iter().zip(&world.asked).all(|(write, asked)| *asked >= write.times);
    !asked || world.network.iter().copied().any(|parcel| forwards(&parcel))
}

fn promised(local: &Local, group: GroupId) -> Epoch {
    local.group(group).map_or(Epoch::NONE, |seen| seen.promised)
}

/// Whether a replica has this role in this very epoch.
fn is(local: &Local, group: GroupId, epoch: Epoch, role: Role) -> bool {
    local.group(group).is_some_and(|seen| seen.role == role && seen.promised == epoch)
}
