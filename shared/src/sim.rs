//! A whole cluster in one value: replicas, their disks and the network between them, in made-up time.
//!
//! Called by the tests natively and on wasm32; the page could step the same world. It drives the same core as the
//! server does and decides nothing about the protocol. Every step is followed by every invariant.
//! The same seed gives the same run, to the last event.
//!
//! | part | what it does |
//! |---|---|
//! | `machine` | clocks that run wrong, stalls, and a disk that takes its time |
//! | `drive` | hands inputs to a replica and does what it wants done |
//! | `network` | messages under way; loses, doubles, delays, cuts |
//! | `nemesis` | what is done to a cluster on purpose: crash, freeze, wipe, cut |
//! | `workload` | clients, and a whole random run from its seed |
//! | `invariants` | what must hold after every step |
//! | `goals` | what must have happened somewhere |

mod asking;
mod digest;
mod drive;
mod faults;
mod goals;
pub mod invariants;
mod machine;
mod nemesis;
mod network;
mod settle;
pub mod trace;
mod workload;

use std::collections::BTreeMap;

use crate::api::Resource;
use crate::config::Mode;
use crate::event::Event;
use crate::id::{OpId, ReplicaId, TraceId};
use crate::message::Envelope;
use crate::record::Durable;
use crate::replica::{Call, Cluster, Input, Replica, RequestId};
use crate::request::Reply;
use crate::rng::Rng;
use crate::time::Micros;
use crate::view::ClusterView;

pub use asking::{Asked, Asking};
pub use faults::Faults;
pub use goals::{Goal, Goals};
pub use invariants::Ghost;
pub use nemesis::Nemesis;
pub use network::Network;
pub use workload::{Failure, Plan, Run, attempt, random_run, random_world};

use digest::Digest;
use machine::Machine;

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
    /// What was done to the cluster: after how many events, when, and what.
    pub harm: Vec<(usize, Micros, String)>,
    /// What has happened.
    pub goals: Goals,
    /// How many inputs replicas have handled.
    pub steps: u64,
    /// What the invariants remember.
    pub ghost: Ghost,
    /// Whether the invariants are left out: a test that looks from outside only is faster without them.
    pub unchecked: bool,
    /// The mode that is configured: what a replica with an empty disk believes.
    mode: Mode,
    rng: Rng,
    machines: Vec<Machine>,
    digest: Digest,
    switches: u64,
}

impl World {
    /// Starts a cluster's replicas with empty disks, as a whole.
    pub fn new(cluster: Cluster, mode: Mode, seed: u64, faults: Faults) -> World {
        World::with_disks(cluster, &Durable::empty(mode), seed, faults)
    }

    /// Starts a cluster's replicas, each with this on its disk.
    pub fn with_disks(cluster: Cluster, disk: &Durable, seed: u64, faults: Faults) -> World {
        let size = usize::from(cluster.size);
        let mut rng = Rng::new(seed);
        let network = Network::new(Rng::new(rng.bits()), faults);
        let mut world = World {
            cluster,
            now: Micros(0),
            replicas: vec![None; size],
            disks: vec![disk.clone(); size],
            network,
            view: ClusterView::default(),
            events: Vec::new(),
            replies: BTreeMap::new(),
            asked: BTreeMap::new(),
            harm: Vec::new(),
            goals: Goals::default(),
            steps: 0,
            ghost: Ghost::default(),
            unchecked: false,
            mode: disk.mode,
            rng,
            machines: vec![Machine::default(); size],
            digest: Digest::default(),
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
        self.ghost.started(id);
        self.replicas[index(id)] = Some(replica);
        self.handle(id, Input::Start);
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
            lost: self.replica(at).is_none(),
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

    /// Lets the next thing happen: a message arrives, a disk is done, a replica wakes. Returns false when nothing is
    /// left.
    pub fn step(&mut self) -> bool {
        match (self.network.next(), self.next_machine()) {
            (Some(arrival), Some((at, id))) if at < arrival => self.run_machine(at, id),
            (Some(_), _) => self.deliver(),
            (None, Some((at, id))) => self.run_machine(at, id),
            (None, None) => return false,
        }
        true
    }

    /// Lets everything happen that is due within `span`.
    pub fn run_for(&mut self, span: Micros) {
        let end = self.now + span;
        while self.next().is_some_and(|at| at <= end) {
            self.step();
        }
        self.now = end;
    }

    /// Returns when the next thing happens.
    pub fn next(&self) -> Option<Micros> {
        let machine = self.next_machine().map(|(at, _)| at);
        self.network.next().into_iter().chain(machine).min()
    }

    /// Steps until `done` holds.
    ///
    /// # Panics
    /// When that takes over `limit` steps: the cluster does not get there.
    pub fn run_until(&mut self, limit: usize, mut done: impl FnMut(&World) -> bool) {
        for _ in 0..limit {
            if done(self) || !self.step() {
                break;
            }
        }
        let last = self.events.iter().rev().take(40).rev().filter_map(|event| trace::line(event, &self.events));
        let last: Vec<String> = last.collect();
        assert!(done(self), "not there after {limit} steps at {:?}; the last were\n{}", self.now, last.join("\n"));
    }

    /// Whether no replica has anything to do.
    pub fn is_quiet(&self) -> bool {
        self.up().all(|(_, replica)| replica.deadline().is_none()) && self.machines.iter().all(Machine::is_idle)
    }

    fn up(&self) -> impl Iterator<Item = (ReplicaId, &Replica)> {
        self.cluster.ids().filter_map(|id| self.replica(id).map(|replica| (id, replica)))
    }

    fn next_machine(&self) -> Option<(Micros, ReplicaId)> {
        self.up().filter_map(|(id, replica)| self.due(id, replica).map(|at| (at, id))).min()
    }

    /// Returns when a replica's machine has something to do.
    fn due(&self, id: ReplicaId, replica: &Replica) -> Option<Micros> {
        let machine = &self.machines[index(id)];
        if machine.frozen.is_some() {
            return machine.frozen;
        }
        let deadline = replica.deadline().map(|at| machine.clock.when(at));
        machine.sync.into_iter().chain(deadline).min()
    }

    fn deliver(&mut self) {
        let Some((at, envelope)) = self.network.take() else { return };
        self.now = self.now.max(at);
        let Some(envelope) = envelope else { return };
        self.excuse(&envelope);
        if let Some(to) = envelope.head.to.replica().filter(|to| self.replica(*to).is_some()) {
            self.handle(to, Input::Peer(envelope));
        }
    }
}

impl World {
    /// Reports to the sender that the receiver waits for its disk, as its port does.
    fn excuse(&mut self, Envelope { head, .. }: &Envelope) {
        let (Some(from), Some(to)) = (head.message.from.replica(), head.to.replica()) else { return };
        if self.machines[index(to)].sync.is_some() {
            self.handle(from, Input::WaitsForDisk { replica: to });
        }
    }
}

/// Returns a replica's place in the lists.
pub(crate) fn index(id: ReplicaId) -> usize {
    usize::from(id.0) - 1
}
