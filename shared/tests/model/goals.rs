//! What happened somewhere in a space: a check of a space in which nothing happens is worth nothing.

use std::sync::atomic::{AtomicU32, Ordering};

/// Something that must be possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Every write is acknowledged, in one history.
    AllAcknowledged,
    /// Something is committed under another epoch than the first.
    LaterEpochCommits,
    /// A replica goes on without the last owner.
    TookOver,
    /// An entry is dropped, and that is said.
    RolledBack,
    /// A read shows a write.
    ReadSeesWrite,
    /// A replica that lost its disk takes part again.
    Recovered,
    /// A client that asks again hears the first result.
    AnsweredAgain,
    /// A client is told that surely nothing was done.
    Refused,
    /// A crash between two records of one step.
    CrashWithinStep,
}

/// The goals reached so far, by whatever thread.
#[derive(Debug, Default)]
pub struct Reached(AtomicU32);

impl Reached {
    /// Takes note of a goal.
    pub fn add(&self, goal: Goal) {
        let bit = 1 << goal as u32;
        if self.0.load(Ordering::Relaxed) & bit == 0 {
            self.0.fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// Whether a goal was reached.
    pub fn has(&self, goal: Goal) -> bool {
        self.0.load(Ordering::Relaxed) & (1 << goal as u32) != 0
    }
}
