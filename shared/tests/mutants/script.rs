//! A cluster driven step by step to one exact story.
//!
//! A story that does not come as far as it should stops with [`ASTRAY`], which counts as no finding: only a check may
//! find something.

use std::collections::BTreeSet;

use serde_json::json;
use shared::config::{Ack, Failover, Mode};
use shared::id::{OpId, ReplicaId};
use shared::record::{Durable, DurableGroup};
use shared::replica::{Cluster, Replica, RequestId};
use shared::request::{Method, Request};
use shared::rules::Rule;
use shared::sim::{Asking, Faults, World, invariants, trace};
use shared::time::Micros;

/// How the message of a story begins that did not come as far as it should.
pub const ASTRAY: &str = "the story went astray";

/// How many steps a story takes at most from one point to the next.
const LIMIT: usize = 20_000;

/// The cluster of a story.
pub struct Script {
    pub world: World,
    /// How many events have been looked at.
    seen: usize,
}

impl Script {
    /// Starts a cluster and lets it come to rest.
    pub fn new(size: u8, mode: Mode, failover: Failover, broken: Option<Rule>) -> Script {
        let cluster = Cluster { failover, broken, ..Cluster::of(size) };
        let mut script = Script { world: World::new(cluster, mode, 1, Faults::NONE), seen: 0 };
        script.quiet();
        script
    }

    /// A client writes a note with this title, the first one if `POST`.
    pub fn write(&mut self, at: u8, method: Method, title: &str, ack: Ack) -> RequestId {
        let path = if method == Method::Post { "/note" } else { "/note/1" };
        let request = Request { method, path: path.to_owned(), body: json!({ "title": title }) };
        let op = Some(OpId(title.to_owned()));
        self.world.ask(Asking { ack, op, ..Asking::new(ReplicaId(at), request) })
    }

    /// Runs until a line of the trace that nobody has waited for yet has this text.
    pub fn until(&mut self, text: &str) {
        for _ in 0..LIMIT {
            while let Some(event) = self.world.events.get(self.seen) {
                self.seen += 1;
                if trace::line(event, &self.world.events).is_some_and(|line| line.contains(text)) {
                    return;
                }
            }
            if !self.world.step() {
                break;
            }
        }
        panic!("{ASTRAY}: nobody said {text:?}\n{}", self.last());
    }

    /// Runs until a request is done.
    pub fn until_done(&mut self, request: RequestId) {
        for _ in 0..LIMIT {
            if let Some(reply) = self.world.replies.get(&request) {
                assert!(reply.status < 300, "{ASTRAY}: {request:?} hears {}\n{}", reply.status, self.last());
                return;
            }
            self.world.step();
        }
        panic!("{ASTRAY}: {request:?} is not answered\n{}", self.last());
    }

    /// Runs until nobody has anything to do.
    pub fn quiet(&mut self) {
        let quiet = |world: &World| world.network.next().is_none() && world.is_quiet();
        for _ in 0..LIMIT {
            if quiet(&self.world) {
                break;
            }
            self.world.step();
        }
        assert!(quiet(&self.world), "termination: it does not come to rest\n{}", self.last());
        self.seen = self.world.events.len();
    }

    /// Lets a span of time pass.
    pub fn pass(&mut self, span: Micros) {
        let end = self.world.now + span;
        let wakes = |world: &World| world.replicas.iter().flatten().filter_map(Replica::deadline).min();
        while self.world.network.next().into_iter().chain(wakes(&self.world)).min().is_some_and(|at| at <= end) {
            self.world.step();
        }
    }

    /// Loses all that goes from one of these to another from now on, both ways.
    pub fn cut(&mut self, pairs: &[(u8, u8)]) {
        self.links(pairs, usize::MAX);
    }

    /// Loses nothing more between these.
    pub fn mend(&mut self, pairs: &[(u8, u8)]) {
        self.links(pairs, 0);
    }

    fn links(&mut self, pairs: &[(u8, u8)], lost: usize) {
        for (one, other) in pairs {
            let (one, other) = (ReplicaId(*one), ReplicaId(*other));
            self.world.network.lose_next(one, other, lost);
            self.world.network.lose_next(other, one, lost);
        }
    }

    /// As `until`; what is sent meanwhile is under way for this long.
    pub fn late(&mut self, delay: Micros, text: &str) {
        self.delay(delay);
        self.until(text);
        self.delay(Faults::NONE.delay_min);
    }

    fn delay(&mut self, delay: Micros) {
        (self.world.network.faults.delay_min, self.world.network.faults.delay_max) = (delay, delay);
    }

    pub fn crash(&mut self, id: u8) {
        self.world.crash(ReplicaId(id));
    }

    pub fn start(&mut self, id: u8) {
        self.world.start(ReplicaId(id));
    }

    /// Takes a replica down, loses its disk, and starts it again.
    pub fn wipe(&mut self, id: u8) {
        self.crash(id);
        let disk = &mut self.world.disks[usize::from(id) - 1];
        *disk = Durable::lost(disk.mode);
        self.start(id);
    }

    /// Heals everything, and checks that all agree and that nothing that was acknowledged is lost.
    pub fn end(mut self) -> World {
        let ids: Vec<u8> = (1..=self.world.cluster.size).collect();
        let pairs: Vec<(u8, u8)> = ids.iter().flat_map(|one| ids.iter().map(|other| (*one, *other))).collect();
        self.mend(&pairs);
        let down: Vec<u8> = ids.into_iter().filter(|id| self.world.replica(ReplicaId(*id)).is_none()).collect();
        for id in down {
            self.start(id);
        }
        self.quiet();
        invariants::convergence::check(&self.world);
        let modes: BTreeSet<_> = self.world.disks.iter().map(|disk| (disk.generation, disk.mode)).collect();
        assert!(modes.len() == 1, "convergence: replicas work in different generations or modes: {modes:?}");
        self.world
    }

    fn last(&self) -> String {
        let events = &self.world.events;
        let last = events.iter().rev().take(30).rev().filter_map(|event| trace::line(event, events));
        last.collect::<Vec<_>>().join("\n")
    }
}

/// Returns the writes that were acknowledged and are not on every disk, by their titles.
pub fn lost(world: &World) -> Vec<&str> {
    let holds = |disk: &Durable, op: &OpId| {
        let in_log = |group: &DurableGroup| group.log.iter().any(|entry| entry.op == *op);
        disk.groups.values().any(|group| group.base.find(op).is_some() || in_log(group))
    };
    let done = |id| world.replies.get(id).is_some_and(|reply| reply.status < 300);
    let acknowledged = world.asked.iter().filter(|(id, _)| done(id)).map(|(_, asked)| &asked.op);
    acknowledged.filter(|op| !world.disks.iter().all(|disk| holds(disk, op))).map(|op| op.0.as_str()).collect()
}

/// Checks that every write that was acknowledged is on every disk.
pub fn kept(world: &World) {
    let lost = lost(world);
    assert!(lost.is_empty(), "durability: acknowledged and not on every disk: {lost:?}");
}
