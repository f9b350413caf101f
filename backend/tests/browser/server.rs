//! The real `baton` process, on free ports and in a folder of its own, and a client beside the browser.

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use backend::feed::Room;
use backend::server::Settings;
use backend::ui::Files;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use shared::config::Config;
use tempfile::TempDir;

use crate::feed::Feed;
use crate::free_port::free_port;

/// How long a start may take.
const START: Duration = Duration::from_secs(30);

/// Which way a request takes.
#[derive(Clone, Copy, Debug)]
pub enum Via {
    /// To the gateway, which chooses a replica.
    Gateway,
    /// To the gateway, which is told the replica (`X-Replica`).
    GatewayTo(u8),
    /// Straight to a replica's own port.
    Replica(u8),
}

/// A server; dropping it kills it and removes its folder.
pub struct Server {
    folder: TempDir,
    gateway: u16,
    replicas: [u16; 4],
    /// One process, or the gateway and then each replica.
    parts: Vec<Child>,
    /// What took its place.
    upgraded: Option<backend::server::Server>,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Server {
    /// Starts four replicas and a gateway, and waits until they answer.
    pub async fn start(mode: &str) -> Server {
        Server::start_as(mode, &["serve"]).await
    }

    /// Starts the same with a process for each part, so that a replica can be killed.
    pub async fn start_apart(mode: &str) -> Server {
        let replicas = ["1", "2", "3", "4"].map(|id| format!("replica --id {id}"));
        let parts: Vec<&str> = std::iter::once("gateway").chain(replicas.iter().map(String::as_str)).collect();
        Server::start_as(mode, &parts).await
    }

    async fn start_as(mode: &str, parts: &[&str]) -> Server {
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        let [gateway, replicas @ ..] = free_ports::<5>();
        let addresses = replicas.map(|port| format!("127.0.0.1:{port}"));
        let config = json!({ "service": gateway, "sync": mode, "replicas": addresses });
        std::fs::write(folder.path().join("config.json"), config.to_string()).expect("the folder can be written");
        let client = Client::builder(TokioExecutor::new()).build_http();
        let parts = parts.iter().map(|part| spawn(&folder, part)).collect();
        let mut server = Server { folder, gateway, replicas, parts, upgraded: None, client };
        server.answers().await;
        server
    }

    /// Returns the address of the page.
    pub fn home(&self) -> String {
        format!("http://127.0.0.1:{}/", self.gateway)
    }

    /// Returns the gateway's port.
    pub fn port(&self) -> u16 {
        self.gateway
    }

    /// Ends the process as a power cut would.
    pub fn kill(&mut self) {
        for part in &mut self.parts {
            end(part);
        }
    }

    /// Stops the process where it is (`STOP`), as a sleeping machine or a frozen proxy does, or lets it go on (`CONT`).
    pub fn signal(&self, signal: &str) {
        for part in &self.parts {
            let line = format!("kill -{signal} {}", part.id());
            assert!(Command::new("sh").args(["-c", &line]).status().is_ok_and(|done| done.success()), "{line}");
        }
    }

    /// Ends one replica of a server that was started apart, as a power cut would.
    pub fn kill_replica(&mut self, replica: u8) {
        end(&mut self.parts[usize::from(replica)]);
    }

    /// Starts it again, on the same port and the same data.
    pub fn start_replica(&mut self, replica: u8) {
        self.parts[usize::from(replica)] = spawn(&self.folder, &format!("replica --id {replica}"));
    }

    /// Starts it again, on the same ports and the same data.
    pub async fn restart(&mut self) {
        self.parts = vec![spawn(&self.folder, "serve")];
        self.answers().await;
    }

    /// Puts a server with another page in its place, on the same ports and the same data.
    pub async fn upgrade(&mut self, page: Files) {
        self.kill();
        let file = self.folder.path().join("config.json");
        let config = std::fs::read_to_string(&file).expect("it was written");
        let config = Config::parse(&config).expect("the server took it");
        let settings = Settings { config, file, verbose: false, room: Room::default(), wait: START, page };
        self.upgraded = Some(backend::server::Server::start(settings).await.expect("it starts"));
        self.parts.clear();
        self.answers().await;
    }

    /// Sends a request as curl would; returns the status and the body.
    ///
    /// # Panics
    /// When there is no answer, or one that is not JSON.
    pub async fn request(&self, method: &str, path: &str, via: Via, body: &Value) -> (u16, Value) {
        self.try_request(method, path, via, body).await.expect("the server answers")
    }

    async fn try_request(&self, method: &str, path: &str, via: Via, body: &Value) -> Option<(u16, Value)> {
        let port = match via {
            Via::Gateway | Via::GatewayTo(_) => self.gateway,
            Via::Replica(replica) => self.replicas[usize::from(replica) - 1],
        };
        let mut request = Request::builder().method(method).uri(format!("http://127.0.0.1:{port}{path}"));
        if let Via::GatewayTo(replica) = via {
            request = request.header("X-Replica", replica.to_string());
        }
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let request = request.header("Content-Type", "application/json").body(Full::from(text)).expect("it is valid");
        let response = self.client.request(request).await.ok()?;
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.ok()?.to_bytes();
        Some((status, serde_json::from_slice(&bytes).ok()?))
    }

    /// Opens the event stream, as the page does.
    pub async fn feed(&self) -> Feed {
        let uri = format!("http://127.0.0.1:{}/events", self.gateway);
        let request = Request::builder().uri(uri).body(Full::default()).expect("it is valid");
        Feed::new(self.client.request(request).await.expect("the server answers").into_body())
    }

    async fn answers(&mut self) {
        let started = Instant::now();
        while !matches!(self.try_request("GET", "/note", Via::Gateway, &Value::Null).await, Some((200, _))) {
            let ended: Vec<_> = self.parts.iter_mut().filter_map(|part| part.try_wait().transpose()).collect();
            let late = started.elapsed() > START;
            assert!(ended.is_empty() && !late, "baton does not answer ({ended:?}); it printed:\n{}", self.printed());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn printed(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("printed.txt")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.upgraded.take());
        // Some may have been killed already; either way all are gone afterwards.
        for part in &mut self.parts {
            let _ = part.kill();
            let _ = part.wait();
        }
        if std::thread::panicking() {
            eprintln!("baton printed:\n{}", self.printed());
        }
    }
}

fn end(part: &mut Child) {
    part.kill().expect("the process is ours");
    part.wait().expect("the process is ours");
}

fn spawn(folder: &TempDir, part: &str) -> Child {
    let printed = File::options().create(true).append(true).open(folder.path().join("printed.txt"));
    let printed = printed.expect("the folder can be written");
    let mut baton = Command::new(env!("CARGO_BIN_EXE_baton"));
    baton.args(part.split(' ')).arg("--config").arg(folder.path().join("config.json")).current_dir(folder.path());
    baton.stdin(Stdio::null()).stdout(printed.try_clone().expect("a file has a second handle")).stderr(printed);
    baton.spawn().expect("baton was built for this test")
}

/// Returns ports that nobody listens on.
pub fn free_ports<const COUNT: usize>() -> [u16; COUNT] {
    [(); COUNT].map(|()| free_port())
}
