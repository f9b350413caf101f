//! Goals: states and events that a batch of runs must have reached, or its checks were never put to the test.
//!
//! Source: docs/PROTOCOL.md §12; "sometimes" properties of property-based testing.

use std::collections::BTreeMap;

use super::World;
use crate::config::{Ack, Mode, Reads};
use crate::event::{Event, EventKind, Role, Why};
use crate::gist::Say;
use crate::id::{GroupId, ReplicaId};
use crate::message::Parcel;
use crate::record::Record;

/// Something that a batch of runs must have seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Goal {
    /// A replica crashed with records that no sync had made durable, and lost them all.
    LostTail,
    /// It lost only some of them.
    LostPartOfTail,
    /// A frozen replica went on, and was not the primary any more.
    DeposedWhileFrozen,
    /// A message arrived seconds after it was sent.
    OldMessage,
    /// A majority suspected a replica.
    Suspected,
    /// A primary role was taken over without its owner.
    TakenOver,
    /// Entries were rolled back.
    RolledBack,
    /// A backup got a snapshot in place of entries.
    SnapshotInstalled,
    /// Two replicas claimed one group at once, and one of them got it.
    Contention,
    /// A note moved to another writer.
    HandedOff,
    /// Entries of one group were committed in two epochs.
    TwoEpochsCommit,
    /// A replica with a wiped disk took part again.
    RecoveredDisk,
    /// Separate processes that all began with empty disks became a cluster.
    FirstBoot,
    /// The mode was switched.
    Switched,
    /// It was switched while a replica was down.
    SwitchedWithoutOne,
    /// A replica that missed a switch entered the new generation late.
    EnteredLate,
    /// A write was acknowledged without a replica that was suspected.
    AcknowledgedWithout,
    /// A client that asked again got its first result.
    AskedAgain,
    /// An operation was asked at two replicas.
    AskedTwoReplicas,
    /// A client got `unknown` or `refused`.
    GaveUp,
    /// A stale primary or claimer was refused.
    Fenced,
    /// A read above `local` was answered after it had asked others.
    AskedHowFar,
    /// A linearizable read was answered.
    ReadLinearizable,
    /// A session read was answered that had to see something.
    ReadSession,
    /// An update did not fit and was sent again from further back.
    Behind,
    /// A message of another generation was ignored.
    OtherGeneration,
}

impl Goal {
    /// Every goal.
    pub const ALL: [Goal; 26] = [
        Goal::LostTail,
        Goal::LostPartOfTail,
        Goal::DeposedWhileFrozen,
        Goal::OldMessage,
        Goal::Suspected,
        Goal::TakenOver,
        Goal::RolledBack,
        Goal::SnapshotInstalled,
        Goal::Contention,
        Goal::HandedOff,
        Goal::TwoEpochsCommit,
        Goal::RecoveredDisk,
        Goal::FirstBoot,
        Goal::Switched,
        Goal::SwitchedWithoutOne,
        Goal::EnteredLate,
        Goal::AcknowledgedWithout,
        Goal::AskedAgain,
        Goal::AskedTwoReplicas,
        Goal::GaveUp,
        Goal::Fenced,
        Goal::AskedHowFar,
        Goal::ReadLinearizable,
        Goal::ReadSession,
        Goal::Behind,
        Goal::OtherGeneration,
    ];
}

/// How often each goal was reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Goals {
    reached: BTreeMap<Goal, u64>,
}

impl Goals {
    /// Counts a goal once more.
    pub fn reach(&mut self, goal: Goal) {
        *self.reached.entry(goal).or_default() += 1;
    }

    /// Adds what another run has reached.
    pub fn add(&mut self, other: &Goals) {
        for (goal, count) in &other.reached {
            *self.reached.entry(*goal).or_default() += count;
        }
    }

    /// Returns how often a goal was reached.
    pub fn count(&self, goal: Goal) -> u64 {
        self.reached.get(&goal).copied().unwrap_or(0)
    }

    /// Returns the goals that were never reached.
    pub fn missing(&self) -> Vec<Goal> {
        Goal::ALL.into_iter().filter(|goal| self.count(*goal) == 0).collect()
    }
}

/// Counts what an event shows, before the view changes by it.
pub(super) fn on_event(world: &mut World, id: ReplicaId, event: &Event) {
    let goal = match &event.kind {
        EventKind::Suspected { by, .. } => (!by.is_empty()).then_some(Goal::Suspected),
        EventKind::TookOver { .. } => Some(Goal::TakenOver),
        EventKind::RolledBack { .. } => Some(Goal::RolledBack),
        EventKind::Became { group, role: Role::Primary, .. } => became_primary(world, id, *group),
        EventKind::Recovered { .. } => {
            Some(if world.ghost.was_wiped(id) { Goal::RecoveredDisk } else { Goal::FirstBoot })
        }
        EventKind::Began { generation, .. } => {
            let known = world.view.replicas.values().any(|view| view.generation >= *generation);
            let before = world.view.replicas.get(&id).map(|view| view.generation).unwrap_or_default();
            if before.0 + 1 < generation.0 {
                world.goals.reach(Goal::EnteredLate);
            }
            if !known {
                world.goals.reach(Goal::Switched);
            }
            let down = world.replicas.iter().any(Option::is_none);
            (!known && down).then_some(Goal::SwitchedWithoutOne)
        }
        EventKind::Ignored { why: Why::OldGeneration | Why::NewGeneration, .. } => Some(Goal::OtherGeneration),
        EventKind::Sent { parcel: Parcel::Peer(gist), .. } => said(gist.say),
        EventKind::Started { .. }
        | EventKind::Joined { .. }
        | EventKind::ClientRequest { .. }
        | EventKind::ClientReply { .. }
        | EventKind::Sent { .. }
        | EventKind::Received { .. }
        | EventKind::Lost { .. }
        | EventKind::Ignored { .. }
        | EventKind::Stepped { .. }
        | EventKind::Promised { .. }
        | EventKind::Became { .. }
        | EventKind::Accepted { .. }
        | EventKind::Committed { .. }
        | EventKind::Trusted { .. }
        | EventKind::Recovering
        | EventKind::Froze { .. }
        | EventKind::Gate(_) => None,
    };
    if let Some(goal) = goal {
        world.goals.reach(goal);
    }
}

fn became_primary(world: &mut World, id: ReplicaId, group: GroupId) -> Option<Goal> {
    let others = || world.view.replicas.iter().filter(|(other, _)| **other != id);
    let role = |view: &crate::view::ReplicaView| view.groups.get(&group).map(|group| group.role);
    let rival = others().any(|(_, view)| role(view) == Some(Role::Claiming));
    let moved = others().any(|(_, view)| view.groups.get(&group).is_some_and(|group| group.len.0 > 0));
    let local = world.view.replicas.get(&id).is_some_and(|view| view.mode == Mode::LocalWrite);
    if local && moved {
        world.goals.reach(Goal::HandedOff);
    }
    rival.then_some(Goal::Contention)
}

#[allow(clippy::wildcard_enum_match_arm, reason = "few messages are goals by themselves")]
fn said(say: Say) -> Option<Goal> {
    match say {
        Say::Nack => Some(Goal::Fenced),
        Say::Behind => Some(Goal::Behind),
        Say::ReadIndexOk => Some(Goal::AskedHowFar),
        _ => None,
    }
}

/// Counts what a record shows.
pub(super) fn on_record(goals: &mut Goals, record: &Record) {
    if let Record::Accepted { log, .. } = record
        && log.base.is_some()
    {
        goals.reach(Goal::SnapshotInstalled);
    }
}

/// Counts what a reply shows.
pub(super) fn on_reply(goals: &mut Goals, asked: &super::Asked, reply: &crate::request::Reply) {
    let read = reply.method == crate::request::Method::Get;
    if reply.status >= 500 {
        goals.reach(Goal::GaveUp);
    } else if !read && !reply.without.is_empty() && asked.ack == Ack::All {
        goals.reach(Goal::AcknowledgedWithout);
    } else if read && asked.reads == Reads::Linearizable {
        goals.reach(Goal::ReadLinearizable);
    } else if read && asked.reads == Reads::Session && !asked.session.seen.is_empty() {
        goals.reach(Goal::ReadSession);
    }
}
