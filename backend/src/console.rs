//! What the running server says on its terminal: nobody waits for one that stands still.
//!
//! Used by all parts and by `main.rs`. Standard output and standard error have a thread and a bounded queue each, one for
//! the whole process as the streams are. A paused terminal or a full pipe fills the queue; what finds no room in it is
//! dropped and counted.

use std::io::{self, Write};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

use crate::tally::{Tally, gap};

/// How many texts may wait for one stream.
const WAITING: usize = 8_192;
/// How many bytes of them.
const WAITING_BYTES: usize = 4 * 1024 * 1024;

/// How long a process that ends waits for its terminal.
pub const LAST_WORDS: Duration = Duration::from_millis(500);

static OUT: LazyLock<Console> = LazyLock::new(|| Console::open(io::stdout()));
static ERR: LazyLock<Console> = LazyLock::new(|| Console::open(io::stderr()));

/// Says whole lines on standard output.
pub fn say(lines: String) {
    OUT.put(lines);
}

/// Says one line on standard error, behind the program's name.
pub fn complain(line: &str) {
    ERR.put(format!("baton: {line}\n"));
}

/// Waits until all that was said is out, but no longer than `limit`.
pub fn flush(limit: Duration) {
    let until = Instant::now() + limit;
    for console in [&*OUT, &*ERR] {
        console.flush(until.saturating_duration_since(Instant::now()));
    }
}

/// One stream.
#[derive(Debug)]
struct Console {
    queue: SyncSender<Work>,
    tally: Arc<Tally>,
}

#[derive(Debug)]
enum Work {
    Text(String),
    /// Tell this one when all before it is out.
    Flush(SyncSender<()>),
}

impl Console {
    fn open(stream: impl Write + Send + 'static) -> Console {
        let (queue, work) = mpsc::sync_channel(WAITING);
        let tally = Arc::new(Tally::default());
        let console = Console { queue, tally: Arc::clone(&tally) };
        // Without a thread nobody takes what is put: it is dropped.
        let _ = thread::Builder::new().name("console".to_owned()).spawn(move || write(&work, stream, &tally));
        console
    }

    fn put(&self, lines: String) {
        let (count, missing) = (lines.lines().count() as u64, self.tally.take_dropped());
        let text = if missing > 0 { gap(missing, "the terminal was blocked") + &lines } else { lines };
        let put = |text| self.queue.try_send(Work::Text(text)).is_ok();
        self.tally.enter(text.len(), WAITING_BYTES, count + missing, || put(text));
    }

    fn flush(&self, limit: Duration) {
        if self.tally.dropped() > 0 {
            self.put(String::new());
        }
        let (done, heard) = mpsc::sync_channel(1);
        // A full queue is one that nobody empties.
        if self.queue.try_send(Work::Flush(done)).is_ok() {
            let _ = heard.recv_timeout(limit);
        }
    }
}

/// Writes what comes until nobody can say anything any more.
fn write(work: &Receiver<Work>, mut stream: impl Write, tally: &Tally) {
    for work in work {
        match work {
            Work::Text(text) => {
                // A stream that is closed has nobody to be told.
                let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
                tally.leave(text.len());
            }
            Work::Flush(done) => drop(done.try_send(())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};

    use super::*;

    /// Nothing here takes a tenth of this.
    const HANGS: Duration = Duration::from_mins(1);

    #[test]
    fn nobody_waits_for_a_pipe_that_is_full_and_what_is_dropped_is_counted() {
        let (read, write) = io::pipe().expect("there are pipes");
        let console = Console::open(write);
        let line = format!("{}\n", "x".repeat(100));
        let count = 2 * WAITING as u64;
        (0..count).for_each(|_| console.put(line.clone()));
        console.flush(Duration::ZERO);
        assert!(console.tally.dropped() > 0, "nobody has read");
        let mut read = BufReader::new(read);
        let (mut whole, mut missing) = (0, 0);
        while whole + missing < count {
            let mut got = String::new();
            read.read_line(&mut got).expect("text");
            if got == line {
                whole += 1;
                // There is room again: the number of the dropped ones can be said.
                console.put(String::new());
            } else {
                let number = got.strip_prefix("... ").and_then(|rest| rest.split(' ').next()?.parse::<u64>().ok());
                missing += number.unwrap_or_else(|| panic!("{got}"));
            }
        }
        assert_eq!(whole + missing, count);
        assert!(whole >= WAITING as u64 && missing > 0, "{whole} and {missing}");
    }

    #[test]
    fn long_texts_fill_the_queue_by_their_bytes() {
        let (_read, write) = io::pipe().expect("there are pipes");
        let console = Console::open(write);
        let text = format!("{}\n", "x".repeat(WAITING_BYTES / 4));
        (0..9).for_each(|_| console.put(text.clone()));
        assert!(console.tally.dropped() >= 4);
        assert!(console.tally.waiting() < 2 * WAITING_BYTES);
    }

    #[test]
    fn what_was_said_is_out_after_a_flush() {
        let (read, write) = io::pipe().expect("there are pipes");
        let console = Console::open(write);
        console.put("one\ntwo\n".to_owned());
        console.flush(HANGS);
        drop(console);
        let lines: Vec<String> = BufReader::new(read).lines().map(|line| line.expect("text")).collect();
        assert_eq!(lines, ["one", "two"]);
    }
}
