//! The durable state of a replica, and the records that change it.
//!
//! A driver makes the records of one or many inputs durable with one sync and only then releases the outputs behind
//! them (persist before send, docs/PROTOCOL.md §4.1). [`Durable::apply`] defines the effect of a record; a store on
//! disk has the same effect and returns a [`Durable`] after a restart.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::Mode;
use crate::id::{Epoch, Generation, GroupId, Seq};
use crate::message::{LogPart, Proposal};
use crate::note::{Entry, Snapshot};

/// One change of the durable state, applied whole or not at all. Source: docs/PROTOCOL.md §2.4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// Accept nothing below `epoch` in this group.
    Promised {
        /// The group; it may be new.
        group: GroupId,
        /// The epoch promised.
        epoch: Epoch,
    },
    /// The log above `log.after` is exactly `log.entries`, under `epoch`; `log.base`, if any, replaces all before.
    Accepted {
        /// The group; it may be new.
        group: GroupId,
        /// Becomes both `accepted` and, if higher, `promised`.
        epoch: Epoch,
        /// The new end of the log.
        log: LogPart,
    },
    /// The entries up to `upto` are folded into the base.
    Compacted {
        /// The group.
        group: GroupId,
        /// The last entry to fold.
        upto: Seq,
    },
    /// This replica is frozen by the switch `epoch`.
    Sealed {
        /// The switch.
        epoch: Epoch,
    },
    /// This replica has accepted a generation that may come into force.
    Proposed {
        /// The generation.
        proposal: Proposal,
    },
    /// A generation began: all groups before it are gone.
    Begun {
        /// The switch that made it.
        epoch: Epoch,
        /// Its number.
        generation: Generation,
        /// Its mode.
        mode: Mode,
        /// Its groups.
        groups: Vec<(GroupId, DurableGroup)>,
    },
    /// The generation in which this replica was frozen goes on: another switch has made it once more.
    Thawed {
        /// That switch.
        epoch: Epoch,
    },
    /// A replica that had lost its disk holds this now, and may vote.
    Recovered {
        /// All of it.
        state: Box<Durable>,
        /// Whether no replica held anything: the cluster starts for the first time.
        first: bool,
    },
}

/// The durable state of one group. Source: docs/PROTOCOL.md §2.2.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DurableGroup {
    /// Accept nothing below it.
    pub promised: Epoch,
    /// The epoch under which the log was last written.
    pub accepted: Epoch,
    /// What the compacted entries add up to.
    pub base: Snapshot,
    /// The entries after `base.seq`, without holes.
    pub log: Vec<Entry>,
    /// Whether every replica is known to have all of it: nothing is left to spread after a restart.
    pub spread: bool,
}

impl Default for DurableGroup {
    fn default() -> DurableGroup {
        let base = Snapshot::default();
        DurableGroup { promised: Epoch::NONE, accepted: Epoch::NONE, base, log: Vec::new(), spread: true }
    }
}

/// The durable state of a replica: all that it finds after a restart. Source: docs/PROTOCOL.md §2.1.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Durable {
    /// Whether it may vote: a disk that was lost, or a first start among others, has to learn from all others first.
    pub joined: bool,
    /// The configuration it works in; 0 is the one of the first start.
    pub generation: Generation,
    /// The mode of that configuration.
    pub mode: Mode,
    /// The highest switch that froze it.
    pub sealed: Epoch,
    /// The switch that made its generation. It is frozen while this is below `sealed`.
    pub begun: Epoch,
    /// The next generation that it has accepted, if any.
    pub proposed: Option<Proposal>,
    /// Its groups.
    pub groups: BTreeMap<GroupId, DurableGroup>,
}

impl Durable {
    /// The state of a replica that never ran, in a cluster that starts in `mode` as a whole.
    pub fn empty(mode: Mode) -> Durable {
        Durable {
            joined: true,
            generation: Generation(0),
            mode,
            sealed: Epoch::NONE,
            begun: Epoch::NONE,
            proposed: None,
            groups: BTreeMap::new(),
        }
    }

    /// The state of a replica whose disk is empty while others may have voted with what was on it.
    pub fn lost(mode: Mode) -> Durable {
        Durable { joined: false, ..Durable::empty(mode) }
    }

    /// Takes a record into account.
    ///
    /// # Panics
    /// When the record leaves a hole in a log: the core never makes such a one.
    pub fn apply(&mut self, record: &Record) {
        match record {
            Record::Promised { group, epoch } => self.groups.entry(*group).or_default().promised = *epoch,
            Record::Accepted { group, epoch, log } => self.groups.entry(*group).or_default().accept(*epoch, log),
            Record::Compacted { group, upto } => self.groups.entry(*group).or_default().compact(*upto),
            Record::Sealed { epoch } => self.sealed = *epoch,
            Record::Begun { epoch, generation, mode, groups } => {
                *self = Durable {
                    joined: self.joined,
                    generation: *generation,
                    mode: *mode,
                    sealed: self.sealed.max(*epoch),
                    begun: *epoch,
                    proposed: self.proposed.take_if(|proposal| proposal.next > *generation),
                    groups: groups.iter().cloned().collect(),
                };
            }
            Record::Proposed { proposal } => {
                self.sealed = self.sealed.max(proposal.epoch);
                self.proposed = Some(proposal.clone());
            }
            Record::Thawed { epoch } => {
                self.begun = *epoch;
                self.sealed = self.sealed.max(*epoch);
            }
            Record::Recovered { state, .. } => *self = Durable::clone(state),
        }
    }
}

impl DurableGroup {
    /// A group that begins with `base`.
    pub fn of(base: Snapshot) -> DurableGroup {
        DurableGroup { base, ..DurableGroup::default() }
    }

    /// Returns the position of the last entry.
    pub fn len(&self) -> Seq {
        self.log.last().map_or(self.base.seq, |entry| entry.seq)
    }

    /// Returns the entry at a position that is not folded into the base.
    pub fn entry(&self, seq: Seq) -> Option<&Entry> {
        let index = seq.0.checked_sub(self.base.seq.0 + 1)?;
        self.log.get(usize::try_from(index).ok()?)
    }

    /// Whether the group has no entry at all.
    pub fn is_empty(&self) -> bool {
        self.len() == Seq(0)
    }

    /// Returns the log above `after`, with the base when that lies before what was compacted.
    pub fn part_after(&self, after: Seq) -> LogPart {
        if after < self.base.seq {
            return LogPart { base: Some(self.base.clone()), after: self.base.seq, entries: self.log.clone() };
        }
        let skip = usize::try_from(after.0 - self.base.seq.0).unwrap_or(usize::MAX);
        LogPart { base: None, after, entries: self.log.iter().skip(skip).cloned().collect() }
    }

    /// Makes the log above `log.after` equal to `log`, under `epoch`.
    ///
    /// # Panics
    /// When that leaves a hole.
    pub fn accept(&mut self, epoch: Epoch, log: &LogPart) {
        if let Some(base) = &log.base {
            self.base = base.clone();
            self.log.clear();
        }
        assert!(
            self.base.seq <= log.after && log.after <= self.len(),
            "log part after {} does not fit {}..={}",
            log.after,
            self.base.seq,
            self.len()
        );
        self.log.truncate(usize::try_from(log.after.0 - self.base.seq.0).expect("a log fits into memory"));
        self.log.extend(log.entries.iter().cloned());
        self.accepted = epoch;
        self.promised = self.promised.max(epoch);
        self.spread = false;
    }

    /// Folds the entries up to `upto` into the base. All of them are folded only when every replica has them.
    pub fn compact(&mut self, upto: Seq) {
        let count = self.log.iter().take_while(|entry| entry.seq <= upto).count();
        for entry in self.log.drain(..count) {
            self.base.apply(&entry);
        }
        self.spread = self.log.is_empty();
    }
}
