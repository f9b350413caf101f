//! What a replica's wait for its own disk means to others, and to its own patience.
//!
//! Set by [`crate::driver`] around each sync. While it lasts the replica's port tells whoever sends it something
//! ([`crate::replica_http`]), and the sender does not miss it for its silence: that says nothing of the replica's
//! state, so nothing has to be durable before it (docs/PROTOCOL.md §7.2). What a sync takes beyond [`COUNTED`] does not
//! count for the replica's own patience either: it has heard nobody meanwhile, and its questions have not left.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// For how long a replica that waits for its disk is waited for: a disk that takes longer for one sync hangs.
const EXCUSED: Duration = Duration::from_secs(5);
/// How much of a sync counts as time that has passed. A disk that is always busy must not make a replica wait for ever
/// for one that is gone: its patience grows with its own syncs, to about ten of them.
pub const COUNTED: Duration = Duration::from_millis(100);

/// Whether a replica waits for its disk.
#[derive(Clone, Debug)]
pub struct DiskWait {
    start: Instant,
    /// Since when, in microseconds from the start; 0 when it does not.
    since: Arc<AtomicU64>,
    /// How long the last sync took, in microseconds.
    last: Arc<AtomicU64>,
}

impl Default for DiskWait {
    fn default() -> DiskWait {
        DiskWait { start: Instant::now(), since: Arc::default(), last: Arc::default() }
    }
}

impl DiskWait {
    /// Syncs; returns how long it took, too.
    pub fn during<T>(&self, sync: impl FnOnce() -> T) -> (T, Duration) {
        let begun = Instant::now();
        self.since.store(micros(self.start.elapsed()).max(1), Ordering::Relaxed);
        let done = sync();
        self.since.store(0, Ordering::Relaxed);
        self.last.store(micros(begun.elapsed()), Ordering::Relaxed);
        (done, begun.elapsed())
    }

    /// Whether its silence is to be excused: it waits for its disk, and not for too long.
    pub fn excuses(&self) -> bool {
        self.waiting().is_some_and(|waiting| waiting < EXCUSED)
    }

    /// Whether its disk makes clients wait: the last sync took long, and none hangs.
    pub fn is_slow(&self) -> bool {
        let last = Duration::from_micros(self.last.load(Ordering::Relaxed));
        last.max(self.waiting().unwrap_or_default()) > COUNTED && self.waiting().is_none_or(|waiting| waiting < EXCUSED)
    }

    /// Returns for how long it has been waiting for its disk.
    fn waiting(&self) -> Option<Duration> {
        let since = Some(self.since.load(Ordering::Relaxed)).filter(|since| *since > 0)?;
        Some(Duration::from_micros(micros(self.start.elapsed()).saturating_sub(since)))
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}
