//! A cluster whose disks are slow: nobody is missed for waiting for its own disk, and writes are done.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{Request, header};
use bytes::Bytes;
use http_body_util::Full;
use shared::address::{Address, Host};
use shared::config::{Ack, Config, Failover, Mode, Reads};
use shared::event::{Event, EventKind};
use shared::record::Durable;

use super::port::{self, Bound, Wanted};
use super::wiring::{self, Wiring};
use super::{Running, Settings};
use crate::feed::{Feed, Next, Room};
use crate::gateway::Outlet;
use crate::home::Home;
use crate::http_client::HttpClient;
use crate::places::Places;
use crate::presenter::Presenter;
use crate::replica_http;
use crate::run::Run;
use crate::secret::Secret;
use crate::store::{Opened, Store};

const REPLICAS: usize = 4;
const WRITES: usize = 3;
/// How long a test waits for an answer: longer than the gateway does.
const LIMIT: Duration = Duration::from_secs(20);

fn settings(mode: Mode) -> Settings {
    let config = Config {
        service: 0,
        sync: mode,
        replicas: vec![Address { host: Host::LOOPBACK, port: 0 }; REPLICAS],
        ack: Ack::All,
        reads: Reads::Local,
        failover: Failover::Auto,
        data: None,
        log: None,
        host: None,
        listen: None,
        names: Vec::new(),
        public: None,
    };
    let (file, wait) = (PathBuf::from("config.json"), Duration::ZERO);
    Settings { config, file, verbose: false, room: Room::default(), wait, page: |_| None }
}

/// Starts a cluster whose disks take so long for a commit, which is two syncs; returns the address of the gateway, too.
async fn start(mode: Mode, commit: Duration) -> (String, Arc<Feed>, Running) {
    let settings = settings(mode);
    let config = &settings.config;
    let replicas = (0..REPLICAS).filter_map(|index| Wanted::replica(&settings, index));
    let wanted = std::iter::once(Wanted::gateway(&settings)).chain(replicas).collect();
    let mut ports = port::bind(&settings, wanted).await.expect("there are free ports");
    let (front, backs) = (ports.remove(0), ports);
    let secret = Secret::random().expect("the system has random numbers");
    let home = format!("http://{}", front.near());
    let run = Run::begin(config.levels(), Home::new(front.told.clone(), None), secret).expect("and more of them");
    let run = Arc::new(run);
    let places = Places::take(REPLICAS, REPLICAS).expect("there is room");
    let addresses: Vec<Address> = backs.iter().map(Bound::near).collect();
    let scene = wiring::scene(&settings, &run, front.told.port, &addresses);
    let (feed, log) = wiring::open_feed(&settings, places.viewers, &run, scene).expect("there is nothing to open");
    let wiring = Wiring::new(config, places, addresses, run, Arc::clone(&feed));
    let fresh = Durable::empty(mode);
    // All are there before the first replica starts: it would miss those that are not.
    let slow = |id| Opened { store: Store::slow(commit / 2, &fresh), ..Opened::in_memory(id, fresh.clone(), 1) };
    let stores: Vec<Opened> = config.ids().map(slow).collect();
    for ((id, bound), opened) in config.ids().zip(backs).zip(stores) {
        let port = wiring.start_replica(id, opened, 0).expect("the system has random numbers");
        wiring.start_port(bound, replica_http::routes(port));
    }
    wiring.start_gateway(front, Outlet::Straight, Presenter::Anyone, settings.page);
    (home, feed, wiring.running(Some(log), None))
}

/// Returns when who missed whom.
fn suspicions(feed: &Feed) -> Vec<String> {
    let Next::Events(events, _) = feed.after(0, usize::MAX, usize::MAX) else { return Vec::new() };
    let said = |json: &Arc<str>| {
        let Event { at, node, kind, .. } = serde_json::from_str(json).expect("an event");
        if let EventKind::Suspected { replica, .. } = kind { Some(format!("{} {node}: {replica}", at.0)) } else { None }
    };
    events.iter().filter_map(said).collect()
}

async fn check(mode: Mode, commit: Duration) {
    let (home, feed, running) = start(mode, commit).await;
    let client = HttpClient::default();
    for number in 0..WRITES {
        let body = format!("{{\"title\":\"{number}\"}}");
        let request = Request::post(format!("{home}/note")).header(header::CONTENT_TYPE, "application/json");
        let request = request.body(Full::new(Bytes::from(body))).expect("a valid request");
        let (parts, body) = client.call(request, LIMIT).await.expect("it is answered");
        assert_eq!(parts.status, 201, "write {number} in {mode:?}: {}", String::from_utf8_lossy(&body));
    }
    assert_eq!(suspicions(&feed), Vec::<String>::new(), "{mode:?}, {commit:?}");
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_missed_for_a_slow_disk_in_remote_write() {
    check(Mode::RemoteWrite, Duration::from_millis(1600)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_missed_for_a_slow_disk_in_local_write() {
    check(Mode::LocalWrite, Duration::from_millis(1600)).await;
}
