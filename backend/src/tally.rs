//! What waits in a queue that has a limit in bytes, and what found no room there.
//!
//! Used by [`crate::console`] and [`crate::step_log`], whose queues are bounded in texts. Nobody waits for room: what finds
//! none is dropped, and the next that finds some says how many lines are missing before it.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// What waits in one queue, and what was dropped.
#[derive(Debug, Default)]
pub struct Tally {
    waiting: AtomicUsize,
    dropped: AtomicU64,
}

impl Tally {
    /// Returns how many lines were dropped since one was last let in.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Returns that number, which whoever is let in next is about to tell.
    pub fn take_dropped(&self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
    }

    /// Lets `length` bytes in, unless `limit` bytes wait or `put` finds no place in the queue; then `lines` lines are dropped.
    pub fn enter(&self, length: usize, limit: usize, lines: u64, put: impl FnOnce() -> bool) {
        let fits = self.waiting.fetch_add(length, Ordering::Relaxed) < limit;
        if !fits || !put() {
            self.leave(length);
            self.dropped.fetch_add(lines, Ordering::Relaxed);
        }
    }

    /// Takes note that `length` bytes are out.
    pub fn leave(&self, length: usize) {
        self.waiting.fetch_sub(length, Ordering::Relaxed);
    }

    /// Returns how many bytes wait.
    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

/// Returns the line that stands for lines that are missing.
pub fn gap(lines: u64, why: &str) -> String {
    format!("... {lines} lines are missing here: {why}\n")
}
