//! A server inside the test's process, on free ports, with its files in a temporary folder.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use backend::feed::Room;
use backend::server::{Server, Settings};
use serde_json::Value;
use shared::address::{Address, Host};
use shared::config::{Ack, Config, Failover, Mode, Reads};
use tempfile::TempDir;

use super::http::{Got, Http};

pub const MODES: [Mode; 2] = [Mode::RemoteWrite, Mode::LocalWrite];

/// A running server and a client for it.
#[derive(Debug)]
pub struct Cluster {
    pub server: Server,
    pub http: Http,
    place: TempDir,
    settings: Settings,
}

/// Returns a configuration of `replicas` replicas on free ports.
pub fn config(mode: Mode, replicas: usize, data: Option<&str>) -> Config {
    Config {
        service: 0,
        sync: mode,
        replicas: vec![Address { host: Host::LOOPBACK, port: 0 }; replicas],
        ack: Ack::All,
        reads: Reads::Local,
        failover: Failover::Auto,
        data: data.map(str::to_owned),
        log: Some("log/log.txt".to_owned()),
        host: None,
        listen: None,
        names: Vec::new(),
        public: None,
    }
}

impl Cluster {
    /// Starts four replicas that keep everything in memory.
    pub async fn memory(mode: Mode) -> Cluster {
        Cluster::start(config(mode, 4, None), Room::default()).await
    }

    /// Starts four replicas that keep everything on the disk.
    pub async fn disk(mode: Mode) -> Cluster {
        Cluster::start(config(mode, 4, Some("data")), Room::default()).await
    }

    pub async fn start(config: Config, room: Room) -> Cluster {
        let place = tempfile::tempdir().expect("a temporary folder");
        let (file, wait) = (place.path().join("config.json"), Duration::ZERO);
        let settings = Settings { config, file, verbose: false, room, wait, page: |_| None };
        Cluster::open(place, settings).await
    }

    async fn open(place: TempDir, settings: Settings) -> Cluster {
        let server = Server::start(settings.clone()).await.expect("the server starts");
        Cluster { server, http: Http::new(), place, settings }
    }

    /// Stops the server and starts it again on the same files.
    pub async fn restart(self) -> Cluster {
        let Cluster { server, place, settings, .. } = self;
        server.shutdown().await;
        Cluster::open(place, settings).await
    }

    /// Stops the server and returns its step log, without the time stamps.
    pub async fn log(self) -> Vec<String> {
        self.server.shutdown().await;
        let path: PathBuf = self.place.path().join("log/log.txt");
        let text = fs::read_to_string(path).expect("there is a log");
        let line = |line: &str| line.split_once("] ").expect("each line has a stamp").1.to_owned();
        text.lines().map(line).collect()
    }

    pub fn gateway(&self, path: &str) -> String {
        format!("{}{path}", self.server.home())
    }

    /// Returns an address at replica `id`, from 1.
    pub fn replica(&self, id: usize, path: &str) -> String {
        format!("http://{}{path}", self.server.replicas()[id - 1])
    }

    /// Returns every way in: the gateway, then each replica.
    pub fn doors(&self) -> Vec<String> {
        let replicas = (1..=self.server.replicas().len()).map(|id| self.replica(id, ""));
        std::iter::once(self.server.home()).chain(replicas).collect()
    }

    pub async fn call(&self, method: &str, url: &str, body: &Value) -> Got {
        self.http.call(method, url, Some(body)).await
    }

    /// Returns what each replica answers to `GET /note`.
    pub async fn lists(&self) -> Vec<Value> {
        let mut lists = Vec::new();
        for id in 1..=self.server.replicas().len() {
            lists.push(self.http.get(&self.replica(id, "/note")).await.json());
        }
        lists
    }
}
