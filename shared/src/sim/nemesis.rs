//! What is done to a cluster on purpose, beside what goes wrong by itself: which kinds, and how often, differs from
//! seed to seed, so that no kind hides another ("swarm testing", Groce et al., ISSTA 2012).

use super::faults::sometimes;
use super::{Goal, World, index};
use crate::id::ReplicaId;
use crate::record::Durable;
use crate::rng::Rng;
use crate::time::Micros;

/// How often, in 100 rounds, each kind of harm is done; 0 is never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nemesis {
    /// A replica crashes.
    pub crash: u64,
    /// Each replica that is down is started again.
    pub restart: u64,
    /// A replica stalls, for up to several seconds.
    pub freeze: u64,
    /// Links are cut.
    pub cut: u64,
    /// All links are mended.
    pub mend: u64,
    /// A replica's disk is wiped.
    pub wipe: u64,
    /// A clock changes its rate or jumps.
    pub clock: u64,
}

/// Which links are cut.
#[derive(Clone, Copy, Debug)]
enum Cut {
    OneWay,
    TwoWay,
    /// One replica is alone.
    Alone,
    /// Each is connected to its neighbours only.
    Ring,
    /// Two halves, and one replica that is connected to both.
    Bridge,
    /// Two halves.
    Halves,
}

impl Nemesis {
    /// Draws what is done in a run.
    pub fn random(rng: &mut Rng) -> Nemesis {
        Nemesis {
            crash: sometimes(rng, 60, 20),
            restart: rng.range(10, 60),
            freeze: sometimes(rng, 40, 20),
            cut: sometimes(rng, 50, 25),
            mend: rng.range(5, 40),
            wipe: sometimes(rng, 30, 10),
            clock: sometimes(rng, 30, 15),
        }
    }

    /// Does the harm of one round.
    pub fn strike(self, world: &mut World, rng: &mut Rng) {
        for id in world.cluster.ids() {
            if world.replica(id).is_none() && rng.chance(self.restart) {
                world.restart(id);
            }
        }
        if rng.chance(self.mend) {
            world.mend();
        }
        let at = any(world, rng);
        let up = world.replica(at).is_some();
        if up && rng.chance(self.crash) {
            world.crash(at);
        }
        if up && rng.chance(self.freeze) {
            let longest = if rng.chance(50) { 300_000 } else { 6_000_000 };
            world.freeze(at, Micros(rng.range(1_000, longest)));
        }
        if rng.chance(self.cut) {
            cut(world, rng);
        }
        if rng.chance(self.wipe) && world.may_wipe() {
            world.wipe(at);
        }
        if rng.chance(self.clock) {
            let rate = [500, 900, 1_000, 1_100, 1_500][usize::try_from(rng.range(0, 5)).unwrap_or(0)];
            let jump = Micros(sometimes(rng, 50, 5_000_000));
            world.change_clock(at, rate, jump);
        }
    }
}

fn any(world: &World, rng: &mut Rng) -> ReplicaId {
    let last = u64::from(world.cluster.size) + 1;
    ReplicaId(u8::try_from(rng.range(1, last)).unwrap_or(1))
}

fn cut(world: &mut World, rng: &mut Rng) {
    let kinds = [Cut::OneWay, Cut::TwoWay, Cut::Alone, Cut::Ring, Cut::Bridge, Cut::Halves];
    let kind = kinds[usize::try_from(rng.range(0, 6)).unwrap_or(0)];
    let (one, other) = (any(world, rng), any(world, rng));
    let size = world.cluster.size;
    let half = |id: ReplicaId| id.0 <= size / 2;
    let primary = world.view.replicas.iter().find(|(_, view)| view.groups.keys().any(|group| view.is_primary(*group)));
    let alone = primary.map_or(one, |(id, _)| *id);
    world.harm(format!("links are cut: {kind:?}"));
    for from in world.cluster.ids() {
        for to in world.cluster.ids().filter(|to| *to != from) {
            let apart = match kind {
                Cut::OneWay => from == one && to == other,
                Cut::TwoWay => (from == one && to == other) || (from == other && to == one),
                Cut::Alone => from == alone || to == alone,
                Cut::Ring => ![1, size - 1].contains(&from.0.abs_diff(to.0)),
                Cut::Bridge => from != one && to != one && half(from) != half(to),
                Cut::Halves => half(from) != half(to),
            };
            if apart {
                world.network.cut(from, to);
            }
        }
    }
}

impl World {
    /// Writes a fault into the trace.
    pub(super) fn harm(&mut self, what: String) {
        self.harm.push((self.events.len(), self.now, what));
    }

    /// Starts a replica that is down.
    pub fn restart(&mut self, id: ReplicaId) {
        self.harm(format!("{id} is started"));
        self.start(id);
    }

    /// Lets a replica do nothing for a while; what arrives waits.
    pub fn freeze(&mut self, id: ReplicaId, span: Micros) {
        self.harm(format!("{id} is frozen for {} µs", span.0));
        let machine = &mut self.machines[index(id)];
        machine.frozen = Some(machine.frozen.unwrap_or_default().max(self.now + span));
    }

    /// Lets a frozen replica go on with what has arrived.
    pub(super) fn thaw(&mut self, id: ReplicaId) {
        self.harm(format!("{id} goes on"));
        if self.was_deposed(id) {
            self.goals.reach(Goal::DeposedWhileFrozen);
        }
        let machine = &mut self.machines[index(id)];
        machine.frozen = None;
        for input in std::mem::take(&mut machine.inbox) {
            self.handle(id, input);
        }
    }

    /// Whether another replica is primary of what this one believes to hold.
    fn was_deposed(&self, id: ReplicaId) -> bool {
        let Some(mine) = self.view.replicas.get(&id) else { return false };
        let held = mine.groups.keys().filter(|group| mine.is_primary(**group));
        held.into_iter().any(|group| self.view.primary(*group).is_some_and(|primary| primary != id))
    }

    /// Mends all links.
    pub fn mend(&mut self) {
        self.harm("all links are mended".to_owned());
        self.network.mend();
    }

    /// Whether a disk may be lost: of several only one may be away at a time, until it has learnt from all others.
    pub fn may_wipe(&self) -> bool {
        self.disks.len() > 1 && self.disks.iter().all(|disk| disk.joined)
    }

    /// Takes a replica down and loses its disk.
    pub fn wipe(&mut self, id: ReplicaId) {
        if self.replica(id).is_some() {
            self.crash(id);
        }
        self.harm(format!("the disk of {id} is wiped"));
        let disk = &mut self.disks[index(id)];
        self.ghost.wipe(id, disk);
        *disk = Durable::lost(self.mode);
    }

    /// Lets a replica's clock run at `rate` in 1,000 and jump ahead.
    pub fn change_clock(&mut self, id: ReplicaId, rate: u64, jump: Micros) {
        self.harm(format!("the clock of {id} jumps by {} µs and runs at {rate} in 1,000", jump.0));
        self.machines[index(id)].clock.change(self.now, rate, jump);
    }

    /// Ends all that goes wrong, and starts whatever is down.
    pub fn heal(&mut self) {
        self.harm("all faults end".to_owned());
        self.network.faults = super::Faults { sync: self.network.faults.sync, ..super::Faults::NONE };
        self.network.mend();
        for id in self.cluster.ids() {
            self.machines[index(id)].clock.change(self.now, 1_000, Micros(0));
            if self.machines[index(id)].frozen.is_some() {
                self.thaw(id);
            }
            if self.replica(id).is_none() {
                self.restart(id);
            }
        }
    }
}
