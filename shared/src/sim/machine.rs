//! The machine that a simulated replica runs on: its clock, its stalls, and what waits for its disk.

use std::collections::VecDeque;

use crate::replica::{Input, Output};
use crate::time::Micros;

/// One machine.
#[derive(Clone, Debug, Default)]
pub(super) struct Machine {
    pub clock: Clock,
    /// Until when it does nothing; what arrives waits.
    pub frozen: Option<Micros>,
    /// What arrived meanwhile.
    pub inbox: VecDeque<Input>,
    /// What the replica wants done and what must wait for the disk, first to last.
    pub queue: Vec<Output>,
    /// When the disk will have taken what waits.
    pub sync: Option<Micros>,
}

impl Machine {
    /// Whether nothing waits here.
    pub fn is_idle(&self) -> bool {
        self.frozen.is_none() && self.inbox.is_empty() && self.queue.is_empty()
    }

    /// Forgets what only memory held.
    pub fn clear(&mut self) {
        (self.frozen, self.sync) = (None, None);
        self.inbox.clear();
        self.queue.clear();
    }
}

/// A clock that may run too fast or too slow and may jump, but never goes back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// What it shows at `since`.
    shown: u64,
    since: u64,
    /// How many of its microseconds pass in 1,000 real ones.
    rate: u64,
}

impl Default for Clock {
    fn default() -> Clock {
        Clock { shown: 0, since: 0, rate: 1_000 }
    }
}

impl Clock {
    /// Returns what it shows at `now`.
    pub fn at(self, now: Micros) -> Micros {
        Micros(self.shown + (now.0 - self.since) * self.rate / 1_000)
    }

    /// Returns the first moment at which it shows `shown` or more.
    pub fn when(self, shown: Micros) -> Micros {
        Micros(self.since + (shown.0.saturating_sub(self.shown) * 1_000).div_ceil(self.rate))
    }

    /// From now on it runs at `rate` and is ahead by `jump`.
    pub fn change(&mut self, now: Micros, rate: u64, jump: Micros) {
        *self = Clock { shown: self.at(now).0 + jump.0, since: now.0, rate };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_reaches_a_time_neither_too_early_nor_twice() {
        for rate in [500, 999, 1_000, 1_001, 1_700] {
            let mut clock = Clock::default();
            clock.change(Micros(1_003), rate, Micros(17));
            for shown in [1_021, 5_000, 123_457] {
                let when = clock.when(Micros(shown));
                assert!(clock.at(when) >= Micros(shown), "{rate} {shown}");
                assert!(when == Micros(1_003) || clock.at(when - Micros(1)) < Micros(shown), "{rate} {shown}");
            }
        }
    }
}
