//! What is spoken to those who do not see the stage: every event, bounded, so that nobody listens to the past.
//!
//! Pure: [`crate::components::notices`] hears the cursor, asks when it may speak and puts the sentence where screen
//! readers look. While one sentence is still being said, the events that pass are counted; what comes next is the
//! latest of them, behind the number of the others.

use crate::lang::fill;

/// The least time between two sentences, in milliseconds.
const PAUSE: f64 = 1_000.0;
/// How long a letter takes to be said, in milliseconds. Waited for only while time runs by itself: whoever takes steps
/// by hand decides how fast.
const LETTER: f64 = 50.0;

/// An event that the cursor has come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// Its place in the log.
    pub place: u64,
    /// Its number among the events with a picture.
    pub number: u64,
    /// What happened.
    pub what: String,
    /// Whether time runs by itself.
    pub runs: bool,
}

/// Decides what is said and when; times are milliseconds of any clock.
#[derive(Debug, Default)]
pub struct Speaker {
    last: Option<(u64, u64)>,
    waiting: Option<Heard>,
    passed: u64,
    free_at: f64,
}

impl Speaker {
    /// Hears where the cursor is now. Where it was already is no news, nor is an event behind it without a picture; a jump
    /// by hand passes nothing.
    pub fn hear(&mut self, heard: Heard) {
        let Heard { place, number, runs, .. } = heard;
        let before = self.last.replace((place, number));
        if before.is_some_and(|before| place == before.0 || (place > before.0 && number == before.1)) {
            return;
        }
        let between = before.map_or(0, |(_, before)| number.saturating_sub(before + 1));
        self.passed += u64::from(self.waiting.is_some()) + if runs { between } else { 0 };
        self.waiting = Some(heard);
    }

    /// Returns how long the next sentence has to wait; `None` when there is none.
    pub fn wait(&self, now: f64) -> Option<f64> {
        self.waiting.as_ref().map(|_| (self.free_at - now).max(0.0))
    }

    /// Returns the next sentence, when it may be said.
    pub fn speak(&mut self, now: f64) -> Option<String> {
        let heard = self.waiting.take_if(|_| self.free_at <= now)?;
        let passed = std::mem::take(&mut self.passed);
        let (count, what) = (passed.to_string(), heard.what);
        let said = match passed {
            0 => what,
            1 => fill("1 more event, then: {what}", &[("what", &what)]),
            _ => fill("{count} more events, then: {what}", &[("count", &count), ("what", &what)]),
        };
        #[allow(clippy::cast_precision_loss, reason = "a sentence")]
        let length = said.chars().count() as f64 * LETTER;
        self.free_at = now + if heard.runs { length.max(PAUSE) } else { PAUSE };
        Some(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(number: u64, runs: bool) -> Heard {
        Heard { place: number, number, what: format!("event {number}"), runs }
    }

    /// Runs through events, given as the millisecond and the number of each; returns what is said when.
    fn said(events: &[(u64, u64)], runs: bool) -> Vec<(u64, String)> {
        let (mut speaker, mut said) = (Speaker::default(), Vec::new());
        for now in 0..60_000 {
            events.iter().filter(|(at, _)| *at == now).for_each(|(_, number)| speaker.hear(event(*number, runs)));
            #[allow(clippy::cast_precision_loss, reason = "a minute")]
            said.extend(speaker.speak(now as f64).map(|words| (now, words)));
        }
        said
    }

    /// Returns how many events a sentence stands for.
    fn stands_for(words: &str) -> u64 {
        words.split_once(" more event").map_or(0, |(count, _)| count.parse::<u64>().expect("a count")) + 1
    }

    #[test]
    fn a_burst_is_bounded_and_nothing_is_left_uncounted() {
        let burst: Vec<_> = (1..=500).map(|number| (number * 7, number)).collect();
        for runs in [true, false] {
            let said = said(&burst, runs);
            assert!(said.windows(2).all(|pair| pair[1].0 - pair[0].0 >= 1_000), "{said:?}");
            assert_eq!(said.iter().map(|(_, words)| stands_for(words)).sum::<u64>(), 500, "{said:?}");
            assert!(said.last().is_some_and(|(_, words)| words.ends_with("event 500")), "{said:?}");
        }
    }

    #[test]
    fn events_with_time_between_them_are_all_said() {
        let events: Vec<_> = (1..=9).map(|number| (number * 1_500, number)).collect();
        let words: Vec<_> = said(&events, true).into_iter().map(|(_, words)| words).collect();
        assert_eq!(words, (1..=9).map(|number| format!("event {number}")).collect::<Vec<_>>());
    }

    #[test]
    fn a_place_is_said_once() {
        assert_eq!(said(&[(0, 4), (2_000, 4), (4_000, 4)], true).len(), 1);
        assert_eq!(said(&[(0, 4), (2_000, 5), (4_000, 4)], false).len(), 3, "back again is news");
    }

    #[test]
    fn what_has_no_picture_is_not_counted() {
        let mut speaker = Speaker::default();
        for (place, number) in [(1, 1), (2, 1), (3, 1), (4, 2), (5, 2)] {
            speaker.hear(Heard { place, ..event(number, true) });
        }
        assert_eq!(speaker.speak(0.0).as_deref(), Some("1 more event, then: event 2"));
    }

    #[test]
    fn a_jump_by_hand_passes_nothing() {
        assert_eq!(said(&[(0, 1), (2_000, 90)], false)[1].1, "event 90");
        assert_eq!(said(&[(0, 1), (2_000, 90)], true)[1].1, "88 more events, then: event 90");
        assert_eq!(said(&[(0, 1), (2_000, 3)], true)[1].1, "1 more event, then: event 3");
    }
}
