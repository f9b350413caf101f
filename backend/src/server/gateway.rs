//! The gateway alone: page, merged feed and step log, in front of replicas that are processes of their own.

use std::sync::Arc;

use super::port::Bound;
use super::wait::wait;
use super::wiring::{self, Wiring};
use super::{Running, Settings};
use crate::collector::{Collector, Confluence};
use crate::error::{StartError, reachable_name};
use crate::folder::{Folder, Part};
use crate::gateway::Outlet;
use crate::home::Home;
use crate::places::Places;
use crate::presenter::Presenter;
use crate::run::Run;
use crate::secret::Secret;
use crate::ui::Files;

/// A gateway that runs alone.
#[derive(Debug)]
pub struct GatewayServer {
    home: String,
    running: Running,
}

impl GatewayServer {
    /// Starts the gateway; `secret` is what the environment says. It needs tokio's multi-threaded runtime.
    ///
    /// # Errors
    /// When its port, the data folder, the secret, the step log or enough open files cannot be had.
    ///
    /// # Panics
    /// When the configuration has more than 255 replicas: `Config::parse` takes no such one.
    pub async fn start(settings: Settings, secret: Option<&str>) -> Result<GatewayServer, StartError> {
        let Settings { config, file, .. } = &settings;
        let places = Places::take(0, config.replicas.len())?;
        let front = Bound::bind(&config.host, config.service, ["host", "service"], file).await?;
        let data = config.data.as_ref().map(|data| settings.resolve(data));
        let join = || data.as_ref().map(|data| Folder::join(data, Part::Gateway, file)).transpose();
        let folder = wait(settings.wait, join).await?;
        let secret = Secret::shared(secret, folder.as_ref().map(Folder::path))?;
        let presenter = Presenter::of(front.address, folder.as_ref().map(Folder::path))?;
        let home = Home::new(&front.address.ip().to_string(), front.address.port());
        let run = Arc::new(Run::begin(config.levels(), home.clone(), secret)?);
        let scene = wiring::scene(&settings, &run, front.address.port(), config.replicas.clone());
        let (feed, log) = wiring::open_feed(&settings, places.viewers, &run, scene)?;
        let addresses = config.replicas.iter().map(|address| reachable_name(address)).collect();
        let wiring = Wiring::new(config, places, addresses, Arc::clone(&run), Arc::clone(&feed));
        let confluence = Arc::new(Confluence::new(feed, run.clock, config.replicas.len()));
        start_collectors(&wiring, front, &confluence, (presenter, settings.page));
        Ok(GatewayServer { home: home.to_string(), running: wiring.running(Some(log), folder) })
    }

    /// Returns the address to open in a browser on this machine.
    pub fn home(&self) -> &str {
        &self.home
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

/// Starts the gateway's port, one collector for each replica, and what flows together behind them.
fn start_collectors(wiring: &Wiring, front: Bound, confluence: &Arc<Confluence>, served: (Presenter, Files)) {
    let Wiring { tasks, stop, run, client, .. } = wiring;
    let gateway = wiring.start_gateway(front, Outlet::Merged(Arc::clone(confluence)), served.0, served.1);
    for (id, address) in wiring.cluster.ids().zip(&wiring.addresses) {
        let (run, gateway, confluence) = (Arc::clone(run), Arc::clone(&gateway), Arc::clone(confluence));
        let collector = Collector { id, address: address.clone(), run, gateway, confluence, client: client.clone() };
        tasks.spawn(stop.clone().run_until_cancelled_owned(collector.run()));
    }
    tasks.spawn(stop.clone().run_until_cancelled_owned(Arc::clone(confluence).run()));
}
