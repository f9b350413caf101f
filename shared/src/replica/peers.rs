//! Who can be heard: replicas that do not answer are suspected, and only what a majority misses counts as gone.
//!
//! Called wherever the protocol waits for a certain replica. It decides nothing about groups; `claim`, `updates`
//! and `switch` ask it. Suspicion is for liveness alone: being wrong costs a handover, never a write that a
//! majority has.
//!
//! | question | where |
//! |---|---|
//! | somebody is waited for: is he there? | `watch` sends a probe, `on_peer_timeout` repeats it |
//! | nothing was heard for [`PATIENCE`] | `miss`: the others are asked whether they hear him |
//! | his port says that he waits for his disk | `excuse`: he gets more time |
//! | do the others hear him? | `on_suspect`: whoever is not sure probes, too, before it agrees |
//! | a majority misses him | `is_gone`: his groups may be taken over |
//! | he is heard again | `hear`: all of this is forgotten, and he gets what he lacks |
//!
//! Departure from PROTOCOL.md, section 3.5: there are no heartbeats. A replica is probed once somebody waits for
//! it, so an idle cluster is silent, and what the picture shows is never noise. The price is that the first request
//! after a failure waits for the suspicion, about a second.
//! Source: PROTOCOL.md, section 3.5; Raft's pre-vote (Ongaro 2014, section 9.6).

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
/// How long it may be silent when another replica misses it already.
const SHORT_PATIENCE: Micros = Micros::from_millis(350);

/// How long a suspicion may be acted on without asking again.
const FRESH: Micros = Micros::from_millis(5_000);

/// What is known of the others. Replicas that are not listed are trusted.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Peers {
    of: BTreeMap<ReplicaId, Peer>,
}

/// What is known of one other replica.
#[derive(Clone, Debug, Default, Hash)]
struct Peer {
    heard: Micros,
    watch: Option<Watch>,
    /// Since when it is missed.
    missed: Option<Micros>,
    /// Who has said when that it misses it, too.
    told: BTreeMap<ReplicaId, Micros>,
    /// When it was last told of the generation that it has slept through.
    woken: Option<Micros>,
}

/// Probes under way.
#[derive(Clone, Debug, Hash)]
struct Watch {
    until: Micros,
    /// Who wants to know.
    curious: BTreeSet<ReplicaId>,
}

#[cfg(feature = "model")]
impl Peers {
    /// Takes a replica for heard at `now`, and forgets no suspicion.
    pub fn just_heard(&mut self, id: ReplicaId, now: Micros) {
        let peer = self.of.entry(id).or_default();
        (peer.heard, peer.watch, peer.woken) = (now, None, None);
    }
}

impl Peer {
    fn fresh(&self, now: Micros) -> impl Iterator<Item = ReplicaId> {
        self.told.iter().filter(move |(_, at)| now - **at <= FRESH).map(|(id, _)| *id)
    }
}

impl Replica {
    /// Returns whether this replica misses another.
    pub(super) fn misses(&self, id: ReplicaId) -> bool {
        self.peers.of.get(&id).is_some_and(|peer| peer.missed.is_some())
    }

    /// Returns the replicas that this one misses.
    pub(super) fn missed(&self) -> Vec<ReplicaId> {
        self.peers.of.iter().filter(|(_, peer)| peer.missed.is_some()).map(|(id, _)| *id).collect()
    }

    /// Returns whether what another replica held may be taken over: a majority misses it, and just now.
    pub(super) fn is_gone(&self, id: ReplicaId) -> bool {
        let Some(peer) = self.peers.of.get(&id) else { return false };
        let fresh = peer.missed.is_some_and(|since| self.now - since <= FRESH);
        let agree = 1 + peer.fresh(self.now).count();
        let enough = agree >= self.cluster.majority() || self.cluster.breaks(Rule::SuspectByMajority);
        fresh && enough && self.cluster.failover == Failover::Auto
    }

    /// Returns whether too many are missed for anything to be decided.
    pub(super) fn is_cut_off(&self) -> bool {
        usize::from(self.cluster.size) - self.missed().len() < self.cluster.majority()
    }

    /// Takes note that a replica was heard.
    pub(super) fn hear(&mut self, id: ReplicaId) {
        let now = self.now;
        let peer = self.peers.of.entry(id).or_default();
        peer.heard = now;
        peer.watch = None;
        peer.told.clear();
        let missed = peer.missed.take().is_some();
        self.timers.clear(&Timer::Peer(id));
        if missed {
            self.emit(None, None, EventKind::Trusted { replica: id });
            self.update_again(id);
            self.drive_group(GroupId::Store);
        }
    }

    /// Returns whether a replica in an older generation should be told now of this one; not at each of its messages.
    pub(super) fn may_wake(&mut self, id: ReplicaId) -> bool {
        let now = self.now;
        let peer = self.peers.of.entry(id).or_default();
        let may = peer.woken.is_none_or(|woken| now - woken >= RESEND);
        if may {
            peer.woken = Some(now);
        }
        may
    }

    /// Somebody waits for a replica: finds out whether it is there.
    pub(super) fn watch(&mut self, id: ReplicaId) {
        if id != self.id {
            self.watch_for(id, None);
        }
    }

    fn watch_for(&mut self, id: ReplicaId, curious: Option<ReplicaId>) {
        let now = self.now;
        let own = PATIENCE + Micros(self.rng.range(0, JITTER));
        let until = now + if curious.is_some() { SHORT_PATIENCE } else { own };
        let gone = self.is_gone(id);
        let peer = self.peers.of.entry(id).or_default();
        if let Some(watch) = &mut peer.watch {
            watch.curious.extend(curious);
            return;
        }
        let just_heard = peer.heard > Micros(0) && now - peer.heard < RESEND;
        let just_missed = peer.missed.is_some_and(|since| now - since <= FRESH);
        if just_heard || (just_missed && curious.is_none() && gone) {
            return;
        }
        if just_missed {
            return self.compare(id, curious);
        }
        peer.watch = Some(Watch { until, curious: curious.into_iter().collect() });
        self.probe(id);
    }

    fn probe(&mut self, id: ReplicaId) {
        self.send(id, None, Message::Probe);
        self.timers.set(Timer::Peer(id), self.now + RESEND);
    }

    /// Another replica waits for its own disk: it is given more time. That says nothing of what it holds, so it is not heard.
    pub(super) fn excuse(&mut self, id: ReplicaId) {
        let until = self.now + PATIENCE;
        if let Some(watch) = self.peers.of.get_mut(&id).and_then(|peer| peer.watch.as_mut()) {
            watch.until = watch.until.max(until);
        }
    }

    pub(super) fn on_peer_timeout(&mut self, id: ReplicaId) {
        let now = self.now;
        let peer = self.peers.of.entry(id).or_default();
        match peer.watch.take_if(|watch| watch.until <= now) {
            Some(watch) => self.miss(id, &watch.curious),
            None if peer.watch.is_some() => self.probe(id),
            None => {}
        }
    }

    /// Misses a replica as if all others had said that they do, too.
    #[cfg(feature = "model")]
    pub(super) fn miss_for_sure(&mut self, id: ReplicaId) {
        let now = self.now;
        let told = self.others().filter(|other| *other != id).map(|other| (other, now)).collect();
        self.peers.of.entry(id).or_default().told = told;
        self.miss(id, &BTreeSet::new());
    }

    /// Begins to miss a replica.
    fn miss(&mut self, id: ReplicaId, curious: &BTreeSet<ReplicaId>) {
        let now = self.now;
        let peer = self.peers.of.entry(id).or_default();
        peer.missed = Some(now);
        let by: Vec<ReplicaId> = peer.fresh(now).collect();
        self.emit(None, None, EventKind::Suspected { replica: id, by });
        for to in curious {
            self.send(*to, None, Message::SuspectOk { replica: id });
        }
        for to in self.others().filter(|to| *to != id && !curious.contains(to)) {
            self.send(to, None, Message::Suspect { replica: id });
        }
        if self.is_cut_off() {
            self.step_down_everywhere();
        }
        self.go_on_without(id);
    }

    /// Asks the others again, or tells one of them, about a replica that is missed already.
    fn compare(&mut self, id: ReplicaId, curious: Option<ReplicaId>) {
        match curious {
            Some(to) => self.send(to, None, Message::SuspectOk { replica: id }),
            None => {
                for to in self.others().filter(|to| *to != id) {
                    self.send(to, None, Message::Suspect { replica: id });
                }
            }
        }
    }

    pub(super) fn on_suspect(&mut self, from: ReplicaId, replica: ReplicaId) {
        if replica == self.id {
            return;
        }
        self.agree(from, replica);
        self.watch_for(replica, Some(from));
    }

    pub(super) fn on_suspect_ok(&mut self, from: ReplicaId, replica: ReplicaId) {
        if replica != self.id {
            self.agree(from, replica);
        }
    }

    fn agree(&mut self, from: ReplicaId, replica: ReplicaId) {
        let (now, gone) = (self.now, self.is_gone(replica));
        let peer = self.peers.of.entry(replica).or_default();
        peer.told.insert(from, now);
        let by: Vec<ReplicaId> = peer.fresh(now).collect();
        if !gone && self.is_gone(replica) {
            self.emit(None, None, EventKind::Suspected { replica, by });
            self.go_on_without(replica);
        }
    }

    /// A primary that cannot reach a majority gives its role up, so that nobody waits for it.
    fn step_down_everywhere(&mut self) {
        let held: Vec<GroupId> =
            self.groups.iter().filter(|(_, group)| matches!(group.part, Part::Primary(_))).map(|(id, _)| *id).collect();
        for id in held {
            let claims = self.step_down(id, None);
            self.answer_held(id, claims);
        }
    }

    /// Does what had to wait for a replica that is missed now.
    fn go_on_without(&mut self, id: ReplicaId) {
        let groups: Vec<GroupId> = self.groups.keys().copied().collect();
        for group in groups {
            match self.groups.get(&group).map(|group| &group.part) {
                Some(Part::Primary(_)) => self.advance(group),
                Some(Part::Claiming(_)) => self.claim_without(group, id),
                Some(Part::Backup) if self.is_gone(id) => self.drive_group(group),
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

    /// Lets time pass in which nobody answers R1; returns whom it misses. The others' ports may say that they wait for their
    /// disks.
    fn missed(replica: &mut Replica, millis: std::ops::Range<u64>, excused: bool) -> Vec<ReplicaId> {
        let mut missed = Vec::new();
        for now in millis.step_by(50).map(Micros::from_millis) {
            let said = [2, 3].map(|id| Input::WaitsForDisk { replica: ReplicaId(id) });
            let inputs = said.into_iter().filter(|_| excused).chain([Input::Timeout]);
            for output in inputs.flat_map(|input| replica.handle(now, input)) {
                if let Output::Event(Event { kind: EventKind::Suspected { replica, .. }, .. }) = output {
                    missed.push(replica);
                }
            }
        }
        missed
    }

    #[test]
    fn whoever_waits_for_its_disk_is_not_missed_as_long_as_it_says_so() {
        let mut replica = Replica::new(ReplicaId(1), Cluster::of(3), Durable::empty(Mode::RemoteWrite), 1);
        drop(replica.handle(Micros(0), Input::Start));
        assert_eq!(missed(&mut replica, 50..5_000, true), []);
        assert_eq!(missed(&mut replica, 5_000..6_500, false), [ReplicaId(2), ReplicaId(3)]);
    }
}
