//! Moves the cursor: by command, step by step, and as time passes.

use super::Playback;
use super::mark::Jump;
use super::speed::Speed;

/// How long a single step glides, in milliseconds of real time.
const GLIDE: f64 = 420.0;
/// The longest time that one frame may advance; a page that was hidden goes on where it was.
const FRAME: f64 = 100.0;
/// How many times slower than the truth the paced show is, before anything was measured.
const USUAL: f64 = 500.0;

/// What a person asks of the playback.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Let time run.
    Play,
    /// Stop time.
    Pause,
    /// Either, whichever it is not.
    Toggle,
    /// To the next event with a picture.
    StepForward,
    /// To the one before.
    StepBack,
    /// To the event with a picture that has this number, from 1; 0 is before the first.
    Seek(u64),
    /// To the end of the log, and on.
    Live,
    /// At this speed from now on.
    Speed(Speed),
}

/// A step on its way: from one time of the show to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Glide {
    from: f64,
    to: f64,
    part: f64,
}

impl Playback {
    /// Does what a person asks.
    pub fn command(&mut self, action: Action) {
        self.past = 0;
        if let Some(glide) = self.glide.take() {
            self.move_to(glide.to);
        }
        match action {
            Action::Play => self.playing = true,
            Action::Pause => self.playing = false,
            Action::Toggle => self.playing = !self.playing,
            Action::StepForward => self.step(self.status().stop + 1),
            Action::StepBack => self.step_back(),
            Action::Seek(number) => {
                self.playing = false;
                self.move_to(self.stop_time(number));
            }
            Action::Live => {
                self.playing = true;
                self.move_to(self.log.end());
            }
            Action::Speed(speed) => self.speed = speed,
        }
    }

    /// Stops time `past` milliseconds of the show after the event with the number `seq`, or the last one before it.
    pub fn stop_at(&mut self, seq: u64, past: f64) {
        let place = self.log.place_of(seq);
        let last = place.checked_sub(1).and_then(|last| self.log.entry(last));
        let time = last.map_or_else(|| self.stop_time(0), |entry| entry.show + past);
        let next = self.log.entry(place).map_or(f64::MAX, |entry| entry.show);
        self.playing = false;
        self.glide = None;
        self.move_to(if time < next { time } else { last.map_or(0.0, |entry| entry.show) });
    }

    /// Lets `elapsed` milliseconds of real time pass.
    pub fn tick(&mut self, elapsed: f64) {
        let elapsed = elapsed.clamp(0.0, FRAME);
        if let Some(mut glide) = self.glide.take() {
            glide.part = (glide.part + elapsed / GLIDE).min(1.0);
            self.move_to(glide.from + (glide.to - glide.from) * ease(glide.part));
            self.glide = Some(glide).filter(|glide| glide.part < 1.0);
        } else if self.playing {
            self.move_to(self.speed.walk(&self.log, self.time, elapsed));
        }
    }

    /// Whether anything on the screen changes as time passes.
    pub fn is_moving(&self) -> bool {
        self.glide.is_some() || (self.playing && self.time < self.log.end())
    }

    /// Returns the next speed that is slower, or faster.
    pub fn next_speed(&self, faster: bool) -> Speed {
        self.speed.next(faster, self.slowdown().unwrap_or(USUAL))
    }

    /// Returns the number of the next event, or the one before, at which such a jump stops; `None` when there is none.
    pub fn jump(&self, jump: Jump, forward: bool) -> Option<u64> {
        self.log.jump(jump, forward, self.going_to())
    }

    /// Returns the number of the event with a picture that lies `by` behind the current one.
    pub fn beside(&self, by: i64) -> u64 {
        self.going_to().saturating_add_signed(by).clamp(self.log.stops_gone(), self.log.stops())
    }

    /// Returns the number of the event with a picture at which the cursor is when no step is on its way.
    fn going_to(&self) -> u64 {
        let time = self.glide.map_or(self.time, |glide| glide.to);
        self.log.stops_until(self.log.place_at(time))
    }

    /// To the current event when the screen is past it, else to the one before.
    fn step_back(&mut self) {
        let past = self.current().is_some_and(|(_, entry)| self.time - entry.show > 1.0);
        let stop = self.log.stops_until(self.place);
        self.step(if past { stop } else { stop.saturating_sub(1) });
    }

    fn step(&mut self, number: u64) {
        self.playing = false;
        let target = self.stop_time(number);
        if self.still {
            self.move_to(target);
        } else if (target - self.time).abs() > f64::EPSILON {
            self.glide = Some(Glide { from: self.time, to: target, part: 0.0 });
        }
    }

    /// Returns the time of an event with a picture by its number; 0 is before the first that is kept.
    fn stop_time(&self, number: u64) -> f64 {
        if number > self.log.stops() {
            return self.log.end();
        }
        if let Some((_, entry)) = self.log.stop(number) {
            return entry.show;
        }
        self.log.entry(self.log.first_place()).map_or(0.0, |entry| entry.show - 1.0)
    }

    pub(super) fn move_to(&mut self, time: f64) {
        let place = self.log.place_at(time);
        if place < self.place || place > self.place + 400 || self.place < self.log.first_place() {
            self.picture = self.log.picture(place);
        } else {
            self.log.advance(&mut self.picture, self.place, place);
        }
        self.time = time;
        self.place = place;
    }
}

/// Starts and ends gently.
pub fn ease(part: f64) -> f64 {
    part * part * (3.0 - 2.0 * part)
}
