//! Termination: once all faults have ended, every request is answered, every replica can write in both modes, and all
//! hold the same notes.
//!
//! Source: docs/PROTOCOL.md §11.18.

use serde_json::json;

use super::{Asking, World, invariants};
use crate::config::Mode;
use crate::id::ReplicaId;
use crate::replica::RequestId;
use crate::request::{Method, Request};
use crate::time::Micros;

/// How long that may take. Messages of before the end may be under way for some of it.
const SOON: Micros = Micros::from_millis(60_000);

/// How many steps that may take: a cluster that is not done by then talks without end.
const STEPS: usize = 20_000;

/// Ends all faults and checks that all settles.
///
/// # Panics
/// When it does not, or an invariant breaks.
pub(super) fn settle(world: &mut World) {
    world.heal();
    within(world, "every request has an answer", |world| {
        world.asked.values().all(|asked| asked.returned.is_some() || asked.lost)
    });
    quiet(world);
    invariants::convergence::check(world);
    for mode in [Mode::LocalWrite, Mode::RemoteWrite] {
        let asked = world.switch(ReplicaId(1), mode);
        within(world, "the mode is switched", |world| world.replies.contains_key(&asked));
        let ids: Vec<ReplicaId> = world.cluster.ids().collect();
        let writes: Vec<RequestId> = ids.iter().map(|at| write(world, *at, mode)).collect();
        within(world, "every write is answered", |world| writes.iter().all(|id| world.replies.contains_key(id)));
        for id in writes {
            assert_eq!(world.replies[&id].status, 201, "termination: a write after healing was not performed");
        }
    }
    quiet(world);
    invariants::check_end(world);
}

fn write(world: &mut World, at: ReplicaId, mode: Mode) -> RequestId {
    let body = json!({ "title": format!("by {at} in {mode:?}") });
    world.ask(Asking::new(at, Request { method: Method::Post, path: "/note".to_owned(), body }))
}

fn quiet(world: &mut World) {
    within(world, "all is quiet", |world| world.network.next().is_none() && world.is_quiet());
}

fn within(world: &mut World, what: &str, mut done: impl FnMut(&World) -> bool) {
    let end = world.now + SOON;
    for _ in 0..STEPS {
        if done(world) || world.next().is_none_or(|at| at > end) {
            break;
        }
        world.step();
    }
    assert!(done(world), "termination: not so at {:?}, after the end of all faults: {what}", world.now);
}
