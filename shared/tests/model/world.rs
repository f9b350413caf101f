//! The whole cluster as a state of the model: three replicas with their disks, and all messages ever sent.
//!
//! A message in the network may arrive at any time, again and again, or never: that is loss, delay, reordering and
//! duplication in one. A step (one input handled, its records written, its messages sent) is atomic, but a replica may
//! also crash between two records of a step.

use std::hash::{Hash, Hasher};

use stateright::{Model, Property};

use shared::event::Role;
use shared::id::{Epoch, ReplicaId};
use shared::message::Message;

use super::checks;
use super::ghost::Ghost;
use super::goals::Goal;
use super::local::{Effect, Local, Parcel, Seen, Stimulus, Table};
use super::network;
use super::plan::{ALL, Budget, Plan};

/// One state.
#[derive(Clone)]
pub struct World {
    pub locals: [&'static Local; 3],
    /// Every message that was ever sent, in order of their keys.
    pub network: Vec<&'static Parcel>,
    /// What may still happen.
    pub left: Budget,
    /// How often each write was asked for.
    pub asked: Vec<u8>,
    pub ghost: Ghost,
}

/// One step: what happens to whom, and whether the replica crashes within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    pub at: ReplicaId,
    pub what: Stimulus,
    /// After which of its records; `None` when it does not.
    pub cut: Option<u8>,
}

/// A plan with what was found out while its space was visited.
pub struct Checked {
    pub plan: Plan,
    pub table: Table,
}

impl Checked {
    /// Begins with a plan.
    pub fn new(plan: Plan) -> Checked {
        Checked { plan, table: Table::default() }
    }

    fn effect(&self, world: &World, at: ReplicaId, what: Stimulus) -> &'static Effect {
        self.table.effect(&self.plan, world.locals[index(at)], what)
    }

    /// Returns all that could happen to a replica.
    fn stimuli(&self, world: &World, at: ReplicaId) -> Vec<Stimulus> {
        let (left, local) = (world.left, world.locals[index(at)]);
        let mut all: Vec<Stimulus> = Vec::new();
        all.extend(world.network.iter().filter(|parcel| parcel.to == at).map(|parcel| Stimulus::Deliver(parcel)));
        for (number, (write, asked)) in (1..).zip(self.plan.writes.iter().zip(&world.asked)) {
            if *asked < write.times && write.at.contains(&at) {
                all.push(Stimulus::Write { number, attempt: *asked });
            }
        }
        if left.reads > 0 && self.plan.readers.contains(&at) {
            all.push(Stimulus::Read { number: left.reads });
        }
        if left.timeouts > 0 {
            let timers = 0..u8::try_from(local.replica.alarms()).expect("few timers");
            all.extend(timers.flat_map(|timer| [false, true].map(|late| Stimulus::Fire { timer, late })));
        }
        if local.asks_owner {
            all.push(Stimulus::AskAll);
        }
        if left.claims > 0 {
            all.push(Stimulus::Claim);
        }
        for other in ALL.iter().copied().filter(|other| *other != at) {
            if local.missed.contains(&other) {
                all.push(Stimulus::Hear(other));
            } else if left.suspicions > 0 {
                all.push(Stimulus::Miss(other));
            }
        }
        let starts = left.crashes + left.wipes;
        let fragile = self.plan.fragile.contains(&at);
        if fragile && left.crashes > 0 {
            all.push(Stimulus::Restart { starts, wiped: false });
        }
        if fragile && left.wipes > 0 {
            all.push(Stimulus::Restart { starts, wiped: true });
        }
        all
    }

    /// Performs an effect in the world.
    fn perform(&self, world: &mut World, at: ReplicaId, effect: &Effect) {
        let before = world.locals[index(at)];
        if effect.wrong.is_some() {
            world.ghost.wrong = effect.wrong;
        }
        if begins_again(world, before, effect.next) || claims_again(before, effect.next) {
            world.ghost.wrong = Some("an epoch began twice");
        }
        world.locals[index(at)] = effect.next;
        for parcel in &effect.sent {
            if let Err(place) = world.network.binary_search_by_key(&parcel.key, |known| known.key) {
                world.network.insert(place, parcel);
            }
        }
        world.ghost.learn(&self.plan, effect, &self.table.reached);
        network::forget(world, &self.plan);
    }

    /// Lets replica 1 make a note while nothing goes wrong, until nothing is under way.
    fn settle(&self, world: &mut World) {
        let first = ReplicaId(1);
        self.deliver_all(world);
        let effect = self.effect(world, first, Stimulus::Write { number: 0, attempt: 0 });
        self.perform(world, first, effect);
        self.deliver_all(world);
        world.network.clear();
    }

    fn deliver_all(&self, world: &mut World) {
        let mut before = None;
        while before.replace(world.clone()).is_none_or(|before| before != *world) {
            for parcel in world.network.clone() {
                let effect = self.effect(world, parcel.to, Stimulus::Deliver(parcel));
                self.perform(world, parcel.to, effect);
            }
        }
    }
}

/// Takes what an action costs off the budget.
fn spend(world: &mut World, what: Stimulus) {
    let left = &mut world.left;
    match what {
        Stimulus::Deliver(_) | Stimulus::Hear(_) | Stimulus::AskAll => {}
        Stimulus::Write { number, .. } => world.asked[usize::from(number) - 1] += 1,
        Stimulus::Read { .. } => {
            left.reads -= 1;
            world.ghost.begin_read();
        }
        Stimulus::Fire { .. } => left.timeouts -= 1,
        Stimulus::Claim => left.claims -= 1,
        Stimulus::Miss(_) => left.suspicions -= 1,
        Stimulus::Restart { wiped: false, .. } => left.crashes -= 1,
        Stimulus::Restart { wiped: true, .. } => left.wipes -= 1,
    }
}

impl Model for Checked {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        let locals = [1, 2, 3].map(|id| self.table.fresh(&self.plan, ReplicaId(id)));
        let asked = vec![0; self.plan.writes.len()];
        let ghost = Ghost::new(&self.plan);
        let mut world = World { locals, network: Vec::new(), left: self.plan.budget, asked, ghost };
        for at in ALL {
            let effect = self.effect(&world, *at, Stimulus::Restart { starts: 0, wiped: false });
            self.perform(&mut world, *at, effect);
        }
        if self.plan.settled {
            self.settle(&mut world);
        }
        vec![world]
    }

    /// Offers what changes anything.
    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        if world.ghost.wrong.is_some() {
            return;
        }
        for at in ALL.iter().copied() {
            for what in self.stimuli(world, at) {
                let effect = self.effect(world, at, what);
                if !changes(world, at, what, effect) {
                    continue;
                }
                actions.push(Action { at, what, cut: None });
                if world.left.crashes > 0 && self.plan.fragile.contains(&at) {
                    let cuts = 0..u8::try_from(effect.cuts.len()).expect("few records");
                    actions.extend(cuts.map(|cut| Action { at, what, cut: Some(cut) }));
                }
            }
        }
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let Action { at, what, cut } = action;
        let mut world = world.clone();
        let effect = self.effect(&world, at, what);
        spend(&mut world, what);
        let Some(cut) = cut else {
            self.perform(&mut world, at, effect);
            return Some(world);
        };
        self.table.reached.add(Goal::CrashWithinStep);
        self.perform(&mut world, at, &effect.cuts[usize::from(cut)]);
        let restart = Stimulus::Restart { starts: world.left.crashes + world.left.wipes, wiped: false };
        let effect = self.effect(&world, at, restart);
        spend(&mut world, restart);
        self.perform(&mut world, at, effect);
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Checked>> {
        checks::all()
    }
}

/// Whether an effect makes another state of the world.
fn changes(world: &World, at: ReplicaId, what: Stimulus, effect: &Effect) -> bool {
    let unknown =
        |parcel: &&'static Parcel| world.network.binary_search_by_key(&parcel.key, |known| known.key).is_err();
    let asks = matches!(what, Stimulus::Write { .. } | Stimulus::Read { .. });
    let local = world.locals[index(at)];
    asks || effect.wrong.is_some()
        || effect.next.key != local.key
        || !effect.told.is_empty()
        || effect.sent.iter().any(unknown)
}

/// Whether a replica becomes primary in an epoch in which it has spoken as a primary before: the network forgets nothing.
fn begins_again(world: &World, before: &Local, after: &Local) -> bool {
    let is_primary = |local: &Local, of: &Seen| {
        local.group(of.group).is_some_and(|seen| seen.role == Role::Primary && seen.promised == of.promised)
    };
    let begun = after.groups.iter().filter(|seen| is_primary(after, seen) && !is_primary(before, seen));
    let spoken = |seen: &Seen, message: &Message| matches!(message, Message::Append { group, epoch, .. } if *group == seen.group && *epoch == seen.promised);
    begun.into_iter().any(|seen| world.network.iter().any(|parcel| spoken(seen, &parcel.message)))
}

/// Whether a replica claims an epoch that is not above all that it has promised.
fn claims_again(before: &Local, after: &Local) -> bool {
    let promised = |seen: &Seen| before.group(seen.group).map_or(Epoch::NONE, |seen| seen.promised);
    let known = |seen: &Seen| {
        before.group(seen.group).is_some_and(|old| old.role != Role::Backup && old.promised == seen.promised)
    };
    after
        .groups
        .iter()
        .filter(|seen| seen.role != Role::Backup && !known(seen))
        .any(|seen| seen.promised <= promised(seen))
}

impl World {
    /// Returns a replica.
    pub fn local(&self, id: ReplicaId) -> &'static Local {
        self.locals[index(id)]
    }
}

fn index(id: ReplicaId) -> usize {
    usize::from(id.0) - 1
}

impl PartialEq for World {
    fn eq(&self, other: &World) -> bool {
        let keys = |world: &World| world.locals.map(|local| local.key);
        keys(self) == keys(other)
            && self.network == other.network
            && (self.left, &self.asked, &self.ghost) == (other.left, &other.asked, &other.ghost)
    }
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let World { locals, network, left, asked, ghost } = self;
        for local in locals {
            local.key.hash(state);
        }
        for parcel in network {
            parcel.key.hash(state);
        }
        (left, asked, ghost).hash(state);
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for local in self.locals {
            writeln!(f, "    {}: {:?}", local.id, local.groups)?;
        }
        write!(f, "    {:?}", self.ghost)
    }
}
