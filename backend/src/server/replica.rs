//! One replica alone: its port, its store, and its feed for the gateway.

use std::sync::Arc;

use shared::config::{Config, Mode};
use shared::id::ReplicaId;
use shared::record::Durable;

use super::port::{self, Wanted};
use super::wait::wait;
use super::wiring::{self, Wiring};
use super::{Running, Settings};
use crate::error::StartError;
use crate::feed::{Feed, Of};
use crate::folder::{Folder, Part};
use crate::home::Home;
use crate::identity::ClusterId;
use crate::places::Places;
use crate::replica_feed::{self, Telling};
use crate::replica_http;
use crate::run::Run;
use crate::secret::Secret;
use crate::store::{self, Fresh, Opened};

/// A replica that runs alone.
#[derive(Debug)]
pub struct ReplicaServer {
    home: String,
    mode: Mode,
    running: Running,
}

impl ReplicaServer {
    /// Starts replica `id`; `secret` is what the environment says. It needs tokio's multi-threaded runtime.
    ///
    /// # Errors
    /// When there is no such replica, or its port, the data folder, the secret, its store or enough open files cannot be had.
    ///
    /// # Panics
    /// When the configuration has more than 255 replicas: `Config::parse` takes no such one.
    pub async fn start(settings: Settings, id: u8, secret: Option<&str>) -> Result<ReplicaServer, StartError> {
        let Settings { config, file, .. } = &settings;
        let wanted = usize::from(id).checked_sub(1).and_then(|index| Wanted::replica(&settings, index));
        let unknown = || StartError::NoReplica { id, count: config.replicas.len(), file: file.display().to_string() };
        let wanted = wanted.ok_or_else(unknown)?;
        let places = Places::take(1, config.replicas.len())?;
        let bound = port::bind(&settings, vec![wanted]).await?.remove(0);
        let id = ReplicaId(id);
        let data = config.data.as_ref().map(|data| settings.resolve(data));
        let join = || data.as_ref().map(|data| Folder::join(data, Part::Replica(id), file)).transpose();
        let folder = wait(settings.wait, join).await?;
        let secret = Secret::shared(secret, folder.as_ref().map(Folder::path))?;
        let run = Arc::new(Run::begin(config.levels(), Home::of(config), secret)?);
        let fresh = Fresh { mode: config.sync, cluster: ClusterId::random()?, calendar: run.calendar() };
        let opened = wait(settings.wait, || open_store(config, folder.as_ref(), id, fresh)).await?;
        let (mode, before) = (opened.durable.mode, opened.identity.run().now);
        let scene = wiring::scene(&settings, &run, config.service, &config.replicas);
        let feed = Arc::new(Feed::new(run.incarnation.clone(), scene, settings.room, Of::Replica(id)));
        let wiring = Wiring::new(config, places, config.replicas.clone(), run, Arc::clone(&feed));
        let home = format!("http://{}", bound.near());
        let port = wiring.start_replica(id, opened, before)?;
        let telling = Telling { port: port.clone(), feed, stop: wiring.stop.clone() };
        wiring.start_port(bound, replica_http::routes(port).merge(replica_feed::routes(telling)));
        Ok(ReplicaServer { home, mode, running: wiring.running(None, folder) })
    }

    /// Returns the address at which it is reached on this machine.
    pub fn home(&self) -> &str {
        &self.home
    }

    /// Returns the mode that the store was found in.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Stops everything; see [`Running::shutdown`].
    pub async fn shutdown(self) {
        self.running.shutdown().await;
    }
}

/// Opens the replica's store. One that is new may have been lost.
fn open_store(config: &Config, folder: Option<&Folder>, id: ReplicaId, fresh: Fresh) -> Result<Opened, StartError> {
    match folder {
        Some(folder) => Ok(store::open_one(folder.path(), id, config.count(), fresh)?),
        None => Ok(Opened::in_memory(id, Durable::lost(config.sync), fresh.calendar)),
    }
}
