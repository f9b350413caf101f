//! The data folder: one process at a time, readable by its owner alone.
//!
//! Made by [`crate::server`] before any store is opened, and held until the server is gone. The system lets go
//! of the lock when the process ends, however it ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use shared::id::ReplicaId;

use crate::error::StartError;

/// A data folder that this process alone works on.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder if need be and takes it; `file` is the configuration that names it.
    ///
    /// # Errors
    /// When it cannot be made, or another process has it.
    pub fn take(path: &Path, file: &Path) -> Result<Folder, StartError> {
        let cannot = |source| StartError::Create {
            path: path.to_owned(),
            key: "data",
            file: file.display().to_string(),
            source,
        };
        create_private(path).map_err(cannot)?;
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).clone();
        let mut lock = options.open(path.join("lock")).map_err(cannot)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StartError::InUse { path: path.to_owned(), pid: read_pid(&mut lock) });
            }
            Err(TryLockError::Error(source)) => return Err(cannot(source)),
        }
        write_pid(&mut lock).map_err(cannot)?;
        Ok(Folder { path: path.to_owned(), _lock: lock })
    }

    /// Returns the file of a replica's store.
    pub fn store_of(&self, id: ReplicaId) -> PathBuf {
        self.path.join(format!("replica-{}.redb", id.0))
    }
}

fn create_private(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn write_pid(lock: &mut File) -> io::Result<()> {
    lock.set_len(0)?;
    writeln!(lock, "{}", std::process::id())
}

fn read_pid(lock: &mut File) -> Option<u32> {
    let mut text = String::new();
    lock.rewind().ok()?;
    lock.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_taken_once_and_free_again_afterwards() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let (data, file) = (place.path().join("a/data"), Path::new("config.json"));
        let held = Folder::take(&data, file).expect("it is free");
        let refused = Folder::take(&data, file).expect_err("it is taken").to_string();
        assert!(refused.contains("is in use by another baton") && refused.contains("data"), "{refused}");
        drop(held);
        Folder::take(&data, file).expect("it is free again");
    }
}
