//! chromedriver: one process for each test, on a port that it chooses itself.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

/// A running chromedriver; dropping it ends it.
pub struct Driver {
    child: Child,
    address: String,
    /// Kept open, because a driver whose output nobody takes stops.
    output: BufReader<ChildStdout>,
}

impl Driver {
    /// Starts the driver that `CHROMEDRIVER` names, or the one on `PATH`.
    pub fn start() -> Driver {
        // It ends at once when another process takes the port that it has just chosen.
        (0..5).find_map(|_| Driver::try_start()).expect("chromedriver starts and names its port")
    }

    fn try_start() -> Option<Driver> {
        let program = std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
        let mut command = Command::new(&program);
        command.args(["--port=0", "--log-level=SEVERE"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("{program} cannot be started ({error}); `cargo xtask test --only browser` says what to install")
        });
        let output = BufReader::new(child.stdout.take().expect("its output is piped"));
        let mut driver = Driver { child, address: String::new(), output };
        let port = port(&mut driver.output)?;
        driver.address = format!("http://127.0.0.1:{port}");
        Some(driver)
    }

    /// Opens a browser whose profile is the folder `profile`.
    pub async fn open(&self, profile: &Path) -> Client {
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities(profile));
        builder.connect(&self.address).await.expect("chromedriver opens Chromium")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended already; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads the port from what the driver prints; `None` when it ended without naming one.
fn port(output: &mut impl BufRead) -> Option<u16> {
    let mut lines = output.lines().map_while(Result::ok);
    lines.find_map(|line| {
        let (_, port) = line.rsplit_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    })
}

fn capabilities(profile: &Path) -> Capabilities {
    let profile = format!("--user-data-dir={}", profile.display());
    let arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--lang=en",
        &profile,
    ];
    let mut options = json!({ "args": arguments });
    if let Ok(chrome) = std::env::var("CHROME") {
        options["binary"] = Value::String(chrome);
    }
    let all = json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
    let Value::Object(all) = all else { unreachable!("written as an object") };
    all
}
