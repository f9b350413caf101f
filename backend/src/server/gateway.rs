//! The gateway alone: page, merged feed and step log, in front of replicas that are processes of their own.

use std::sync::Arc;

use super::port::{self, Bound, Wanted};
use super::wait::wait;
use super::wiring::{self, Wiring};
use super::{Running, Settings};
use crate::collector::{Collector, Learn};
use crate::error::StartError;
use crate::feed::confluence::Confluence;
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
        wiring::check_log(&settings)?;
        let places = Places::take(0, config.replicas.len())?;
        let front = port::bind(&settings, vec![Wanted::gateway(&settings)]).await?.remove(0);
        let data = config.data.as_ref().map(|data| settings.resolve(data));
        let join = || data.as_ref().map(|data| Folder::join(data, Part::Gateway, file)).transpose();
        let folder = wait(settings.wait, join).await?;
        let secret = Secret::shared(secret, folder.as_ref().map(Folder::path))?;
        let presenter = Presenter::of(front.is_private(config), folder.as_ref().map(Folder::path))?;
        let home = format!("http://{}", front.near());
        let run = Arc::new(Run::begin(config.levels(), Home::of(config), secret)?);
        let scene = wiring::scene(&settings, &run, front.told.port, &config.replicas);
        let (feed, log) = wiring::open_feed(&settings, places.viewers, &run, scene)?;
        let wiring = Wiring::new(config, places, config.replicas.clone(), Arc::clone(&run), Arc::clone(&feed));
        let confluence = Arc::new(Confluence::new(feed, run.clock, config.replicas.len()));
        start_collectors(&wiring, front, &confluence, (presenter, settings.page));
        Ok(GatewayServer { home, running: wiring.running(Some(log), folder) })
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
    let learn: Learn = Arc::new(move |stamp| gateway.learn(stamp));
    for (id, address) in wiring.cluster.ids().zip(&wiring.addresses) {
        let (run, learn, confluence) = (Arc::clone(run), Arc::clone(&learn), Arc::clone(confluence));
        let collector = Collector { id, address: address.clone(), run, learn, confluence, client: client.clone() };
        tasks.spawn(stop.clone().run_until_cancelled_owned(collector.run()));
    }
    tasks.spawn(stop.clone().run_until_cancelled_owned(Arc::clone(confluence).run()));
}
