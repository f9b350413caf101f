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
mod moves;
pub mod pills;
pub mod speed;
mod status;
pub mod uncommitted;

use shared::config::Mode;
use shared::event::{Event, EventKind};
use shared::id::{MessageId, NoteId, TraceId};
use shared::message::Parcel;
use shared::view::ClusterView;

pub use log::{Entry, LIMIT, Log, Passage, Picture, message_of};
pub use moves::{Action, ease};
pub use status::{Footing, Status, Within};

use self::moves::Glide;
use self::speed::Speed;
use crate::search::{Found, Matcher};
use crate::words::Letter;

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
    found: Option<Found>,
    searches: u64,
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
            found: None,
            searches: 0,
        }
    }

    /// Starts again at a snapshot, keeping the speed that was chosen. Events up to number `past` have happened already:
    /// the cursor begins behind them.
    pub fn reset(&mut self, view: ClusterView, past: u64) {
        let (found, fresh) = (self.found.take(), Playback::new(view));
        *self = Playback {
            speed: self.speed,
            still: self.still,
            joins: self.joins + 1,
            past,
            found: found.map(|found| found.anew(&fresh.log)),
            searches: self.searches,
            ..fresh
        };
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
        self.push_all(vec![event]);
    }

    /// Takes the next events of the feed, in their order. The cursor moves once for all that have happened already.
    pub fn push_all(&mut self, mut events: Vec<Event>) {
        let new = events.split_off(events.partition_point(|event| event.seq <= self.past));
        if !events.is_empty() {
            self.log.extend(events);
            self.move_to(self.log.end());
        }
        self.log.extend(new);
        if let Some(found) = &mut self.found {
            found.extend(&self.log);
        }
        // What comes while the last reply lands on the screen may have its place before that.
        if self.playing && self.glide.is_none() && self.log.place_at(self.time) > self.place {
            self.move_to(self.time);
        }
        if self.place < self.log.first_place() {
            let first = self.log.entry(self.log.first_place()).map_or(self.time, |entry| entry.show);
            self.move_to(first);
        }
    }

    /// Looks for the events that meet a query, from now on also among those that come; `None` ends the search.
    pub fn search(&mut self, matcher: Option<Matcher>) {
        self.found = matcher.map(|matcher| Found::new(matcher, &self.log));
        self.searches += 1;
    }

    /// Returns what was found; `None` while nothing is searched for.
    pub fn found(&self) -> Option<&Found> {
        self.found.as_ref()
    }

    /// Returns a number that changes when something else is found.
    pub fn findings(&self) -> (u64, usize) {
        (self.searches + self.joins, self.found.as_ref().map_or(0, Found::len))
    }

    /// Whether the event at `place` meets what is searched for; when nothing is, every event does.
    pub fn meets(&self, place: u64) -> bool {
        self.found.as_ref().is_none_or(|found| found.has(place))
    }

    /// Whether time runs.
    pub fn is_playing(&self) -> bool {
        self.playing
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

    /// Returns the latest event with a picture before the cursor, and its place.
    pub fn current(&self) -> Option<(u64, &Entry)> {
        self.log.stop(self.log.stops_until(self.place))
    }

    /// Returns the note that the current event is about, or else its request.
    pub fn note_at_hand(&self) -> Option<NoteId> {
        let (_, entry) = self.current()?;
        let of_request = || {
            let places = self.log.trace(entry.event.trace.as_ref()?);
            places.iter().find_map(|place| self.log.entry(*place)?.note)
        };
        entry.note.or_else(of_request)
    }

    /// Returns the message that an event is about, as it was sent; `None` when it is about none that is known.
    pub fn letter<'a>(&'a self, event: &'a Event) -> Option<Letter<'a>> {
        self.log.letter(event)
    }

    /// Returns what a message carried, its send event and its passage.
    pub fn message(&self, id: MessageId) -> Option<(&Event, &Parcel, &Passage)> {
        let passage = self.log.passage(id)?;
        let event = &self.log.entry(passage.sent)?.event;
        let EventKind::Sent { parcel, .. } = &event.kind else { return None };
        Some((event, parcel, passage))
    }
}

#[cfg(test)]
mod tests;
