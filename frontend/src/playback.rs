//! Playback: which moment of the log is on the screen, and how it moves.
//!
//! A machine that is driven by commands, events and the passing of time, without a browser. The screen is a
//! function of the log and the cursor; nothing else is kept, so a step back restores everything.
//!
//! | from | command | to |
//! |---|---|---|
//! | anywhere | `Pause`, `Toggle` | paused |
//! | paused | `Play`, `Toggle` | playing |
//! | anywhere | `StepForward`, `StepBack` | paused, gliding to the next or previous event with a picture |
//! | anywhere | `Seek` | paused at that event |
//! | anywhere | `Live` | playing, at the end of the log |
//! | anywhere | `Speed` | the same, at another speed |

pub mod about;
pub mod changes;
pub mod faults;
mod log;
pub mod mark;
pub mod pills;
pub mod speed;
pub mod uncommitted;

use shared::config::Mode;
use shared::event::{Event, EventKind};
use shared::id::{MessageId, TraceId};
use shared::message::Parcel;
use shared::time::Micros;
use shared::view::ClusterView;

pub use log::{Entry, Log, Passage, Picture, message_of};

use self::mark::Jump;
use self::speed::Speed;
use crate::words::Letter;

/// How long a single step glides, in milliseconds of real time.
const GLIDE: f64 = 420.0;
/// The longest time that one frame may advance; a page that was hidden goes on where it was.
const FRAME: f64 = 100.0;

/// How many times slower than the truth the paced show is, before anything was measured.
const USUAL: f64 = 500.0;

/// More events with a picture than this are too many to wait for.
const FAR: u64 = 300;

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
struct Glide {
    from: f64,
    to: f64,
    part: f64,
}

/// What the controls show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Status {
    /// Whether time runs.
    pub playing: bool,
    /// Events with a picture before the cursor, from the snapshot on.
    pub stop: u64,
    /// All events with a picture.
    pub stops: u64,
    /// Those that are no longer kept.
    pub gone: u64,
    /// The speed.
    pub speed: Speed,
    /// How many times slower than the truth the show is at this speed; `None` when nothing was measured yet.
    pub slowdown: Option<f64>,
    /// How long the rest takes at this speed, in whole minutes rounded up.
    pub minutes_left: u64,
    /// Whether this is a run that was saved.
    pub saved: bool,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Footing {
    /// All that has happened; what comes next is shown at once.
    Live,
    /// Time runs, behind what has happened.
    Slowed,
    /// Time stands still.
    Paused,
    /// A run that was saved: no cluster is behind it.
    Saved,
}

impl Footing {
    /// Returns the name that style sheets and tests use.
    pub fn as_str(self) -> &'static str {
        match self {
            Footing::Live => "live",
            Footing::Slowed => "slowed",
            Footing::Paused => "paused",
            Footing::Saved => "saved",
        }
    }
}

impl Status {
    /// Returns what is looked at.
    pub fn footing(&self) -> Footing {
        match (self.saved, self.playing, self.behind()) {
            (true, ..) => Footing::Saved,
            (false, false, _) => Footing::Paused,
            (false, true, 0) => Footing::Live,
            (false, true, _) => Footing::Slowed,
        }
    }

    /// Returns how many events with a picture the screen is behind.
    pub fn behind(&self) -> u64 {
        self.stops - self.stop
    }

    /// Whether the screen is so far behind that few will wait for it.
    pub fn is_far_behind(&self) -> bool {
        self.behind() > FAR
    }
}

/// Where the cursor is within one client's request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Within {
    /// The number of the event in its request, from 1.
    pub number: usize,
    /// How many events the request has so far.
    pub count: usize,
    /// Real time since the request came, in milliseconds.
    pub elapsed: f64,
    /// Real time from the request to its last event so far, in milliseconds.
    pub total: f64,
}

/// The log and the cursor.
#[derive(Clone, Debug)]
pub struct Playback {
    log: Log,
    picture: Picture,
    place: u64,
    time: f64,
    playing: bool,
    glide: Option<Glide>,
    speed: Speed,
    still: bool,
    joins: u64,
    saved: bool,
    /// Events up to this number are the past: they are not shown one by one.
    past: u64,
}

impl Default for Playback {
    fn default() -> Playback {
        Playback::new(ClusterView::default())
    }
}

impl Playback {
    /// Starts, playing, at a snapshot.
    pub fn new(view: ClusterView) -> Playback {
        let log = Log::new(view);
        let picture = log.picture(0);
        Playback {
            log,
            picture,
            place: 0,
            time: 0.0,
            playing: true,
            glide: None,
            speed: Speed::default(),
            still: false,
            joins: 0,
            saved: false,
            past: 0,
        }
    }

    /// Starts again at a snapshot, keeping the speed that was chosen. Events up to number `past` have happened already:
    /// the cursor begins behind them.
    pub fn reset(&mut self, view: ClusterView, past: u64) {
        *self = Playback { speed: self.speed, still: self.still, joins: self.joins + 1, past, ..Playback::new(view) };
    }

    /// Says whether this is a run that was saved, with no cluster behind it.
    pub fn set_saved(&mut self, saved: bool) {
        self.saved = saved;
    }

    /// Makes steps jump instead of glide, for people who asked for less motion.
    pub fn set_still(&mut self, still: bool) {
        self.still = still;
    }

    /// Takes the next event of the feed.
    pub fn push(&mut self, event: Event) {
        let is_past = event.seq <= self.past;
        self.log.push(event);
        if is_past {
            self.move_to(self.log.end());
            return;
        }
        if self.place < self.log.first_place() {
            let first = self.log.entry(self.log.first_place()).map_or(self.time, |entry| entry.show);
            self.move_to(first);
        }
    }

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

    /// Returns the time on the show clock, in milliseconds.
    pub fn time(&self) -> f64 {
        self.time
    }

    /// Returns how many events of the log have happened on the screen.
    pub fn place(&self) -> u64 {
        self.place
    }

    /// Returns the picture at the cursor.
    pub fn picture(&self) -> &Picture {
        &self.picture
    }

    /// Returns the mode at the cursor.
    pub fn mode(&self) -> Mode {
        self.picture.view.configuration().1
    }

    /// Returns the mode at the end of the log.
    pub fn live_mode(&self) -> Mode {
        self.log.latest().configuration().1
    }

    /// Returns the number of the first event with a picture that a request caused; `None` when the log has none.
    pub fn begin_of(&self, trace: &TraceId) -> Option<u64> {
        self.log.trace(trace).iter().find_map(|place| self.log.entry(*place)).map(|entry| entry.stops)
    }

    /// Returns how often this page has joined a feed anew.
    pub fn joins(&self) -> u64 {
        self.joins
    }

    /// Returns the log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Returns what the controls show.
    pub fn status(&self) -> Status {
        Status {
            playing: self.playing,
            stop: self.log.stops_until(self.place),
            stops: self.log.stops(),
            gone: self.log.stops_gone(),
            speed: self.speed,
            slowdown: self.slowdown(),
            minutes_left: self.minutes_left(),
            saved: self.saved,
        }
    }

    /// Returns how many times slower than the truth the show is; `None` when nothing was measured yet.
    pub fn slowdown(&self) -> Option<f64> {
        match self.speed {
            Speed::Watchable => self.log.slowdown(),
            Speed::Real(scale) => Some(f64::from(scale)),
        }
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

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and no years")]
    fn minutes_left(&self) -> u64 {
        (self.speed.rest(&self.log, self.time) / 60_000.0).ceil() as u64
    }

    /// Returns the latest event with a picture before the cursor, and its place.
    pub fn current(&self) -> Option<(u64, &Entry)> {
        self.log.stop(self.log.stops_until(self.place))
    }

    /// Returns where the cursor is within the request that the current event belongs to.
    #[allow(clippy::cast_precision_loss, reason = "a request lasts no years")]
    pub fn within(&self) -> Option<Within> {
        let (place, entry) = self.current()?;
        let places = self.log.trace(entry.event.trace.as_ref()?);
        let at = |place: &u64| self.log.entry(*place).map(|entry| entry.event.at);
        let (first, last) = (at(places.first()?)?, at(places.last()?)?);
        let number = places.partition_point(|other| *other <= place);
        let millis = |span: Micros| span.0 as f64 / 1_000.0;
        Some(Within {
            number,
            count: places.len(),
            elapsed: millis(entry.event.at - first),
            total: millis(last - first),
        })
    }

    /// Returns the message that an event is about, as it was sent; `None` when it is about none that is known.
    pub fn letter<'a>(&'a self, event: &'a Event) -> Option<Letter<'a>> {
        use EventKind::{Ignored, Lost, Received, Sent};
        let (Sent { message, .. } | Received { message } | Lost { message, .. } | Ignored { message, .. }) =
            &event.kind
        else {
            return None;
        };
        let passage = self.log.passage(*message)?;
        let sent = self.log.entry(passage.sent)?;
        let Sent { to, parcel, .. } = &sent.event.kind else { return None };
        Some(Letter { from: sent.event.node, to: *to, parcel, crown: passage.crown })
    }

    /// Returns what a message carried, its send event and its passage.
    pub fn message(&self, id: MessageId) -> Option<(&Event, &Parcel, &Passage)> {
        let passage = self.log.passage(id)?;
        let event = &self.log.entry(passage.sent)?.event;
        let EventKind::Sent { parcel, .. } = &event.kind else { return None };
        Some((event, parcel, passage))
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

    fn move_to(&mut self, time: f64) {
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

#[cfg(test)]
mod tests;
