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
use crate::identity::{ClusterId, Identity, Runs, StoreRun};

/// What stores get that are new.
#[derive(Clone, Copy, Debug)]
pub struct Fresh {
    /// The mode of the first start.
    pub mode: Mode,
    /// The cluster's name, should it have none.
    pub cluster: ClusterId,
    /// A count that grows with time; see [`Disk::begin`].
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
        let run = StoreRun { before: 0, now: calendar };
        let identity = Identity::new(id, (run, Runs::default()), None, None);
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
    let cluster = cluster_of(&found)?.or(marked).unwrap_or(fresh.cluster);
    check_ages(&found)?;
    // A first start that was cut short leaves some files, all of them empty, in the mode of that start.
    let mode = found.first().map_or(fresh.mode, |one| one.durable.mode);
    let empty = found.iter().all(|one| one.durable == Durable::empty(mode));
    let missing = if empty { Durable::empty(mode) } else { Durable::lost(mode) };
    let mut found = found.into_iter().peekable();
    let every = ids.map(|id| match found.next_if(|one| one.id == id) {
        Some(one) => Ok(one),
        None => Found::open(folder, id, &missing),
    });
    begin(every.collect::<Result<_, _>>()?, folder, cluster, fresh.calendar)
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
    let cluster = found.disk.cluster()?.or(marked).or(made);
    let run = found.disk.begin(id, count, cluster, fresh.calendar)?;
    let runs = found.disk.runs()?;
    cluster.iter().try_for_each(|cluster| mark(*cluster, folder, id))?;
    let identity = Identity::new(id, (run, runs), cluster, Some(folder.to_owned()));
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
        let (path, wanted) = (|| self.path.clone(), u64::from(count));
        if let Some(found) = self.disk.size()?.filter(|found| *found != wanted) {
            return Err(StoreError::Replicas { folder: folder.to_owned(), found, wanted });
        }
        if let Some(found) = self.disk.replica()?.filter(|found| *found != u64::from(self.id.0)) {
            return Err(StoreError::Stranger { path: path(), found });
        }
        match (self.disk.cluster()?, marked) {
            (Some(own), Some(marked)) if own != marked => {
                Err(StoreError::OtherCluster { path: path(), other: folder.to_owned() })
            }
            _ => Ok(()),
        }
    }
}

/// Returns the cluster that all stores belong to, if one of them says so.
fn cluster_of(found: &[Found]) -> Result<Option<ClusterId>, StoreError> {
    let mut first: Option<(&Path, ClusterId)> = None;
    for one in found {
        let Some(cluster) = one.disk.cluster()? else { continue };
        let (other, wanted) = *first.get_or_insert((&one.path, cluster));
        if cluster != wanted {
            return Err(StoreError::OtherCluster { path: one.path.clone(), other: other.to_owned() });
        }
    }
    Ok(first.map(|(_, cluster)| cluster))
}

/// Checks that no store is older than what another remembers of it.
fn check_ages(found: &[Found]) -> Result<(), StoreError> {
    for one in found {
        // A new store has no run: its replica learns from all others.
        if one.disk.last_run()?.is_none() {
            continue;
        }
        let runs = one.disk.runs()?;
        for other in found {
            if other.disk.run_of(one.id)?.is_some_and(|seen| !runs.has(seen)) {
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
        runs.push((one.id, one.disk.begin(one.id, count, Some(cluster), calendar)?));
    }
    mark(cluster, folder, ReplicaId(1))?;
    let seen: Vec<(ReplicaId, u64)> = runs.iter().map(|(id, run)| (*id, run.now)).collect();
    let mut opened = Vec::new();
    for (mut one, (id, run)) in all.into_iter().zip(runs) {
        let others: Vec<_> = seen.iter().copied().filter(|(peer, _)| *peer != id).collect();
        one.disk.put_runs(&others)?;
        let runs = one.disk.runs()?;
        let identity = Identity::new(id, (run, runs), Some(cluster), Some(folder.to_owned()));
        opened.push(Opened { store: Store::Disk(one.disk), durable: one.durable, identity });
    }
    Ok(opened)
}

#[cfg(test)]
mod tests {
    use shared::id::{Epoch, GroupId};
    use shared::record::Record;

    use super::*;

    /// What new stores get in these tests.
    fn fresh(mode: Mode, calendar: u64) -> Fresh {
        Fresh { mode, cluster: ClusterId(7), calendar }
    }

    #[test]
    fn a_file_that_is_missing_beside_full_ones_is_a_lost_disk() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let open = || all(place.path(), 2, fresh(Mode::RemoteWrite, 1)).expect("what is there is whole");
        drop(Store::open(&place.path().join("replica-2.redb"), Mode::LocalWrite).expect("a new file"));
        // A first start that was cut short is completed, in its own mode.
        let mut stores = open();
        assert!(stores.iter().all(|opened| opened.durable.mode == Mode::LocalWrite));
        let epoch = Epoch::NONE.next(ReplicaId(1));
        stores[1].store.commit(&[Record::Promised { group: GroupId::Store, epoch }]).expect("the disk works");
        drop(stores);
        fs::remove_file(place.path().join("replica-1.redb")).expect("it is there");
        let joined: Vec<bool> = open().iter().map(|opened| opened.durable.joined).collect();
        assert_eq!(joined, [false, true]);
    }

    /// The run of one store is written before that of the next.
    #[test]
    fn a_start_that_is_cut_short_makes_no_store_look_older() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let open = |calendar| all(place.path(), 2, fresh(Mode::RemoteWrite, calendar)).expect("what is there is whole");
        drop(open(1));
        let mut first =
            Found::open(place.path(), ReplicaId(1), &Durable::empty(Mode::RemoteWrite)).expect("it is whole");
        first.disk.begin(ReplicaId(1), 2, None, 5_000_000).expect("the disk works");
        drop(first);
        let runs: Vec<StoreRun> = open(9_000_000).iter().map(|opened| opened.identity.run()).collect();
        assert_eq!(
            runs.iter().map(|run| (run.before, run.now)).collect::<Vec<_>>(),
            [(5_000_000, 9_000_000), (1, 9_000_000)]
        );
    }

    #[test]
    fn runs_of_a_lone_replica_never_share_numbers() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let open = |count, calendar| one(place.path(), ReplicaId(1), count, fresh(Mode::LocalWrite, calendar));
        let mut before = 0;
        for (calendar, now) in
            [(5_000_000, 5_000_000), (9_000_000, 9_000_000), (9_000_001, 10_000_001), (3, 11_000_004)]
        {
            let opened = open(4, calendar).expect("it can be opened");
            assert_eq!(opened.durable, Durable::lost(Mode::LocalWrite), "it has to ask the others whether it ever ran");
            assert_eq!(opened.identity.run(), StoreRun { before, now });
            before = now;
        }
        let error = open(3, 1).map(|_| ()).expect_err("four replicas").to_string();
        assert!(error.contains("4 replicas") && error.contains("names 3"), "{error}");
    }
}
