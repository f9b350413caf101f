//! Ports: where each part of a server listens, and how it is called.
//!
//! Called by the three ways to start. A host that has addresses of both families is listened to on both. A port that is
//! busy is waited for, and why it stays busy is found out in the end: another program that listens there, or a connection
//! of this machine that was given the port.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use shared::address::{Address, Host};
use shared::config::Config;
use tokio::net::{TcpListener, TcpSocket};

use super::Settings;
use super::wait::wait;
use crate::error::{StartError, Taker};

/// How many connections the system holds until they are accepted.
const BACKLOG: u32 = 1_024;
/// How long another program may take to answer the one who looks whether it listens.
const LOOK: Duration = Duration::from_millis(200);

/// An address to listen on, with the keys of the configuration that give it.
#[derive(Debug)]
pub struct Wanted<'s> {
    /// As others call it.
    told: Address,
    listen: Option<IpAddr>,
    /// The key of its host, and that of its port.
    keys: [String; 2],
    file: &'s Path,
}

/// A port that is listened on.
#[derive(Debug)]
pub struct Bound {
    /// One for each address of its host; at least one.
    pub listeners: Vec<TcpListener>,
    /// Where the first one listens.
    pub socket: SocketAddr,
    /// How others call it.
    pub told: Address,
    /// The key that gives its port.
    key: String,
}

impl Wanted<'_> {
    /// The gateway's address.
    pub fn gateway(settings: &Settings) -> Wanted<'_> {
        let Settings { config, file, .. } = settings;
        let keys = ["host", "service"].map(str::to_owned);
        Wanted { told: config.gateway(), listen: config.listen, keys, file }
    }

    /// The address of the replica with this index in the configuration; `None` when there is no such replica.
    pub fn replica(settings: &Settings, index: usize) -> Option<Wanted<'_>> {
        let Settings { config, file, .. } = settings;
        let (told, key) = (config.replicas.get(index)?.clone(), format!("replicas[{index}]"));
        Some(Wanted { told, listen: config.listen, keys: [key.clone(), key], file })
    }

    /// Finds out where to listen.
    async fn sockets(&self) -> Result<Vec<SocketAddr>, StartError> {
        let Address { host, port } = &self.told;
        let numbers = self.listen.map(|number| vec![number]).or_else(|| host.numbers());
        if let Some(numbers) = numbers {
            return Ok(numbers.into_iter().map(|number| SocketAddr::new(number, *port)).collect());
        }
        let found =
            tokio::net::lookup_host((host.to_string(), *port)).await.map_err(|error| self.unusable(None, error))?;
        let mut sockets: Vec<SocketAddr> = found.collect();
        sockets.sort_unstable();
        sockets.dedup();
        Ok(sockets)
    }

    /// Listens on all `sockets` that this machine has; `others` are this server's own already.
    fn bind(&self, sockets: &[SocketAddr], others: &[Bound]) -> Result<Bound, StartError> {
        let (mut bound, mut absent): (Vec<(TcpListener, SocketAddr)>, _) = (Vec::new(), None);
        for wanted in sockets {
            // A port that was free for the first is wanted for all.
            let port = bound.first().map_or(wanted.port(), |(_, first)| first.port());
            let wanted = SocketAddr::new(wanted.ip(), port);
            match listen(wanted).and_then(|listener| listener.local_addr().map(|socket| (listener, socket))) {
                Ok(listening) => bound.push(listening),
                Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => absent = Some((wanted, error)),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(self.busy(wanted, others)),
                Err(error) => return Err(self.unusable(Some(wanted), error)),
            }
        }
        let Some((_, socket)) = bound.first() else {
            let (wanted, error) =
                absent.map_or((None, io::ErrorKind::NotFound.into()), |(at, error)| (Some(at), error));
            return Err(self.unusable(wanted, error));
        };
        let told = Address { port: socket.port(), ..self.told.clone() };
        let (socket, key) = (*socket, self.keys[1].clone());
        let listeners = bound.into_iter().map(|(listener, _)| listener).collect();
        Ok(Bound { listeners, socket, told, key })
    }

    fn busy(&self, socket: SocketAddr, others: &[Bound]) -> StartError {
        let (address, key, file) = (self.shown(Some(socket)), self.keys[1].clone(), self.file.display().to_string());
        match others.iter().find(|other| other.has(socket)) {
            Some(other) => StartError::Twice { address, keys: [other.key.clone(), key], file },
            None => StartError::Busy { address, socket, key, file, by: Taker::Unknown },
        }
    }

    fn unusable(&self, socket: Option<SocketAddr>, source: io::Error) -> StartError {
        let [host, port] = &self.keys;
        let (key, instead) = if source.kind() == io::ErrorKind::PermissionDenied {
            (port.as_str(), "")
        } else if self.listen.is_some() {
            ("listen", "")
        } else if source.kind() == io::ErrorKind::AddrNotAvailable {
            (host.as_str(), ", or give an address of this machine as `listen`")
        } else {
            (host.as_str(), "")
        };
        let (address, key, file) = (self.shown(socket), key.to_owned(), self.file.display().to_string());
        StartError::Listen { address, key, file, instead, source }
    }

    /// Returns what is wanted, and where that is when it says something else.
    fn shown(&self, socket: Option<SocketAddr>) -> String {
        match socket.map(Address::from).filter(|socket| *socket != self.told) {
            Some(socket) => format!("{} ({socket})", self.told),
            None => self.told.to_string(),
        }
    }
}

impl Bound {
    /// Returns how a program on this machine reaches it.
    pub fn near(&self) -> Address {
        Address::from(self.socket).near()
    }

    /// Whether only this machine reaches it, as far as anybody was told.
    pub fn is_private(&self, config: &Config) -> bool {
        let mut sockets = self.listeners.iter().filter_map(|listener| listener.local_addr().ok());
        let told = !self.told.host.is_loopback() || !config.names.is_empty() || config.public.is_some();
        !told && sockets.all(|socket| socket.ip().is_loopback())
    }

    /// Whether one of its listeners has taken `socket`.
    fn has(&self, socket: SocketAddr) -> bool {
        let mut sockets = self.listeners.iter().filter_map(|listener| listener.local_addr().ok());
        sockets.any(|own| {
            let everywhere = own.ip().is_unspecified() || socket.ip().is_unspecified();
            own.port() == socket.port() && (own.ip() == socket.ip() || everywhere)
        })
    }
}

/// Listens on all that is `wanted`, in this order; waits for what is busy as long as the settings say.
pub async fn bind(settings: &Settings, wanted: Vec<Wanted<'_>>) -> Result<Vec<Bound>, StartError> {
    let mut places = Vec::new();
    for wanted in wanted {
        let sockets = wanted.sockets().await?;
        places.push((wanted, sockets));
    }
    let mut bound: Vec<Bound> = Vec::new();
    let all_bound = wait(settings.wait, || -> Result<(), StartError> {
        while let Some((wanted, sockets)) = places.get(bound.len()) {
            let next = wanted.bind(sockets, &bound)?;
            bound.push(next);
        }
        Ok(())
    });
    all_bound.await.map_err(looked_at)?;
    Ok(bound)
}

fn listen(socket: SocketAddr) -> io::Result<TcpListener> {
    // A machine may be without one of the two families.
    let absent = |error| io::Error::new(io::ErrorKind::AddrNotAvailable, error);
    let unbound = if socket.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.map_err(absent)?;
    // A port whose last connections are not quite over is free. On Windows the option means that others may have it too.
    #[cfg(not(windows))]
    unbound.set_reuseaddr(true)?;
    unbound.bind(socket)?;
    unbound.listen(BACKLOG)
}

/// Finds out who has a port that stayed busy.
fn looked_at(error: StartError) -> StartError {
    let StartError::Busy { address, socket, key, file, .. } = error else { return error };
    let near = match Address::from(socket).near() {
        Address { host: Host::Number(number), port } => SocketAddr::new(number, port),
        Address { host: Host::Name(_), .. } => socket,
    };
    let by = if TcpStream::connect_timeout(&near, LOOK).is_ok() { Taker::Program } else { Taker::Connection };
    StartError::Busy { address, socket, key, file, by }
}
