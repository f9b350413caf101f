//! I6, I10 and I11: a write that was acknowledged is on as many disks as its policy says and is never lost, a client
//! that asks again hears the same, and what only its primary had acknowledged is lost only where a replica says so.

use std::collections::BTreeMap;

use crate::config::Ack;
use crate::id::OpId;
use crate::record::Durable;
use crate::request::{Method, Reply};
use crate::sim::goals::Goal;
use crate::sim::{Asked, World};

/// What clients heard first of each operation that was done.
pub(crate) type Answers = BTreeMap<OpId, Reply>;

pub(in crate::sim) fn on_reply(world: &mut World, asked: &Asked, reply: &Reply) {
    if asked.method == Method::Get || reply.status >= 300 {
        return;
    }
    // A disk that was wiped since may have been one of those that had it.
    let may_have = |disk: &&Durable| !disk.joined || holds(disk, &asked.op);
    let holders = world.disks.iter().filter(may_have).count();
    let wanted = match asked.ack {
        Ack::All => world.cluster.majority().max(world.disks.len() - reply.without.len()),
        Ack::Majority => world.cluster.majority(),
        Ack::Primary => 1,
    };
    // What only the primary has may be rolled back in the step that answers.
    let back = asked.ack == Ack::Primary && world.ghost.rolled_back.contains(&asked.op);
    let once = back || world.ghost.wiped_ops.contains(&asked.op);
    assert!(holders >= wanted || once, "I6: {asked:?} was acknowledged and is on {holders} of {wanted} disks");
    hears_the_same(world, asked, reply);
}

fn hears_the_same(world: &mut World, asked: &Asked, reply: &Reply) {
    let ghost = &mut world.ghost;
    // What was lost may be done anew, also before its first primary finds out.
    let taken = asked.ack == Ack::Primary && (ghost.took_over || ghost.went_without);
    if taken || ghost.rolled_back.contains(&asked.op) || ghost.wiped_ops.contains(&asked.op) {
        return;
    }
    let Some(first) = ghost.answers.get(&asked.op) else {
        ghost.answers.insert(asked.op.clone(), reply.clone());
        return;
    };
    assert_eq!((first.status, &first.body), (reply.status, &reply.body), "I10: {asked:?} heard something else before");
    world.goals.reach(Goal::AskedAgain);
}

/// Checks at the end of a run that acknowledged writes are on every disk.
///
/// # Panics
/// When one is not, and nobody has said so.
pub(super) fn check_end(world: &World) {
    for (request, reply) in &world.replies {
        let Some(asked) = world.asked.get(request).filter(|asked| asked.method != Method::Get) else { continue };
        if reply.status >= 300 {
            continue;
        }
        let mut generations = world.ghost.one_mode.keys();
        let committed = generations.any(|generation| world.ghost.committed.has(*generation, &asked.op));
        assert!(committed || asked.ack == Ack::Primary, "I6: {asked:?} was acknowledged and was never committed");
        if world.disks.iter().all(|disk| holds(disk, &asked.op)) {
            continue;
        }
        assert_eq!(asked.ack, Ack::Primary, "I6: {asked:?} was acknowledged and is lost");
        let told = world.ghost.rolled_back.contains(&asked.op);
        let wiped = world.ghost.wiped_ops.contains(&asked.op);
        assert!(told || wiped, "I11: {asked:?} was acknowledged by its primary, is lost, and nobody has said so");
        let forced = world.ghost.took_over || world.ghost.went_without;
        assert!(wiped || forced, "I11: {asked:?} was lost, and nothing was taken over");
    }
}

fn holds(disk: &Durable, op: &OpId) -> bool {
    disk.groups.values().any(|group| group.log.iter().any(|entry| entry.op == *op) || group.base.find(op).is_some())
}
