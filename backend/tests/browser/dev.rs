//! `cargo xtask dev`: the page as Trunk builds and serves it, and `baton` behind it.

use std::fs::File;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::case::PROJECTOR;
use crate::driver::Driver;
use crate::page::Page;
use crate::server::free_ports;

/// How long the first build may take: Trunk compiles the whole page, on a machine that is busy with other tests.
const BUILD: Duration = Duration::from_mins(20);

/// A running `cargo xtask dev`; dropping it ends it, as Ctrl-C does.
struct Dev {
    folder: TempDir,
    child: Child,
    port: u16,
    gateway: u16,
}

impl Dev {
    fn start() -> Dev {
        let xtask = std::env::var_os("XTASK").expect("`cargo xtask test --only browser` names itself in XTASK");
        let folder = tempfile::tempdir().expect("there is a temporary folder");
        let [port, gateway, one, two, three] = free_ports();
        let replicas = [one, two, three].map(|port| format!("127.0.0.1:{port}"));
        let config = folder.path().join("config.json");
        let text = json!({ "service": gateway, "sync": "local-write", "replicas": replicas }).to_string();
        std::fs::write(&config, text).expect("the folder can be written");
        let printed = File::create(folder.path().join("printed.txt")).expect("the folder can be written");
        let mut dev = Command::new(xtask);
        dev.args(["dev", "--port", &port.to_string(), "--", "--config"]).arg(config).stdin(Stdio::null());
        dev.stdout(printed.try_clone().expect("a file has a second handle")).stderr(printed);
        let child = dev.spawn().expect("xtask runs these tests");
        Dev { folder, child, port, gateway }
    }

    fn serves(port: u16) -> bool {
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    }

    /// Waits until Trunk serves the page, which it does once it is built.
    async fn built(&mut self) {
        let started = Instant::now();
        while !Dev::serves(self.port) {
            let ended = self.child.try_wait().expect("it is our child");
            assert!(ended.is_none() && started.elapsed() < BUILD, "it does not serve the page: {ended:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Ends it as Ctrl-C does.
    fn interrupt(&mut self) {
        let line = format!("kill -INT {}", self.child.id());
        Command::new("sh").args(["-c", &line]).status().expect("there is a shell");
        self.child.wait().expect("it is our child");
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.interrupt();
        }
        if std::thread::panicking() {
            let printed = std::fs::read_to_string(self.folder.path().join("printed.txt")).unwrap_or_default();
            eprintln!("cargo xtask dev printed:\n{printed}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_through_trunks_port_is_seen_and_ctrl_c_ends_both() {
    let mut dev = Dev::start();
    dev.built().await;
    let driver = Driver::start();
    let profile = tempfile::tempdir().expect("there is a temporary folder");
    let page = Page::new(driver.open(profile.path()).await);
    page.open(&format!("http://127.0.0.1:{}/", dev.port), PROJECTOR).await;
    page.until_equal("it is live through the proxy", "one('connection')?.dataset.link", "live").await;
    page.record_pills().await;
    let write = "fetch('/note', { method: 'POST', body: JSON.stringify({ title: 'Hello' }),
        headers: { 'Content-Type': 'application/json' } }).then(reply => arguments[arguments.length - 1](reply.status))";
    assert_eq!(page.evaluate_later(write).await, json!(201));
    page.until("its messages are seen as pills", "Object.values(window.pills).includes('ack')").await;
    page.until("and the note", "text('replica-1-note-1').includes('Hello')").await;
    page.click("tab-figure").await;
    page.until("every part is in the one program", "one('figure')").await;
    page.picture("dev").await;
    page.close().await;
    dev.interrupt();
    assert!(!Dev::serves(dev.port) && !Dev::serves(dev.gateway), "both have ended");
}
