//! How fast the show runs: paced to be watched, or at an exact part of the real speed.
//!
//! At an exact speed the cursor goes through real time: between two neighbouring moments of the log the show clock runs
//! as fast as it must for that stretch to last as long as it really did, times the scale. Silences would be dull and
//! are cut. Everything else on the page stays a function of the show clock.

use shared::time::Micros;

use super::Log;

/// Real time without any event from here on is a silence.
pub const SILENCE: Micros = Micros::from_millis(10);
/// How long a silence is shown at most, in milliseconds at the viewer's clock.
const SHOWN_SILENCE: f64 = 600.0;

/// How fast the show runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speed {
    /// Every message flies long enough to be followed.
    #[default]
    Watchable,
    /// This many times slower than it really was.
    Real(u16),
}

/// The speeds, slower ones first.
pub const SPEEDS: [Speed; 11] = [
    Speed::Watchable,
    Speed::Real(1_000),
    Speed::Real(500),
    Speed::Real(200),
    Speed::Real(100),
    Speed::Real(50),
    Speed::Real(20),
    Speed::Real(10),
    Speed::Real(5),
    Speed::Real(2),
    Speed::Real(1),
];

impl Speed {
    /// Returns the next exact speed that is slower, or faster; `slowdown` is that of the show as it is now.
    #[must_use]
    pub fn next(self, faster: bool, slowdown: f64) -> Speed {
        let beyond = |speed: &Speed| match *speed {
            Speed::Watchable => false,
            Speed::Real(scale) if faster => f64::from(scale) < slowdown,
            Speed::Real(scale) => f64::from(scale) > slowdown,
        };
        let next = if faster { SPEEDS.iter().copied().find(beyond) } else { SPEEDS.iter().copied().rev().find(beyond) };
        next.unwrap_or(self)
    }

    /// Returns where on the show clock the cursor is `elapsed` milliseconds after it was at `time`.
    pub fn walk(self, log: &Log, time: f64, elapsed: f64) -> f64 {
        let Speed::Real(scale) = self else { return (time + elapsed).min(log.end()) };
        let (mut time, mut left) = (time, elapsed);
        while left > 0.0 && time < log.end() {
            let Some(stretch) = log.stretch(time) else { return (time + left).min(log.end()) };
            let lasts = lasting(stretch.real, scale);
            let rest = lasts * (stretch.to - time) / (stretch.to - stretch.from);
            if rest > left {
                return time + (stretch.to - stretch.from) * left / lasts;
            }
            left -= rest;
            time = stretch.to;
        }
        time
    }

    /// Returns how long the rest of the log lasts from `time` on, in milliseconds.
    pub fn rest(self, log: &Log, time: f64) -> f64 {
        let rest = (log.end() - time).max(0.0);
        let Speed::Real(scale) = self else { return rest };
        let (busy, silences) = log.real_rest(log.place_at(time));
        f64::from(scale) * millis(busy) + SHOWN_SILENCE * silences
    }
}

/// The stretch between two neighbouring moments of the show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// When it begins, on the show clock.
    pub from: f64,
    /// When it ends; later than it begins.
    pub to: f64,
    /// How long it really lasted.
    pub real: Micros,
}

fn lasting(real: Micros, scale: u16) -> f64 {
    let lasts = f64::from(scale) * millis(real);
    if real < SILENCE { lasts } else { lasts.min(SHOWN_SILENCE) }
}

#[allow(clippy::cast_precision_loss, reason = "a span of 2⁵² µs is 142 years")]
fn millis(span: Micros) -> f64 {
    span.0 as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slower_and_faster_go_from_the_speed_that_is_seen() {
        assert_eq!(Speed::Watchable.next(true, 520.0), Speed::Real(500));
        assert_eq!(Speed::Watchable.next(false, 520.0), Speed::Real(1_000));
        assert_eq!(Speed::Real(100).next(true, 100.0), Speed::Real(50));
        assert_eq!(Speed::Real(100).next(false, 100.0), Speed::Real(200));
        assert_eq!(Speed::Real(1).next(true, 1.0), Speed::Real(1));
        assert_eq!(Speed::Real(1_000).next(false, 1_000.0), Speed::Real(1_000));
    }

    #[test]
    fn a_silence_is_cut_and_nothing_else() {
        assert!((lasting(Micros(9_000), 100) - 900.0).abs() < 1e-9);
        assert!((lasting(Micros(9_000_000), 100) - SHOWN_SILENCE).abs() < 1e-9);
        assert!((lasting(Micros(20_000), 1) - 20.0).abs() < 1e-9);
    }
}
