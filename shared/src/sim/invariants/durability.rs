//! Durability: an acknowledged write is on as many disks as its policy says, and is not lost.
//!
//! A client that repeats it gets the same reply (at-most-once execution). A write that only its primary has
//! acknowledged is lost only where a replica reports it (no silent rollback). Source:
//! docs/PROTOCOL.md §11.9, §11.10, §11.11; Haerder & Reuter 1983; Birrell & Nelson 1984.

use std::collections::BTreeMap;

use crate::config::Ack;
use crate::id::OpId;
use crate::record::Durable;
use crate::request::{Method, Reply};
use crate::sim::goals::Goal;
use crate::sim::{Asked, World};

/// The first reply to each operation that was performed.
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
    assert!(holders >= wanted || once, "durability: {asked:?} was acknowledged and is on {holders} of {wanted} disks");
    gets_the_same_reply(world, asked, reply);
}

fn gets_the_same_reply(world: &mut World, asked: &Asked, reply: &Reply) {
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
    assert_eq!(
        (first.status, &first.body),
        (reply.status, &reply.body),
        "at-most-once execution: {asked:?} got another reply before"
    );
    world.goals.reach(Goal::AskedAgain);
}

/// Checks at the end of a run that acknowledged writes are on every disk.
///
/// # Panics
/// When one is not, and nobody has reported it.
pub(super) fn check_end(world: &World) {
    for (request, reply) in &world.replies {
        let Some(asked) = world.asked.get(request).filter(|asked| asked.method != Method::Get) else { continue };
        if reply.status >= 300 {
            continue;
        }
        let mut generations = world.ghost.modes.keys();
        let committed = generations.any(|generation| world.ghost.committed.has(*generation, &asked.op));
        assert!(
            committed || asked.ack == Ack::Primary,
            "durability: {asked:?} was acknowledged and was never committed"
        );
        if world.disks.iter().all(|disk| holds(disk, &asked.op)) {
            continue;
        }
        assert_eq!(asked.ack, Ack::Primary, "durability: {asked:?} was acknowledged and is lost");
        let told = world.ghost.rolled_back.contains(&asked.op);
        let wiped = world.ghost.wiped_ops.contains(&asked.op);
        assert!(
            told || wiped,
            "no silent rollback: {asked:?} was acknowledged by its primary, is lost, and nobody has reported it"
        );
        let forced = world.ghost.took_over || world.ghost.went_without;
        assert!(wiped || forced, "no silent rollback: {asked:?} was lost, and nothing was taken over");
    }
}

fn holds(disk: &Durable, op: &OpId) -> bool {
    disk.groups.values().any(|group| group.log.iter().any(|entry| entry.op == *op) || group.base.find(op).is_some())
}
