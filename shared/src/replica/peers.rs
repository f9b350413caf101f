//! Failure detection: replicas that do not answer are suspected, and only what a majority suspects may be taken over.
//!
//! Called wherever the protocol waits for a certain replica. It decides nothing about groups; `claim`, `updates`
//! and `switch` ask it. Suspicion is for liveness alone: a wrong one costs a handoff, never a committed write.
//!
//! | step | where |
//! |---|---|
//! | somebody waits for a replica: is it up? | `watch` sends a probe, `on_peer_timeout` repeats it |
//! | it was silent for [`PATIENCE`] | `begin_to_suspect`: the others are asked whether they suspect it, too |
//! | its port says that it waits for its disk | `excuse`: it gets more time |
//! | another replica asks | `on_suspect`: this one probes, too, before it agrees |
//! | a majority suspects it | `majority_suspects`: its groups may be taken over |
//! | a message of it arrives | `heard_from`: the suspicion ends, and it is sent what it lacks |
//!
//! There are no heartbeats. A replica is probed once somebody waits for it, so an idle cluster sends nothing, and no
//! message on the page is noise. The price is that the first request after a failure waits for the suspicion, about a
//! second.
//!
//! Source: docs/PROTOCOL.md §7.1; unreliable failure detectors, Chandra & Toueg 1996; Raft's pre-vote, Ongaro 2014,
//! section 9.6.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Failover;
use crate::event::EventKind;
use crate::id::{GroupId, ReplicaId};
use crate::message::Message;
use crate::rules::Rule;
use crate::time::Micros;

use super::group::Part;
use super::timers::Timer;
use super::{RESEND, Replica};

/// How long a replica may be silent while it is probed; a random part is added, so that suspicions do not meet.
const PATIENCE: Micros = Micros::from_millis(700);
const JITTER: u64 = 400_000;
/// How long it may be silent when another replica suspects it already.
const SHORT_PATIENCE: Micros = Micros::from_millis(350);

/// How long a suspicion may be acted on without asking again.
const FRESH: Micros = Micros::from_millis(5_000);

/// The state of failure detection. Replicas that are not listed are trusted.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Peers {
    of: BTreeMap<ReplicaId, Peer>,
}

/// The state of failure detection for one other replica.
#[derive(Clone, Debug, Default, Hash)]
struct Peer {
    heard: Micros,
    watch: Option<Watch>,
    /// Since when it is suspected.
    suspected: Option<Micros>,
    /// Who has agreed with the suspicion, and when.
    agreed: BTreeMap<ReplicaId, Micros>,
    /// When it was last sent the generation that it has missed.
    generation_sent: Option<Micros>,
}

/// Probes under way.
#[derive(Clone, Debug, Hash)]
struct Watch {
    until: Micros,
    /// Who has asked about the suspicion.
    asked_by: BTreeSet<ReplicaId>,
}

#[cfg(feature = "model")]
impl Peers {
    /// Takes a message of a replica as received at `now`; suspicions stay.
    pub fn just_heard(&mut self, id: ReplicaId, now: Micros) {
        let peer = self.of.entry(id).or_default();
        (peer.heard, peer.watch, peer.generation_sent) = (now, None, None);
    }
}

impl Peer {
    fn fresh(&self, now: Micros) -> impl Iterator<Item = ReplicaId> {
        self.agreed.iter().filter(move |(_, at)| now - **at <= FRESH).map(|(id, _)| *id)
    }
}

impl Replica {
    /// Returns whether this replica suspects another.
    pub(super) fn suspects(&self, id: ReplicaId) -> bool {
        self.peers.of.get(&id).is_some_and(|peer| peer.suspected.is_some())
    }

    /// Returns the replicas that this one suspects.
    pub(super) fn suspected(&self) -> Vec<ReplicaId> {
        self.peers.of.iter().filter(|(_, peer)| peer.suspected.is_some()).map(|(id, _)| *id).collect()
    }

    /// Returns whether what another replica owned may be taken over: a majority suspects it, by answers of the last
    /// [`FRESH`] microseconds, and the cluster fails over.
    ///
    /// One replica's own suspicion is not enough: its link may be what has failed (docs/PROTOCOL.md §4.6).
    pub(super) fn majority_suspects(&self, id: ReplicaId) -> bool {
        let Some(peer) = self.peers.of.get(&id) else { return false };
        let fresh = peer.suspected.is_some_and(|since| self.now - since <= FRESH);
        let agree = 1 + peer.fresh(self.now).count();
        let enough = agree >= self.cluster.majority() || self.cluster.breaks(Rule::SuspectByMajority);
        fresh && enough && self.cluster.failover == Failover::Auto
    }

    /// Returns whether this replica suspects so many others that it reaches no majority.
    pub(super) fn is_cut_off(&self) -> bool {
        usize::from(self.cluster.size) - self.suspected().len() < self.cluster.majority()
    }

    /// A message of another replica has arrived, whatever it says: the suspicion ends.
    pub(super) fn heard_from(&mut self, id: ReplicaId) {
        let now = self.now;
        let peer = self.peers.of.entry(id).or_default();
        peer.heard = now;
        peer.watch = None;
        peer.agreed.clear();
        let was_suspected = peer.suspected.take().is_some();
        self.timers.clear(&Timer::Peer(id));
        if was_suspected {
            self.emit(None, None, EventKind::Trusted { replica: id });
            self.update_again(id);
            self.drive_group(GroupId::Store);
        }
    }

    /// Returns whether to send a replica in an older generation this one now; not at each of its messages.
    pub(super) fn may_send_generation(&mut self, id: ReplicaId) -> bool {
        let now = self.now;
        let peer = self.peers.of.entry(id).or_default();
        let may = peer.generation_sent.is_none_or(|generation_sent| now - generation_sent >= RESEND);
        if may {
            peer.generation_sent = Some(now);
        }
        may
    }

    /// Something waits for a replica: finds out whether it is up.
    pub(super) fn watch(&mut self, id: ReplicaId) {
        if id != self.id {
            self.watch_for(id, None);
        }
    }

    fn watch_for(&mut self, id: ReplicaId, asked_by: Option<ReplicaId>) {
        let now = self.now;
        let own = PATIENCE + Micros(self.rng.range(0, JITTER));
        let until = now + if asked_by.is_some() { SHORT_PATIENCE } else { own };
        let gone = self.majority_suspects(id);
        let peer = self.peers.of.entry(id).or_default();
        if let Some(watch) = &mut peer.watch {
            watch.asked_by.extend(asked_by);
            return;
        }
        // No probe for a replica that has just sent something, or that may be taken over already.
        let just_heard = peer.heard > Micros(0) && now - peer.heard < RESEND;
        let just_suspected = peer.suspected.is_some_and(|since| now - since <= FRESH);
        if just_heard || (just_suspected && asked_by.is_none() && gone) {
            return;
        }
        if just_suspected {
            return self.compare(id, asked_by);
        }
        peer.watch = Some(Watch { until, asked_by: asked_by.into_iter().collect() });
        self.probe(id);
    }

    fn probe(&mut self, id: ReplicaId) {
        self.send(id, None, Message::Probe);
        self.timers.set(Timer::Peer(id), self.now + RESEND);
    }

    /// Another replica waits for its own disk, says its port: it is given more time. That is no message of the replica,
    /// so a suspicion does not end by it.
    pub(super) fn excuse(&mut self, id: ReplicaId) {
        let until = self.now + PATIENCE;
        if let Some(watch) = self.peers.of.get_mut(&id).and_then(|peer| peer.watch.as_mut()) {
            watch.until = watch.until.max(until);
        }
    }

    /// A watched replica has not answered: it is probed again, or suspected once its time is up.
    pub(super) fn on_peer_timeout(&mut self, id: ReplicaId) {
        let now = self.now;
        let peer = self.peers.of.entry(id).or_default();
        match peer.watch.take_if(|watch| watch.until <= now) {
            Some(watch) => self.begin_to_suspect(id, &watch.asked_by),
            None if peer.watch.is_some() => self.probe(id),
            None => {}
        }
    }

    /// Suspects a replica as if all others had agreed.
    #[cfg(feature = "model")]
    pub(super) fn suspect_for_sure(&mut self, id: ReplicaId) {
        let now = self.now;
        let agreed = self.others().filter(|other| *other != id).map(|other| (other, now)).collect();
        self.peers.of.entry(id).or_default().agreed = agreed;
        self.begin_to_suspect(id, &BTreeSet::new());
    }

    /// Begins to suspect a replica: asks the others, and continues what may continue without it.
    fn begin_to_suspect(&mut self, id: ReplicaId, asked_by: &BTreeSet<ReplicaId>) {
        let now = self.now;
        let peer = self.peers.of.entry(id).or_default();
        peer.suspected = Some(now);
        let by: Vec<ReplicaId> = peer.fresh(now).collect();
        self.emit(None, None, EventKind::Suspected { replica: id, by });
        // Those who have asked get an answer; the others are asked.
        for to in asked_by {
            self.send(*to, None, Message::SuspectOk { replica: id });
        }
        for to in self.others().filter(|to| *to != id && !asked_by.contains(to)) {
            self.send(to, None, Message::Suspect { replica: id });
        }
        if self.is_cut_off() {
            self.step_down_everywhere();
        }
        self.go_on_without(id);
    }

    /// Asks the others again about a replica that is suspected already, or answers one of them.
    fn compare(&mut self, id: ReplicaId, asked_by: Option<ReplicaId>) {
        match asked_by {
            Some(to) => self.send(to, None, Message::SuspectOk { replica: id }),
            None => {
                for to in self.others().filter(|to| *to != id) {
                    self.send(to, None, Message::Suspect { replica: id });
                }
            }
        }
    }

    /// Another replica suspects a third one and asks whether this one does, too. Only an unanswered probe
    /// of its own makes it agree. What others think of this replica is not for it to judge.
    pub(super) fn on_suspect(&mut self, from: ReplicaId, replica: ReplicaId) {
        if replica == self.id {
            return;
        }
        self.agree(from, replica);
        self.watch_for(replica, Some(from));
    }

    /// Another replica agrees with this one's suspicion. The answer may be late: it counts for [`FRESH`], and only as
    /// long as this replica suspects that one, too.
    pub(super) fn on_suspect_ok(&mut self, from: ReplicaId, replica: ReplicaId) {
        if replica != self.id {
            self.agree(from, replica);
        }
    }

    fn agree(&mut self, from: ReplicaId, replica: ReplicaId) {
        let (now, gone) = (self.now, self.majority_suspects(replica));
        let peer = self.peers.of.entry(replica).or_default();
        peer.agreed.insert(from, now);
        let by: Vec<ReplicaId> = peer.fresh(now).collect();
        if !gone && self.majority_suspects(replica) {
            self.emit(None, None, EventKind::Suspected { replica, by });
            self.go_on_without(replica);
        }
    }

    /// A primary that reaches no majority gives up its roles, so that no client waits for it (Raft's check quorum,
    /// Ongaro 2014, section 6.2).
    fn step_down_everywhere(&mut self) {
        let led: Vec<GroupId> =
            self.groups.iter().filter(|(_, group)| matches!(group.part, Part::Primary(_))).map(|(id, _)| *id).collect();
        for id in led {
            let claims = self.step_down(id, None);
            self.answer_deferred(id, claims);
        }
    }

    /// Continues what waited for a replica that is suspected now.
    fn go_on_without(&mut self, id: ReplicaId) {
        let groups: Vec<GroupId> = self.groups.keys().copied().collect();
        for group in groups {
            match self.groups.get(&group).map(|group| &group.part) {
                Some(Part::Primary(_)) => self.advance(group),
                Some(Part::Claiming(_)) => self.claim_without(group, id),
                Some(Part::Backup) if self.majority_suspects(id) => self.drive_group(group),
                Some(Part::Backup) | None => {}
            }
        }
        self.begin_if_sealed();
        self.finish_if_entered();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Mode;
    use crate::event::Event;
    use crate::record::Durable;
    use crate::replica::{Cluster, Input, Output};

    /// Lets time pass in which nobody answers R1; returns whom it suspects. The others' ports may say that they wait
    /// for their disks.
    fn suspected(replica: &mut Replica, millis: std::ops::Range<u64>, excused: bool) -> Vec<ReplicaId> {
        let mut suspected = Vec::new();
        for now in millis.step_by(50).map(Micros::from_millis) {
            let waits = [2, 3].map(|id| Input::WaitsForDisk { replica: ReplicaId(id) });
            let inputs = waits.into_iter().filter(|_| excused).chain([Input::Timeout]);
            for output in inputs.flat_map(|input| replica.handle(now, input)) {
                if let Output::Event(Event { kind: EventKind::Suspected { replica, .. }, .. }) = output {
                    suspected.push(replica);
                }
            }
        }
        suspected
    }

    #[test]
    fn a_replica_that_waits_for_its_disk_is_not_suspected_as_long_as_its_port_says_so() {
        let mut replica = Replica::new(ReplicaId(1), Cluster::of(3), Durable::empty(Mode::RemoteWrite), 1);
        drop(replica.handle(Micros(0), Input::Start));
        assert_eq!(suspected(&mut replica, 50..5_000, true), []);
        assert_eq!(suspected(&mut replica, 5_000..6_500, false), [ReplicaId(2), ReplicaId(3)]);
    }
}
