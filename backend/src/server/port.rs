//! A port that is listened on, and the names under which it is reached.

use std::net::SocketAddr;
use std::path::Path;

use tokio::net::TcpListener;

use crate::error::StartError;
use crate::guard::Hosts;

/// A port that is listened on.
pub struct Bound {
    pub listener: TcpListener,
    pub address: SocketAddr,
    pub hosts: Hosts,
}

impl Bound {
    /// Listens on `host:port`, which the configuration `file` gives by these keys.
    pub async fn bind(host: &str, port: u16, keys: [&str; 2], file: &Path) -> Result<Bound, StartError> {
        let wanted = format!("{host}:{port}");
        let failed = |source| StartError::listen(&wanted, keys, file, source);
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let listener = TcpListener::bind((bare, port)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let hosts = Hosts::new([bare, address.to_string().as_str()]);
        Ok(Bound { listener, address, hosts })
    }

    /// Listens on the address of a replica, the one with this index in the configuration.
    pub async fn replica(address: &str, index: usize, file: &Path) -> Result<Bound, StartError> {
        let (host, port) = address.rsplit_once(':').unwrap_or((address, ""));
        let port = port.parse().expect("the configuration was checked");
        let key = format!("replicas[{index}]");
        Bound::bind(host, port, [&key, &key], file).await
    }
}
