//! The page's files in a folder of a server that knows nothing else: no API, no event stream. It counts what it does not
//! have.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use tokio::task::JoinHandle;

/// The folder: a page of such a server is rarely alone.
const FOLDER: &str = "/pages/baton/";

/// A running server; dropping it ends it.
pub struct Bare {
    address: SocketAddr,
    failed: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Bare {
    /// Serves `dist/`.
    pub async fn start() -> Bare {
        let failed = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&failed);
        let router = Router::new().fallback(move |uri: Uri| async move { file(&uri, &count) });
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has free ports");
        let address = listener.local_addr().expect("it is bound");
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Bare { address, failed, task }
    }

    /// Returns the address of the page.
    pub fn home(&self) -> String {
        format!("http://{}{FOLDER}", self.address)
    }

    /// Returns how many requests there were for what it does not have.
    pub fn failed(&self) -> usize {
        self.failed.load(Ordering::Relaxed)
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn file(uri: &Uri, failed: &AtomicUsize) -> Response {
    let name = match uri.path().strip_prefix(FOLDER) {
        Some("") => "index.html",
        Some(name) => name,
        None => "",
    };
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).with_file_name("dist").join(name);
    let Some(content) = std::fs::read(&path).ok().filter(|_| !name.is_empty()) else {
        failed.fetch_add(1, Ordering::Relaxed);
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = match path.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        Some(_) | None => "text/plain",
    };
    ([(header::CONTENT_TYPE, kind)], content).into_response()
}
