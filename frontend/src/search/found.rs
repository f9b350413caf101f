//! What was found: the events that meet a query, in order, as far as the log goes.

use std::fmt;
use std::sync::Arc;

use crate::playback::{Entry, Log};

type Meets = dyn Fn(&Log, &Entry) -> bool + Send + Sync;

/// Says whether an event of a log meets a query; what comes after the event changes nothing.
#[derive(Clone)]
pub struct Matcher(Arc<Meets>);

impl Matcher {
    /// Makes one of a function.
    pub fn new(meets: impl Fn(&Log, &Entry) -> bool + Send + Sync + 'static) -> Matcher {
        Matcher(Arc::new(meets))
    }
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Matcher")
    }
}

/// The events that meet a query.
#[derive(Clone, Debug)]
pub struct Found {
    matcher: Matcher,
    places: Vec<u64>,
    stops: Vec<(u64, u64)>,
    end: u64,
}

impl Found {
    /// Looks through a log.
    pub fn new(matcher: Matcher, log: &Log) -> Found {
        let mut found = Found { matcher, places: Vec::new(), stops: Vec::new(), end: 0 };
        found.extend(log);
        found
    }

    /// Looks for the same in another log.
    #[must_use]
    pub fn anew(&self, log: &Log) -> Found {
        Found::new(self.matcher.clone(), log)
    }

    /// Looks at what has come since, and forgets what was let go.
    pub fn extend(&mut self, log: &Log) {
        for (place, entry) in log.entries_from(self.end) {
            if (self.matcher.0)(log, entry) {
                self.places.push(place);
                if entry.is_stop {
                    self.stops.push((entry.stops, place));
                }
            }
        }
        self.end = log.end_place();
        if self.places.first().is_some_and(|place| *place < log.first_place()) {
            self.places.retain(|place| *place >= log.first_place());
            self.stops.retain(|(_, place)| *place >= log.first_place());
        }
    }

    /// Whether the event at `place` meets the query.
    pub fn has(&self, place: u64) -> bool {
        self.places.binary_search(&place).is_ok()
    }

    /// Whether the event with a picture that has this number meets it.
    pub fn has_stop(&self, stop: u64) -> bool {
        self.stops.binary_search_by_key(&stop, |(stop, _)| *stop).is_ok()
    }

    /// Returns how many events with a picture meet it.
    pub fn len(&self) -> usize {
        self.stops.len()
    }

    /// Whether none does.
    pub fn is_empty(&self) -> bool {
        self.stops.is_empty()
    }

    /// Returns the numbers of those with a picture, in order.
    pub fn stops(&self) -> impl Iterator<Item = u64> {
        self.stops.iter().map(|(stop, _)| *stop)
    }

    /// Returns how many of them have these numbers: up to `stop`.
    pub fn until(&self, stop: u64) -> usize {
        self.stops.partition_point(|(other, _)| *other <= stop)
    }

    /// Returns the number of the next one behind `stop`, or of the one before it.
    pub fn beside(&self, stop: u64, forward: bool) -> Option<u64> {
        let at = if forward {
            self.until(stop)
        } else {
            self.stops.partition_point(|(other, _)| *other < stop).checked_sub(1)?
        };
        self.stops.get(at).map(|(stop, _)| *stop)
    }

    /// Returns the number of the last one, or of the first.
    pub fn end_of(&self, last: bool) -> Option<u64> {
        let end = if last { self.stops.last() } else { self.stops.first() };
        end.map(|(stop, _)| *stop)
    }

    /// Returns the places of up to `before` of them before `place` and up to `after` from it on, each with how many
    /// events with a picture are folded away before it; `gone` are no longer kept.
    pub fn around(&self, place: u64, before: usize, after: usize, gone: u64) -> Vec<(u64, u64)> {
        let here = self.stops.partition_point(|(_, other)| *other < place);
        let range = here.saturating_sub(before)..(here + after).min(self.stops.len());
        let one = |index: usize| {
            let last = index.checked_sub(1).and_then(|last| self.stops.get(last));
            let (stop, place) = self.stops.get(index)?;
            Some((*place, stop - last.map_or(gone, |(last, _)| *last) - 1))
        };
        range.filter_map(one).collect()
    }
}
