//! Functions that are alike stand side by side: gzip looks back 32 KiB only, and what it finds there costs it nothing.
//!
//! Likeness is counted in runs of bytes that several functions have. One function after the other is placed, each
//! time the one of which the largest part was seen lately: the page's two programs are a twentieth smaller for it.
//! Measured beside it and no better: recursive halving as linkers do it, moving single functions afterwards, counting
//! what gzip would need for each.

use std::cmp::Reverse;

use anyhow::Result;

use super::functions::{Functions, Plan, rewritten};

/// The lengths of runs: shorter ones are everywhere, longer ones miss too much, and of both together more is seen.
const LENGTHS: [usize; 2] = [5, 8];
/// A run that more functions have is never far away, and takes long to count.
const COMMON: usize = 60;
/// How many bytes back counts as lately: less than gzip's window, because the function itself must fit in too.
const WINDOW: usize = 24_000;
/// Added to a function's number of runs, so that a tiny one does not go before a large one for a run or two.
const TINY: u64 = 40;

/// Writes a program in that order.
pub fn side_by_side(program: &[u8]) -> Result<Vec<u8>> {
    let functions = Functions::of(program)?;
    let bodies: Vec<_> = functions.bodies.iter().map(wasmparser::FunctionBody::as_bytes).collect();
    let stands = (0..bodies.len()).collect();
    rewritten(program, &Plan { order: order(&bodies), stands })
}

fn order(bodies: &[&[u8]]) -> Vec<usize> {
    let mut row = Row::new(bodies);
    let mut next = (0..bodies.len()).max_by_key(|&body| (bodies[body].len(), Reverse(body)));
    while let Some(body) = next {
        row.place(body, bodies);
        next = row.most_alike();
    }
    row.placed
}

/// Which functions have which runs.
struct Runs {
    /// For each function its runs.
    of: Vec<Vec<usize>>,
    /// For each run the functions that have it.
    holders: Vec<Vec<usize>>,
    /// What each run counts: the fewer have it, the more.
    weights: Vec<u64>,
}

impl Runs {
    fn of(bodies: &[&[u8]]) -> Runs {
        let mut all = Vec::new();
        for (index, body) in bodies.iter().enumerate() {
            for length in LENGTHS {
                all.extend(body.windows(length).map(|run| ((length, number(run)), index)));
            }
        }
        all.sort_unstable();
        all.dedup();
        let mut runs = Runs { of: vec![Vec::new(); bodies.len()], holders: Vec::new(), weights: Vec::new() };
        for same in all.chunk_by(|one, other| one.0 == other.0) {
            if (2..=COMMON).contains(&same.len()) {
                runs.add(same.iter().map(|&(_, index)| index).collect());
            }
        }
        runs
    }

    fn add(&mut self, holders: Vec<usize>) {
        for &holder in &holders {
            self.of[holder].push(self.holders.len());
        }
        self.weights.push(60 / u64::from((holders.len() + 1).ilog2()));
        self.holders.push(holders);
    }
}

fn number(run: &[u8]) -> u64 {
    run.iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// The functions in their new order, as far as it goes, and what the rest has in common with the last of them.
struct Row {
    runs: Runs,
    placed: Vec<usize>,
    left: Vec<bool>,
    /// How many of the placed functions are out of sight, and how many bytes those in sight have.
    passed: usize,
    in_sight: usize,
    /// How many of the functions in sight have each run.
    seen: Vec<u32>,
    /// The weight of those runs of each function that are in sight.
    alike: Vec<u64>,
}

impl Row {
    fn new(bodies: &[&[u8]]) -> Row {
        let runs = Runs::of(bodies);
        let seen = vec![0; runs.holders.len()];
        let (left, alike) = (vec![true; bodies.len()], vec![0; bodies.len()]);
        Row { runs, placed: Vec::new(), left, passed: 0, in_sight: 0, seen, alike }
    }

    fn place(&mut self, body: usize, bodies: &[&[u8]]) {
        self.left[body] = false;
        self.placed.push(body);
        self.in_sight += bodies[body].len();
        for &run in &self.runs.of[body] {
            self.seen[run] += 1;
            if self.seen[run] == 1 {
                for &holder in &self.runs.holders[run] {
                    self.alike[holder] += self.runs.weights[run];
                }
            }
        }
        while self.in_sight > WINDOW && self.placed.len() - self.passed > 1 {
            let passed = self.placed[self.passed];
            self.passed += 1;
            self.in_sight -= bodies[passed].len();
            self.forget(passed);
        }
    }

    fn forget(&mut self, body: usize) {
        for &run in &self.runs.of[body] {
            self.seen[run] -= 1;
            if self.seen[run] == 0 {
                for &holder in &self.runs.holders[run] {
                    self.alike[holder] -= self.runs.weights[run];
                }
            }
        }
    }

    /// Returns the one of which the largest part is in sight, the first of several.
    fn most_alike(&self) -> Option<usize> {
        let part = |body: usize| (self.alike[body] << 20) / (self.runs.of[body].len() as u64 + TINY);
        (0..self.left.len()).filter(|&body| self.left[body]).max_by_key(|&body| (part(body), Reverse(body)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike_stands_together() {
        let long: Vec<u8> = (0..200).collect();
        let other: Vec<u8> = (0..150).rev().collect();
        let bodies = [&long[..], &other[..], &long[20..], &other[30..], &[1, 2, 3], &long[60..]];
        let order = order(&bodies);
        assert_eq!(order, [0, 2, 5, 1, 3, 4]);
    }

    #[test]
    fn what_is_out_of_sight_no_longer_counts() {
        let (one, two): (Vec<u8>, Vec<u8>) = ((0..100).collect(), (100..200).collect());
        let far = vec![250; WINDOW];
        let bodies = [&one[..], &two[..], &far[..]];
        let mut row = Row::new(&[&one, &one, &two, &two, &far]);
        let bodies = [bodies[0], bodies[0], bodies[1], bodies[1], bodies[2]];
        row.place(0, &bodies);
        assert_eq!(row.most_alike(), Some(1));
        row.place(2, &bodies);
        row.place(4, &bodies);
        assert!(row.alike.iter().all(|&alike| alike == 0), "{:?}", row.alike);
    }
}
