//! The step log: the lines of the original system, in a file and, with `-v`, on standard output.
//!
//! The feed hands lines to [`StepLines`] and never waits; a thread of the log's own writes what has come, so that neither a
//! slow disk nor a terminal ([`crate::console`]) holds anything up. Which event gives which line is `shared::steplog`;
//! [`file`](self::file) is the file, which is opened anew when an outside program has moved it away.

mod file;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use shared::event::Event;
use shared::steplog;
use tokio::sync::{mpsc, oneshot};

use crate::console;
use crate::run::Clock;
use crate::tally::{Tally, gap};
use file::LogFile;

/// How many lines may wait for the disk before lines are dropped.
const WAITING: usize = 65_536;
/// How many bytes of them.
const WAITING_BYTES: usize = 16 * 1024 * 1024;
/// How many lines are written at a time.
const BATCH: usize = 1_024;

/// Where the feed puts lines.
#[derive(Debug)]
pub struct StepLines {
    queue: mpsc::Sender<Work>,
    state: Arc<State>,
    clock: Clock,
    /// Whether anybody reads them.
    wanted: bool,
}

/// The log; it goes on until it is told to end, or the last [`StepLines`] is gone.
#[derive(Debug)]
pub struct StepLog {
    queue: mpsc::Sender<Work>,
    state: Arc<State>,
    ended: oneshot::Receiver<()>,
}

#[derive(Debug, Default)]
struct State {
    tally: Tally,
    /// Whether the file is to be opened anew.
    reopen: AtomicBool,
}

#[derive(Debug)]
enum Work {
    Line(Line),
    /// Look at the state.
    Look,
    End,
}

#[derive(Debug)]
struct Line {
    /// How many are missing before it.
    missing: u64,
    /// When it happened by the wall clock, in seconds since 1970.
    unix: u64,
    text: String,
}

/// What writes the lines.
struct Writer {
    queue: mpsc::Receiver<Work>,
    state: Arc<State>,
    file: Option<LogFile>,
    /// Whether standard output gets every line too.
    verbose: bool,
    /// Dropped when all is written.
    _ended: oneshot::Sender<()>,
}

/// Opens the log at `path`, if there is to be one, for appending; makes its folder if need be.
///
/// # Errors
/// When that cannot be done.
pub fn open(path: Option<&Path>, clock: Clock, verbose: bool) -> io::Result<(StepLines, StepLog)> {
    let file = path.map(LogFile::open).transpose()?;
    let (queue, receiver) = mpsc::channel(WAITING);
    let (state, (sender, ended)) = (Arc::new(State::default()), oneshot::channel());
    let wanted = file.is_some() || verbose;
    let writer = Writer { queue: receiver, state: Arc::clone(&state), file, verbose, _ended: sender };
    thread::Builder::new().name("step log".to_owned()).spawn(|| writer.run())?;
    let lines = StepLines { queue: queue.clone(), state: Arc::clone(&state), clock, wanted };
    Ok((lines, StepLog { queue, state, ended }))
}

impl StepLines {
    /// Takes the line that `event` gives, if any; drops it when too many wait.
    pub fn take(&self, event: &Event) {
        if !self.wanted {
            return;
        }
        let Some(text) = steplog::line(event) else { return };
        let tally = &self.state.tally;
        let (length, missing) = (text.len(), tally.take_dropped());
        let line = Line { missing, unix: self.clock.wall(event.at), text };
        tally.enter(length, WAITING_BYTES, missing + 1, || self.queue.try_send(Work::Line(line)).is_ok());
    }
}

impl StepLog {
    /// Opens the file anew: whoever keeps old logs has moved it away.
    pub fn reopen(&self) {
        self.state.reopen.store(true, Ordering::Relaxed);
        // When there is no room the writer is awake.
        let _ = self.queue.try_send(Work::Look);
    }

    /// Writes what is left, and ends.
    pub async fn end(self) {
        if self.queue.send(Work::End).await.is_ok() {
            // It is dropped, not used.
            let _ = self.ended.await;
        }
    }
}

impl Writer {
    /// Writes lines as they come, to the end.
    fn run(mut self) {
        let (mut batch, mut open) = (Vec::new(), true);
        while open && self.queue.blocking_recv_many(&mut batch, BATCH) > 0 {
            if self.state.reopen.swap(false, Ordering::Relaxed) {
                self.file.as_mut().into_iter().for_each(LogFile::reopen);
            }
            open = self.put(batch.drain(..));
        }
    }

    /// Writes a batch; returns whether more may come.
    fn put(&mut self, batch: impl Iterator<Item = Work>) -> bool {
        let (mut text, mut bytes, mut open) = (String::new(), 0, true);
        for work in batch {
            match work {
                Work::Line(line) => {
                    bytes += line.text.len();
                    let shown = line.shown();
                    text.push_str(&shown);
                    if self.verbose {
                        console::say(shown);
                    }
                }
                Work::Look => {}
                Work::End => open = false,
            }
        }
        if let (Some(file), false) = (&mut self.file, text.is_empty()) {
            file.write(&text);
        }
        self.state.tally.leave(bytes);
        open
    }
}

impl Line {
    fn shown(&self) -> String {
        let Line { missing, unix, text } = self;
        let line = format!("{} {text}\n", steplog::stamp(*unix));
        if *missing > 0 { gap(*missing, "the disk was too slow") + &line } else { line }
    }
}

#[cfg(test)]
mod tests;
