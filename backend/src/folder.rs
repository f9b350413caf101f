//! The data folder: who works on it, readable by its owner alone.
//!
//! Made by [`crate::server`] before any store is opened, and held until the server is gone. One process that runs
//! everything has the folder for itself; parts that are processes of their own share it, each part once.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use shared::id::ReplicaId;

use crate::identity::ClusterId;
use crate::lock::Lock;
use crate::store::path_of;

/// The file that is locked by whoever has the whole folder, and shared by the parts.
const WHOLE: &str = "lock";

/// A data folder that this process works on.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _locks: Vec<Lock>,
}

/// A part of a cluster that is a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The gateway.
    Gateway,
    /// One replica.
    Replica(ReplicaId),
}

/// Why a data folder cannot be worked on; each text is one line and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It cannot be made or written.
    #[error("cannot create {}: {source}; change `data` in {file}, or make that place writable", path.display())]
    Create {
        /// The folder.
        path: PathBuf,
        /// The configuration's file.
        file: String,
        /// Why not.
        source: io::Error,
    },
    /// Another process works on it.
    #[error("{}", in_use(path, *holder))]
    InUse {
        /// The folder.
        path: PathBuf,
        /// Who.
        holder: Holder,
    },
    /// It is that of other replicas.
    #[error(
        "the data folder {} belongs to a cluster, but replica {id} never ran on it: put `replicas` in {file} back in order, start the replica whose store lies there, or name another `data` folder; only if its disk was lost, remove the file `cluster` there, and it gets everything from the others",
        path.display()
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// The replica.
        id: ReplicaId,
        /// The configuration's file.
        file: String,
    },
}

/// Who works on a data folder, with the number of the process if it left one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// One process that runs everything.
    Whole(Option<u32>),
    /// Parts that are processes of their own.
    Parts,
    /// This part.
    Part(Part, Option<u32>),
}

fn in_use(path: &Path, holder: Holder) -> String {
    let folder = format!("the data folder {}", path.display());
    let number = |pid: Option<u32>| pid.map_or_else(String::new, |pid| format!(" (process {pid})"));
    match holder {
        Holder::Whole(pid) => {
            format!("{folder} is in use by another baton{}: stop that one, or give another `data` folder", number(pid))
        }
        Holder::Parts => format!(
            "{folder} is in use by `baton replica` or `baton gateway`: stop those, or give another `data` folder"
        ),
        Holder::Part(Part::Replica(id), pid) => format!("replica {id} already runs on {folder}{}", number(pid)),
        Holder::Part(Part::Gateway, pid) => format!("the gateway already runs on {folder}{}", number(pid)),
    }
}

impl Part {
    fn lock(self) -> String {
        match self {
            Part::Gateway => "gateway.lock".to_owned(),
            Part::Replica(id) => format!("replica-{}.lock", id.0),
        }
    }
}

impl Folder {
    /// Makes the folder if need be and takes it whole, for all `count` replicas; `file` is the configuration that names it.
    ///
    /// # Errors
    /// When it cannot be made, another process works on it, or it is that of single replicas, whose others ran elsewhere.
    pub fn take(path: &Path, count: u8, file: &Path) -> Result<Folder, FolderError> {
        let cannot = |source| cannot(path, file, source);
        create_private(path).map_err(cannot)?;
        let mut whole = open(path, WHOLE).map_err(cannot)?;
        if whole.lock().map_err(cannot)? {
            if let Some(id) = is_elsewhere(path, count).map_err(cannot)? {
                return Err(FolderError::Foreign { path: path.to_owned(), id, file: file.display().to_string() });
            }
            write_pid(&mut whole).map_err(cannot)?;
            return Ok(Folder { path: path.to_owned(), _locks: vec![whole] });
        }
        // Parts share it; one process that has all of it does not.
        let parts = whole.share().map_err(cannot)?;
        let holder = if parts { Holder::Parts } else { Holder::Whole(read_pid(&mut whole)) };
        Err(FolderError::InUse { path: path.to_owned(), holder })
    }

    /// Makes the folder if need be and works on it as one part beside others.
    ///
    /// # Errors
    /// When it cannot be made, another process has the whole of it, the same part runs already, or it belongs to a cluster
    /// in which this replica never ran here.
    pub fn join(path: &Path, part: Part, file: &Path) -> Result<Folder, FolderError> {
        let cannot = |source| cannot(path, file, source);
        let in_use = |holder| FolderError::InUse { path: path.to_owned(), holder };
        create_private(path).map_err(cannot)?;
        let mut whole = open(path, WHOLE).map_err(cannot)?;
        if !whole.share().map_err(cannot)? {
            return Err(in_use(Holder::Whole(read_pid(&mut whole))));
        }
        if let Part::Replica(id) = part
            && is_foreign(path, id).map_err(cannot)?
        {
            return Err(FolderError::Foreign { path: path.to_owned(), id, file: file.display().to_string() });
        }
        let mut own = open(path, &part.lock()).map_err(cannot)?;
        if !own.lock().map_err(cannot)? {
            return Err(in_use(Holder::Part(part, read_pid(&mut own))));
        }
        write_pid(&mut own).map_err(cannot)?;
        Ok(Folder { path: path.to_owned(), _locks: vec![whole, own] })
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Whether the folder belongs to a cluster, but this replica never ran on it. All replicas of a cluster run somewhere when it
/// starts for the first time; one that ran here has left its lock, even when its store is lost.
fn is_foreign(path: &Path, id: ReplicaId) -> io::Result<bool> {
    let is_there = path_of(path, id).exists() || path.join(Part::Replica(id).lock()).exists();
    Ok(!is_there && ClusterId::of_folder(path)?.is_some())
}

/// Returns a replica that never ran on this folder though others did, each as a process of its own.
fn is_elsewhere(path: &Path, count: u8) -> io::Result<Option<ReplicaId>> {
    let mut ids = (1..=count).map(ReplicaId);
    let are_single = ids.clone().any(|id| path.join(Part::Replica(id).lock()).exists());
    if are_single {
        ids.find_map(|id| is_foreign(path, id).map(|is| is.then_some(id)).transpose()).transpose()
    } else {
        Ok(None)
    }
}

fn cannot(path: &Path, file: &Path, source: io::Error) -> FolderError {
    FolderError::Create { path: path.to_owned(), file: file.display().to_string(), source }
}

fn open(folder: &Path, name: &str) -> io::Result<Lock> {
    let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).clone();
    options.open(folder.join(name)).map(Lock)
}

fn write_pid(lock: &mut Lock) -> io::Result<()> {
    lock.0.set_len(0)?;
    writeln!(lock.0, "{}", std::process::id())
}

fn read_pid(lock: &mut Lock) -> Option<u32> {
    let mut text = String::new();
    lock.0.rewind().ok()?;
    lock.0.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_taken_once_and_free_again_afterwards() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let (data, file) = (place.path().join("a/data"), Path::new("config.json"));
        let held = Folder::take(&data, 2, file).expect("it is free");
        let refused = Folder::take(&data, 2, file).expect_err("it is taken").to_string();
        assert!(refused.contains("is in use by another baton") && refused.contains("data"), "{refused}");
        drop(held);
        Folder::take(&data, 2, file).expect("it is free again");
    }

    #[test]
    fn parts_share_a_folder_each_part_once_and_never_with_the_whole() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let (data, file) = (place.path(), Path::new("config.json"));
        let whole = || Folder::take(data, 2, file).map_err(|error| error.to_string());
        let part = |part| Folder::join(data, part, file).map_err(|error| error.to_string());
        let [first, second] = [1, 2].map(|id| Part::Replica(ReplicaId(id)));
        drop(whole().expect("it is free"));
        let held = [first, second, Part::Gateway].map(|one| part(one).expect("it is free"));
        for (one, name) in [(first, "replica R1"), (Part::Gateway, "the gateway")] {
            let refused = part(one).expect_err("it runs already");
            assert!(refused.contains(&format!("{name} already runs on")), "{refused}");
        }
        let refused = whole().expect_err("parts have it");
        assert!(refused.contains("`baton replica` or `baton gateway`") && !refused.contains("process"), "{refused}");
        drop(held);
        let _held = whole().expect("it is free again");
        let refused = part(first).expect_err("the whole is taken");
        assert!(refused.contains(&format!("another baton (process {})", std::process::id())), "{refused}");
    }
    #[test]
    fn the_folder_of_a_single_replica_is_not_taken_for_all() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let (data, file) = (place.path(), Path::new("config.json"));
        drop(Folder::join(data, Part::Replica(ReplicaId(2)), file).expect("it is free"));
        drop(Folder::take(data, 2, file).expect("no cluster has begun there"));
        ClusterId(7).mark(data, ReplicaId(2)).expect("a writable folder");
        let refused = Folder::take(data, 2, file).expect_err("R1 ran elsewhere").to_string();
        assert!(refused.contains("replica R1 never ran on it"), "{refused}");
        fs::write(path_of(data, ReplicaId(1)), "").expect("a writable folder");
        Folder::take(data, 1, file).expect("all that there are ran here");
    }
}
