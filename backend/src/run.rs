//! What one run of the server has once: its clock, its random names, its secret, what it shows of itself.
//!
//! Made by [`crate::server`], handed to every part. It holds no state of the cluster.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use shared::config::Levels;
use shared::id::{OpId, TraceId};
use shared::time::Micros;

/// The server's clock: microseconds since its start.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// Starts a clock at the last full second of the calendar, so that the step log's stamps are exact; returns
    /// that second, counted from 1970 in UTC, too.
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

    /// Returns the moment that `at` stands for.
    pub fn instant(self, at: Micros) -> Instant {
        self.start + Duration::from_micros(at.0)
    }
}

/// One run of the server.
#[derive(Debug)]
pub struct Run {
    /// Its clock.
    pub clock: Clock,
    /// When it started, as seconds since 1970 in UTC.
    pub started: u64,
    /// A random word, another in each run: 16 hexadecimal digits.
    pub incarnation: String,
    /// What the gateway and the replicas of this run know and nobody else does.
    pub secret: Secret,
    /// What clients get, unless they ask otherwise.
    pub levels: Levels,
    /// How the gateway is reached, such as `http://127.0.0.1:9988`.
    pub home: String,
    named: AtomicU64,
}

impl Run {
    /// Begins a run.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn begin(levels: Levels, home: String) -> Result<Run, getrandom::Error> {
        let (clock, started) = Clock::start();
        Ok(Run {
            clock,
            started,
            incarnation: random_word::<8>()?,
            secret: Secret(random_word::<32>()?),
            levels,
            home,
            named: AtomicU64::new(0),
        })
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

/// A random secret; its debug text does not show it.
pub struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// Returns the text to send.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether `guess` is it; takes as long for a near miss as for a far one.
    pub fn is(&self, guess: &[u8]) -> bool {
        let known = self.0.as_bytes();
        let differing = known.iter().zip(guess).fold(0, |bits, (a, b)| bits | (a ^ b));
        known.len() == guess.len() && differing == 0
    }
}

fn random_word<const BYTES: usize>() -> Result<String, getrandom::Error> {
    use std::fmt::Write;
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    let mut word = String::with_capacity(BYTES * 2);
    for byte in bytes {
        write!(word, "{byte:02x}").expect("a string takes all text");
    }
    Ok(word)
}

/// Returns a random seed.
///
/// # Errors
/// When the system has no random numbers.
pub fn random_seed() -> Result<u64, getrandom::Error> {
    getrandom::u64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_only_itself() {
        let secret = Secret("abc".to_owned());
        assert!(secret.is(b"abc"));
        for guess in ["", "ab", "abd", "abcd"] {
            assert!(!secret.is(guess.as_bytes()), "{guess}");
        }
    }

    #[test]
    fn traces_differ_within_and_between_runs() {
        let run = || Run::begin(Levels::default(), String::new()).expect("the system has random numbers");
        let (one, other) = (run(), run());
        assert_ne!(one.trace(), one.trace());
        assert_ne!(one.trace(), other.trace());
    }
}
