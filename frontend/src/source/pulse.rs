//! Whether a stream is alive: a machine that is told the time, without a browser.
//!
//! A stream that has died without an end (the laptop slept, a proxy froze) looks like one on which nothing happens, but
//! for the signs of life that the server gives. [`super::live`] tells this what it hears, and looks every second.

use std::time::Duration;

use shared::api::HEARTBEAT;

/// How often to look.
pub const LOOK: Duration = Duration::from_secs(1);
/// A stream that says nothing for so long is dead: three signs of life are missing. A new one has as much time to begin.
pub const SILENCE: Duration = HEARTBEAT.saturating_mul(3);
/// When a look comes so long after the last one, the page stood still: the machine slept.
const STOOD: Duration = Duration::from_secs(10);

/// When something was heard last and when a stream was begun last, in milliseconds of [`crate::observe::now`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pulse {
    heard: f64,
    begun: f64,
    looked: f64,
}

impl Pulse {
    /// Begins to listen.
    pub fn new(now: f64) -> Pulse {
        Pulse { heard: now, begun: now, looked: now }
    }

    /// Something was heard.
    pub fn beat(&mut self, now: f64) {
        self.heard = now;
    }

    /// Another stream is begun: it has the time of a silence to say something.
    pub fn begin(&mut self, now: f64) {
        self.begun = now;
    }

    /// Returns for how long nothing was heard, in whole seconds, when a new stream has to be begun in place of this one.
    ///
    /// A machine that slept heard nothing meanwhile, so the time counts from its waking.
    pub fn look(&mut self, now: f64) -> Option<u32> {
        if now - self.looked > millis(STOOD) {
            *self = Pulse::new(now);
        }
        self.looked = now;
        if now - self.heard.max(self.begun) < millis(SILENCE) {
            return None;
        }
        self.begun = now;
        Some(whole_seconds(now - self.heard))
    }
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1_000.0
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and no years")]
fn whole_seconds(millis: f64) -> u32 {
    (millis / 1_000.0).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks every second until `until`; returns when a new stream had to be begun, and the silence that was told, in
    /// seconds.
    fn looks(pulse: &mut Pulse, seconds: std::ops::RangeInclusive<u32>) -> Vec<(u32, u32)> {
        let look = |second| Some((second, pulse.look(f64::from(second) * 1_000.0)?));
        seconds.filter_map(look).collect()
    }

    #[test]
    fn three_missing_signs_of_life_are_a_dead_stream_and_each_new_one_has_its_time() {
        let mut pulse = Pulse::new(0.0);
        for second in [5, 10, 15] {
            assert_eq!(looks(&mut pulse, second - 4..=second), [], "there are signs of life");
            pulse.beat(f64::from(second) * 1_000.0);
        }
        assert_eq!(looks(&mut pulse, 16..=61), [(30, 15), (45, 30), (60, 45)]);
        pulse.beat(61_000.0);
        assert_eq!(looks(&mut pulse, 62..=76), [(76, 15)], "it is told from the last sign of life");
    }

    #[test]
    fn a_machine_that_slept_counts_from_its_waking() {
        let mut pulse = Pulse::new(0.0);
        assert_eq!(looks(&mut pulse, 1..=4), []);
        assert_eq!(looks(&mut pulse, 3_600..=3_614), [], "it heard nothing because it slept");
        assert_eq!(looks(&mut pulse, 3_615..=3_615), [(3_615, 15)]);
    }

    #[test]
    fn a_stream_that_breaks_again_and_again_is_not_silent() {
        let mut pulse = Pulse::new(0.0);
        for second in 1..60 {
            pulse.begin(f64::from(second) * 1_000.0);
            assert_eq!(looks(&mut pulse, second..=second), []);
        }
        assert_eq!(looks(&mut pulse, 60..=74), [(74, 74)], "until one of them says nothing");
    }
}
