//! How far a collector has come with one replica: what it has heard and missed, and when it calls again.
//!
//! Used by [`super::Collector`]. An event that cannot be read is never passed over in silence: the replica is asked for all
//! that it holds, and what it answers ([`EventKind::Joined`]) says how many events are missing before it.

use std::time::Duration;

use shared::api::EventsFrame;
use shared::event::{Event, EventKind};
use shared::id::{Node, ReplicaId};
use shared::json;
use shared::time::Micros;
use shared::view::Scene;

use super::frames::Frame;

/// The pause before a replica is called again: at first, at most when it cannot be reached, and at most when it answers what
/// is of no use.
pub const PAUSE: Duration = Duration::from_millis(20);
const PAUSE_AT_MOST: Duration = Duration::from_secs(1);
const LONG_PAUSE_AT_MOST: Duration = Duration::from_secs(8);

/// How a call of a replica ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It did not answer.
    Unreached,
    /// Its stream was followed to the end.
    Ended,
    /// It answered what this gateway cannot use: the next call will most likely be answered so, too.
    Useless,
}

/// How long to wait for the next call: longer each time that one comes to nothing.
#[derive(Debug)]
pub struct Pause(Duration);

impl Default for Pause {
    fn default() -> Pause {
        Pause(PAUSE)
    }
}

impl Pause {
    /// Returns how long to wait after a call.
    pub fn after(&mut self, ending: Ending) -> Duration {
        self.0 = match ending {
            Ending::Unreached => (self.0 * 2).min(PAUSE_AT_MOST),
            Ending::Ended => PAUSE,
            Ending::Useless => (self.0 * 2).min(LONG_PAUSE_AT_MOST),
        };
        self.0
    }
}

/// How far a collector has come.
#[derive(Debug, Default)]
pub struct Place {
    /// What was heard last.
    heard: Option<Position>,
    /// Whether an event behind that could not be read.
    has_hole: bool,
    /// By how much the replica started later than the gateway, in microseconds.
    shift: i64,
}

/// An event of one run of a replica.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Position {
    run: String,
    seq: u64,
}

impl Position {
    /// Reads a frame's id.
    fn of(frame: &Frame) -> Option<Position> {
        let (run, seq) = frame.id.rsplit_once('-')?;
        Some(Position { run: run.to_owned(), seq: seq.parse().ok()? })
    }
}

impl Place {
    /// Returns what to ask a replica for: the query, and what has been heard, when it shall go on from there. `started` is
    /// when this gateway started.
    pub fn wish(&self, started: u64) -> (String, Option<String>) {
        if self.has_hole {
            // It is never younger than that, so it says all that it holds.
            return (format!("since={}", u64::MAX), None);
        }
        let heard = self.heard.as_ref().map(|Position { run, seq }| format!("{run}-{seq}"));
        (format!("since={started}"), heard)
    }

    /// Takes the beginning of a stream.
    ///
    /// # Errors
    /// When it cannot be read: what is wrong.
    pub fn begin(&mut self, frame: &Frame, started: u64) -> Result<(), String> {
        let scene: Scene = serde_json::from_str(&frame.data).map_err(|error| error.to_string())?;
        self.shift = shift(scene.started, started);
        Ok(())
    }

    /// Takes note that events are left out behind the one that the frame names.
    pub fn skip(&mut self, frame: &Frame) {
        self.heard = Position::of(frame).or(self.heard.take());
    }

    /// Takes a frame of events; returns those of replica `id` up to the first that cannot be read, on the gateway's clock.
    ///
    /// # Errors
    /// When one cannot be read: what is wrong with it.
    pub fn take(&mut self, id: ReplicaId, frame: &Frame) -> (Vec<Event>, Result<(), String>) {
        let mut events = Vec::new();
        let read = self.read(frame, &mut events);
        // A replica speaks for itself alone.
        events.retain(|event| event.node == Node::Replica(id));
        (events, read)
    }

    fn read(&mut self, frame: &Frame, events: &mut Vec<Event>) -> Result<(), String> {
        let last = Position::of(frame).ok_or("an event without a number")?;
        let (read, unread) = match serde_json::from_str(&frame.data) {
            Ok(EventsFrame(all)) => (all, None),
            Err(_) => readable(&frame.data),
        };
        for mut event in read {
            self.put_on_time(&mut event);
            self.join(&mut event, &last);
            events.push(event);
        }
        if let Some(Unread { why, left }) = unread {
            return Err(self.stop(&last, last.seq.saturating_sub(left), why));
        }
        self.heard = Some(last);
        Ok(())
    }

    /// Takes note that what comes behind event `seq` of a run cannot be read.
    fn stop(&mut self, last: &Position, seq: u64, why: String) -> String {
        // What was missed before it is still missed.
        if !self.has_hole || self.heard.as_ref().is_none_or(|heard| heard.run != last.run) {
            self.heard = Some(Position { seq, ..last.clone() });
        }
        self.has_hole = true;
        why
    }

    fn put_on_time(&self, event: &mut Event) {
        let on_time = |at: Micros| Micros(at.0.saturating_add_signed(self.shift));
        event.at = on_time(event.at);
        if let EventKind::Joined { held, .. } = &mut event.kind {
            for (_, flight) in held.iter_mut() {
                flight.at = on_time(flight.at);
            }
        }
    }

    /// Says in a replica's account of itself how much was missed before it.
    fn join(&mut self, event: &mut Event, last: &Position) {
        if let EventKind::Joined { missed, .. } = &mut event.kind {
            let heard = self.heard.as_ref().filter(|heard| heard.run == last.run);
            *missed = heard.map(|heard| last.seq.saturating_sub(heard.seq)).filter(|count| *count > 0);
            self.has_hole = false;
        }
    }
}

/// What of a frame cannot be read.
struct Unread {
    /// What is wrong with the first such event.
    why: String,
    /// How many events there are from that one on.
    left: u64,
}

/// Reads the events of a frame one by one, up to the first that cannot be read.
fn readable(frame: &str) -> (Vec<Event>, Option<Unread>) {
    let mut events = Vec::new();
    let items = match json::items(frame) {
        Ok(items) => items,
        Err(error) => return (events, Some(Unread { why: error.found, left: 1 })),
    };
    for (index, item) in items.iter().enumerate() {
        match serde_json::from_str(item) {
            Ok(event) => events.push(event),
            Err(error) => {
                let left = (items.len() - index) as u64;
                return (events, Some(Unread { why: error.to_string(), left }));
            }
        }
    }
    (events, None)
}

/// Returns by how much `theirs` is later than `ours`, both in seconds, in microseconds.
fn shift(theirs: u64, ours: u64) -> i64 {
    let later = i128::from(theirs) - i128::from(ours);
    i64::try_from(later * 1_000_000).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_replicas_are_put_on_the_gateways_clock() {
        let at = |started| 5_000_000_u64.saturating_add_signed(shift(started, 100));
        assert_eq!([at(100), at(103), at(98), at(1)], [5_000_000, 8_000_000, 3_000_000, 0]);
    }

    #[test]
    fn a_replica_of_no_use_is_called_ever_less_often() {
        let mut pause = Pause::default();
        let millis = |pause: &mut Pause, ending| pause.after(ending).as_millis();
        let waits = [0; 11].map(|_| millis(&mut pause, Ending::Useless));
        assert_eq!(waits, [40, 80, 160, 320, 640, 1_280, 2_560, 5_120, 8_000, 8_000, 8_000]);
        assert_eq!(millis(&mut pause, Ending::Unreached), 1_000);
        assert_eq!([millis(&mut pause, Ending::Ended), millis(&mut pause, Ending::Unreached)], [20, 40]);
    }
}
