//! Random runs: clients that write and read while things go wrong; then everything heals and must settle.

use std::hash::Hasher;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::json;

use super::faults::sometimes;
use super::{Asking, Faults, Goal, Goals, Nemesis, World, settle};
use crate::config::{Ack, Failover, Mode, Reads};
use crate::id::{OpId, ReplicaId};
use crate::record::Durable;
use crate::replica::{Cluster, Limits, RequestId};
use crate::request::{Method, Request};
use crate::rng::Rng;
use crate::session::Session;
use crate::time::Micros;

/// How many clients a run has.
const CLIENTS: usize = 4;

/// What a random run is made of; the same plan gives the same run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Where everything random comes from.
    pub seed: u64,
    /// The cluster.
    pub cluster: Cluster,
    /// Its first mode.
    pub mode: Mode,
    /// Whether each replica begins as a process of its own, which cannot know that the others are new, too.
    pub apart: bool,
    /// What goes wrong by itself.
    pub faults: Faults,
    /// What is done on purpose.
    pub nemesis: Nemesis,
    /// How many rounds of requests and harm there are before everything heals.
    pub rounds: u64,
    /// How many of 100 rounds ask for a switch of the mode.
    pub switches: u64,
    /// How many of 100 requests ask for something again.
    pub retries: u64,
}

/// What a random run did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// How many events the feed had.
    pub events: usize,
    /// How many inputs replicas handled.
    pub steps: u64,
    /// How many requests were asked.
    pub asked: usize,
    /// How many writes were acknowledged.
    pub acknowledged: usize,
    /// How much time passed in the world.
    pub took: Micros,
    /// What happened.
    pub goals: Goals,
    /// A number that two equal runs share.
    pub digest: u64,
}

/// A run that broke an invariant or did not settle.
#[derive(Debug)]
pub struct Failure {
    /// What it was.
    pub why: String,
    /// The world as it was then.
    pub world: Box<World>,
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
    let plan = Plan::random(seed);
    let mut world = plan.world();
    let run = plan.run(&mut world);
    (run, world)
}

/// Runs a plan.
///
/// # Errors
/// When an invariant breaks or the cluster does not settle.
pub fn attempt(plan: Plan) -> Result<(Run, World), Failure> {
    let mut world = plan.world();
    match catch_unwind(AssertUnwindSafe(|| plan.run(&mut world))) {
        Ok(run) => Ok((run, world)),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let why = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words");
            Err(Failure { why: why.to_owned(), world: Box::new(world) })
        }
    }
}

impl Plan {
    /// Draws a plan.
    pub fn random(seed: u64) -> Plan {
        let mut rng = Rng::new(seed);
        let size = [1, 2, 3, 3, 3, 4, 5][usize::try_from(rng.range(0, 7)).unwrap_or(0)];
        let mode = if rng.chance(50) { Mode::RemoteWrite } else { Mode::LocalWrite };
        let mut cluster = Cluster::of(size);
        if rng.chance(15) {
            cluster.failover = Failover::Off;
        }
        if rng.chance(60) {
            let keep = usize::try_from(rng.range(0, 4)).unwrap_or(0);
            let longest = usize::try_from(rng.range(2, 7)).unwrap_or(0);
            cluster.limits = Limits { batch: 1, keep, keep_at_most: keep.max(longest), ..Limits::default() };
        }
        Plan {
            seed: rng.bits(),
            cluster,
            mode,
            apart: rng.chance(15),
            faults: Faults::random(&mut rng),
            nemesis: Nemesis::random(&mut rng),
            rounds: rng.range(10, 40),
            switches: sometimes(&mut rng, 50, 20),
            retries: sometimes(&mut rng, 70, 40),
        }
    }

    /// Starts the plan's cluster.
    pub fn world(self) -> World {
        let disk = if self.apart { Durable::lost(self.mode) } else { Durable::empty(self.mode) };
        World::with_disks(self.cluster, &disk, self.seed, self.faults)
    }

    /// Runs the whole plan in its world.
    ///
    /// # Panics
    /// When an invariant breaks or the cluster does not settle.
    pub fn run(self, world: &mut World) -> Run {
        let rng = Rng::new(self.seed.rotate_left(7));
        let mut driver = Driver { plan: self, rng, clients: vec![Client::default(); CLIENTS] };
        for _ in 0..self.rounds {
            self.nemesis.strike(world, &mut driver.rng);
            driver.ask(world);
            world.run_for(driver.pause());
        }
        settle::settle(world);
        report(world)
    }
}

/// One client: what it has seen, and what it asked.
#[derive(Clone, Debug, Default)]
struct Client {
    session: Session,
    open: Vec<RequestId>,
    writes: Vec<(OpId, Request, Ack)>,
}

struct Driver {
    plan: Plan,
    rng: Rng,
    clients: Vec<Client>,
}

impl Driver {
    /// Asks for a few things, or switches the mode.
    fn ask(&mut self, world: &mut World) {
        if self.rng.chance(self.plan.switches) {
            let at = self.any(world);
            let mode = if self.rng.chance(50) { Mode::RemoteWrite } else { Mode::LocalWrite };
            world.harm(format!("{at} is asked to switch to {}", mode.as_str()));
            world.switch(at, mode);
        }
        for _ in 0..self.rng.range(0, 4) {
            let at = self.any(world);
            if world.replica(at).is_some() {
                self.ask_at(world, at);
            }
        }
    }

    fn ask_at(&mut self, world: &mut World, at: ReplicaId) {
        let index = usize::try_from(self.rng.range(0, CLIENTS as u64)).unwrap_or(0);
        self.clients[index].listen(world);
        let session = self.clients[index].session.clone();
        let writes = &self.clients[index].writes;
        let again = !writes.is_empty() && self.rng.chance(self.plan.retries);
        let number = world.asked.len() + 1;
        let asking = if again {
            let which = usize::try_from(self.rng.range(0, writes.len() as u64)).unwrap_or(0);
            let (op, request, ack) = writes[which].clone();
            if world.asked.values().any(|asked| asked.op == op && asked.at != at) {
                world.goals.reach(Goal::AskedTwoReplicas);
            }
            Asking { op: Some(op), ack, session, ..Asking::new(at, request) }
        } else {
            let request = self.request(number);
            Asking { ack: self.ack(), reads: self.reads(), session, ..Asking::new(at, request) }
        };
        let (request, ack) = (asking.request.clone(), asking.ack);
        let id = world.ask(asking);
        let client = &mut self.clients[index];
        client.open.push(id);
        if !again && request.method != Method::Get {
            client.writes.push((world.asked[&id].op.clone(), request, ack));
        }
    }

    fn any(&mut self, world: &World) -> ReplicaId {
        let last = u64::from(world.cluster.size) + 1;
        ReplicaId(u8::try_from(self.rng.range(1, last)).expect("a replica's number is small"))
    }

    /// Makes a request; no two give a note the same title.
    fn request(&mut self, number: usize) -> Request {
        let text = json!({ "title": format!("title {number}"), "body": "b" });
        let note = format!("/note/{}", self.rng.range(1, 6));
        let (method, path, body) = match self.rng.range(0, 12) {
            0..=2 => (Method::Post, "/note".to_owned(), text),
            3..=6 => (Method::Patch, note, text),
            7 => (Method::Put, note, json!({ "title": format!("title {number}") })),
            8 => (Method::Delete, note, json!({})),
            9 => (Method::Get, "/note".to_owned(), json!({})),
            _ => (Method::Get, note, json!({})),
        };
        Request { method, path, body }
    }

    fn ack(&mut self) -> Ack {
        match self.rng.range(0, 100) {
            0..50 => Ack::All,
            50..75 => Ack::Majority,
            _ => Ack::Primary,
        }
    }

    fn reads(&mut self) -> Reads {
        match self.rng.range(0, 4) {
            0 => Reads::Local,
            1 => Reads::Committed,
            2 => Reads::Session,
            _ => Reads::Linearizable,
        }
    }

    /// Draws how long the cluster is left alone.
    fn pause(&mut self) -> Micros {
        let longest = match self.rng.range(0, 100) {
            0..60 => 40_000,
            60..85 => 400_000,
            _ => 3_000_000,
        };
        Micros(self.rng.range(0, longest))
    }
}

impl Client {
    /// Takes note of the replies that have come.
    fn listen(&mut self, world: &World) {
        let session = &mut self.session;
        self.open.retain(|id| match world.replies.get(id) {
            Some(reply) => {
                session.merge(&reply.session);
                false
            }
            None => true,
        });
    }
}

fn report(world: &World) -> Run {
    let done = |reply: &&crate::request::Reply| reply.status < 300 && reply.method != Method::Get;
    Run {
        events: world.events.len(),
        steps: world.steps,
        asked: world.asked.len(),
        acknowledged: world.replies.values().filter(done).count(),
        took: world.now,
        goals: world.goals.clone(),
        digest: world.digest.finish(),
    }
}
