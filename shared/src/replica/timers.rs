//! When a replica wants its next time-out: one time for each purpose.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{GroupId, OpId, ReplicaId};
use crate::time::Micros;

/// What a time-out is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Timer {
    /// Ask again, or give up, for a client's operation.
    Op(OpId),
    /// Send again what the other replicas have not answered about a group.
    Group(GroupId),
    /// Ask again for a read that waits.
    Read(u64),
    /// Ask those again that have not answered a recovering replica.
    Recovery,
    /// Find out whether a replica is up.
    Peer(ReplicaId),
    /// Send again what a switch of the mode waits for.
    Switch,
}

/// The times set and not yet reached.
#[derive(Clone, Debug, Default)]
pub(super) struct Timers {
    at: BTreeMap<Timer, Micros>,
    order: BTreeSet<(Micros, Timer)>,
}

impl Timers {
    /// Sets the time of a purpose, in place of the one it had.
    pub fn set(&mut self, timer: Timer, at: Micros) {
        self.clear(&timer);
        self.order.insert((at, timer.clone()));
        self.at.insert(timer, at);
    }

    /// Forgets a purpose.
    pub fn clear(&mut self, timer: &Timer) {
        if let Some(at) = self.at.remove(timer) {
            self.order.remove(&(at, timer.clone()));
        }
    }

    /// Forgets everything but probes.
    pub fn clear_work(&mut self) {
        self.at.retain(|timer, _| matches!(timer, Timer::Peer(_)));
        self.order.retain(|(_, timer)| matches!(timer, Timer::Peer(_)));
    }

    /// Whether a time is set for this purpose.
    pub fn is_set(&self, timer: &Timer) -> bool {
        self.at.contains_key(timer)
    }

    /// Returns the earliest time.
    pub fn next(&self) -> Option<Micros> {
        self.order.first().map(|(at, _)| *at)
    }

    /// Returns what times are set for, in one order.
    #[cfg(feature = "model")]
    pub fn purposes(&self) -> impl Iterator<Item = &Timer> {
        self.at.keys()
    }

    /// Takes one purpose whose time has come.
    pub fn pop(&mut self, now: Micros) -> Option<Timer> {
        self.next().filter(|at| *at <= now)?;
        let (_, timer) = self.order.pop_first()?;
        self.at.remove(&timer);
        Some(timer)
    }
}
