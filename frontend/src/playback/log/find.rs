//! Finds places of the log: by time, by number, by what stands out there.

use shared::time::Micros;

use super::{Entry, Log};
use crate::playback::mark::{Jump, Mark};
use crate::playback::speed::Stretch;

impl Log {
    /// Returns the number of events shown at or before `time`, as a place.
    pub fn place_at(&self, time: f64) -> u64 {
        self.first + self.entries.partition_point(|entry| entry.show <= time) as u64
    }

    /// Returns the place behind the event with the number `seq`, or behind the last one before it.
    pub fn place_of(&self, seq: u64) -> u64 {
        self.first + self.entries.partition_point(|entry| entry.event.seq <= seq) as u64
    }

    /// Returns the stretch between the moments of the show around `time`; `None` before the first and behind the last.
    pub fn stretch(&self, time: f64) -> Option<Stretch> {
        let behind = self.entries.partition_point(|entry| entry.show <= time);
        let next = self.entries.get(behind)?;
        let from = self.entries.get(behind.checked_sub(1)?)?.show;
        // What has no picture lies at one moment with the event before it, which has one.
        let first = self.entries.get(self.entries.partition_point(|entry| entry.show < from))?;
        Some(Stretch { from, to: next.show, real: next.real - first.real })
    }

    /// Returns the real time from `place` to the end, and how many silences are in it.
    pub fn real_rest(&self, place: u64) -> (Micros, f64) {
        let Some(last) = self.entries.back() else { return (Micros(0), 0.0) };
        let here = place.checked_sub(1).and_then(|place| self.entry(place));
        let passed = here.map(|entry| entry.passed).unwrap_or_default();
        (last.passed.busy - passed.busy, f64::from(last.passed.silences - passed.silences))
    }

    /// Returns what stands out, with the number of its event among those with a picture, the earliest first.
    pub fn marks(&self) -> impl DoubleEndedIterator<Item = (u64, Mark)> {
        self.marks.iter().copied()
    }

    /// Returns what the event with this number among those with a picture stands out as.
    pub fn marks_at(&self, stop: u64) -> impl Iterator<Item = Mark> {
        let first = self.marks.partition_point(|(at, _)| *at < stop);
        self.marks.range(first..).take_while(move |(at, _)| *at == stop).map(|(_, mark)| *mark)
    }

    /// Returns the number of the next event behind `stop`, or before it, at which such a jump stops.
    pub fn jump(&self, jump: Jump, forward: bool, stop: u64) -> Option<u64> {
        let of_kind = |(_, mark): &&(u64, Mark)| jump.stops_at(*mark);
        let found = if forward {
            self.marks.range(self.marks.partition_point(|(at, _)| *at <= stop)..).find(of_kind)
        } else {
            self.marks.range(..self.marks.partition_point(|(at, _)| *at < stop)).rev().find(of_kind)
        };
        found.map(|(at, _)| *at)
    }

    /// Returns the number of events with a picture, from the snapshot on.
    pub fn stops(&self) -> u64 {
        self.entries.back().map_or(self.stops_before, |entry| entry.stops)
    }

    /// Returns how many of them lie before `place`.
    pub fn stops_until(&self, place: u64) -> u64 {
        place.checked_sub(1).and_then(|last| self.entry(last)).map_or(self.stops_before, |entry| entry.stops)
    }

    /// Returns how many of them are no longer kept.
    pub fn stops_gone(&self) -> u64 {
        self.stops_before
    }

    /// Returns the entry that is the stop with this number, from 1, and its place.
    pub fn stop(&self, number: u64) -> Option<(u64, &Entry)> {
        let index = self.entries.partition_point(|entry| entry.stops < number);
        self.entries.get(index).filter(|entry| entry.stops == number).map(|entry| (self.first + index as u64, entry))
    }

    /// Returns the places of lines of the step log: up to `before` of those before `place`, up to `after` from it on.
    pub fn lines_around(&self, place: u64, before: usize, after: usize) -> Vec<u64> {
        let here = self.lines.partition_point(|line| *line < place);
        let range = here.saturating_sub(before)..(here + after).min(self.lines.len());
        self.lines.range(range).copied().collect()
    }
}
