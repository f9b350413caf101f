//! Who a replica's store is: which cluster it belongs to, and which run of it this is.
//!
//! Each batch of messages carries a [`Greeting`]; the receiver refuses the store of another cluster, and an older copy of a
//! store of which it has seen a later run. [`crate::store`] keeps what has to be known after a restart, [`crate::driver`]
//! asks it, and [`Identity`] is what the tasks around the driver share.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Mutex, OnceLock, PoisonError};

use shared::id::ReplicaId;

use crate::random::random_number;

/// The file in the data folder that says to which cluster it belongs.
const FILE: &str = "cluster";

/// A cluster: a random number that is made when it starts for the first time; 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClusterId(pub u64);

/// One run of a store, by a number that grows with each, and the run before it; 0 before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreRun {
    /// A run before: the last one, or the one that the receiver has seen last.
    pub before: u64,
    /// This run.
    pub now: u64,
}

/// The latest runs of a store by their numbers. A copy of the store has those up to the copy, and its own from there on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runs(pub BTreeSet<u64>);

impl Runs {
    /// Whether a run is one of them, or before the first that is kept.
    pub fn has(&self, run: u64) -> bool {
        self.0.contains(&run) || self.0.first().is_some_and(|first| run < *first)
    }
}

/// What a replica says of its store: its number, its cluster (or `-`), the run before and this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// The replica.
    pub replica: ReplicaId,
    /// Its cluster, if it knows it.
    pub cluster: Option<ClusterId>,
    /// Its run.
    pub run: StoreRun,
}

/// Why a greeting is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The store belongs to another cluster.
    #[error("This store belongs to another cluster.")]
    OtherCluster,
    /// The store is an older copy.
    #[error("This store is an older copy: a run was seen that it does not follow.")]
    OlderCopy {
        /// The run of it that was seen last.
        seen: u64,
    },
}

impl Refusal {
    /// Returns the word by which a peer is told.
    pub fn code(self) -> &'static str {
        match self {
            Refusal::OtherCluster => "other_cluster",
            Refusal::OlderCopy { .. } => "older_copy",
        }
    }
}

/// Who a replica's store is, and whom it has greeted.
#[derive(Debug)]
pub struct Identity {
    replica: ReplicaId,
    run: StoreRun,
    cluster: OnceLock<ClusterId>,
    /// All runs of the store.
    runs: Runs,
    /// Whether the cluster was known when the run began.
    known: bool,
    /// The data folder; memory has none.
    folder: Option<PathBuf>,
    /// Whose greeting was taken, and in which run.
    met: Mutex<BTreeMap<ReplicaId, StoreRun>>,
    /// The peers whose stores belong to another cluster.
    strangers: Mutex<BTreeSet<ReplicaId>>,
}

impl ClusterId {
    /// Makes one up.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn random() -> Result<ClusterId, getrandom::Error> {
        random_number().map(ClusterId)
    }

    /// Returns the cluster that a data folder belongs to; `None` when it does not say.
    ///
    /// # Errors
    /// When the file cannot be read, or says something else.
    pub fn of_folder(folder: &Path) -> io::Result<Option<ClusterId>> {
        match fs::read_to_string(folder.join(FILE)) {
            Ok(text) => text.trim().parse().map(Some).map_err(|()| ErrorKind::InvalidData.into()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Says in a data folder that it belongs to this cluster. Several parts may do so at once.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn mark(self, folder: &Path, replica: ReplicaId) -> io::Result<()> {
        if ClusterId::of_folder(folder)? == Some(self) {
            return Ok(());
        }
        let draft = folder.join(format!("{FILE}.{}", replica.0));
        fs::write(&draft, format!("{self}\n"))?;
        fs::rename(draft, folder.join(FILE))
    }
}

impl fmt::Display for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for ClusterId {
    type Err = ();

    fn from_str(text: &str) -> Result<ClusterId, ()> {
        let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        digits.then(|| u64::from_str_radix(text, 16).ok()).flatten().map(ClusterId).ok_or(())
    }
}

impl fmt::Display for Greeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Greeting { replica, cluster, run } = self;
        write!(f, "{} ", replica.0)?;
        match cluster {
            Some(cluster) => write!(f, "{cluster}")?,
            None => f.write_str("-")?,
        }
        write!(f, " {} {}", run.before, run.now)
    }
}

impl FromStr for Greeting {
    type Err = ();

    fn from_str(text: &str) -> Result<Greeting, ()> {
        let words: Vec<&str> = text.split(' ').collect();
        let &[replica, cluster, before, now] = words.as_slice() else { return Err(()) };
        let number = |word: &str| word.parse::<u64>().map_err(|_| ());
        Ok(Greeting {
            replica: ReplicaId(replica.parse().map_err(|_| ())?),
            cluster: if cluster == "-" { None } else { Some(cluster.parse()?) },
            run: StoreRun { before: number(before)?, now: number(now)? },
        })
    }
}

impl Identity {
    /// Returns the identity of a replica's store in this run, of all its `runs`; `folder` is where it lies.
    pub fn new(
        replica: ReplicaId,
        (run, runs): (StoreRun, Runs),
        cluster: Option<ClusterId>,
        folder: Option<PathBuf>,
    ) -> Identity {
        let known = cluster.is_some();
        let cluster = cluster.map_or_else(OnceLock::new, OnceLock::from);
        Identity { replica, run, runs, cluster, known, folder, met: Mutex::default(), strangers: Mutex::default() }
    }

    /// Returns what this replica says of itself.
    pub fn greeting(&self) -> Greeting {
        Greeting { replica: self.replica, cluster: self.cluster(), run: self.run }
    }

    /// Whether the store has had this run, so that it is no older copy for who has seen it.
    pub fn has_run(&self, run: u64) -> bool {
        self.runs.has(run)
    }

    /// Returns the cluster that the store belongs to, if it is known.
    pub fn cluster(&self) -> Option<ClusterId> {
        self.cluster.get().copied()
    }

    /// Whether the cluster was known when the run began.
    pub fn was_known(&self) -> bool {
        self.known
    }

    /// Returns the number of this run.
    pub fn run(&self) -> StoreRun {
        self.run
    }

    /// Whether this greeting was taken before.
    pub fn has_met(&self, greeting: &Greeting) -> bool {
        let met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        let same = greeting.cluster.is_none() || greeting.cluster == self.cluster();
        same && met.get(&greeting.replica) == Some(&greeting.run)
    }

    /// Takes note of a greeting that the store has taken.
    ///
    /// # Errors
    /// When the data folder cannot be marked.
    pub fn meet(&self, greeting: &Greeting) -> io::Result<()> {
        self.met.lock().unwrap_or_else(PoisonError::into_inner).insert(greeting.replica, greeting.run);
        greeting.cluster.map_or(Ok(()), |cluster| self.belong(cluster))
    }

    /// Takes note of a peer whose store belongs to another cluster; returns how many there are now, or `None` when this
    /// one was known.
    pub fn meet_stranger(&self, peer: ReplicaId) -> Option<usize> {
        let mut strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        strangers.insert(peer).then(|| strangers.len())
    }

    /// Takes note of the cluster that the store belongs to.
    ///
    /// # Errors
    /// When the data folder cannot be marked.
    pub fn belong(&self, cluster: ClusterId) -> io::Result<()> {
        if self.cluster.set(cluster).is_err() {
            return Ok(());
        }
        self.folder.as_ref().map_or(Ok(()), |folder| cluster.mark(folder, self.replica))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: StoreRun = StoreRun { before: 3, now: 9 };

    #[test]
    fn a_greeting_is_read_as_it_was_written() {
        for cluster in [None, Some(ClusterId(0)), Some(ClusterId(u64::MAX))] {
            let greeting = Greeting { replica: ReplicaId(2), cluster, run: RUN };
            assert_eq!(greeting.to_string().parse(), Ok(greeting));
        }
        for bad in ["", "2 - 3", "2 - 3 9 9", "x - 3 9", "2 12 3 9", "2 00000000000000g0 3 9", "300 - 3 9"] {
            assert_eq!(bad.parse::<Greeting>(), Err(()), "{bad}");
        }
    }

    #[test]
    fn a_folder_says_to_which_cluster_it_belongs() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let folder = place.path();
        assert_eq!(ClusterId::of_folder(folder).expect("it can be read"), None);
        let identity = Identity::new(ReplicaId(1), (RUN, Runs::default()), None, Some(folder.to_owned()));
        let greeting = Greeting { replica: ReplicaId(2), cluster: Some(ClusterId(7)), run: RUN };
        assert!(!identity.has_met(&greeting));
        identity.meet(&greeting).expect("a writable folder");
        assert!(identity.has_met(&greeting));
        assert_eq!(ClusterId::of_folder(folder).expect("it can be read"), Some(ClusterId(7)));
        let later = Greeting { run: StoreRun { before: 9, now: 12 }, ..greeting };
        assert!(!identity.has_met(&later), "it is another run");
        fs::write(folder.join(FILE), "notes").expect("a writable folder");
        assert!(ClusterId::of_folder(folder).is_err());
    }
}
