//! What is wrong with a text that should be a run, in words.

use crate::lang::{fill, kept};

/// Something that a run was read in spite of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// There is no header: what was before the first event is not known.
    NoHeader,
    /// This line is the header, and it is damaged.
    BadHeader {
        /// Its number, from 1.
        line: usize,
        /// What was found.
        reason: String,
    },
    /// This line is not an event.
    BadLine {
        /// Its number, from 1.
        line: usize,
        /// What was found.
        reason: String,
    },
    /// The last line ends in the middle of an event.
    CutShort {
        /// Its number, from 1.
        line: usize,
    },
    /// So many further lines are not events.
    MoreBadLines(usize),
    /// Events are missing between these two.
    Missing {
        /// How many.
        count: u64,
        /// The last one before the hole.
        after: u64,
        /// The first one behind it.
        before: u64,
    },
    /// So many events are missing in further holes.
    MoreMissing {
        /// How many events.
        count: u64,
        /// In how many holes.
        holes: usize,
    },
    /// So many events stood in the wrong place.
    Unordered(usize),
    /// So many events were there already.
    Doubled(usize),
}

impl Remark {
    /// Returns the sentence.
    pub fn words(&self) -> String {
        match self {
            Remark::NoHeader => fill("The run has no header: the state before its first event is unknown.", &[]),
            Remark::BadHeader { line, reason } => fill(
                "Line {line} is a damaged header ({reason}): the state before the first event is unknown.",
                &[("line", &line.to_string()), ("reason", reason)],
            ),
            Remark::BadLine { line, reason } => {
                fill("Line {line} is not an event: {reason}.", &[("line", &line.to_string()), ("reason", reason)])
            }
            Remark::CutShort { line } => fill("The last line ({line}) is cut short.", &[("line", &line.to_string())]),
            Remark::MoreBadLines(count) => count_in("{count} further lines are not events.", *count),
            Remark::Missing { count, after, before } => fill(
                "{count} missing between event {after} and event {before}.",
                &[("count", &count.to_string()), ("after", &after.to_string()), ("before", &before.to_string())],
            ),
            Remark::MoreMissing { count, holes } => fill(
                "{count} more missing in {holes} further places.",
                &[("count", &count.to_string()), ("holes", &holes.to_string())],
            ),
            Remark::Unordered(count) => count_in("Out of order, sorted: {count}.", *count),
            Remark::Doubled(count) => count_in("Duplicates, ignored: {count}.", *count),
        }
    }
}

fn count_in(sentence: &'static str, count: usize) -> String {
    fill(sentence, &[("count", &count.to_string())])
}

/// Why a text is not read as a run at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// There is nothing in it.
    Empty,
    /// It is longer than [`super::SIZE_LIMIT`].
    TooLarge,
    /// It has more lines than [`super::LINE_LIMIT`].
    TooManyLines,
    /// It is of a later version of the format.
    Newer(u64),
    /// No line is an event.
    NotARun {
        /// The first line with anything on it, from 1.
        line: usize,
        /// What was found there.
        reason: String,
    },
}

impl Unusable {
    /// Returns the sentence, to be kept.
    pub fn words(&self) -> String {
        match self {
            Unusable::Empty => kept("This is not a run: there is nothing in it.", &[]),
            Unusable::TooLarge => kept("This is too long to be opened: a run has 64 MB at most.", &[]),
            Unusable::TooManyLines => kept("This is too long to be opened: a run has 100,000 lines at most.", &[]),
            Unusable::Newer(version) => kept(
                "This run is from a newer Baton (format version {version}): open it with that one.",
                &[("version", &version.to_string())],
            ),
            Unusable::NotARun { line, reason } => kept(
                "This is not a run: a header or an event is expected on line {line}, not this: {reason}.",
                &[("line", &line.to_string()), ("reason", reason)],
            ),
        }
    }
}
