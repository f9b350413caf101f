//! What a driver does for the identity of its store: takes greetings of peers, and names a cluster that starts.

use shared::id::ReplicaId;
use tokio::sync::oneshot;

use super::Driver;
use crate::error::fatal;
use crate::identity::{ClusterId, Greeting, Refusal};
use crate::transport::meet_stranger;

/// The replica that names a cluster.
const NAMES: ReplicaId = ReplicaId(1);

impl Driver {
    /// Takes or refuses what peers say of their stores.
    pub(super) fn meet(&mut self, greetings: impl Iterator<Item = (Greeting, oneshot::Sender<Result<(), Refusal>>)>) {
        for (greeting, peer) in greetings {
            let met = self.store.meet(&greeting).unwrap_or_else(|error| fatal(&error.to_string()));
            match met {
                Ok(()) => known(self.identity.meet(&greeting)),
                Err(Refusal::OtherCluster) => {
                    meet_stranger(&self.identity, greeting.replica, self.outboxes.peers());
                }
                // It is told so, and ends.
                Err(Refusal::OlderCopy { .. }) => {}
            }
            // Who went away does not hear it.
            let _ = peer.send(met);
        }
    }

    /// Ends the process where a cluster would start for the first time in a folder that has belonged to one.
    pub(super) fn refuse_to_found(&self) {
        if let (true, Some(cluster)) = (self.identity.was_known(), self.identity.cluster()) {
            fatal(&format!(
                "all replicas are empty, but the data folder belongs to the cluster {cluster}: put its stores back, or \
                 empty the folder to start over"
            ));
        }
    }

    /// Names the cluster now that its first replica may vote, if no other has told a name.
    pub(super) fn name_cluster(&mut self) {
        let Greeting { replica, cluster, .. } = self.identity.greeting();
        if replica != NAMES || cluster.is_some() {
            return;
        }
        let cluster = ClusterId::random().unwrap_or_else(|error| fatal(&error.to_string()));
        self.store.learn_cluster(cluster);
        known(self.identity.belong(cluster));
    }
}

fn known(marked: std::io::Result<()>) {
    if let Err(error) = marked {
        fatal(&format!("cannot record in the data folder which cluster it belongs to: {error}; make it writable"));
    }
}
