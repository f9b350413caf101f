//! What the controls show of the playback: where the cursor is, and what is looked at.

use shared::time::Micros;

use super::Playback;
use super::speed::Speed;

/// More events with a picture than this are too many to wait for.
const FAR: u64 = 300;

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
    /// Whether a gate is closed.
    pub gated: Gated,
}

/// Whether messages wait at a gate until somebody lets them go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gated {
    /// At the cursor.
    pub here: bool,
    /// At the end of the log.
    pub now: bool,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Footing {
    /// All that has happened; what comes next is shown at once.
    Live,
    /// All that was heard, of a server that is not heard now; the playback knows of none, [`Footing::heard`] does.
    Cut,
    /// Time runs, behind what has happened.
    Slowed,
    /// Time stands still.
    Paused,
    /// Messages wait until somebody lets them go by hand, whether time runs here or not.
    Gated,
    /// A run that was saved: no cluster is behind it.
    Saved,
}

impl Footing {
    /// Returns the name that style sheets and tests use.
    pub fn as_str(self) -> &'static str {
        match self {
            Footing::Live => "live",
            Footing::Cut => "cut",
            Footing::Slowed => "slowed",
            Footing::Paused => "paused",
            Footing::Gated => "gated",
            Footing::Saved => "saved",
        }
    }

    /// Returns what is looked at when the server is heard, or not: then nothing is live.
    #[must_use]
    pub fn heard(self, heard: bool) -> Footing {
        if self == Footing::Live && !heard { Footing::Cut } else { self }
    }
}

impl Status {
    /// Returns what is looked at.
    pub fn footing(&self) -> Footing {
        match (self.saved, self.playing, self.behind()) {
            (true, ..) => Footing::Saved,
            _ if self.gated.here => Footing::Gated,
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

impl Playback {
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
            gated: Gated {
                here: self.picture.view.gated().next().is_some(),
                now: self.log.latest().gated().next().is_some(),
            },
        }
    }

    /// Returns how many times slower than the truth the show is; `None` when nothing was measured yet.
    pub fn slowdown(&self) -> Option<f64> {
        match self.speed {
            Speed::Watchable => self.log.slowdown(),
            Speed::Real(scale) => Some(f64::from(scale)),
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and no years")]
    fn minutes_left(&self) -> u64 {
        (self.speed.rest(&self.log, self.time) / 60_000.0).ceil() as u64
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
}
