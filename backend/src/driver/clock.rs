//! The time that a replica's core is told: the server's, less all the time for which its gate was closed, and most of
//! what long syncs of its disk took.
//!
//! Kept by [`super::Driver`]. While somebody works the gate by hand time stands still for the replica: nothing is sent
//! again, nobody is missed, no request expires. That is safe because no rule of the protocol rests on time, only its
//! patience does (docs/PROTOCOL.md §9). What the feed is told carries the server's own time.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use shared::time::Micros;

use crate::run::Clock;

/// The time that a core's clock goes by.
pub trait Time: Debug + Send {
    /// Returns the time since the start; it never goes back.
    fn now(&self) -> Micros;
    /// Returns the moment that `at` stands for.
    fn instant(&self, at: Micros) -> Instant;
}

impl Time for Clock {
    fn now(&self) -> Micros {
        Clock::now(*self)
    }

    fn instant(&self, at: Micros) -> Instant {
        Clock::instant(*self, at)
    }
}

/// The clock of one core.
#[derive(Debug)]
pub struct CoreClock {
    server: Box<dyn Time>,
    /// The core's time at the moment `since` of the server; while it stands, its time now.
    base: Micros,
    since: Micros,
    stands: bool,
}

impl CoreClock {
    /// A clock that goes as the server's does.
    pub fn new(server: impl Time + 'static) -> CoreClock {
        CoreClock { server: Box::new(server), base: Micros(0), since: Micros(0), stands: false }
    }

    /// Returns the core's time.
    pub(super) fn now(&self) -> Micros {
        if self.stands { self.base } else { self.base + (self.server.now() - self.since) }
    }

    /// Returns when the core's time will be `at`; `None` while it stands.
    pub(super) fn instant(&self, at: Micros) -> Option<Instant> {
        (!self.stands).then(|| self.server.instant(self.since + (at - self.base)))
    }

    /// Returns the server's time.
    pub(super) fn of_server(&self) -> Micros {
        self.server.now()
    }

    /// Lets it stand, or go on from where it stands.
    pub(super) fn hold(&mut self, stands: bool) {
        (self.base, self.since) = (self.now(), self.server.now());
        self.stands = stands;
    }

    /// Leaves a time out that has just passed, as if it had stood.
    pub(super) fn leave_out(&mut self, span: Duration) {
        let span = Micros(u64::try_from(span.as_micros()).unwrap_or(u64::MAX));
        let passed = self.server.now() - self.since;
        self.since = self.since + span.min(passed);
    }

    /// Puts it forward to `at`, unless it is there already.
    pub(super) fn put_forward(&mut self, at: Micros) {
        (self.base, self.since) = (self.now().max(at), self.server.now());
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    const HOUR: Micros = Micros::from_millis(3_600_000);

    /// A server's time that goes on when the test says so.
    #[derive(Clone, Debug)]
    pub struct ByHand {
        pub start: Instant,
        now: Arc<AtomicU64>,
    }

    impl ByHand {
        pub fn start() -> ByHand {
            ByHand { start: Instant::now(), now: Arc::default() }
        }

        pub fn pass(&self, span: Micros) {
            self.now.fetch_add(span.0, Ordering::Relaxed);
        }
    }

    impl Time for ByHand {
        fn now(&self) -> Micros {
            Micros(self.now.load(Ordering::Relaxed))
        }

        fn instant(&self, at: Micros) -> Instant {
            self.start + Duration::from_micros(at.0)
        }
    }

    #[test]
    fn it_stands_for_an_hour_while_it_is_held_and_does_not_make_up_for_it() {
        let time = ByHand::start();
        let mut clock = CoreClock::new(time.clone());
        let at = |micros| Some(time.start + Duration::from_micros(micros));
        time.pass(Micros(10));
        assert_eq!((clock.now(), clock.instant(Micros(17))), (Micros(10), at(17)));
        clock.hold(true);
        time.pass(HOUR);
        assert_eq!((clock.now(), clock.of_server()), (Micros(10), HOUR + Micros(10)));
        assert_eq!(clock.instant(Micros(17)), None, "it will never be then");
        clock.hold(true);
        time.pass(HOUR);
        clock.hold(false);
        assert_eq!((clock.now(), clock.instant(Micros(17))), (Micros(10), at(2 * HOUR.0 + 17)));
        time.pass(Micros(3));
        assert_eq!((clock.now(), clock.of_server()), (Micros(13), HOUR + HOUR + Micros(13)));
    }

    #[test]
    fn what_is_left_out_has_not_passed() {
        let time = ByHand::start();
        let mut clock = CoreClock::new(time.clone());
        time.pass(Micros(1_000));
        clock.leave_out(Duration::from_micros(900));
        assert_eq!((clock.now(), clock.of_server()), (Micros(100), Micros(1_000)));
        assert_eq!(clock.instant(Micros(150)), Some(time.start + Duration::from_micros(1_050)));
        clock.hold(true);
        clock.leave_out(Duration::from_hours(1));
        time.pass(HOUR);
        assert_eq!(clock.now(), Micros(100), "it stands");
        clock.hold(false);
        time.pass(Micros(7));
        assert_eq!(clock.now(), Micros(107));
    }

    #[test]
    fn it_is_put_forward_while_it_stands_and_never_back() {
        let time = ByHand::start();
        let mut clock = CoreClock::new(time.clone());
        clock.hold(true);
        clock.put_forward(Micros(500));
        clock.put_forward(Micros(20));
        time.pass(HOUR);
        assert_eq!((clock.now(), clock.instant(Micros(700))), (Micros(500), None));
        clock.hold(false);
        time.pass(Micros(1));
        assert_eq!(clock.now(), Micros(501));
        assert_eq!(clock.instant(Micros(701)), Some(time.start + Duration::from_micros(HOUR.0 + 201)));
    }
}
