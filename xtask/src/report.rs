//! What the person who waits is told: numbered steps, durations, a summary.

use std::time::{Duration, Instant};

/// The steps of one command, announced as they start.
pub struct Steps {
    done: usize,
    /// `None`: the steps are not numbered, and one with nothing to do is not mentioned.
    total: Option<usize>,
    started: Instant,
}

impl Steps {
    /// Starts a count of `total` steps.
    pub fn new(total: usize) -> Steps {
        Steps { done: 0, total: Some(total), started: Instant::now() }
    }

    /// Steps inside another step: only work is mentioned.
    pub fn inner() -> Steps {
        Steps { done: 0, total: None, started: Instant::now() }
    }

    /// Announces the next step, in one line.
    pub fn next(&mut self, line: &str) {
        self.done += 1;
        self.started = Instant::now();
        match self.total {
            Some(total) => println!("[{}/{total}] {line}", self.done),
            None => println!("      {line}"),
        }
    }

    /// Passes over the next step, because it is done already.
    pub fn skip(&mut self, line: &str) {
        if self.total.is_some() {
            self.next(line);
        }
    }

    /// Says how long the step took, when it was long enough to wonder.
    pub fn took(&self) {
        let elapsed = self.started.elapsed();
        if elapsed >= Duration::from_secs(2) {
            println!("      done in {}", duration(elapsed));
        }
    }
}

/// Writes a duration as a person says it: `0.4 s`, `12 s`, `2 min 5 s`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 60, seconds % 60) {
        (0, 0..10) => format!("{:.1} s", duration.as_secs_f32()),
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

/// Returns a table of step, time and result, one line each.
pub fn table(rows: &[(String, Duration, &str)]) -> String {
    let width = rows.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or(0).max(5);
    let line = |name: &str, time: &str, result: &str| format!("{name:width$}  {time:>11}  {result}");
    let head = line("step", "time", "result");
    let rows = rows.iter().map(|(name, time, result)| line(name, &duration(*time), result));
    std::iter::once(head).chain(rows).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_tables_read_well() {
        assert_eq!(duration(Duration::from_millis(420)), "0.4 s");
        assert_eq!(duration(Duration::from_secs(42)), "42 s");
        assert_eq!(duration(Duration::from_secs(125)), "2 min 5 s");
        let rows = [("fmt".to_owned(), Duration::from_secs(1), "ok"), ("clippy".to_owned(), Duration::ZERO, "FAILED")];
        assert_eq!(table(&rows), "step           time  result\nfmt           1.0 s  ok\nclippy        0.0 s  FAILED");
    }
}
