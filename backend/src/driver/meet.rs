//! What a driver does for the identity of its store: takes greetings of peers, and names a cluster that starts.

use shared::id::ReplicaId;
use shared::record::Record;
use tokio::sync::oneshot;
use tokio::task::block_in_place;

use super::Driver;
use super::disk::COUNTED;
use crate::error::fatal;
use crate::identity::{ClusterId, Greeting, Refusal};
use crate::store::{Store, StoreError};

/// The replica that names a cluster.
const NAMES: ReplicaId = ReplicaId(1);

impl Driver {
    /// Takes or refuses what peers say of their stores.
    pub(super) fn meet(&mut self, greetings: impl Iterator<Item = (Greeting, oneshot::Sender<Result<(), Refusal>>)>) {
        for (greeting, peer) in greetings {
            let met = self.store.meet(&greeting).unwrap_or_else(|error| fatal(&error.to_string()));
            if met.is_ok() {
                known(self.identity.meet(&greeting));
            }
            // Who went away does not hear it.
            let _ = peer.send(met);
        }
    }

    /// Ends the process where a cluster would start for the first time in a folder that has belonged to one.
    pub(super) fn refuse_to_found(&self, records: &[Record]) {
        let first = records.iter().any(|record| matches!(record, Record::Recovered { first: true, .. }));
        if let (true, true, Some(cluster)) = (first, self.identity.was_known(), self.identity.cluster()) {
            fatal(&format!(
                "all replicas are empty, but the data folder belongs to the cluster {cluster}: put its stores back, or empty \
                 the folder to begin anew"
            ));
        }
    }

    /// Names the cluster once its first replica may vote, and has heard no name from any other.
    pub(super) fn name_cluster(&mut self, records: &[Record]) {
        let joins = records.iter().any(|record| matches!(record, Record::Recovered { .. }));
        let Greeting { replica, cluster, .. } = self.identity.greeting();
        if !joins || replica != NAMES || cluster.is_some() {
            return;
        }
        let cluster = ClusterId::random().unwrap_or_else(|error| fatal(&error.to_string()));
        self.store.learn_cluster(cluster);
        known(self.identity.belong(cluster));
    }

    /// Works on the store; ends the process when that fails. A sync takes its time: the other tasks of this thread move to
    /// another.
    pub(super) fn on_disk<T>(&mut self, work: impl FnOnce(&mut Store) -> Result<T, StoreError>) -> T {
        let done = match &mut self.store {
            store @ Store::Memory(_) => work(store),
            store @ Store::Disk(_) => {
                let (done, took) = self.disk.during(|| block_in_place(|| work(store)));
                self.clock.leave_out(took.saturating_sub(COUNTED));
                done
            }
        };
        done.unwrap_or_else(|error| fatal(&error.to_string()))
    }
}

fn known(marked: std::io::Result<()>) {
    if let Err(error) = marked {
        fatal(&format!("cannot say in the data folder to which cluster it belongs: {error}; make it writable"));
    }
}
