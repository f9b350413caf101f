//! A cluster whose parts are processes of their own, each of which can be killed, stopped and started again.

use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use shared::config::Mode;
use shared::id::ReplicaId;
use shared::view::{ClusterView, ReplicaView};
use tempfile::TempDir;

use super::http::Http;
use super::process::{Baton, command, config, program};
use super::watch::Watch;

/// The secret's header.
pub const SECRET: &str = "x-baton-secret";

/// Replicas and a gateway on one machine, with one data folder.
#[derive(Debug)]
pub struct Parts {
    pub place: TempDir,
    pub http: Http,
    /// `None` while it is down.
    pub gateway: Option<Baton>,
    /// By number, from 1; `None` while one is down.
    pub replicas: Vec<Option<Baton>>,
}

impl Parts {
    /// Starts the gateway, so that it hears everything, and then `count` replicas, all at once; waits until all of
    /// them have found out that the cluster starts for the first time.
    pub async fn start(mode: Mode, count: usize) -> Parts {
        let place = tempfile::tempdir().expect("a temporary folder");
        let config = config(mode, count);
        let gateway = Baton::start(command(place.path(), &config).arg("gateway"));
        let run = |id| Baton::start(&mut replica(place.path(), id));
        let replicas = std::thread::scope(|scope| {
            let starting: Vec<_> = (1..=count).map(|id| scope.spawn(move || run(id))).collect();
            starting.into_iter().map(|part| Some(part.join().expect("it starts"))).collect()
        });
        let parts = Parts { place, http: Http::new(), gateway: Some(gateway), replicas };
        parts.watch().await.until_all_vote(count).await;
        parts
    }

    pub fn start_gateway(&mut self) {
        self.gateway = Some(Baton::start(program(self.place.path()).arg("gateway")));
    }

    /// Ends the gateway as a crash would.
    pub fn kill_gateway(&mut self) {
        self.gateway.take().expect("it runs").kill();
    }

    pub fn start_replica(&mut self, id: usize) {
        let started = Baton::start(&mut replica(self.place.path(), id));
        self.replicas[id - 1] = Some(started);
    }

    /// Ends a replica as a crash would.
    pub fn kill_replica(&mut self, id: usize) {
        self.replicas[id - 1].take().expect("it runs").kill();
    }

    /// Sends a replica a signal: `STOP` holds it, `CONT` lets it go on.
    pub fn signal_replica(&self, id: usize, name: &str) {
        self.replicas[id - 1].as_ref().expect("it runs").signal(name);
    }

    /// Returns an address at the gateway.
    pub fn front(&self, path: &str) -> String {
        format!("{}{path}", self.gateway.as_ref().expect("it runs").home)
    }

    /// Returns an address at a replica that runs.
    pub fn back(&self, id: usize, path: &str) -> String {
        format!("{}{path}", self.replicas[id - 1].as_ref().expect("it runs").home)
    }

    /// Returns the second of the calendar.
    pub fn second() -> u64 {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        since.expect("it is after 1970").as_secs()
    }

    /// Returns the secret that the parts made.
    pub fn secret(&self) -> String {
        let text = std::fs::read_to_string(self.place.path().join("data/secret")).expect("they made one");
        text.trim().to_owned()
    }

    /// Returns what a replica holds, as it says itself.
    pub async fn state(&self, id: usize) -> ReplicaView {
        let got = self.http.send("GET", &self.back(id, "/state"), &[(SECRET, &self.secret())], "").await;
        assert_eq!(got.status, 200, "{got:?}");
        serde_json::from_value(got.json()).expect("a view")
    }

    /// Returns what the gateway shows of the cluster.
    pub async fn cluster(&self) -> ClusterView {
        let body = self.http.get(&self.front("/cluster")).await.json();
        serde_json::from_value(body["view"].clone()).expect("a view")
    }

    /// Follows the gateway's feed from now on.
    pub async fn watch(&self) -> Watch {
        Watch::open(&self.http, &self.front("/events")).await
    }

    /// Waits until the feed has told of every replica that runs what that replica says of itself.
    pub async fn settle(&self, watch: &mut Watch) {
        // What a replica says is never older than what it has told, so that more is to come while the two differ.
        while self.differ(&watch.view).await {
            watch.more().await;
        }
    }

    async fn differ(&self, view: &ClusterView) -> bool {
        for id in (1..=self.replicas.len()).filter(|id| self.replicas[id - 1].is_some()) {
            let number = ReplicaId(u8::try_from(id).expect("a few"));
            if view.replicas.get(&number) != Some(&self.state(id).await) {
                return true;
            }
        }
        false
    }
}

/// Returns how to run a replica alone, on the configuration in `place`.
pub fn replica(place: &Path, id: usize) -> Command {
    let mut replica = program(place);
    replica.args(["replica", "--id", &id.to_string()]);
    replica
}
