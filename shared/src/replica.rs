//! The replica: Baton's protocol as a state machine without input or output of its own.
//!
//! Called by the server's driver, the simulation and the model checker. It reads no clock, opens no socket, keeps no
//! file, and decides everything: who may write, what is sent, when a client is answered.
//!
//! | textbook step | remote-write | local-write |
//! |---|---|---|
//! | W1 write request | `clients::on_client` | `clients::on_client` |
//! | W2 | forward to primary: `remote_write::drive` | move item to new primary: `claim::start_claim` |
//! | W3 | tell backups to update: `updates::replicate` | acknowledge write completed: `clients::finish` |
//! | W4 | acknowledge update: `updates::on_append` | tell backups to update: `updates::replicate` |
//! | W5 | acknowledge write completed: `clients::finish` | acknowledge update: `updates::on_append` |
//! | R1, R2 | `clients::on_client`, `reads::read` | `clients::on_client`, `reads::read` |
//!
//! Invariants, each checked after every step of the simulation: election safety, log matching, leader completeness,
//! state machine safety, durability of acknowledged writes, and `fold(events)` equals the state
//! (docs/PROTOCOL.md §11).
//!
//! Departures from the textbook: the primary role moves only by a claim that a majority has promised, so that a
//! lost message cannot lose an item; acknowledgements are counted, so that a write survives any minority.
//!
//! Source: van Steen & Tanenbaum, Distributed Systems, 4th ed., section 7.5; docs/PROTOCOL.md §1.

mod claim;
mod clients;
mod creation;
mod dispatch;
mod generation;
mod group;
mod handover;
mod inspect;
mod interface;
mod local_write;
#[cfg(feature = "model")]
pub mod model;
mod outcomes;
mod peers;
mod pending;
mod reads;
mod recover;
mod remote_write;
mod room;
mod steps;
mod switch;
mod timers;
mod updates;

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Mode;
use crate::event::{EventKind, Gate, Step, Why};
use crate::gist::Gist;
use crate::id::{Epoch, Generation, GroupId, Node, NoteId, OpId, ReplicaId, TraceId};
use crate::message::{Envelope, Head, Message, Parcel, Proposal};
use crate::note::Version;
use crate::record::{Durable, DurableGroup, Record};
use crate::recorder::Recorder;
use crate::rng::Rng;
use crate::rules::Rule;
use crate::time::Micros;
use crate::view::ReplicaView;

pub use inspect::Inspected;
pub use interface::{Call, Cluster, Input, Limits, Output, RequestId};

use group::{Group, Part};
use peers::Peers;
use pending::Pending;
use reads::Reads;
use recover::Recovery;
use switch::Switch;
use timers::Timers;

/// The replica that claims the store in remote-write when no other is known to own it.
const FIRST: ReplicaId = ReplicaId(1);

/// The pause before the first retry of a message; it doubles up to the second value.
const RESEND: Micros = Micros::from_millis(250);
const RESEND_AT_MOST: Micros = Micros::from_millis(2_000);

fn longer(pause: Micros) -> Micros {
    Micros(pause.0 * 2).min(RESEND_AT_MOST)
}

/// One replica of the cluster: the protocol's state machine.
///
/// # What a driver must do
///
/// **Start.** Load the [`Durable`] that the records of earlier runs add up to; [`Durable::lost`] when there is no store
/// and others may have voted with what was in it. Call [`Replica::new`], then [`Replica::handle`] with [`Input::Start`]
/// before any other input. Call [`Replica::number_after`] first where message numbers of an earlier run are known.
///
/// **Inputs.** One at a time, from one task. `now` is the time since a fixed moment; it never goes back. Messages of
/// peers may be handed in late, twice, in any order, or never.
///
/// **Outputs.** In the order of the returned list, over all inputs:
///
/// 1. `Persist`: make the record durable. Nothing behind it leaves before the sync has succeeded (persist before send,
///    docs/PROTOCOL.md §4.1). A driver may handle many inputs, make all their records durable with one sync, and then
///    release the rest. When a sync fails the process ends: a record whose fate is unknown must not be retried.
/// 2. `Send`: hand the message to its peer without waiting. It may be lost; do not retry it, the core does. A message
///    that surely did not leave may be reported as [`Input::Lost`], for the feed.
/// 3. `Reply`: answer the client. The client may be gone.
/// 4. `Event`: publish it, after the `Persist`s before it and no later than the outputs behind it, so that a send is in
///    the feed before its receive. The protocol does not depend on events.
///
/// **Time.** After each input, call `handle(now, Input::Timeout)` once [`Replica::deadline`] has come; late is safe,
/// early has no effect. No safety rule depends on time (docs/PROTOCOL.md §1.1), so a driver may stop the clock.
///
/// **Crash.** Records that no sync has covered may be lost from any point on; those before it are there. All other
/// state is dropped with this value.
#[derive(Clone, Debug)]
pub struct Replica {
    id: ReplicaId,
    cluster: Cluster,
    generation: Generation,
    mode: Mode,
    sealed: Epoch,
    begun: Epoch,
    proposed: Option<Proposal>,
    groups: BTreeMap<GroupId, Group>,
    pending: BTreeMap<OpId, Pending>,
    reads: Reads,
    /// In local-write: the id up to which every note is known to be committed.
    settled: NoteId,
    switch: Switch,
    peers: Peers,
    /// Present while the disk is empty and the others have not all answered: this replica must not vote.
    recovery: Option<Recovery>,
    joined: bool,
    /// Whether the gate in front of its outboxes is closed. For the feed only; no rule depends on it.
    gated: bool,
    timers: Timers,
    /// Groups whose primary this replica is and whose backups have not been sent everything.
    dirty: BTreeSet<GroupId>,
    recorder: Recorder,
    rng: Rng,
    now: Micros,
    out: Vec<Output>,
}

impl Replica {
    /// Makes a replica from its durable state. `seed` feeds its only source of randomness (back-off, nonces).
    pub fn new(id: ReplicaId, cluster: Cluster, durable: Durable, seed: u64) -> Replica {
        let mut replica = Replica {
            id,
            cluster,
            generation: Generation(0),
            mode: Mode::default(),
            sealed: Epoch::NONE,
            begun: Epoch::NONE,
            proposed: None,
            groups: BTreeMap::new(),
            pending: BTreeMap::new(),
            reads: Reads::numbered_by(seed),
            settled: NoteId(0),
            switch: Switch::default(),
            peers: Peers::default(),
            recovery: None,
            joined: false,
            gated: false,
            timers: Timers::default(),
            dirty: BTreeSet::new(),
            recorder: Recorder::new(Node::Replica(id), usize::from(cluster.size)),
            rng: Rng::new(seed),
            now: Micros(0),
            out: Vec::new(),
        };
        replica.load(durable);
        replica
    }

    fn load(&mut self, durable: Durable) {
        let Durable { joined, generation, mode, sealed, begun, proposed, groups } = durable;
        self.joined = joined;
        (self.generation, self.mode) = (generation, mode);
        (self.sealed, self.begun, self.proposed) = (sealed, begun, proposed);
        self.groups = groups.into_iter().map(|(group, durable)| (group, Group::new(durable))).collect();
        self.settled = NoteId(0);
    }

    /// Numbers messages after `last`, the last one that this replica sent before it was started again within one feed.
    pub fn number_after(&mut self, last: u64) {
        self.recorder.number_after(last);
    }

    /// Handles one input at `now`; returns its outputs in the order in which they must take effect.
    #[must_use]
    pub fn handle(&mut self, now: Micros, input: Input) -> Vec<Output> {
        self.now = now;
        match input {
            Input::Start => self.on_start(),
            Input::Client { request, head, call } => self.on_client(request, head.as_ref(), call),
            Input::Switch { request, mode } => self.on_switch(request, mode),
            Input::Peer(envelope) => self.on_peer(envelope),
            Input::Lost { messages, why } => {
                for (message, trace) in messages {
                    self.emit(trace, None, EventKind::Lost { message, why });
                }
            }
            Input::WaitsForDisk { replica } => self.excuse(replica),
            Input::Gate { gate, trace } => self.on_gate(gate, trace),
            Input::Timeout => self.on_timeout(),
        }
        self.replicate_dirty();
        self.answer_reads();
        std::mem::take(&mut self.out)
    }

    /// When to call `handle(now, Input::Timeout)` next, if ever.
    pub fn deadline(&self) -> Option<Micros> {
        self.timers.next()
    }

    /// Returns all that the feed shows of this replica.
    pub fn view(&self) -> ReplicaView {
        ReplicaView {
            generation: self.generation,
            mode: self.mode,
            frozen: self.is_frozen(),
            recovering: self.is_recovering(),
            gated: self.gated,
            suspects: self.suspected(),
            groups: self.known_groups().map(|(id, group)| (*id, group.view())).collect(),
            notes: self.notes().map(|(id, version)| (*id, version.excerpt())).collect(),
        }
    }

    /// Returns the durable state as this replica has it in memory: what its records add up to.
    pub fn durable(&self) -> Durable {
        Durable {
            joined: self.joined,
            generation: self.generation,
            mode: self.mode,
            sealed: self.sealed,
            begun: self.begun,
            proposed: self.proposed.clone(),
            groups: self.known_groups().map(|(id, group)| (*id, group.durable.clone())).collect(),
        }
    }

    /// Returns the groups that have durable state.
    fn known_groups(&self) -> impl Iterator<Item = (&GroupId, &Group)> {
        self.groups.iter().filter(|(_, group)| group.durable != DurableGroup::default())
    }

    /// Returns every note as this replica holds it, tombstones included, by id.
    fn notes(&self) -> impl Iterator<Item = (&NoteId, &Version)> {
        self.groups.values().flat_map(|group| &group.current.notes)
    }

    fn is_frozen(&self) -> bool {
        self.sealed > self.begun
    }

    fn on_gate(&mut self, gate: Gate, trace: Option<TraceId>) {
        match gate {
            Gate::Closed => self.gated = true,
            Gate::Opened => self.gated = false,
            Gate::Held(_) | Gate::Delivered(_) | Gate::Doubled(_) => {}
        }
        self.emit(trace, None, EventKind::Gate(gate));
    }

    fn on_start(&mut self) {
        let view = self.view();
        self.emit(None, None, EventKind::Started { view });
        if self.joined || self.cluster.breaks(Rule::RecoverFirst) {
            self.join();
        } else {
            self.recover();
        }
    }

    /// Takes part in the protocol from now on.
    fn join(&mut self) {
        // A restart: the others answer a probe with what this replica lacks, or with a later generation.
        if self.generation > Generation(0) || self.known_groups().next().is_some() {
            for to in self.others() {
                self.send(to, None, Message::Probe);
            }
        }
        self.resume_switch();
        self.claim_store();
        self.claim_unspread();
        self.serve_askers();
    }

    /// In remote-write the first replica claims the store, unless another owns it: it is the textbook's fixed primary.
    fn claim_store(&mut self) {
        let me = self.id;
        if self.mode == Mode::RemoteWrite && me == FIRST && !self.is_frozen() {
            let other = self.group_mut(GroupId::Store).hint().is_some_and(|hint| hint != me);
            if !other {
                self.start_claim(GroupId::Store, false, None);
            }
        }
    }

    /// Claims every group whose last writes may not be on all replicas and that it falls to this replica to spread.
    fn claim_unspread(&mut self) {
        if self.is_frozen() {
            return;
        }
        let idle = |group: &Group| matches!(group.part, Part::Backup) && group.must_be_spread_by(self.id);
        let unspread = self.groups.iter().filter(|(_, group)| idle(group));
        let unspread: Vec<GroupId> = unspread.map(|(id, _)| *id).collect();
        for id in unspread {
            self.start_claim(id, false, None);
        }
    }

    fn others(&self) -> impl Iterator<Item = ReplicaId> + use<> {
        let me = self.id;
        self.cluster.ids().filter(move |id| *id != me)
    }

    fn group_mut(&mut self, id: GroupId) -> &mut Group {
        self.groups.entry(id).or_insert_with(|| Group::new(DurableGroup::default()))
    }

    fn persist(&mut self, record: Record) {
        self.out.push(Output::Persist(record));
    }

    fn emit(&mut self, trace: Option<TraceId>, step: Option<Step>, kind: EventKind) {
        let event = self.recorder.local(self.now, trace, step, kind);
        self.out.push(Output::Event(event));
    }

    fn ignore(&mut self, head: &Head, why: Why) {
        self.emit(head.trace.clone(), None, EventKind::Ignored { message: head.message, why });
    }

    fn send(&mut self, to: ReplicaId, trace: Option<TraceId>, message: Message) {
        let step = trace.as_ref().and_then(|_| self.step_of(&message));
        let parcel = Parcel::Peer(Box::new(Gist::from(&message)));
        let (head, event) = self.recorder.send(self.now, trace, step, Node::Replica(to), parcel);
        self.out.push(Output::Event(event));
        self.out.push(Output::Send(Envelope { head, generation: self.generation, message }));
    }
}
