//! Opening the stores of a cluster, and finding out whether they are the right ones.
//!
//! Called by [`crate::server`]. What a wrong file is refused for: it is another replica's or another cluster's, or an older
//! copy. Only where nothing at all lies does a cluster start for the first time.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use shared::config::Mode;
use shared::id::ReplicaId;
use shared::record::Durable;

use super::disk::Disk;
use super::{Store, StoreError};
use crate::identity::{ClusterId, Identity, StoreRun};

/// What stores get that are new.
#[derive(Clone, Copy, Debug)]
pub struct Fresh {
    /// The mode of the first start.
    pub mode: Mode,
    /// The cluster's name, should it have none.
    pub cluster: ClusterId,
    /// See [`Store::begin_run`].
    pub calendar: u64,
}

/// A replica's store, all that was in it, and who it is.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// What was in it.
    pub durable: Durable,
    /// Who it is.
    pub identity: Identity,
}

impl Opened {
    /// Returns the store of a replica that holds this and forgets it when the process ends.
    pub fn in_memory(id: ReplicaId, durable: Durable, calendar: u64) -> Opened {
        let identity = Identity::new(id, StoreRun { before: 0, now: calendar }, None, None);
        Opened { store: Store::Memory(Box::new(durable.clone())), durable, identity }
    }
}

/// A file that is open and read.
struct Found {
    id: ReplicaId,
    path: PathBuf,
    disk: Disk,
    durable: Durable,
}

/// Opens the stores of all `count` replicas in a folder, and reads them; a first start makes them.
///
/// One that is missing though another holds something was lost: its replica has to learn from all others.
///
/// # Errors
/// When one cannot be opened, or is not the right one.
pub fn all(folder: &Path, count: u8, fresh: Fresh) -> Result<Vec<Opened>, StoreError> {
    let ids = (1..=count).map(ReplicaId);
    let found = found_of(folder, ids.clone(), fresh.mode)?;
    let marked = marked(folder)?;
    if found.is_empty() && (marked.is_some() || holds_a_store(folder)) {
        return Err(StoreError::Emptied { folder: folder.to_owned() });
    }
    found.iter().try_for_each(|one| one.check(folder, count, marked))?;
    check_clusters(&found)?;
    check_ages(&found)?;
    // A first start that was cut short leaves some files, all of them empty, in the mode of that start.
    let mode = found.first().map_or(fresh.mode, |one| one.durable.mode);
    let empty = found.iter().all(|one| one.durable == Durable::empty(mode));
    let missing = if empty { Durable::empty(mode) } else { Durable::lost(mode) };
    let known = found.iter().find_map(|one| one.disk.cluster().transpose());
    let cluster = known.transpose().map_err(|error| found[0].disk.explain(error))?.or(marked);
    let mut found = found.into_iter().peekable();
    let every = ids.map(|id| match found.next_if(|one| one.id == id) {
        Some(one) => Ok(one),
        None => Found::open(folder, id, &missing),
    });
    begin(every.collect::<Result<_, _>>()?, folder, cluster.unwrap_or(fresh.cluster), fresh.calendar)
}

/// Opens the store of one replica of `count`, and reads it. The others' stores may be on other machines: when this one
/// is not there, nobody can say here whether it ever was, and the replica has to ask the others.
///
/// # Errors
/// When it cannot be opened, or is not the right one.
pub fn one(folder: &Path, id: ReplicaId, count: u8, fresh: Fresh) -> Result<Opened, StoreError> {
    let mut found = Found::open(folder, id, &Durable::lost(fresh.mode))?;
    let marked = marked(folder)?;
    found.check(folder, count, marked)?;
    // The first replica names a cluster that has no name.
    let made = (id == ReplicaId(1) && found.durable.joined).then_some(fresh.cluster);
    let explain = |found: &Found, error| found.disk.explain(error);
    let own = found.disk.cluster().map_err(|error| explain(&found, error))?;
    let cluster = own.or(marked).or(made);
    let begun = found.begin(count, cluster, fresh.calendar);
    let run = begun.map_err(|error| explain(&found, error))?;
    cluster.iter().try_for_each(|cluster| mark(*cluster, folder, id))?;
    let identity = Identity::new(id, run, cluster, Some(folder.to_owned()));
    Ok(Opened { store: Store::Disk(found.disk), durable: found.durable, identity })
}

/// Returns where a replica's store lies.
pub fn path_of(folder: &Path, id: ReplicaId) -> PathBuf {
    folder.join(format!("replica-{}.redb", id.0))
}

/// Opens and reads the files that are there, all at once.
fn found_of(folder: &Path, ids: impl Iterator<Item = ReplicaId>, mode: Mode) -> Result<Vec<Found>, StoreError> {
    let empty = Durable::empty(mode);
    thread::scope(|scope| {
        let there = ids.filter(|id| path_of(folder, *id).exists());
        let empty = &empty;
        let reading: Vec<_> = there.map(|id| scope.spawn(move || Found::open(folder, id, empty))).collect();
        let joined = reading.into_iter().map(|one| one.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        joined.collect()
    })
}

/// Whether the folder holds the store of any replica, of this cluster or a larger one.
fn holds_a_store(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name()).any(|name| {
        let name = name.to_string_lossy();
        name.starts_with("replica-") && name.ends_with(".redb")
    })
}

fn marked(folder: &Path) -> Result<Option<ClusterId>, StoreError> {
    ClusterId::of_folder(folder).map_err(|error| of_mark(folder, &error))
}

fn mark(cluster: ClusterId, folder: &Path, id: ReplicaId) -> Result<(), StoreError> {
    cluster.mark(folder, id).map_err(|error| of_mark(folder, &error))
}

fn of_mark(folder: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Disk { path: folder.join("cluster"), reason: error.to_string() }
}

impl Found {
    /// Opens a store and reads it; makes it with what is in `fresh` when it is not there.
    fn open(folder: &Path, id: ReplicaId, fresh: &Durable) -> Result<Found, StoreError> {
        let path = path_of(folder, id);
        let disk = Disk::open(&path, fresh)?;
        let durable = disk.load()?;
        Ok(Found { id, path, disk, durable })
    }

    /// Checks that it is what its name says, in this folder and a cluster of `count`.
    fn check(&self, folder: &Path, count: u8, marked: Option<ClusterId>) -> Result<(), StoreError> {
        let explain = |error| self.disk.explain(error);
        let path = || self.path.clone();
        let (wanted, size) = (u64::from(count), self.disk.size().map_err(explain)?);
        if let Some(found) = size.filter(|found| *found != wanted) {
            return Err(StoreError::Replicas { folder: folder.to_owned(), found, wanted });
        }
        let replica = self.disk.replica().map_err(explain)?;
        if let Some(found) = replica.filter(|found| *found != u64::from(self.id.0)) {
            return Err(StoreError::Stranger { path: path(), found });
        }
        let cluster = self.disk.cluster().map_err(explain)?;
        match (cluster, marked) {
            (Some(own), Some(marked)) if own != marked => {
                Err(StoreError::OtherCluster { path: path(), other: folder.to_owned() })
            }
            _ => Ok(()),
        }
    }

    /// Names the store and begins its run.
    fn begin(&mut self, count: u8, cluster: Option<ClusterId>, calendar: u64) -> Result<StoreRun, redb::Error> {
        self.disk.name(self.id, u64::from(count))?;
        if let Some(cluster) = cluster.filter(|_| matches!(self.disk.cluster(), Ok(None))) {
            self.disk.put_cluster(cluster)?;
        }
        self.disk.begin_run(calendar)
    }
}

/// Checks that all stores belong to one cluster.
fn check_clusters(found: &[Found]) -> Result<(), StoreError> {
    let mut first: Option<(&Path, ClusterId)> = None;
    for one in found {
        let Some(cluster) = one.disk.cluster().map_err(|error| one.disk.explain(error))? else { continue };
        let (other, wanted) = *first.get_or_insert((&one.path, cluster));
        if cluster != wanted {
            return Err(StoreError::OtherCluster { path: one.path.clone(), other: other.to_owned() });
        }
    }
    Ok(())
}

/// Checks that no store is older than what another remembers of it.
fn check_ages(found: &[Found]) -> Result<(), StoreError> {
    for one in found {
        // A new store has no run: its replica learns from all others.
        let Some(last) = one.disk.last_run().map_err(|error| one.disk.explain(error))? else { continue };
        for other in found {
            let seen = other.disk.run_of(one.id).map_err(|error| other.disk.explain(error))?;
            if seen.is_some_and(|seen| seen > last) {
                return Err(StoreError::OlderCopy { path: one.path.clone(), seen_by: other.id });
            }
        }
    }
    Ok(())
}

/// Begins a run of every store. Each knows its own run before another hears of it, so that a start that is cut short makes
/// none of them look older than it is.
fn begin(mut all: Vec<Found>, folder: &Path, cluster: ClusterId, calendar: u64) -> Result<Vec<Opened>, StoreError> {
    let count = u8::try_from(all.len()).expect("a cluster is small");
    let mut runs = Vec::new();
    for one in &mut all {
        let begun = one.begin(count, Some(cluster), calendar);
        runs.push((one.id, begun.map_err(|error| one.disk.explain(error))?));
    }
    mark(cluster, folder, ReplicaId(1))?;
    let seen: Vec<(ReplicaId, u64)> = runs.iter().map(|(id, run)| (*id, run.now)).collect();
    let mut opened = Vec::new();
    for (mut one, (id, run)) in all.into_iter().zip(runs) {
        let others: Vec<_> = seen.iter().copied().filter(|(peer, _)| *peer != id).collect();
        one.disk.put_runs(&others).map_err(|error| one.disk.explain(error))?;
        let identity = Identity::new(id, run, Some(cluster), Some(folder.to_owned()));
        opened.push(Opened { store: Store::Disk(one.disk), durable: one.durable, identity });
    }
    Ok(opened)
}
