//! A whole cluster in one value: replicas, their disks and the network between them, in made-up time.
//!
//! Called by the tests natively and on wasm32; the page can step the same world. It drives the same core as the
//! server does and decides nothing about the protocol. Every step is followed by every invariant.
//! The same seed gives the same run, to the last event.

mod asking;
mod faults;
pub mod invariants;
mod network;
pub mod trace;
mod workload;

use std::collections::BTreeMap;

use crate::api::Resource;
use crate::config::Mode;
use crate::event::Event;
use crate::id::{OpId, ReplicaId, TraceId};
use crate::record::Durable;
use crate::replica::{Call, Cluster, Input, Output, Replica, RequestId};
use crate::request::Reply;
use crate::rng::Rng;
use crate::time::Micros;
use crate::view::ClusterView;

pub use asking::{Asked, Asking};
pub use faults::Faults;
pub use invariants::Ghost;
pub use network::Network;
pub use workload::{Run, random_run, random_world};

/// One simulated cluster.
#[derive(Clone, Debug)]
pub struct World {
    /// What the replicas have in common.
    pub cluster: Cluster,
    /// The time of the last step.
    pub now: Micros,
    /// The replicas, in order of their ids; `None` while one is down.
    pub replicas: Vec<Option<Replica>>,
    /// What each replica has made durable.
    pub disks: Vec<Durable>,
    /// The messages under way.
    pub network: Network,
    /// The picture that the events so far add up to.
    pub view: ClusterView,
    /// All events, numbered from 1.
    pub events: Vec<Event>,
    /// The replies so far, by request.
    pub replies: BTreeMap<RequestId, Reply>,
    /// What clients asked, by request, in the order of asking.
    pub asked: BTreeMap<RequestId, Asked>,
    /// What the invariants remember.
    pub ghost: Ghost,
    /// Whether the invariants are left out: a test that looks from outside only is faster without them.
    pub unchecked: bool,
    rng: Rng,
    switches: u64,
}

impl World {
    /// Starts a cluster's replicas with empty disks.
    pub fn new(cluster: Cluster, mode: Mode, seed: u64, faults: Faults) -> World {
        let size = cluster.size;
        let mut rng = Rng::new(seed);
        let network = Network::new(Rng::new(rng.bits()), faults);
        let mut world = World {
            cluster,
            now: Micros(0),
            replicas: vec![None; usize::from(size)],
            disks: vec![Durable::empty(mode); usize::from(size)],
            network,
            view: ClusterView::default(),
            events: Vec::new(),
            replies: BTreeMap::new(),
            ghost: Ghost::default(),
            unchecked: false,
            rng,
            asked: BTreeMap::new(),
            switches: 0,
        };
        for id in world.cluster.ids() {
            world.start(id);
        }
        world
    }

    /// Starts a replica from its disk.
    pub fn start(&mut self, id: ReplicaId) {
        let disk = self.disks[index(id)].clone();
        let seed = self.rng.bits();
        let mut replica = Replica::new(id, self.cluster, disk, seed);
        replica.number_after(self.ghost.last_message(id));
        self.replicas[index(id)] = Some(replica);
        self.handle(id, Input::Start);
    }

    /// Takes a replica down; what its memory held is gone.
    pub fn crash(&mut self, id: ReplicaId) {
        self.replicas[index(id)] = None;
    }

    /// Returns a replica that is up.
    pub fn replica(&self, id: ReplicaId) -> Option<&Replica> {
        self.replicas.get(index(id)).and_then(Option::as_ref)
    }

    /// Asks a replica as a client does; the reply appears in `replies` when it comes.
    pub fn ask(&mut self, asking: Asking) -> RequestId {
        let id = RequestId(self.asked.len() as u64 + 1);
        let Asking { at, request, ack, reads, session, op } = asking;
        let op = op.unwrap_or_else(|| OpId(format!("op-{}", id.0)));
        let method = request.method;
        let command = Resource::parse(&request.path).and_then(|resource| resource.command(method, &request.body));
        let trace = TraceId(format!("t{}", id.0));
        let asked = Asked {
            op: op.clone(),
            at,
            ack,
            reads,
            session: session.clone(),
            method,
            command: command.clone().ok(),
            invoked: self.now,
            returned: None,
        };
        self.asked.insert(id, asked);
        let call = Call { op, trace, ack, reads, session, request, command };
        self.handle(at, Input::Client { request: id, head: None, call });
        id
    }

    /// Asks a replica to switch the mode.
    pub fn switch(&mut self, at: ReplicaId, mode: Mode) -> RequestId {
        self.switches += 1;
        let id = RequestId(1_000_000 + self.switches);
        self.handle(at, Input::Switch { request: id, mode });
        id
    }

    /// Lets the next thing happen: a message arrives or a replica wakes. Returns false when nothing is left.
    pub fn step(&mut self) -> bool {
        let wake = self.up().filter_map(|replica| replica.1.deadline().map(|at| (at, replica.0))).min();
        match (self.network.next(), wake) {
            (Some(arrival), Some((at, id))) if at < arrival => self.wake(at, id),
            (Some(_), _) => self.deliver(),
            (None, Some((at, id))) => self.wake(at, id),
            (None, None) => return false,
        }
        true
    }

    /// Steps until `done` says so.
    ///
    /// # Panics
    /// When that takes over `limit` steps: the cluster does not get there.
    pub fn run_until(&mut self, limit: usize, mut done: impl FnMut(&World) -> bool) {
        for _ in 0..limit {
            if done(self) || !self.step() {
                break;
            }
        }
        let last: Vec<String> = self.events.iter().rev().take(40).rev().filter_map(trace::line).collect();
        assert!(done(self), "not there after {limit} steps at {:?}; the last were\n{}", self.now, last.join("\n"));
    }

    fn up(&self) -> impl Iterator<Item = (ReplicaId, &Replica)> {
        self.cluster.ids().filter_map(|id| self.replica(id).map(|replica| (id, replica)))
    }

    fn wake(&mut self, at: Micros, id: ReplicaId) {
        self.now = self.now.max(at);
        self.handle(id, Input::Timeout);
    }

    fn deliver(&mut self) {
        let Some((at, envelope)) = self.network.take() else { return };
        self.now = self.now.max(at);
        if let Some(to) = envelope.head.to.replica().filter(|to| self.replica(*to).is_some()) {
            self.handle(to, Input::Peer(envelope));
        }
    }

    fn handle(&mut self, id: ReplicaId, input: Input) {
        let crash_after = self.network.faults.crash_in_step(&mut self.rng);
        let now = self.now;
        let Some(replica) = self.replicas[index(id)].as_mut() else { return };
        let outputs = replica.handle(now, input);
        for (count, output) in outputs.into_iter().enumerate() {
            if crash_after == Some(count) {
                self.crash(id);
                return;
            }
            self.perform(id, output);
        }
        if !self.unchecked {
            invariants::check(self, id);
        }
    }

    fn perform(&mut self, id: ReplicaId, output: Output) {
        match output {
            Output::Persist(record) => self.disks[index(id)].apply(&record),
            Output::Send(envelope) => self.network.send(self.now, &envelope),
            Output::Reply { request, reply, .. } => {
                let first = self.replies.insert(request, reply.clone());
                assert!(first.is_none(), "{request:?} was answered twice");
                if let Some(asked) = self.asked.get_mut(&request) {
                    asked.returned = Some(self.now);
                    let asked = asked.clone();
                    if !self.unchecked {
                        invariants::acknowledged::on_reply(self, &asked, &reply);
                    }
                }
            }
            Output::Event(mut event) => {
                event.seq = self.events.len() as u64 + 1;
                invariants::causality::on_event(&mut self.ghost, &event);
                self.view.apply(&event);
                self.events.push(event);
            }
        }
    }
}

/// Returns a replica's place in the lists.
pub(crate) fn index(id: ReplicaId) -> usize {
    usize::from(id.0) - 1
}
