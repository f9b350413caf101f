//! What the parts of a server share while they are started, and how each is put together.

use std::sync::Arc;

use axum::Router;
use shared::address::Address;
use shared::config::Config;
use shared::id::ReplicaId;
use shared::replica::{Cluster, Replica};
use shared::view::Scene;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::port::Bound;
use super::{Running, Settings};
use crate::driver::{CoreClock, Driver, broken};
use crate::error::{StartError, fatal};
use crate::feed::{Feed, Of, Room};
use crate::folder::Folder;
use crate::gateway::{self, Gateway, Outlet};
use crate::guard::{self, Hosts};
use crate::http_client::HttpClient;
use crate::listen::guests::Guests;
use crate::listen::{self, Shared};
use crate::mailbox::{self, Work};
use crate::places::Places;
use crate::presenter::Presenter;
use crate::random::random_number;
use crate::replica_http::Port;
use crate::run::Run;
use crate::step_log::{self, StepLog};
use crate::store::Opened;
use crate::transport::texts::LongTexts;
use crate::transport::{Outboxes, Sender};
use crate::ui::Files;

/// What the parts of a server share while they are started.
pub struct Wiring {
    pub cluster: Cluster,
    /// How each replica is reached; R1 first.
    pub addresses: Vec<Address>,
    /// By which names all ports are called.
    pub hosts: Arc<Hosts>,
    pub run: Arc<Run>,
    pub feed: Arc<Feed>,
    pub client: HttpClient,
    /// Who is connected, at all ports.
    pub guests: Arc<Guests>,
    pub tasks: TaskTracker,
    /// Those that have a store open.
    pub drivers: TaskTracker,
    pub stop: CancellationToken,
}

impl Wiring {
    pub fn new(config: &Config, places: Places, addresses: Vec<Address>, run: Arc<Run>, feed: Arc<Feed>) -> Wiring {
        let size = u8::try_from(addresses.len()).expect("the configuration was checked");
        let cluster = Cluster { failover: config.failover, ..Cluster::of(size) };
        let (tasks, drivers, stop) = (TaskTracker::new(), TaskTracker::new(), CancellationToken::new());
        let (client, guests) = (HttpClient::new(places.idle), Arc::new(Guests::new(places)));
        let hosts = Arc::new(Hosts::of(config));
        Wiring { cluster, addresses, hosts, run, feed, client, guests, tasks, drivers, stop }
    }

    /// Starts a replica with its own store and returns what its port needs. `before` is the last number that it may have
    /// given a message which this feed knows.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn start_replica(
        &self,
        id: ReplicaId,
        Opened { store, mut durable, identity }: Opened,
        before: u64,
    ) -> Result<Port, StartError> {
        let texts = LongTexts::default();
        texts.share(&mut durable);
        let mut replica = Replica::new(id, self.cluster, durable, random_number()?);
        replica.number_after(before);
        let (handle, inbox) = mailbox::inbox(id);
        let peers = self.cluster.ids().zip(self.addresses.iter().cloned()).filter(|(peer, _)| *peer != id);
        let ends = (&self.tasks, &self.stop);
        let (identity, run) = (Arc::new(identity), Arc::clone(&self.run));
        let sender = Sender {
            replica: handle.clone(),
            identity: Arc::clone(&identity),
            peers: usize::from(self.cluster.size) - 1,
            run: Arc::clone(&run),
            client: self.client.clone(),
            texts: texts.clone(),
        };
        let outboxes = Outboxes::open(&sender, peers, ends);
        let (feed, clock) = (Arc::clone(&self.feed), CoreClock::new(self.run.clock));
        let disk = handle.disk().clone();
        let driver = Driver { replica, store, identity: Arc::clone(&identity), outboxes, feed, clock, disk };
        self.start_driver(id, driver, inbox);
        Ok(Port { replica: handle, identity, texts, run, count: usize::from(self.cluster.size) })
    }

    /// Runs a driver; ends the process when the replica breaks one of its own rules.
    fn start_driver(&self, id: ReplicaId, driver: Driver, inbox: mpsc::Receiver<Work>) {
        let task = broken::spawn(driver.run(inbox, self.stop.clone()));
        self.drivers.spawn(async move {
            if let Some(said) = broken::broken(task).await {
                fatal(&format!("replica {id} broke a rule of the protocol; please report this line: {said}"));
            }
        });
    }

    pub fn start_gateway(&self, bound: Bound, outlet: Outlet, presenter: Presenter, page: Files) -> Arc<Gateway> {
        let (run, feed, client) = (Arc::clone(&self.run), Arc::clone(&self.feed), self.client.clone());
        let (addresses, stop) = (self.addresses.clone(), self.stop.clone());
        let gateway = Arc::new(Gateway::new(run, (feed, outlet), client, addresses, presenter, stop));
        self.start_port(bound, gateway::routes(Arc::clone(&gateway), page));
        gateway
    }

    pub fn start_port(&self, bound: Bound, routes: Router) {
        let guarded = guard::around(routes, Arc::clone(&self.hosts));
        let Wiring { guests, run, tasks, stop, .. } = self;
        let shared = Shared { guests: guests.clone(), run: Arc::clone(run), tasks: tasks.clone(), stop: stop.clone() };
        for listener in bound.listeners {
            tasks.spawn(listen::serve(listener, guarded.clone(), shared.clone()));
        }
    }

    pub fn running(self, log: Option<StepLog>, folder: Option<Folder>) -> Running {
        Running { tasks: self.tasks, drivers: self.drivers, stop: self.stop, log, _folder: folder }
    }
}

/// Returns what does not change while a server runs, as the page shows it.
pub fn scene(settings: &Settings, run: &Run, service: u16, replicas: &[Address]) -> Scene {
    let Config { ack, reads, failover, .. } = settings.config;
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let replicas = replicas.iter().map(ToString::to_string).collect();
    Scene { service, replicas, ack, reads, failover, version, started: run.started }
}

/// Checks that the step log is neither the configuration nor in the data folder.
pub fn check_log(settings: &Settings) -> Result<(), StartError> {
    let log = settings.config.log.as_ref().map(|log| settings.resolve(log));
    let data = settings.config.data.as_ref().map(|data| settings.resolve(data));
    let other = match &log {
        Some(log) if *log == settings.file => "the configuration",
        Some(log) if data.is_some_and(|data| log.starts_with(data)) => "in the data folder",
        _ => return Ok(()),
    };
    let path = log.unwrap_or_default();
    Err(StartError::LogInTheWay { path, other, file: settings.file.display().to_string() })
}

/// Opens the feed of the whole cluster, with so many `viewers`, and the step log that it writes.
pub fn open_feed(
    settings: &Settings,
    viewers: usize,
    run: &Run,
    scene: Scene,
) -> Result<(Arc<Feed>, StepLog), StartError> {
    let Settings { config, file, verbose, room, .. } = settings;
    let path = config.log.as_ref().map(|log| settings.resolve(log));
    let (lines, log) = step_log::open(path.as_deref(), run.clock, *verbose).map_err(|source| StartError::Create {
        path: path.unwrap_or_default(),
        key: "log",
        file: file.display().to_string(),
        source,
    })?;
    let room = Room { viewers, ..*room };
    let feed = Feed::new(run.incarnation.clone(), scene, room, Of::Cluster(lines));
    Ok((Arc::new(feed), log))
}
