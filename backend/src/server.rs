//! The server: its parts started together and stopped together, in one process or in one process each.
//!
//! Called by `main.rs` and by the integration tests. [`serve`] runs everything in one process, [`replica`] one
//! replica alone, [`gateway`] the gateway alone. They wire the parts and own what those share; they serve nothing
//! themselves.

mod gateway;
mod port;
mod replica;
mod serve;
mod wiring;

use std::path::{Path, PathBuf};
use std::time::Duration;

use shared::config::Config;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::feed::Room;
use crate::folder::Folder;

pub use gateway::GatewayServer;
pub use replica::ReplicaServer;
pub use serve::Server;

/// How long parts may take to end.
const PATIENCE: Duration = Duration::from_millis(500);

/// What to start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The configuration. Port 0 (which the file may not give) takes any free port in one process that runs everything.
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

/// What runs, and what ends it.
#[derive(Debug)]
pub struct Running {
    tasks: TaskTracker,
    stop: CancellationToken,
    log: Option<Log>,
    _folder: Option<Folder>,
}

/// The task that writes the step log, and what ends it.
type Log = (CancellationToken, JoinHandle<()>);

impl Running {
    /// Stops everything, open streams or not, and writes the step log to its end; takes under a second.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.close();
        // What has not ended by then ends with the process.
        let _ = tokio::time::timeout(PATIENCE, self.tasks.wait()).await;
        if let Some((stop, task)) = self.log {
            stop.cancel();
            let _ = tokio::time::timeout(PATIENCE / 2, task).await;
        }
    }
}
