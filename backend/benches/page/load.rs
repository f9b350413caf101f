//! Clients that keep the cluster busy while something is measured.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinHandle;

use crate::server::{Server, Via};

/// Creates notes `1..=count`.
pub async fn notes(server: &Server, count: u64) {
    for number in 1..=count {
        let (status, _) =
            server.request("POST", "/note", Via::Gateway, &json!({ "title": format!("Note {number}") })).await;
        assert_eq!(status, 201, "a note is created");
    }
}

/// A client that writes at a steady rate until it is dropped.
pub struct Steady {
    task: JoinHandle<()>,
    done: Arc<AtomicU64>,
}

impl Steady {
    /// Starts `rate` writes a second to notes `1..=notes`, each without waiting for the one before.
    pub fn start(server: &Arc<Server>, rate: u32, notes: u64) -> Steady {
        let (server, done) = (Arc::clone(server), Arc::new(AtomicU64::new(0)));
        let count = Arc::clone(&done);
        let task = tokio::spawn(async move {
            let mut beat = tokio::time::interval(Duration::from_secs(1) / rate);
            for number in 0_u64.. {
                beat.tick().await;
                let (server, count) = (Arc::clone(&server), Arc::clone(&count));
                tokio::spawn(async move {
                    let path = format!("/note/{}", number % notes + 1);
                    let (status, _) = server
                        .request("PATCH", &path, Via::Gateway, &json!({ "title": format!("Write {number}") }))
                        .await;
                    count.fetch_add(u64::from(status == 200), Ordering::Relaxed);
                });
            }
        });
        Steady { task, done }
    }

    /// Returns how many writes were acknowledged.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }
}

impl Drop for Steady {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Sends `count` writes at once, to as many notes, and waits for all.
pub async fn burst(server: &Arc<Server>, count: u64, notes: u64) {
    let writes: Vec<_> = (0..count)
        .map(|number| {
            let server = Arc::clone(server);
            tokio::spawn(async move {
                let body = json!({ "title": format!("Burst {number}") });
                server.request("PATCH", &format!("/note/{}", number % notes + 1), Via::Gateway, &body).await.0
            })
        })
        .collect();
    for write in writes {
        // One that is refused under such a load is no matter here.
        let _ = write.await.expect("a client does not panic");
    }
}
