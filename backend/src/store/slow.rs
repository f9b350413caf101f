//! A store whose syncs take their time, for tests of what such a disk does to a cluster.

use std::io;
use std::thread;
use std::time::Duration;

use redb::StorageBackend;
use redb::backends::InMemoryBackend;
use shared::record::Durable;

use super::Store;
use super::disk::Disk;

#[derive(Debug, Default)]
struct SlowFile {
    file: InMemoryBackend,
    sync: Duration,
}

impl StorageBackend for SlowFile {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        thread::sleep(self.sync);
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.file.write(offset, data)
    }
}

impl Store {
    /// Makes a store of which each sync takes so long.
    ///
    /// # Panics
    /// Never: memory does not fail.
    pub fn slow(sync: Duration, fresh: &Durable) -> Store {
        let file = SlowFile { sync, ..SlowFile::default() };
        Store::Disk(Disk::on(file, fresh).expect("memory does not fail"))
    }
}
