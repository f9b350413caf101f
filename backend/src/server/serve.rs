//! Everything in one process: gateway, replicas, feed and step log.

use std::net::SocketAddr;
use std::sync::Arc;

use shared::address::Address;
use shared::config::{Config, Mode};
use shared::record::Durable;

use super::port::{self, Bound, Wanted};
use super::wait::wait;
use super::wiring::{self, Wiring};
use super::{Running, Settings};
use crate::error::StartError;
use crate::feed::Feed;
use crate::folder::Folder;
use crate::gateway::Outlet;
use crate::home::Home;
use crate::identity::ClusterId;
use crate::places::Places;
use crate::presenter::Presenter;
use crate::replica_http;
use crate::run::Run;
use crate::secret::Secret;
use crate::store::{self, Fresh, Opened};

/// A running server.
#[derive(Debug)]
pub struct Server {
    near: Address,
    gateway: SocketAddr,
    replicas: Vec<SocketAddr>,
    mode: Mode,
    feed: Arc<Feed>,
    running: Running,
}

impl Server {
    /// Starts a server. It needs tokio's multi-threaded runtime.
    ///
    /// # Errors
    /// When a port, the data folder, a store, the step log or enough open files cannot be had.
    ///
    /// # Panics
    /// When the configuration has more than 255 replicas: `Config::parse` takes no such one.
    pub async fn start(settings: Settings) -> Result<Server, StartError> {
        let Settings { config, file, .. } = &settings;
        wiring::check_log(&settings)?;
        let places = Places::take(config.replicas.len(), config.replicas.len())?;
        let replicas = (0..config.replicas.len()).filter_map(|index| Wanted::replica(&settings, index));
        let wanted: Vec<Wanted> = std::iter::once(Wanted::gateway(&settings)).chain(replicas).collect();
        let mut ports = port::bind(&settings, wanted).await?;
        let (front, backs) = (ports.remove(0), ports);
        let data = config.data.as_ref().map(|data| settings.resolve(data));
        let take = || data.as_ref().map(|data| Folder::take(data, config.count(), file)).transpose();
        let folder = wait(settings.wait, take).await?;
        let presenter = Presenter::of(front.is_private(config), folder.as_ref().map(Folder::path))?;
        let (gateway, near) = (front.socket, front.near());
        let home = Home::new(front.told.clone(), config.public.clone());
        let run = Arc::new(Run::begin(config.levels(), home, Secret::random()?)?);
        let fresh = Fresh { mode: config.sync, cluster: ClusterId::random()?, calendar: run.calendar() };
        let stores = wait(settings.wait, || open_stores(config, folder.as_ref(), fresh)).await?;
        let shown: Vec<Address> = backs.iter().map(|port| port.told.clone()).collect();
        let scene = wiring::scene(&settings, &run, gateway.port(), &shown);
        let (feed, log) = wiring::open_feed(&settings, places.viewers, &run, scene)?;
        let replicas = backs.iter().map(|port| port.socket).collect();
        let addresses = backs.iter().map(Bound::near).collect();
        let wiring = Wiring::new(config, places, addresses, run, Arc::clone(&feed));
        let newest = stores.iter().map(|opened| &opened.durable).max_by_key(|durable| durable.generation);
        let mode = newest.map_or(config.sync, |durable| durable.mode);
        for ((id, bound), kept) in config.ids().zip(backs).zip(stores) {
            let port = wiring.start_replica(id, kept, 0)?;
            wiring.start_port(bound, replica_http::routes(port));
        }
        wiring.start_gateway(front, Outlet::Straight, presenter, settings.page);
        Ok(Server { near, gateway, replicas, mode, feed, running: wiring.running(Some(log), folder) })
    }

    /// Returns the gateway's address.
    pub fn gateway(&self) -> SocketAddr {
        self.gateway
    }

    /// Returns the address to open in a browser on this machine.
    pub fn home(&self) -> String {
        format!("http://{}", self.near)
    }

    /// Returns the replicas' addresses; R1 first.
    pub fn replicas(&self) -> &[SocketAddr] {
        &self.replicas
    }

    /// Returns the mode that the stores were found in.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Returns the event feed.
    pub fn feed(&self) -> &Arc<Feed> {
        &self.feed
    }

    /// Opens the step log anew; see [`Running::reopen_log`].
    pub fn reopen_log(&self) {
        self.running.reopen_log();
    }

    /// Stops everything; see [`Running::shutdown`].
    pub async fn shutdown(self) {
        self.running.shutdown().await;
    }
}

fn open_stores(config: &Config, folder: Option<&Folder>, fresh: Fresh) -> Result<Vec<Opened>, StartError> {
    let empty = Durable::empty(config.sync);
    match folder {
        Some(folder) => Ok(store::open_all(folder.path(), config.count(), fresh)?),
        None => Ok(config.ids().map(|id| Opened::in_memory(id, empty.clone(), fresh.calendar)).collect()),
    }
}
