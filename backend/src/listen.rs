//! Accepting connections: one loop for each port, with limits that `axum::serve` does not have.
//!
//! Called by [`crate::server`]. A client that never finishes its headers is dropped, connections and requests are counted
//! ([`guests`]), each request passes [`visit`], and a connection ends so that the answer is heard ([`ends`]). At `stop`
//! idle ones close at once while answers under way are finished.

mod allow;
mod ends;
pub mod guests;
mod normal;
pub mod visit;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::run::Run;
use ends::Ends;
use guests::{Guest, Guests};
use visit::Visit;

/// How long the head of a request may be, in bytes.
const HEAD_BYTES: usize = 32 * 1024;
/// How long a client may take to send the head of a request, and so how long an idle connection is kept.
const HEAD: Duration = Duration::from_secs(10);
/// How long to wait when the system has no room for another connection, and for one that has to go to go in order.
const BREATH: Duration = Duration::from_millis(50);
/// How long one that has to go is looked at once more: what it has sent already is refused in words.
const GLANCE: Duration = Duration::from_millis(5);

/// What all ports of a process share.
#[derive(Clone, Debug)]
pub struct Shared {
    /// Who is connected.
    pub guests: Arc<Guests>,
    /// This run of the server.
    pub run: Arc<Run>,
    /// Where connections run.
    pub tasks: TaskTracker,
    /// What ends them.
    pub stop: CancellationToken,
}

/// Serves `router` on a port until the end.
pub async fn serve(listener: TcpListener, router: Router, shared: Shared) {
    while let Some((stream, address)) = shared.stop.run_until_cancelled(accept(&listener, &shared.guests)).await {
        // Who floods the server with connections is cut off without a word.
        let Some(guest) = shared.guests.admit(address.ip()).map(Arc::new) else { continue };
        let (router, run) = (TowerToHyperService::new(router.clone()), Arc::clone(&shared.run));
        let visit = Visit { router, guest: Arc::clone(&guest), address, reached: stream.local_addr().ok(), run };
        shared.tasks.spawn(connection(stream, visit, guest, shared.stop.clone()));
    }
}

async fn accept(listener: &TcpListener, guests: &Guests) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) => {}
            // The system has no room for another connection, whatever was set aside: others take it, too.
            Err(_) => {
                guests.make_room();
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, visit: Visit, guest: Arc<Guest>, stop: CancellationToken) {
    // Without it small answers wait for the client's acknowledgement; with an error they only come later.
    let _ = stream.set_nodelay(true);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD).max_header_size(HEAD_BYTES);
    let stream = TokioIo::new(Ends::new(stream, Arc::clone(&guest), stop.clone()));
    let mut connection = std::pin::pin!(builder.serve_connection(stream, visit));
    let leaving = guest.leaving();
    // Its end is the client's affair: a broken connection has nobody to be told.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
        () = leaving.cancelled() => {
            if tokio::time::timeout(GLANCE, connection.as_mut()).await.is_err() {
                connection.as_mut().graceful_shutdown();
                let _ = tokio::time::timeout(BREATH, connection).await;
            }
        }
    }
}
