//! Where a replica keeps what it must not forget: one database file, or memory alone.
//!
//! Called by [`crate::driver`], which commits the records of many inputs at once, and by [`crate::server`] at
//! the start. What a record means is `shared::record::Durable::apply`; the store does the same to its rows
//! without rewriting whole snapshots, and a property test compares the two.

mod apply;
mod disk;
mod known;
mod open;
mod rolled_back;
mod rows;
#[cfg(test)]
mod slow;
mod trial;

use std::path::{Path, PathBuf};

use shared::config::Mode;
use shared::id::{GroupId, ReplicaId};
use shared::note::Entry;
use shared::record::{Durable, Record};

use crate::identity::{ClusterId, Greeting, Refusal};
use disk::Disk;

pub use open::{Fresh, Opened, all as open_all, one as open_one, path_of};

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
        "{} is damaged: {reason}; it was left as it is: move this one file away, and its replica gets everything from the others (an older copy would undo what this replica has acknowledged)",
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
    /// The file has the name of another replica's store.
    #[error(
        "{} is the store of replica {found}: give each file its own name back (this one: replica-{found}.redb)",
        path.display()
    )]
    Stranger {
        /// The file.
        path: PathBuf,
        /// Whose store it is.
        found: u64,
    },
    /// The file belongs to another cluster than what lies beside it.
    #[error(
        "{} belongs to another cluster than {}: put the right file there, or move this one away, and its replica gets everything from the others",
        path.display(), other.display()
    )]
    OtherCluster {
        /// The file.
        path: PathBuf,
        /// What belongs to the other cluster.
        other: PathBuf,
    },
    /// The file is older than what others remember of it.
    #[error(
        "{} is an older copy than replica {seen_by} has seen: put the latest file back, or move this one away, and its replica gets everything from the others",
        path.display()
    )]
    OlderCopy {
        /// The file.
        path: PathBuf,
        /// Who has seen a later one.
        seen_by: ReplicaId,
    },
    /// The folder's stores are gone.
    #[error(
        "the data folder {} belongs to a cluster whose stores are not there: put them back, or empty the folder to start over",
        folder.display()
    )]
    Emptied {
        /// The folder.
        folder: PathBuf,
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
    /// There is no room.
    #[error("there is no room left in {} ({reason}): free {needed} MB on its disk, and start again", folder.display())]
    Full {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        reason: String,
        /// How many megabytes it may need.
        needed: u64,
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

    /// Takes what a peer says of its store, to be written with the next records: its run, and the cluster where this store
    /// knows none. It is refused when it names another cluster, or when it is an older copy of a store of which a later run
    /// was seen. Memory takes all.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn meet(&mut self, greeting: &Greeting) -> Result<Result<(), Refusal>, StoreError> {
        match self {
            Store::Memory(_) => Ok(Ok(())),
            Store::Disk(disk) => disk.meet(greeting),
        }
    }

    /// Takes note of the cluster that the store belongs to, to be written with the next records.
    pub fn learn_cluster(&mut self, cluster: ClusterId) {
        if let Store::Disk(disk) = self {
            disk.learn_cluster(cluster);
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

#[cfg(test)]
mod tests;
