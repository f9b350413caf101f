//! Accepting connections: one loop for each port, with limits that `axum::serve` does not have.
//!
//! Called by [`crate::server`]. A client that never finishes its headers is dropped, connections are counted,
//! and at `stop` idle ones close at once while answers under way are finished.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How many connections one port serves at once; more wait in the system's queue.
const CONNECTIONS: usize = 2_048;
/// How long a client may take to send the head of a request, and so how long an idle connection is kept.
const HEAD: Duration = Duration::from_secs(10);
/// How long to wait when the system has no room for another connection.
const BREATH: Duration = Duration::from_millis(50);

/// Serves `router` on a port until `stop`.
pub async fn serve(listener: TcpListener, router: Router, tasks: TaskTracker, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    while let Some((stream, seat)) = stop.run_until_cancelled(accept(&listener, &room)).await {
        tasks.spawn(connection(stream, router.clone(), seat, stop.clone()));
    }
}

async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    let seat = Arc::clone(room).acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, seat),
            // The connection is gone again, or the process has no descriptor left: both pass.
            Err(_) => tokio::time::sleep(BREATH).await,
        }
    }
}

async fn connection(stream: TcpStream, router: Router, _seat: OwnedSemaphorePermit, stop: CancellationToken) {
    // Without it small answers wait for the client's acknowledgement; with an error they only come later.
    let _ = stream.set_nodelay(true);
    let service = TowerToHyperService::new(router);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    // Its end is the client's affair: a broken connection has nobody to be told.
    let _ = connection.await;
}
