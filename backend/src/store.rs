//! Where a replica keeps what it must not forget: one database file, or memory alone.
//!
//! Called by [`crate::driver`], which commits the records of many inputs at once, and by [`crate::server`] at
//! the start. What a record means is `shared::record::Durable::apply`; the store does the same to its rows
//! without rewriting whole snapshots, and a property test compares the two.

mod apply;
mod disk;
mod rolled_back;
mod rows;

use std::path::{Path, PathBuf};

use shared::config::Mode;
use shared::id::GroupId;
use shared::note::Entry;
use shared::record::{Durable, Record};

use disk::Disk;

/// One replica's store.
#[derive(Debug)]
pub enum Store {
    /// Forgotten when the process ends.
    Memory(Box<Durable>),
    /// Kept in a file.
    Disk(Disk),
}

/// A store that cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file is no store, or a damaged one.
    #[error(
        "{} is damaged: {reason}; it was left as it is: move this one file away, and its replica gets everything from the others (an older copy would take back what this replica has acknowledged)",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The stores are those of a larger or smaller cluster: its majorities are not this one's.
    #[error(
        "the data folder {} belongs to {found} replicas, but the configuration names {wanted}: put `replicas` back to {found}, or name another `data` folder",
        folder.display()
    )]
    Replicas {
        /// The folder.
        folder: PathBuf,
        /// How many replicas its stores belong to.
        found: u64,
        /// How many the configuration names.
        wanted: u64,
    },
    /// Another process has the file open.
    #[error("{} is open in another process: stop that one first", path.display())]
    Open {
        /// The file.
        path: PathBuf,
    },
    /// A later version wrote the file.
    #[error("{} was written by another version of baton (format {found}, this one reads {known}): use that version", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The format found.
        found: u64,
        /// The format that this version reads.
        known: u64,
    },
    /// The disk failed.
    #[error("cannot read or write {}: {reason}; check the disk's room and rights", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
}

impl Store {
    /// Makes an empty store in memory.
    pub fn memory(mode: Mode) -> Store {
        Store::Memory(Box::new(Durable::empty(mode)))
    }

    /// Opens the store in the file `path`; makes it, with `mode`, when there is none.
    ///
    /// # Errors
    /// When the file is damaged, open elsewhere, of another version, or cannot be made.
    pub fn open(path: &Path, mode: Mode) -> Result<Store, StoreError> {
        Disk::open(path, &Durable::empty(mode)).map(Store::Disk)
    }

    /// Makes `records` durable, all or none.
    ///
    /// # Errors
    /// When the disk fails. What is on it is unknown then: the process must end.
    ///
    /// # Panics
    /// When a record leaves a hole in a log: the core never makes such a one.
    pub fn commit(&mut self, records: &[Record]) -> Result<(), StoreError> {
        match self {
            Store::Memory(durable) => records.iter().for_each(|record| durable.apply(record)),
            Store::Disk(disk) if !records.is_empty() => disk.commit(records)?,
            Store::Disk(_) => {}
        }
        Ok(())
    }

    /// Begins another run of the replica and returns the number after which it may number its messages: `calendar`,
    /// a count that grows with time, or more if the calendar was set back. Memory has nothing but the calendar.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn begin_run(&mut self, calendar: u64) -> Result<u64, StoreError> {
        match self {
            Store::Memory(_) => Ok(calendar),
            Store::Disk(disk) => disk.begin_run(calendar),
        }
    }

    /// Keeps entries that are about to leave the log, in a file beside the store. Memory keeps none.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn keep_rolled_back(&mut self, group: GroupId, entries: &[Entry]) -> Result<(), StoreError> {
        match self {
            Store::Memory(_) => Ok(()),
            Store::Disk(disk) => disk.keep_rolled_back(group, entries),
        }
    }

    /// Checks that the store belongs to a cluster of `wanted` replicas, or names no number yet.
    fn check_size(&self, path: &Path, wanted: u64) -> Result<(), StoreError> {
        let found = match self {
            Store::Memory(_) => None,
            Store::Disk(disk) => disk.size()?,
        };
        let folder = || path.parent().unwrap_or(path).to_owned();
        match found {
            Some(found) if found != wanted => Err(StoreError::Replicas { folder: folder(), found, wanted }),
            Some(_) | None => Ok(()),
        }
    }

    /// Names the number of replicas in a store that names none.
    fn put_size(&mut self, size: u64) -> Result<(), StoreError> {
        match self {
            Store::Disk(disk) if disk.size()?.is_none() => disk.put_size(size),
            Store::Disk(_) | Store::Memory(_) => Ok(()),
        }
    }

    /// Returns all that was made durable.
    ///
    /// # Errors
    /// When the file is damaged or cannot be read.
    pub fn load(&self) -> Result<Durable, StoreError> {
        match self {
            Store::Memory(durable) => Ok(Durable::clone(durable)),
            Store::Disk(disk) => disk.load(),
        }
    }
}

/// Opens the stores of all replicas, and reads them; a first start makes them, in `mode`.
///
/// One that is missing though another holds something was lost: its replica has to learn from all others.
///
/// # Errors
/// When one cannot be opened, or belongs to another number of replicas.
pub fn open_all(paths: &[PathBuf], mode: Mode) -> Result<Vec<(Store, Durable)>, StoreError> {
    let load = |store: Store| store.load().map(|durable| (store, durable));
    let mut found = Vec::new();
    for path in paths {
        found.push(if path.exists() { Some(load(Store::open(path, mode)?)?) } else { None });
    }
    found.iter().flatten().zip(paths).try_for_each(|((store, _), path)| store.check_size(path, paths.len() as u64))?;
    // A first start that was cut short leaves some files, all of them empty, in the mode of that start.
    let mode = found.iter().flatten().next().map_or(mode, |(_, durable)| durable.mode);
    let empty = found.iter().flatten().all(|(_, durable)| *durable == Durable::empty(mode));
    let open = |(path, found): (&PathBuf, Option<_>)| match found {
        Some(found) => Ok(found),
        None if empty => load(Store::open(path, mode)?),
        None => load(Disk::open(path, &Durable::lost(mode)).map(Store::Disk)?),
    };
    let mut opened = paths.iter().zip(found).map(open).collect::<Result<Vec<_>, _>>()?;
    opened.iter_mut().try_for_each(|(store, _)| store.put_size(paths.len() as u64))?;
    Ok(opened)
}

/// Opens the store of one replica of `count`, and reads it. The others' stores may be on other machines: when this one
/// is not there, nobody can say here whether it ever was, and the replica has to ask the others.
///
/// # Errors
/// When it cannot be opened, or belongs to another number of replicas.
pub fn open_one(path: &Path, count: usize, mode: Mode) -> Result<(Store, Durable), StoreError> {
    let mut store = Disk::open(path, &Durable::lost(mode)).map(Store::Disk)?;
    store.check_size(path, count as u64)?;
    store.put_size(count as u64)?;
    store.load().map(|durable| (store, durable))
}

#[cfg(test)]
mod tests;
