//! The server: its parts started together and stopped together, in one process or in one process each.
//!
//! Called by `main.rs` and by the integration tests. [`serve`] runs everything in one process, [`replica`] one
//! replica alone, [`gateway`] the gateway alone. They wire the parts and own what those share; they serve nothing
//! themselves.

mod gateway;
mod port;
mod replica;
mod serve;
mod wait;
mod wiring;

use std::path::{Path, PathBuf};
use std::time::Duration;

use shared::config::Config;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::feed::Room;
use crate::folder::Folder;
use crate::step_log::StepLog;
use crate::ui::Files;

pub use gateway::GatewayServer;
pub use replica::ReplicaServer;
pub use serve::Server;

/// How long parts may take to end that others, far away perhaps, have to end with them.
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
    /// How long to wait for a port, a data folder or a store that another process may be letting go of.
    pub wait: Duration,
    /// The page's files.
    pub page: Files,
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
    drivers: TaskTracker,
    stop: CancellationToken,
    log: Option<StepLog>,
    _folder: Option<Folder>,
}

impl Running {
    /// Stops everything, open streams or not, and writes the step log to its end. Afterwards the stores are closed and
    /// the data folder is free: that takes as long as the disk takes for what was begun, all else under a second.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.close();
        self.drivers.close();
        // What has not ended by then ends with the process.
        let _ = tokio::time::timeout(PATIENCE, self.tasks.wait()).await;
        self.drivers.wait().await;
        if let Some(log) = self.log {
            let _ = tokio::time::timeout(PATIENCE / 2, log.end()).await;
        }
    }

    /// Opens the step log anew, if there is one: whoever keeps old logs has moved it away.
    pub fn reopen_log(&self) {
        self.log.iter().for_each(StepLog::reopen);
    }
}

#[cfg(test)]
mod slow;

#[cfg(test)]
mod tests {
    use shared::config::Mode;
    use tokio::sync::oneshot;
    use tokio::time::timeout;

    use super::*;
    use crate::store::Store;

    /// A driver that is in the middle of a commit when all has to end, and needs longer for it than anybody waits.
    #[tokio::test]
    async fn it_has_ended_only_when_the_stores_are_closed() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let path = place.path().join("replica-1.redb");
        let store = Store::open(&path, Mode::RemoteWrite).expect("a new file");
        let (tasks, drivers, stop) = (TaskTracker::new(), TaskTracker::new(), CancellationToken::new());
        let (disk, committed) = oneshot::channel::<()>();
        drivers.spawn(async move {
            committed.await.expect("the disk works");
            drop(store);
        });
        let mut shutdown = Box::pin(Running { tasks, drivers, stop, log: None, _folder: None }.shutdown());
        assert!(timeout(PATIENCE * 2, &mut shutdown).await.is_err(), "a store is open");
        disk.send(()).expect("the driver waits for it");
        shutdown.await;
        Store::open(&path, Mode::RemoteWrite).expect("nobody has it open");
    }
}
