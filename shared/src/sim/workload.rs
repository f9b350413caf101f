//! Random runs: clients that write and read while things go wrong; then everything heals and must settle.

use serde_json::json;

use super::invariants::{acknowledged, converged};
use super::{Asking, Faults, World};
use crate::config::{Ack, Mode};
use crate::id::ReplicaId;
use crate::replica::{Cluster, RequestId};
use crate::request::{Method, Request};
use crate::rng::Rng;

/// What a random run did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// How many events the feed had.
    pub events: usize,
    /// How many requests were asked.
    pub asked: usize,
    /// How many writes were acknowledged.
    pub acknowledged: usize,
    /// How many replicas crashed.
    pub crashes: usize,
    /// How many switches of the mode were asked for.
    pub switches: usize,
    /// A number that two equal runs share.
    pub digest: u64,
}

/// Runs one seed, with every invariant after every step, then heals and checks that all settles.
///
/// # Panics
/// When an invariant breaks or the cluster does not settle.
pub fn random_run(seed: u64) -> Run {
    random_world(seed).0
}

/// As [`random_run`]; returns the world as it was at the end, too.
///
/// # Panics
/// When an invariant breaks or the cluster does not settle.
pub fn random_world(seed: u64) -> (Run, World) {
    let mut rng = Rng::new(seed);
    let size = [1, 2, 3, 3, 4, 4, 5][usize::try_from(rng.range(0, 7)).unwrap_or_default()];
    let mode = if rng.chance(50) { Mode::RemoteWrite } else { Mode::LocalWrite };
    let faults = Faults::random(&mut rng);
    let mut world = World::new(Cluster::of(size), mode, rng.bits(), faults);
    let mut driver = Driver { rng, requests: Vec::new(), crashes: 0, switches: 0 };
    for _ in 0..40 {
        driver.disturb(&mut world);
        for _ in 0..driver.rng.range(0, 60) {
            world.step();
        }
    }
    driver.heal(&mut world);
    Driver::settle(&mut world);
    acknowledged::check_all(&world);
    converged::check(&world);
    (driver.report(&world), world)
}

struct Driver {
    rng: Rng,
    requests: Vec<RequestId>,
    crashes: usize,
    switches: usize,
}

impl Driver {
    /// Asks for something, brings a crashed replica back, or switches the mode.
    fn disturb(&mut self, world: &mut World) {
        self.restart(world, 50);
        let at = self.any(world);
        if world.replica(at).is_none() {
            return;
        }
        if self.rng.chance(3) {
            let mode = if self.rng.chance(50) { Mode::RemoteWrite } else { Mode::LocalWrite };
            self.switches += 1;
            world.switch(at, mode);
            return;
        }
        for _ in 0..self.rng.range(1, 4) {
            let at = self.any(world);
            if world.replica(at).is_some() {
                let (request, ack) = (self.request(), self.ack());
                self.requests.push(world.ask(Asking { ack, ..Asking::new(at, request) }));
            }
        }
    }

    fn any(&mut self, world: &World) -> ReplicaId {
        let last = u64::from(world.cluster.size) + 1;
        ReplicaId(u8::try_from(self.rng.range(1, last)).expect("a replica's number is small"))
    }

    fn request(&mut self) -> Request {
        let text = json!({ "title": format!("title {}", self.rng.range(0, 1000)), "body": "b" });
        let note = format!("/note/{}", self.rng.range(1, 5));
        let (method, path, body) = match self.rng.range(0, 10) {
            0..=2 => (Method::Post, "/note".to_owned(), text),
            3..=6 => (Method::Patch, note, text),
            7 => (Method::Put, note, json!({ "body": "alone" })),
            8 => (Method::Delete, note, json!({})),
            _ => (Method::Get, note, json!({})),
        };
        Request { method, path, body }
    }

    fn ack(&mut self) -> Ack {
        match self.rng.range(0, 100) {
            0..60 => Ack::All,
            60..80 => Ack::Majority,
            _ => Ack::Primary,
        }
    }

    fn restart(&mut self, world: &mut World, percent: u64) {
        for id in world.cluster.ids() {
            if world.replica(id).is_none() && self.rng.chance(percent) {
                self.crashes += 1;
                world.start(id);
            }
        }
    }

    /// Stops all faults and starts whatever is down.
    fn heal(&mut self, world: &mut World) {
        world.network.faults = Faults::NONE;
        self.restart(world, 100);
    }

    /// Waits until nothing is left to do, then writes once more everywhere: all must still work and agree.
    fn settle(world: &mut World) {
        world.run_until(200_000, |world| world.network.next().is_none() && world.is_quiet());
        converged::check(world);
        let ids: Vec<ReplicaId> = world.cluster.ids().collect();
        let modes = [Mode::LocalWrite, Mode::RemoteWrite];
        for mode in modes {
            let switch = world.switch(ids[0], mode);
            world.run_until(200_000, |world| world.replies.contains_key(&switch));
            let write = |at: &ReplicaId, world: &mut World| {
                let body = json!({ "title": format!("by {at} in {mode:?}") });
                world.ask(Asking::new(*at, Request { method: Method::Post, path: "/note".to_owned(), body }))
            };
            let writes: Vec<RequestId> = ids.iter().map(|at| write(at, world)).collect();
            world.run_until(200_000, |world| writes.iter().all(|id| world.replies.contains_key(id)));
            for id in writes {
                assert_eq!(world.replies[&id].status, 201, "a write after healing was not done");
            }
        }
        world.run_until(200_000, |world| world.network.next().is_none() && world.is_quiet());
    }

    fn report(&self, world: &World) -> Run {
        let done = |id: &&RequestId| {
            world.replies.get(id).is_some_and(|reply| reply.status < 300 && reply.method != Method::Get)
        };
        let mut digest = 0xCBF2_9CE4_8422_2325_u64;
        for event in &world.events {
            for byte in format!("{event:?}").bytes() {
                digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
            }
        }
        Run {
            events: world.events.len(),
            asked: self.requests.len(),
            acknowledged: self.requests.iter().filter(done).count(),
            crashes: self.crashes,
            switches: self.switches,
            digest,
        }
    }
}

impl World {
    /// Whether no replica has anything to do.
    pub fn is_quiet(&self) -> bool {
        self.up().all(|(_, replica)| replica.deadline().is_none())
    }
}
