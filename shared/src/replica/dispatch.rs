//! Where inputs go: messages of other replicas and timers, each to its own handler.
//!
//! Called by [`Replica::handle`]. What holds for every message is checked here, once: recovery, generation, freezing.
//! Source: docs/PROTOCOL.md §3, §4.20.

use crate::event::Why;
use crate::id::{Generation, GroupId, ReplicaId};
use crate::message::{Envelope, Message};
use crate::time::Micros;

use super::group::{self, Part};
use super::timers::Timer;
use super::{Output, Replica, switch, updates};

impl Replica {
    /// Handles a message of another replica: three checks that hold for every message, then the message's own handler.
    pub(super) fn on_peer(&mut self, envelope: Envelope) {
        let Envelope { head, generation, message } = envelope;
        let event = self.recorder.receive(self.now, &head);
        self.out.push(Output::Event(event));
        let Some(from) = head.message.from.replica() else { return };
        // 1. A recovering replica takes part in recovery only: an answer to anything else would count as a vote with
        //    state that it has lost. It does not even take note of the sender, whose probes it leaves unanswered.
        if !matches!(message, Message::Recover { .. } | Message::Recovery { .. }) {
            if self.is_recovering() {
                return self.ignore(&head, Why::Recovering);
            }
            // 2. Any message shows that its sender is up, also one that is about to be ignored.
            self.heard_from(from);
        }
        // 3. Epochs and positions of two generations have no common meaning, and a frozen replica has handed its logs
        //    over: what it promised or accepted now would be missing from the next generation.
        if let Some(why) = self.stale(generation, &message) {
            self.ignore(&head, why);
            return self.reconcile_generation(from, generation);
        }
        match message {
            // From a replica with an empty disk, and the answer to it. Both belong to no generation.
            Message::Recover { nonce } => self.on_recover(from, nonce),
            Message::Recovery { nonce, state } => self.on_recovery(from, &head, nonce, state),
            // From whoever waits for this replica, or was restarted. The answer promises nothing.
            Message::Probe => {
                self.send(from, None, Message::ProbeOk);
                self.reconcile_generation(from, generation);
            }
            // That it was heard from is all that it says.
            Message::ProbeOk => {}
            // From a replica that suspects a third one. Suspicion decides who may claim, never what is committed.
            Message::Suspect { replica } => self.on_suspect(from, replica),
            Message::SuspectOk { replica } => self.on_suspect_ok(from, replica),
            // From a reader, and the answer to it. Reading changes no durable state.
            Message::ReadIndex { read, group } => self.on_read_index(from, &head, read, group),
            Message::ReadIndexOk { read, positions } => self.on_read_index_ok(from, &head, read, positions),
            // From a replica with a client (remote-write), and from the primary. The operation's id makes a second copy
            // harmless.
            Message::Forward { operation } => self.on_forward(from, &head, operation),
            Message::Forwarded { op, outcome, without } => self.on_forwarded(&head, &op, &outcome, &without),
            // From a claimer: answered by a promise, a refusal, or later.
            Message::Claim { group, epoch, commit, accepted, len, ask, create } => {
                let has = group::ClaimerLog { commit, accepted, len };
                let claim = group::DeferredClaim { from, trace: head.trace, epoch, has, ask, create, until: Micros(0) };
                self.on_claim(group, &claim);
            }
            // To a claimer. Both name the epoch claimed, so an answer to an earlier claim is recognised.
            Message::Promise { group, epoch, accepted, commit, log, below } => {
                self.on_promise(from, &head, group, epoch, group::Promised { accepted, commit, log, below });
            }
            Message::Nack { group, epoch, promised } => self.on_nack(from, &head, group, epoch, promised),
            // From a primary, or one that was deposed and does not know: the epoch tells.
            Message::Append { group, epoch, install, from: before, log, commit, everywhere, live, without, active } => {
                let known = updates::CommitInfo { commit, everywhere, live, without, active };
                let update = updates::Update { epoch, install, before, log, known };
                self.on_append(from, &head, group, update);
            }
            // To a primary. They count only in the epoch that they name.
            Message::Ack { group, epoch, len } => self.on_ack(from, &head, group, epoch, len),
            Message::Behind { group, epoch, commit } => self.on_behind(from, &head, group, epoch, commit),
            // Between the coordinator of a switch and the others; ordered by the switch's epoch, not by generation.
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

    /// Sends this replica's generation to a peer in an older one; probes a peer in a later one, which then sends its
    /// own.
    fn reconcile_generation(&mut self, from: ReplicaId, generation: Generation) {
        match generation.cmp(&self.generation) {
            std::cmp::Ordering::Less if self.may_send_generation(from) => self.send_generation(from),
            std::cmp::Ordering::Greater => self.send(from, None, Message::Probe),
            std::cmp::Ordering::Less | std::cmp::Ordering::Equal => {}
        }
    }

    /// Returns why a message of one generation has no effect here. Messages of a switch, of recovery and of failure
    /// detection, and final outcomes, are valid in every generation.
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

    pub(super) fn on_timeout(&mut self) {
        while let Some(timer) = self.timers.pop(self.now) {
            self.on_timer(timer);
        }
    }

    pub(super) fn on_timer(&mut self, timer: Timer) {
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
            Some(Part::Backup) if !self.is_frozen() => self.claim_if_unclaimed(id),
            Some(Part::Backup) | None => {}
        }
    }
}
