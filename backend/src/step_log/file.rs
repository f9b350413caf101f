//! The file of the step log: appended to, opened anew when it was moved away, and complained of once while it cannot be
//! written.
//!
//! Called by the log's thread alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::console;
use crate::tally::gap;

/// A file that is open for appending.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    file: File,
    failing: Option<Failing>,
}

/// What is missing since it cannot be written.
#[derive(Clone, Copy, Debug, Default)]
struct Failing {
    lines: u64,
    /// Whether the last line ends in its middle.
    torn: bool,
}

impl LogFile {
    /// Opens it; makes its folder if need be.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn open(path: &Path) -> io::Result<LogFile> {
        Ok(LogFile { path: path.to_owned(), file: open(path)?, failing: None })
    }

    /// Opens it anew; when that cannot be done the old one is written on.
    pub fn reopen(&mut self) {
        match open(&self.path) {
            Ok(file) => {
                self.file = file;
                // The line that was torn is in the other file.
                self.failing.iter_mut().for_each(|failing| failing.torn = false);
            }
            Err(error) => console::complain(&format!(
                "cannot reopen the step log {}: {error}; it is written where it was",
                self.path.display()
            )),
        }
    }

    /// Writes whole lines. The log is for reading along: the service goes on without it, and says once that it does.
    pub fn write(&mut self, lines: &str) {
        let before = self.failing.map_or_else(String::new, Failing::told);
        let text = before.clone() + lines;
        match write(&mut self.file, text.as_bytes()) {
            Ok(()) => {
                if self.failing.take().is_some() {
                    console::complain("the step log is written again");
                }
            }
            Err((written, error)) => {
                if self.failing.is_none() {
                    console::complain(&format!("cannot write the step log: {error}; {}", self.advice(&error)));
                }
                let failing = self.failing.unwrap_or_default();
                // What was missing before is told, or still to be told.
                let (told, rest) = if written < before.len() { (failing.lines, lines) } else { (0, &text[written..]) };
                let torn = if written == 0 { failing.torn } else { text.as_bytes()[written - 1] != b'\n' };
                self.failing = Some(Failing { lines: told + rest.lines().count() as u64, torn });
            }
        }
    }

    fn advice(&self, error: &io::Error) -> String {
        if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            "make room on the disk".to_owned()
        } else {
            format!("see that {} can be written", self.path.display())
        }
    }
}

impl Failing {
    /// Returns what is written first when it works again.
    fn told(self) -> String {
        let end = if self.torn { "\n" } else { "" };
        format!("{end}{}", gap(self.lines, "the disk was full"))
    }
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

/// Writes all bytes.
///
/// # Errors
/// How many were written before it failed, and why.
fn write(file: &mut File, bytes: &[u8]) -> Result<(), (usize, io::Error)> {
    let mut written = 0;
    while written < bytes.len() {
        match file.write(&bytes[written..]) {
            Ok(0) => return Err((written, io::ErrorKind::WriteZero.into())),
            Ok(count) => written += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err((written, error)),
        }
    }
    Ok(())
}
