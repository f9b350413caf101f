//! The whole server in one process: gateway, replicas, feed and step log, started together and stopped together.
//!
//! Called by `main.rs` and by the integration tests. It wires the parts and owns what they share; it serves
//! nothing itself.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use shared::config::{Config, Mode};
use shared::id::ReplicaId;
use shared::record::Durable;
use shared::replica::{Cluster, Replica};
use shared::view::Scene;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::driver::{self, Driver, ReplicaHandle, Work};
use crate::error::{StartError, fatal, reachable};
use crate::feed::{Feed, Room};
use crate::folder::Folder;
use crate::gateway::{self, Gateway};
use crate::guard::{self, Hosts};
use crate::http_client::HttpClient;
use crate::listen;
use crate::replica_http::{self, Port};
use crate::run::{Run, random_seed};
use crate::step_log::StepLog;
use crate::store::{self, Store};
use crate::transport::Outboxes;

/// How long parts may take to end.
const PATIENCE: Duration = Duration::from_millis(500);

/// What to start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The configuration. Port 0 (which the file may not give) takes any free port.
    pub config: Config,
    /// The file that it came from, for messages; relative paths in it start at its folder.
    pub file: PathBuf,
    /// Whether the step log goes to standard output too.
    pub verbose: bool,
    /// How much the feed remembers.
    pub room: Room,
}

impl Settings {
    /// Returns a path of the configuration as it is seen from here.
    fn resolve(&self, path: &str) -> PathBuf {
        self.file.parent().unwrap_or(Path::new("")).join(path)
    }
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    gateway: SocketAddr,
    replicas: Vec<SocketAddr>,
    mode: Mode,
    feed: Arc<Feed>,
    tasks: TaskTracker,
    stop: CancellationToken,
    log: (CancellationToken, JoinHandle<()>),
    _folder: Option<Folder>,
}

/// A port that is listened on.
struct Bound {
    listener: TcpListener,
    address: SocketAddr,
    hosts: Hosts,
}

impl Bound {
    async fn bind(host: &str, port: u16, keys: [&str; 2], file: &Path) -> Result<Bound, StartError> {
        let wanted = format!("{host}:{port}");
        let failed = |source| StartError::listen(&wanted, keys, file, source);
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let listener = TcpListener::bind((bare, port)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let hosts = Hosts::new([bare, address.to_string().as_str()]);
        Ok(Bound { listener, address, hosts })
    }

    async fn replica(address: &str, index: usize, file: &Path) -> Result<Bound, StartError> {
        let (host, port) = address.rsplit_once(':').unwrap_or((address, ""));
        let port = port.parse().expect("the configuration was checked");
        let key = format!("replicas[{index}]");
        Bound::bind(host, port, [&key, &key], file).await
    }
}

impl Server {
    /// Starts a server. It needs tokio's multi-threaded runtime.
    ///
    /// # Errors
    /// When a port, the data folder, a store or the step log cannot be had.
    ///
    /// # Panics
    /// When the configuration has more than 255 replicas or an address without a port: `Config::parse` takes no such one.
    pub async fn start(settings: Settings) -> Result<Server, StartError> {
        let Settings { config, file, .. } = &settings;
        let front = Bound::bind(&config.host, config.service, ["host", "service"], file).await?;
        let mut backs = Vec::new();
        for (index, address) in config.replicas.iter().enumerate() {
            backs.push(Bound::replica(address, index, file).await?);
        }
        let folder = config.data.as_ref().map(|data| Folder::take(&settings.resolve(data), file)).transpose()?;
        let stores = open_stores(config, folder.as_ref())?;
        let gateway = front.address;
        let replicas: Vec<SocketAddr> = backs.iter().map(|port| port.address).collect();
        let run = Arc::new(Run::begin(config.levels(), format!("http://{}", reachable(gateway)))?);
        let (feed, log) = open_feed(&settings, &run, gateway, &replicas)?;
        let parts = Parts {
            cluster: Cluster {
                failover: config.failover,
                ..Cluster::of(u8::try_from(replicas.len()).expect("the configuration was checked"))
            },
            addresses: replicas.iter().copied().map(reachable).collect(),
            run,
            feed: Arc::clone(&feed),
            client: HttpClient::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        };
        let mode = stores.iter().max_by_key(|(_, durable)| durable.generation).map_or(config.sync, |(_, d)| d.mode);
        for ((id, port), (store, durable)) in config.ids().zip(backs).zip(stores) {
            parts.start_replica(id, port, store, durable)?;
        }
        parts.start_gateway(front);
        let Parts { tasks, stop, .. } = parts;
        Ok(Server { gateway, replicas, mode, feed, tasks, stop, log, _folder: folder })
    }

    /// Returns the gateway's address.
    pub fn gateway(&self) -> SocketAddr {
        self.gateway
    }

    /// Returns the address to open in a browser on this machine.
    pub fn home(&self) -> String {
        format!("http://{}", reachable(self.gateway))
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

    /// Stops everything, open streams or not, and writes the step log to its end; takes under a second.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.close();
        // What has not ended by then ends with the process.
        let _ = tokio::time::timeout(PATIENCE, self.tasks.wait()).await;
        let (stop, task) = self.log;
        stop.cancel();
        let _ = tokio::time::timeout(PATIENCE / 2, task).await;
    }
}

type Stores = Vec<(Store, Durable)>;

fn open_stores(config: &Config, folder: Option<&Folder>) -> Result<Stores, StartError> {
    if let Some(folder) = folder {
        let paths: Vec<PathBuf> = config.ids().map(|id| folder.store_of(id)).collect();
        return Ok(store::open_all(&paths, config.sync)?);
    }
    Ok(config.ids().map(|_| (Store::memory(config.sync), Durable::empty(config.sync))).collect())
}

type Log = (CancellationToken, JoinHandle<()>);

fn open_feed(
    settings: &Settings,
    run: &Run,
    gateway: SocketAddr,
    replicas: &[SocketAddr],
) -> Result<(Arc<Feed>, Log), StartError> {
    let Settings { config, file, verbose, room } = settings;
    let path = settings.resolve(&config.log);
    let (lines, log) = StepLog::open(&path, run.started, *verbose).map_err(|source| StartError::Create {
        path,
        key: "log",
        file: file.display().to_string(),
        source,
    })?;
    let scene = Scene {
        service: gateway.port(),
        replicas: replicas.iter().map(ToString::to_string).collect(),
        ack: config.ack,
        reads: config.reads,
        failover: config.failover,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started: run.started,
    };
    let feed = Arc::new(Feed::new(run.incarnation.clone(), scene, *room, lines));
    let stop = CancellationToken::new();
    let task = tokio::spawn(log.write(stop.clone()));
    Ok((feed, (stop, task)))
}

/// What the parts of a server share while they are started.
struct Parts {
    cluster: Cluster,
    addresses: Vec<SocketAddr>,
    run: Arc<Run>,
    feed: Arc<Feed>,
    client: HttpClient,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Parts {
    fn start_replica(&self, id: ReplicaId, bound: Bound, store: Store, durable: Durable) -> Result<(), StartError> {
        let (replica, inbox) = driver::inbox(id);
        let peers = self.cluster.ids().zip(self.addresses.iter().copied()).filter(|(peer, _)| *peer != id);
        let ends = (&self.tasks, &self.stop);
        let driver = Driver {
            replica: Replica::new(id, self.cluster, durable, random_seed()?),
            store,
            outboxes: Outboxes::open(&replica, peers, &self.run, &self.client, ends),
            feed: Arc::clone(&self.feed),
            clock: self.run.clock,
        };
        self.start_driver(id, driver, inbox);
        self.start_port(bound, self.port_of(replica));
        Ok(())
    }

    fn port_of(&self, replica: ReplicaHandle) -> Router {
        let count = usize::from(self.cluster.size);
        replica_http::routes(Port { replica, run: Arc::clone(&self.run), count })
    }

    /// Runs a driver; ends the process when the replica breaks one of its own rules, which it reports itself.
    fn start_driver(&self, id: ReplicaId, driver: Driver, inbox: mpsc::Receiver<Work>) {
        let task = tokio::spawn(driver.run(inbox, self.stop.clone()));
        self.tasks.spawn(async move {
            if task.await.is_err() {
                fatal(&format!("replica {id} broke a rule of the protocol; please report the lines above"));
            }
        });
    }

    fn start_gateway(&self, bound: Bound) {
        let (run, feed) = (Arc::clone(&self.run), Arc::clone(&self.feed));
        let gateway = Gateway::new(run, feed, self.addresses.clone(), self.stop.clone());
        self.start_port(bound, gateway::routes(Arc::new(gateway)));
    }

    fn start_port(&self, bound: Bound, routes: Router) {
        let guarded = guard::around(routes, bound.hosts);
        self.tasks.spawn(listen::serve(bound.listener, guarded, self.tasks.clone(), self.stop.clone()));
    }
}
