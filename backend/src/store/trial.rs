//! A file as redb would leave it after opening it, without changing it: what is written stays in memory.
//!
//! Used by [`super::disk`]. After a crash redb repairs what it opens, also what it finds too damaged to use in the end;
//! a damaged file must be left as it is. There is one handle, open for reading and writing, because network file systems
//! lock no other, and no copy, because the disk may have no room for one.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::backends::FileBackend;
use redb::{BackendError, StorageBackend};

/// How many bytes are kept together.
const BLOCK: u64 = 4_096;

/// A file that is read, and what was written over it.
#[derive(Debug)]
pub struct Trial {
    file: FileBackend,
    written: Mutex<Written>,
}

/// What differs from the file.
#[derive(Debug)]
struct Written {
    length: u64,
    /// How much of the file still counts: what was cut off and added again is zeros.
    kept: u64,
    /// Blocks by their number, in place of the file's.
    blocks: BTreeMap<u64, Vec<u8>>,
}

impl Trial {
    /// Opens the file.
    ///
    /// # Errors
    /// When it cannot be opened, or is empty: redb would make a new database of it.
    pub fn open(path: &Path) -> Result<Trial, redb::Error> {
        let file = FileBackend::new(File::options().read(true).write(true).open(path)?)?;
        let length = file.len()?;
        if length == 0 {
            return Err(io::Error::from(io::ErrorKind::InvalidData).into());
        }
        Ok(Trial { file, written: Mutex::new(Written { length, kept: length, blocks: BTreeMap::new() }) })
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a block as it is now; behind what counts of the file there are zeros.
    fn block(&self, written: &Written, number: u64) -> io::Result<Vec<u8>> {
        if let Some(block) = written.blocks.get(&number) {
            return Ok(block.clone());
        }
        let start = number * BLOCK;
        let there = usize::try_from(written.kept.saturating_sub(start).min(BLOCK)).expect("a block is small");
        let mut block = vec![0; usize::try_from(BLOCK).expect("a block is small")];
        self.file.read(start, &mut block[..there])?;
        Ok(block)
    }
}

impl Written {
    /// Forgets all from `length` on.
    fn cut(&mut self, length: u64) {
        self.kept = self.kept.min(length);
        self.blocks.split_off(&length.div_ceil(BLOCK));
        if let Some(block) = self.blocks.get_mut(&(length / BLOCK)) {
            block[usize::try_from(length % BLOCK).expect("a block is small")..].fill(0);
        }
    }
}

/// Returns the parts of the blocks that a range of bytes covers: the block's number, where the part begins in it, and where
/// in the range.
fn parts(offset: u64, length: usize) -> impl Iterator<Item = (u64, usize, usize)> {
    let end = offset + length as u64;
    (offset / BLOCK..end.div_ceil(BLOCK)).map(move |number| {
        let from = (number * BLOCK).max(offset);
        let small = |bytes: u64| usize::try_from(bytes).expect("it fits into memory");
        (number, small(from - number * BLOCK), small(from - offset))
    })
}

impl StorageBackend for Trial {
    fn len(&self) -> io::Result<u64> {
        Ok(self.written().length)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let written = self.written();
        if offset + out.len() as u64 > written.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for (number, from, to) in parts(offset, out.len()) {
            let block = self.block(&written, number)?;
            let count = (block.len() - from).min(out.len() - to);
            out[to..to + count].copy_from_slice(&block[from..from + count]);
        }
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut written = self.written();
        if length < written.length {
            written.cut(length);
        }
        written.length = length;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut written = self.written();
        for (number, to, from) in parts(offset, data.len()) {
            let mut block = self.block(&written, number)?;
            let count = (block.len() - to).min(data.len() - from);
            block[to..to + count].copy_from_slice(&data[from..from + count]);
            written.blocks.insert(number, block);
        }
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.query_lock_range(start, end)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    /// Where something is written, how much, and how many bytes are cut off before.
    fn pieces() -> impl Strategy<Value = Vec<(usize, usize, usize)>> {
        prop::collection::vec((0..20_000_usize, 0..9_000_usize, 0..9_000_usize), 0..8)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_and_the_file_stays(pieces in pieces(), size in 1..20_000_usize) {
            let place = tempfile::tempdir().expect("a temporary folder");
            let path = place.path().join("file");
            let before: Vec<u8> = (0..=u8::MAX).cycle().take(size).collect();
            fs::write(&path, &before).expect("a writable folder");
            let trial = Trial::open(&path).expect("it is there");
            let mut meant = before.clone();
            for (round, (offset, length, cut)) in (1..).zip(pieces) {
                let data = vec![round; length];
                let rest = meant.len().saturating_sub(cut);
                for length in [rest, rest.max(offset + data.len())] {
                    meant.resize(length, 0);
                    trial.set_len(length as u64).expect("memory has room");
                }
                trial.write(offset as u64, &data).expect("memory has room");
                meant[offset..offset + data.len()].copy_from_slice(&data);
            }
            let mut read = vec![0; meant.len()];
            trial.read(0, &mut read).expect("it is all there");
            prop_assert_eq!(read, meant);
            prop_assert_eq!(fs::read(&path).expect("it is there"), before);
        }
    }
}
