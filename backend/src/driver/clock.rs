//! The time that a replica's core is told: the server's, less all the time for which its gate was closed.
//!
//! Kept by [`super::Driver`]. While somebody works the gate by hand time stands still for the replica: nothing is sent
//! again, nobody is missed, no request expires. That is safe because no rule of the protocol rests on time, only its
//! patience does (PROTOCOL.md, "The gate"). What the feed is told carries the server's own time.

use std::time::Instant;

use shared::time::Micros;

use crate::run::Clock;

/// The clock of one core.
#[derive(Debug)]
pub struct CoreClock {
    server: Clock,
    /// The core's time at the moment `since` of the server; while it stands, its time now.
    base: Micros,
    since: Micros,
    stands: bool,
}

impl CoreClock {
    /// A clock that goes as the server's does.
    pub fn new(server: Clock) -> CoreClock {
        CoreClock { server, base: Micros(0), since: Micros(0), stands: false }
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

    /// Puts it forward to `at`, unless it is there already.
    pub(super) fn put_forward(&mut self, at: Micros) {
        (self.base, self.since) = (self.now().max(at), self.server.now());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_stands_while_it_is_held_and_never_goes_back() {
        let server = Clock::start().0;
        let mut clock = CoreClock::new(server);
        assert!(clock.instant(Micros(7)).is_some());
        clock.hold(true);
        let held = clock.now();
        let began = server.now();
        while server.now() - began < Micros::from_millis(3) {
            std::hint::spin_loop();
        }
        assert_eq!((clock.now(), clock.instant(held)), (held, None));
        clock.put_forward(held + Micros(500));
        clock.put_forward(held);
        assert_eq!(clock.now(), held + Micros(500));
        clock.hold(false);
        let gone = clock.now() - held;
        assert!((Micros(500)..Micros(3_000)).contains(&gone), "what was held is not made up for: {gone:?}");
        let soon = clock.instant(clock.now() + Micros::from_millis(60_000)).expect("it goes");
        assert!(soon > Instant::now() + Duration::from_secs(50) && soon < Instant::now() + Duration::from_secs(61));
    }
}
