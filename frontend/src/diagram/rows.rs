//! Which events have a row, and which row an event has: found in the log, not kept beside it.

use crate::playback::{Entry, Log};

/// The rows of a diagram.
#[derive(Clone, Debug, PartialEq)]
pub enum Rows {
    /// The events with a picture.
    Pictured,
    /// All that are kept.
    All,
    /// These places, in order.
    These(Vec<u64>),
}

impl Rows {
    /// Returns how many rows there are.
    pub fn count(&self, log: &Log) -> u64 {
        match self {
            Rows::Pictured => log.stops() - log.stops_gone(),
            Rows::All => log.end_place() - log.first_place(),
            Rows::These(places) => places.len() as u64,
        }
    }

    /// Returns how many rows were let go with the oldest events.
    pub fn gone(&self, log: &Log) -> u64 {
        match self {
            Rows::Pictured => log.stops_gone(),
            Rows::All => log.first_place(),
            Rows::These(_) => 0,
        }
    }

    /// Returns the number of rows before `place`.
    pub fn before(&self, log: &Log, place: u64) -> u64 {
        let place = place.min(log.end_place());
        match self {
            Rows::Pictured => log.stops_until(place).saturating_sub(log.stops_gone()),
            Rows::All => place.saturating_sub(log.first_place()),
            Rows::These(places) => places.partition_point(|other| *other < place) as u64,
        }
    }

    /// Returns the row of the event at `place`; `None` when it has none.
    pub fn of(&self, log: &Log, place: u64) -> Option<u64> {
        let entry = log.entry(place)?;
        match self {
            Rows::Pictured if !entry.is_stop => None,
            Rows::These(places) if places.binary_search(&place).is_err() => None,
            Rows::Pictured | Rows::All | Rows::These(_) => Some(self.before(log, place)),
        }
    }

    /// Returns the event of a row, counted from 0.
    pub fn event<'a>(&self, log: &'a Log, row: u64) -> Option<(u64, &'a Entry)> {
        match self {
            Rows::Pictured => log.stop(log.stops_gone() + row + 1),
            Rows::All => {
                let place = log.first_place() + row;
                log.entry(place).map(|entry| (place, entry))
            }
            Rows::These(places) => {
                let place = *places.get(usize::try_from(row).ok()?)?;
                log.entry(place).map(|entry| (place, entry))
            }
        }
    }
}
