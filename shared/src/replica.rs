//! The replica: Baton's protocol as a state machine without input or output of its own.
//!
//! Called by the native driver, the simulation and the page. It reads no clock, opens no socket, keeps no file,
//! and decides everything: who may write, what is sent, when a client hears.
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
//! Invariants, each checked after every step of the simulation: one primary per group and epoch; no write
//! acknowledged with `all` or `majority` is lost; equal epochs hold equal logs; `fold(events)` equals the state.
//!
//! Departures from the textbook: the primary role moves only by a claim that a majority has promised, so that a
//! lost message cannot lose an item; acknowledgements are counted, so that a write survives any minority.
//!
//! Source: van Steen & Tanenbaum, Distributed Systems, 4th ed., section 7.5; docs/PROTOCOL.md.

mod claim;
mod clients;
mod creation;
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
use timers::{Timer, Timers};

/// The replica that claims the store in remote-write when nobody else is known to hold it.
const FIRST: ReplicaId = ReplicaId(1);

/// How long until a question is asked again for the first time, and at most.
const RESEND: Micros = Micros::from_millis(250);
const RESEND_AT_MOST: Micros = Micros::from_millis(2_000);

fn longer(pause: Micros) -> Micros {
    Micros(pause.0 * 2).min(RESEND_AT_MOST)
}

/// One replica of the cluster.
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
    /// In local-write: up to which id everything is known to be committed.
    settled: NoteId,
    switch: Switch,
    peers: Peers,
    /// While the disk is empty and the others have not told what it must know.
    recovery: Option<Recovery>,
    joined: bool,
    /// Whether the gate in front of its outboxes is closed: told, not acted on.
    gated: bool,
    timers: Timers,
    /// Primaries that have something to tell their backups.
    dirty: BTreeSet<GroupId>,
    recorder: Recorder,
    rng: Rng,
    now: Micros,
    out: Vec<Output>,
}

impl Replica {
    /// Makes a replica out of what its disk holds. `seed` feeds its only source of randomness (back-off).
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

    /// Handles one input at `now`; returns all it causes, in causal order.
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
            suspects: self.missed(),
            groups: self.known_groups().map(|(id, group)| (*id, group.view())).collect(),
            notes: self.notes().map(|(id, version)| (*id, version.excerpt())).collect(),
        }
    }

    /// Returns what this replica believes its disk to hold.
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

    /// Returns the groups that the disk knows; of others there is nothing to tell.
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

    /// Takes part in everything from now on. Who has been away says so, so that it gets what it lacks.
    fn join(&mut self) {
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

    /// In remote-write the first replica claims the store, unless another has it: it is the textbook's fixed primary.
    fn claim_store(&mut self) {
        let me = self.id;
        if self.mode == Mode::RemoteWrite && me == FIRST && !self.is_frozen() {
            let other = self.group_mut(GroupId::Store).hint().is_some_and(|hint| hint != me);
            if !other {
                self.start_claim(GroupId::Store, false, None);
            }
        }
    }

    /// Whoever must spread something claims it again after a restart.
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

    fn on_peer(&mut self, envelope: Envelope) {
        let Envelope { head, generation, message } = envelope;
        let event = self.recorder.receive(self.now, &head);
        self.out.push(Output::Event(event));
        let Some(from) = head.message.from.replica() else { return };
        // A replica that recovers asks, and is for all else not there.
        if !matches!(message, Message::Recover { .. } | Message::Recovery { .. }) {
            if self.is_recovering() {
                return self.ignore(&head, Why::Recovering);
            }
            self.hear(from);
        }
        if let Some(why) = self.stale(generation, &message) {
            self.ignore(&head, why);
            return self.meet_in_time(from, generation);
        }
        match message {
            Message::Recover { nonce } => self.on_recover(from, nonce),
            Message::Recovery { nonce, state } => self.on_recovery(from, &head, nonce, state),
            Message::Probe => {
                self.send(from, None, Message::ProbeOk);
                self.meet_in_time(from, generation);
            }
            Message::ProbeOk => {}
            Message::Suspect { replica } => self.on_suspect(from, replica),
            Message::SuspectOk { replica } => self.on_suspect_ok(from, replica),
            Message::ReadIndex { read, group } => self.on_read_index(from, &head, read, group),
            Message::ReadIndexOk { read, positions } => self.on_read_index_ok(from, &head, read, positions),
            Message::Forward { operation } => self.on_forward(from, &head, operation),
            Message::Forwarded { op, outcome, without } => self.on_forwarded(&head, &op, &outcome, &without),
            Message::Claim { group, epoch, commit, accepted, len, ask, create } => {
                let has = group::Has { commit, accepted, len };
                let claim = group::Held { from, trace: head.trace, epoch, has, ask, create, until: Micros(0) };
                self.on_claim(group, &claim);
            }
            Message::Promise { group, epoch, accepted, commit, log, below } => {
                self.on_promise(from, &head, group, epoch, group::Promised { accepted, commit, log, below });
            }
            Message::Nack { group, epoch, promised } => self.on_nack(from, &head, group, epoch, promised),
            Message::Append { group, epoch, install, from: before, log, commit, everywhere, live, without, active } => {
                let known = updates::Known { commit, everywhere, live, without, active };
                let update = updates::Update { epoch, install, before, log, known };
                self.on_append(from, &head, group, update);
            }
            Message::Ack { group, epoch, len } => self.on_ack(from, &head, group, epoch, len),
            Message::Behind { group, epoch, commit } => self.on_behind(from, &head, group, epoch, commit),
            Message::Seal { epoch } => self.on_seal(from, &head, epoch),
            Message::Sealed { epoch, state } => self.on_sealed(from, &head, epoch, state),
            Message::Propose { proposal } => self.on_propose(from, &head, &proposal),
            Message::Accepted { epoch } => self.on_accepted(from, &head, epoch),
            Message::Enter { epoch, next, mode, groups } => {
                self.on_enter(from, switch::Entry { epoch, next, mode, groups });
            }
            Message::Entered { epoch } => self.on_entered(from, &head, epoch),
        }
    }

    /// Brings whoever is behind into the generation of whoever is ahead.
    fn meet_in_time(&mut self, from: ReplicaId, generation: Generation) {
        match generation.cmp(&self.generation) {
            std::cmp::Ordering::Less if self.may_wake(from) => self.wake(from),
            std::cmp::Ordering::Greater => self.send(from, None, Message::Probe),
            std::cmp::Ordering::Less | std::cmp::Ordering::Equal => {}
        }
    }

    /// Returns why a message is from another time; those of a switch, and final outcomes, are of every time.
    fn stale(&self, generation: Generation, message: &Message) -> Option<Why> {
        if !message.is_of_one_generation() {
            return None;
        }
        match generation.cmp(&self.generation) {
            std::cmp::Ordering::Less => Some(Why::OldGeneration),
            std::cmp::Ordering::Greater => Some(Why::NewGeneration),
            std::cmp::Ordering::Equal => self.is_frozen().then_some(Why::Frozen),
        }
    }

    fn on_timeout(&mut self) {
        while let Some(timer) = self.timers.pop(self.now) {
            self.on_timer(timer);
        }
    }

    fn on_timer(&mut self, timer: Timer) {
        match timer {
            Timer::Op(op) => self.on_op_timeout(&op),
            Timer::Group(group) => self.on_group_timeout(group),
            Timer::Switch => self.on_switch_timeout(),
            Timer::Read(number) => self.on_read_timeout(number),
            Timer::Peer(id) => self.on_peer_timeout(id),
            Timer::Recovery => self.repeat_recovery(),
        }
    }

    fn on_group_timeout(&mut self, id: GroupId) {
        match self.groups.get(&id).map(|group| &group.part) {
            Some(Part::Claiming(_)) => self.repeat_claim(id),
            Some(Part::Primary(_)) => self.repeat_updates(id),
            Some(Part::Backup) if !self.is_frozen() => self.claim_if_forsaken(id),
            Some(Part::Backup) | None => {}
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
