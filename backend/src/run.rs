//! What one run of the server has once: its clock, its random names, what it shows of itself.
//!
//! Made by [`crate::server`], handed to every part. It holds no state of the cluster.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use shared::config::Levels;
use shared::id::{OpId, TraceId};
use shared::time::Micros;

use crate::home::Home;
use crate::random::random_word;
use crate::secret::Secret;

/// The server's clock: microseconds since its start.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// Starts a clock at the last full second of the calendar, so that what is shown with its time has exact seconds;
    /// returns that second, counted from 1970 in UTC, too.
    pub fn start() -> (Clock, u64) {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let past = Duration::from_nanos(since.subsec_nanos().into());
        let now = Instant::now();
        (Clock { start: now.checked_sub(past).unwrap_or(now) }, since.as_secs())
    }

    /// Returns the time since the start.
    pub fn now(self) -> Micros {
        Micros(u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    /// Returns when `at` was by the wall clock as it is set now, in seconds since 1970 in UTC: this clock stands while the
    /// machine sleeps, and does not know that the other was set.
    pub fn wall(self, at: Micros) -> u64 {
        let age = Duration::from_micros(self.now().0.saturating_sub(at.0));
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        since.saturating_sub(age).as_secs()
    }

    /// Returns the moment that `at` stands for.
    pub fn instant(self, at: Micros) -> Instant {
        self.start + Duration::from_micros(at.0)
    }
}

/// The beginning of the year 2025 in UTC, as seconds since 1970.
const YEAR_2025: u64 = 1_735_689_600;

/// One run of the server.
#[derive(Debug)]
pub struct Run {
    /// Its clock.
    pub clock: Clock,
    /// When it started, as seconds since 1970 in UTC.
    pub started: u64,
    /// A random word, another in each run: 16 hexadecimal digits.
    pub incarnation: String,
    /// What the gateway and the replicas of this cluster know and nobody else does.
    pub secret: Secret,
    /// What clients get, unless they ask otherwise.
    pub levels: Levels,
    /// How the gateway is reached.
    pub home: Home,
    named: AtomicU64,
}

impl Run {
    /// Begins a run.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn begin(levels: Levels, home: Home, secret: Secret) -> Result<Run, getrandom::Error> {
        let (clock, started) = Clock::start();
        Ok(Run { clock, started, incarnation: random_word::<8>()?, secret, levels, home, named: AtomicU64::new(0) })
    }

    /// Returns the microseconds of the calendar since the year 2025: a number that grows faster than anybody numbers
    /// events, so that what two runs number from it never meets.
    pub fn calendar(&self) -> u64 {
        self.started.saturating_sub(YEAR_2025) * 1_000_000 + self.clock.now().0
    }

    /// Returns a trace that no other request of any run has.
    pub fn trace(&self) -> TraceId {
        let number = self.named.fetch_add(1, Ordering::Relaxed) + 1;
        TraceId(format!("{}-{number}", self.incarnation))
    }
}

/// Names an operation after its trace, for clients that give it no name of their own.
pub fn operation_of(trace: &TraceId) -> OpId {
    OpId(trace.0.clone())
}

/// Waits for a moment; for ever when there is none.
pub async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_differ_within_and_between_runs() {
        let run = || {
            let secret = Secret::random().expect("the system has random numbers");
            Run::begin(Levels::default(), Home::new("127.0.0.1:1".parse().expect("an address"), None), secret)
                .expect("the system has random numbers")
        };
        let (one, other) = (run(), run());
        assert_ne!(one.trace(), one.trace());
        assert_ne!(one.trace(), other.trace());
    }
}
