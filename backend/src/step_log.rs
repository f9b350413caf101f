//! The step log: the lines of the original system, in a file and, with `-v`, on standard output.
//!
//! The feed hands lines to [`StepLines`] and never waits; [`StepLog::write`] runs as a task of its own, writes what has
//! come, and flushes when nothing more waits and at the end. Which event gives which line is
//! `shared::steplog`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use shared::event::Event;
use shared::steplog;
use shared::time::Micros;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How many lines may wait for the disk before lines are dropped.
const WAITING: usize = 65_536;

/// One line, without its time stamp.
type Line = (Micros, String);

/// Where the feed puts lines.
#[derive(Debug)]
pub struct StepLines {
    queue: mpsc::Sender<Line>,
    dropped: Arc<AtomicU64>,
}

/// Writes the lines that the feed puts there.
#[derive(Debug)]
pub struct StepLog {
    queue: mpsc::Receiver<Line>,
    dropped: Arc<AtomicU64>,
    file: BufWriter<File>,
    /// When the server started, as seconds since 1970.
    started: u64,
    /// Whether standard output gets every line too.
    verbose: bool,
}

impl StepLines {
    /// Takes the line that `event` gives, if any; drops it when too many wait.
    pub fn take(&self, event: &Event) {
        let Some(text) = steplog::line(event) else { return };
        if self.queue.try_send((event.at, text)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl StepLog {
    /// Opens the log for appending; makes its folder if need be.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn open(path: &Path, started: u64, verbose: bool) -> io::Result<(StepLines, StepLog)> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = BufWriter::new(OpenOptions::new().create(true).append(true).open(path)?);
        let (sender, queue) = mpsc::channel(WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let lines = StepLines { queue: sender, dropped: Arc::clone(&dropped) };
        Ok((lines, StepLog { queue, dropped, file, started, verbose }))
    }

    /// Writes lines as they come until `stop`, then what is left.
    pub async fn write(mut self, stop: CancellationToken) {
        let mut batch = Vec::new();
        loop {
            let count = tokio::select! {
                count = self.queue.recv_many(&mut batch, 1024) => count,
                () = stop.cancelled() => break,
            };
            if count == 0 {
                break;
            }
            self.put(&mut batch);
            if self.queue.is_empty() {
                self.flush();
            }
        }
        while let Ok(line) = self.queue.try_recv() {
            batch.push(line);
        }
        self.put(&mut batch);
        self.flush();
    }

    fn put(&mut self, batch: &mut Vec<Line>) {
        use std::fmt::Write as _;
        let mut text = String::new();
        for (at, line) in batch.drain(..) {
            let stamp = steplog::stamp(self.started + at.0 / 1_000_000);
            writeln!(text, "{stamp} {line}").expect("a string takes all text");
        }
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            let gap = format_args!("... {dropped} lines are missing here: the disk was too slow");
            writeln!(text, "{gap}").expect("a string takes all text");
        }
        self.report(|log| log.file.write_all(text.as_bytes()));
        if self.verbose {
            // A closed standard output must not end the server.
            let _ = io::stdout().write_all(text.as_bytes());
        }
    }

    fn flush(&mut self) {
        self.report(|log| log.file.flush());
        if self.verbose {
            let _ = io::stdout().flush();
        }
    }

    /// The log is for reading along; the service goes on without it.
    fn report(&mut self, write: impl FnOnce(&mut StepLog) -> io::Result<()>) {
        if let Err(error) = write(self) {
            let _ = writeln!(io::stderr(), "baton: cannot write the step log: {error}; make room on the disk");
        }
    }
}
