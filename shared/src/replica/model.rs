//! Entry points for the model checker: a replica without times, and with time-outs and suspicions at any moment.
//!
//! Called by `tests/model` alone, through the feature `model` that only test builds switch on. It decides nothing: each
//! entry does what a timer, an answer or a missing answer does in `timers`, `claim` and `peers`, only without asking
//! whether the moment for it has come. What is safe at any moment is safe at the right one.
//!
//! | left out of a replica's state | why nothing is lost |
//! |---|---|
//! | clocks and numbers of messages | they are for the feed |
//! | traces, and what the step log has shown | the same |
//! | whom the primary suspects | a reply's header names them, nothing is decided by it |
//! | times of timers | the checker lets each timer fire whenever it likes |
//! | pauses and counts of repetitions | at their end, as if every earlier repetition were lost |
//! | when others were heard from | just now: whom to suspect is the checker's choice, so nobody is probed |
//! | the random generator | it makes times, and what a start draws from it, the checker's seed decides |

use std::hash::{Hash, Hasher};

use crate::id::{GroupId, Node, OpId, ReplicaId, Seq};
use crate::message::Ask;
use crate::recorder::Recorder;
use crate::rng::Rng;
use crate::time::Micros;

use super::group::{Group, Part};
use super::timers::{Timer, Timers};
use super::{Output, RESEND, RESEND_AT_MOST, Replica};

/// The time of every input in a model: late enough for every span to fit before it.
pub const NOW: Micros = Micros::from_millis(1_000_000);

impl Replica {
    /// Puts everything that only time or the feed changes into one form, so that equal states look equal.
    pub fn forget_times(&mut self) {
        self.recorder = Recorder::new(Node::Replica(self.id), usize::from(self.cluster.size));
        self.rng = Rng::new(0);
        self.now = NOW;
        for group in self.groups.values_mut() {
            forget_times_of(group);
        }
        for pending in self.pending.values_mut() {
            (pending.shown, pending.pause, pending.setbacks) = (true, RESEND, 0);
        }
        self.reads.forget_times();
        for id in self.others() {
            self.peers.just_heard(id, NOW);
        }
        if let Some(recovery) = &mut self.recovery {
            recovery.pause = RESEND;
        }
    }

    /// Forgets which timers are set, for a space in which none fires.
    pub fn forget_timers(&mut self) {
        self.timers = Timers::default();
    }

    /// Forgets how far logs are on every replica, for a space without `all` and with long logs: only that policy and
    /// the folding of logs ask for it.
    pub fn forget_spread(&mut self) {
        for group in self.groups.values_mut() {
            (group.everywhere, group.live) = (Seq(0), Seq(0));
        }
    }

    /// Whether a claim has so far only been sent to the replica that seems to own the group.
    pub fn asks_owner(&self, id: GroupId) -> bool {
        let part = self.groups.get(&id).map(|group| &group.part);
        matches!(part, Some(Part::Claiming(claiming)) if claiming.ask == Ask::Owner)
    }

    /// Returns how far a backup has acknowledged this primary's log; `None` before its first answer, or when this is no
    /// primary.
    pub fn acknowledged(&self, id: GroupId, by: ReplicaId) -> Option<Seq> {
        match &self.groups.get(&id)?.part {
            Part::Primary(primary) => primary.matched.get(&by).copied(),
            Part::Backup | Part::Claiming(_) => None,
        }
    }

    /// Whether it knows that its accepted epoch is on a majority.
    pub fn knows_active(&self, id: GroupId) -> bool {
        self.groups.get(&id).is_some_and(|group| group.active)
    }

    /// Whether anybody waits here for an operation.
    pub fn waits_for(&self, op: &OpId) -> bool {
        self.pending.contains_key(op)
    }

    /// Whether it waits for answers to a round of questions.
    pub fn is_reading(&self, number: u64) -> bool {
        self.reads.is_open(number)
    }

    /// Asks everybody for a group, as if its owner had not answered for a while.
    pub fn ask_everybody(&mut self, id: GroupId) -> Vec<Output> {
        if !self.asks_owner(id) {
            return Vec::new();
        }
        self.turn(|replica| replica.repeat_claim(id))
    }

    /// Feeds everything that the replica's behaviour depends on into `state`; two that agree in it behave alike, once
    /// [`Replica::forget_times`] was called for both.
    ///
    /// # Panics
    /// In the middle of a step, which no caller can see.
    pub fn hash_state(&self, state: &mut impl Hasher) {
        // Every field is named, so that none can be forgotten when one is added.
        #[rustfmt::skip]
        let Replica {
            id, cluster: _, generation, mode, sealed, begun, proposed, groups, pending, reads, settled, switch, peers,
            recovery, joined, gated: _, timers, dirty, recorder: _, rng: _, now: _, out,
        } = self;
        (id, generation, mode, sealed, begun, proposed, groups).hash(state);
        (pending, reads, settled, switch, peers, recovery, joined, dirty).hash(state);
        timers.purposes().for_each(|purpose| purpose.hash(state));
        assert!(out.is_empty(), "outputs are taken at the end of each step");
    }

    /// Returns how many timers are set.
    pub fn alarms(&self) -> usize {
        self.timers.purposes().count()
    }

    /// Lets the timer `index` fire, in the order of what timers are for; `late`: after everything that waits for this
    /// timer has waited as long as it may.
    pub fn fire(&mut self, index: usize, late: bool) -> Vec<Output> {
        let Some(timer) = self.timers.purposes().nth(index).cloned() else { return Vec::new() };
        self.turn(|replica| {
            replica.timers.clear(&timer);
            if late {
                replica.expire(&timer);
            }
            replica.on_timer(timer);
        })
    }

    /// Claims a group, unless this replica does so already, has it, or may not.
    pub fn claim(&mut self, id: GroupId) -> Vec<Output> {
        let idle = self.groups.get(&id).is_none_or(|group| matches!(group.part, Part::Backup));
        if !idle || self.is_recovering() || self.is_frozen() {
            return Vec::new();
        }
        self.turn(|replica| replica.start_claim(id, false, None))
    }

    /// Suspects another replica until a message of it arrives, and believes that everybody else does, too.
    pub fn suspect(&mut self, id: ReplicaId) -> Vec<Output> {
        if self.is_recovering() || self.suspects(id) {
            return Vec::new();
        }
        self.turn(|replica| replica.suspect_for_sure(id))
    }

    fn turn(&mut self, what: impl FnOnce(&mut Replica)) -> Vec<Output> {
        self.now = NOW;
        what(self);
        self.replicate_dirty();
        self.answer_reads();
        std::mem::take(&mut self.out)
    }

    /// Lets what waits for a timer have waited long enough: a client, a read, deferred claims.
    fn expire(&mut self, timer: &Timer) {
        match timer {
            Timer::Op(op) => {
                if let Some(pending) = self.pending.get_mut(op) {
                    pending.expires = Micros(0);
                }
            }
            Timer::Group(id) => {
                if let Some(Part::Primary(primary)) = self.groups.get_mut(id).map(|group| &mut group.part) {
                    primary.deferred.iter_mut().for_each(|claim| claim.until = Micros(0));
                }
            }
            Timer::Read(number) => self.reads.expire(*number),
            Timer::Recovery | Timer::Peer(_) | Timer::Switch => {}
        }
    }
}

fn forget_times_of(group: &mut Group) {
    group.cause = None;
    group.without.clear();
    let deferred = match &mut group.part {
        Part::Backup => return,
        Part::Claiming(claiming) => {
            claiming.pause = RESEND_AT_MOST;
            &mut claiming.deferred
        }
        Part::Primary(primary) => {
            primary.pause = RESEND;
            // Only the step log asks for them.
            primary.updates.clear();
            &mut primary.deferred
        }
    };
    for claim in deferred {
        claim.trace = None;
    }
}
