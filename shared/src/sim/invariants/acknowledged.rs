//! I6: a write that was acknowledged is on as many disks as its policy says, and is never lost afterwards.

use crate::config::Ack;
use crate::id::OpId;
use crate::record::{Durable, DurableGroup};
use crate::request::{Method, Reply};
use crate::sim::{Asked, World};

pub(in crate::sim) fn on_reply(world: &World, asked: &Asked, reply: &Reply) {
    if asked.method == Method::Get || reply.status >= 300 {
        return;
    }
    let holders = world.disks.iter().filter(|disk| holds(disk, &asked.op)).count();
    let wanted = match asked.ack {
        Ack::All => world.cluster.majority().max(world.disks.len() - reply.without.len()),
        Ack::Majority => world.cluster.majority(),
        Ack::Primary => 1,
    };
    assert!(holders >= wanted, "I6: {asked:?} was acknowledged and is on {holders} of {wanted} disks");
}

/// Checks at the end of a run that every acknowledged write is on every disk.
///
/// # Panics
/// When one is not.
pub fn check_all(world: &World) {
    for (request, reply) in &world.replies {
        let Some(asked) = world.asked.get(request).filter(|asked| asked.method != Method::Get) else { continue };
        if reply.status < 300 {
            for (place, disk) in world.disks.iter().enumerate() {
                assert!(holds(disk, &asked.op), "I6: {asked:?} was acknowledged and is lost at R{}", place + 1);
            }
        }
    }
}

fn holds(disk: &Durable, op: &OpId) -> bool {
    let in_group =
        |group: &DurableGroup| group.base.find(op).is_some() || group.log.iter().any(|entry| entry.op == *op);
    disk.groups.values().any(in_group)
}
