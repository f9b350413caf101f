//! What a store knows of itself and its peers: its cluster, its replica, its runs, and the last run seen of each peer.
//!
//! Called by [`super::Store`]. Stores of earlier versions name neither cluster nor replica; they learn both.

use std::collections::{BTreeMap, BTreeSet};

use redb::{ReadableDatabase, ReadableTable, TableError, WriteTransaction};

use shared::id::ReplicaId;

use super::StoreError;
use super::disk::{Disk, write};
use super::rows::{FORMATS, PEERS, RUNS};
use crate::identity::{ClusterId, Greeting, Refusal, Runs, StoreRun};

/// How many numbers a run of a replica has at least, should the calendar be set back.
const LEAST_NUMBERS: u64 = 1_000_000;
/// How many of its latest runs a store keeps.
const KEPT_RUNS: usize = 1_024;

/// The names of numbers in [`FORMATS`].
const CLUSTER: &str = "cluster";
const REPLICA: &str = "replica";
const REPLICAS: &str = "replicas";
const NUMBERS: &str = "numbers";

/// What was learnt of the cluster and of peers. It is written with the next records: nothing that a peer is acknowledged
/// is on the disk before it, and no peer waits for a sync of its own.
#[derive(Debug, Default)]
pub struct Learnt {
    cluster: Option<ClusterId>,
    runs: BTreeMap<ReplicaId, u64>,
}

impl Learnt {
    /// Writes all of it.
    pub fn write(&self, transaction: &WriteTransaction) -> Result<(), redb::Error> {
        if let Some(cluster) = self.cluster {
            transaction.open_table(FORMATS)?.insert(CLUSTER, cluster.0)?;
        }
        for (peer, run) in &self.runs {
            transaction.open_table(PEERS)?.insert(peer.0, run)?;
        }
        Ok(())
    }
}

impl Disk {
    /// Returns how many replicas the store's cluster has; `None` when the file does not say.
    pub fn size(&self) -> Result<Option<u64>, StoreError> {
        self.number(REPLICAS)
    }

    /// Returns whose store it is; `None` when the file does not say.
    pub fn replica(&self) -> Result<Option<u64>, StoreError> {
        self.number(REPLICA)
    }

    /// Returns the cluster that it belongs to; `None` when the file does not say.
    pub fn cluster(&self) -> Result<Option<ClusterId>, StoreError> {
        Ok(self.learnt.cluster.or(self.number(CLUSTER)?.map(ClusterId)))
    }

    /// Returns the last run of the store; `None` before the first.
    pub fn last_run(&self) -> Result<Option<u64>, StoreError> {
        self.number(NUMBERS)
    }

    /// Returns the latest runs of the store.
    pub fn runs(&self) -> Result<Runs, StoreError> {
        self.read_runs().map_err(|error| self.explain(error))
    }

    /// Returns the last run that was seen of a peer.
    pub fn run_of(&self, peer: ReplicaId) -> Result<Option<u64>, StoreError> {
        if let Some(run) = self.learnt.runs.get(&peer) {
            return Ok(Some(*run));
        }
        self.read_run(peer).map_err(|error| self.explain(error))
    }

    /// Keeps whose store it is, of how many, and the cluster that it belongs to, where the file does not say so, and begins
    /// another run. Its number is `calendar`, a count that grows with time, or more if the calendar was set back; the
    /// replica may number its messages from there.
    pub fn begin(
        &mut self,
        replica: ReplicaId,
        replicas: u8,
        cluster: Option<ClusterId>,
        calendar: u64,
    ) -> Result<StoreRun, StoreError> {
        let named =
            [(REPLICA, Some(replica.0.into())), (REPLICAS, Some(replicas.into())), (CLUSTER, cluster.map(|id| id.0))];
        let mut numbers = Vec::new();
        for (name, number) in named {
            if self.number(name)?.is_none() {
                numbers.extend(number.map(|number| (name, number)));
            }
        }
        let before = self.last_run()?;
        // Two runs that begin within a second of the same one differ, too: one of them may be that of a copy.
        let least = |before| before + LEAST_NUMBERS + calendar % LEAST_NUMBERS;
        let now = before.map_or(calendar, |before| calendar.max(least(before)));
        numbers.push((NUMBERS, now));
        let Runs(mut runs) = self.runs()?;
        runs.insert(now);
        self.write_begin(&numbers, &runs).map_err(|error| self.explain(error))?;
        Ok(StoreRun { before: before.unwrap_or(0), now })
    }

    /// Keeps the last runs of peers.
    pub fn put_runs(&mut self, runs: &[(ReplicaId, u64)]) -> Result<(), StoreError> {
        if runs.is_empty() { Ok(()) } else { self.write_peers(runs).map_err(|error| self.explain(error)) }
    }

    /// Takes note of the cluster that it belongs to.
    pub fn learn_cluster(&mut self, cluster: ClusterId) {
        self.learnt.cluster = Some(cluster);
    }

    /// Takes a greeting, or refuses it; see [`super::Store::meet`].
    pub fn meet(&mut self, greeting: &Greeting) -> Result<Result<(), Refusal>, StoreError> {
        let Greeting { replica, cluster, run } = greeting;
        let (own, seen) = (self.cluster()?, self.run_of(*replica)?.unwrap_or(0));
        if own.is_some() && cluster.is_some() && own != *cluster {
            return Ok(Err(Refusal::OtherCluster));
        }
        // A store without an earlier run is new: its replica learns from all others. One that has had the run that was seen
        // last says so.
        if seen != 0 && run.before != 0 && run.now != seen && run.before != seen {
            return Ok(Err(Refusal::OlderCopy { seen }));
        }
        if let (None, Some(cluster)) = (own, cluster) {
            self.learn_cluster(*cluster);
        }
        if run.now != seen {
            self.learnt.runs.insert(*replica, run.now);
        }
        Ok(Ok(()))
    }

    fn number(&self, name: &str) -> Result<Option<u64>, StoreError> {
        self.read_number(name).map_err(|error| self.explain(error))
    }

    /// Returns a number of those that stand beside the format.
    pub(super) fn read_number(&self, name: &str) -> Result<Option<u64>, redb::Error> {
        let table = self.database.begin_read()?.open_table(FORMATS)?;
        Ok(table.get(name)?.map(|number| number.value()))
    }

    fn read_run(&self, peer: ReplicaId) -> Result<Option<u64>, redb::Error> {
        match self.database.begin_read()?.open_table(PEERS) {
            // An earlier version wrote the file.
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            table => Ok(table?.get(peer.0)?.map(|run| run.value())),
        }
    }

    fn read_runs(&self) -> Result<Runs, redb::Error> {
        let runs = match self.database.begin_read()?.open_table(RUNS) {
            // An earlier version wrote the file, and kept the last one alone.
            Err(TableError::TableDoesNotExist(_)) => self.read_number(NUMBERS)?.into_iter().collect(),
            table => table?.iter()?.map(|run| run.map(|(run, _)| run.value())).collect::<Result<_, _>>()?,
        };
        Ok(Runs(runs))
    }

    /// Writes numbers, and the latest of all `runs`, in one transaction.
    fn write_begin(&mut self, numbers: &[(&str, u64)], runs: &BTreeSet<u64>) -> Result<(), redb::Error> {
        let old = runs.iter().take(runs.len().saturating_sub(KEPT_RUNS));
        write(&self.database, |transaction| {
            for (name, number) in numbers {
                transaction.open_table(FORMATS)?.insert(name, number)?;
            }
            let mut table = transaction.open_table(RUNS)?;
            for run in runs {
                table.insert(run, ())?;
            }
            for run in old {
                table.remove(run)?;
            }
            Ok(())
        })
    }

    fn write_peers(&mut self, runs: &[(ReplicaId, u64)]) -> Result<(), redb::Error> {
        write(&self.database, |transaction| {
            for (peer, run) in runs {
                transaction.open_table(PEERS)?.insert(peer.0, run)?;
            }
            Ok(())
        })
    }
}
