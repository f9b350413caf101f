//! Addresses: a host, `host:port`, a `Host` header, and where a proxy shows the page; each parsed once and written in one
//! way.
//!
//! Called by [`crate::config`] for what is configured, and by the server for what a request says of where it went. No name
//! is looked up here.

mod public;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::as_text;

pub use public::Public;

/// A host, by name or by number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A name in lower case, without a dot at its end.
    Name(String),
    /// An IP address; one of IPv4 that was written as one of IPv6 is one of IPv4.
    Number(IpAddr),
}

/// A host and a port, `host:port`; an IPv6 address stands in brackets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The host.
    pub host: Host,
    /// The port.
    pub port: u16,
}

/// Where a request went, as its `Host` header says: the port is left out where it is that of the scheme.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Authority {
    /// The host.
    pub host: Host,
    /// The port, if it is named.
    pub port: Option<u16>,
}

as_text!(Host, Address);

/// Why a text is no address; each says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is the address of a page.
    #[error("leave `{0}://` out")]
    Scheme(String),
    /// It cannot be read by eye.
    #[error("there is a blank or a control character in it: leave that out")]
    Blank,
    /// There is nothing in front of the port.
    #[error("the host is missing: give a name or an IP address, such as 127.0.0.1")]
    NoHost,
    /// There is a host alone.
    #[error("the port is missing: give host:port, such as 127.0.0.1:10001")]
    NoPort,
    /// There is a port where a host is wanted.
    #[error("leave the port `:{0}` out: give the host alone")]
    HasPort(String),
    /// What stands where the port does is none.
    #[error("`{0}` is no port: give a number from 1 to 65535")]
    Port(String),
    /// It has more than one colon.
    #[error("write an IPv6 address in brackets, such as [::1]:10001")]
    Brackets,
    /// What stands where the host does is none.
    #[error("`{0}` is neither a host's name (letters, digits, `-` and `.`) nor an IP address")]
    Host(String),
    /// It is not the address of a page.
    #[error("give the whole address of the page, such as https://notes.example/baton")]
    Public,
    /// The path of that address cannot stand in links.
    #[error("`{0}` is no path for the page: give letters, digits, `/` and `-._~` alone")]
    Path(String),
    /// The path of that address is one of the API's.
    #[error("the page cannot be at `{0}`, where the API is")]
    Taken(String),
}

impl Host {
    /// This machine, to itself.
    pub const LOOPBACK: Host = Host::Number(IpAddr::V4(Ipv4Addr::LOCALHOST));

    /// Returns the numbers that everybody knows this host to have; `None` for a name that has to be looked up.
    ///
    /// Source: RFC 6761, section 6.3, for `localhost` and all names below it.
    pub fn numbers(&self) -> Option<Vec<IpAddr>> {
        match self {
            Host::Number(number) => Some(vec![*number]),
            Host::Name(name) if name == "localhost" || name.ends_with(".localhost") => {
                Some(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()])
            }
            Host::Name(_) => None,
        }
    }

    /// Whether it is the machine that asks, whichever that is.
    pub fn is_loopback(&self) -> bool {
        self.numbers().is_some_and(|numbers| numbers.iter().all(IpAddr::is_loopback))
    }

    /// Whether it stands for all addresses of a machine: one can listen there, and nobody can call it.
    pub fn is_everywhere(&self) -> bool {
        matches!(self, Host::Number(number) if number.is_unspecified())
    }

    /// Whether others can be told to call it.
    pub fn can_be_called(&self) -> bool {
        match self {
            Host::Number(IpAddr::V4(number)) => {
                !number.is_unspecified() && !number.is_multicast() && !number.is_broadcast()
            }
            Host::Number(IpAddr::V6(number)) => !number.is_unspecified() && !number.is_multicast(),
            Host::Name(_) => true,
        }
    }

    /// Whether both are surely one host, or one of them has a number of the other's.
    pub fn overlaps(&self, other: &Host) -> bool {
        match (self.numbers(), other.numbers()) {
            (Some(numbers), Some(others)) => numbers.iter().any(|number| others.contains(number)),
            (None, None) => self == other,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

impl Address {
    /// Whether both are surely one address, however they are written.
    pub fn overlaps(&self, other: &Address) -> bool {
        self.port == other.port && self.host.overlaps(&other.host)
    }

    /// Returns the address by which a program on the same machine reaches what listens here.
    #[must_use]
    pub fn near(self) -> Address {
        let own: IpAddr = match &self.host {
            Host::Number(IpAddr::V6(number)) if number.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            host if host.is_everywhere() => Ipv4Addr::LOCALHOST.into(),
            Host::Name(_) | Host::Number(_) => return self,
        };
        Address { host: Host::Number(own), ..self }
    }
}

impl From<IpAddr> for Host {
    fn from(number: IpAddr) -> Host {
        Host::Number(number.to_canonical())
    }
}

impl From<SocketAddr> for Address {
    fn from(socket: SocketAddr) -> Address {
        Address { host: socket.ip().into(), port: socket.port() }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::Number(IpAddr::V4(number)) => number.fmt(f),
            Host::Number(IpAddr::V6(number)) => write!(f, "[{number}]"),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.host.fmt(f)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl FromStr for Host {
    type Err = AddressError;

    /// Reads a host alone; an IPv6 address may stand in brackets.
    fn from_str(text: &str) -> Result<Host, AddressError> {
        if let Ok(number) = text.parse::<Ipv6Addr>() {
            return Ok(IpAddr::V6(number).into());
        }
        match divide(text)? {
            (host, None) => Ok(host),
            (_, Some(port)) => Err(AddressError::HasPort(port.to_owned())),
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Address, AddressError> {
        let (host, port) = divide(text)?;
        Ok(Address { host, port: number(port.ok_or(AddressError::NoPort)?)? })
    }
}

impl FromStr for Authority {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Authority, AddressError> {
        let (host, port) = divide(text)?;
        Ok(Authority { host, port: port.filter(|port| !port.is_empty()).map(number).transpose()? })
    }
}

/// Takes `host` or `host:port` apart.
fn divide(text: &str) -> Result<(Host, Option<&str>), AddressError> {
    if text.contains(|char: char| char.is_whitespace() || char.is_control()) {
        return Err(AddressError::Blank);
    }
    if let Some((scheme, _)) = text.split_once("://") {
        return Err(AddressError::Scheme(scheme.to_owned()));
    }
    let wrong = || AddressError::Host(text.to_owned());
    if let Some(rest) = text.strip_prefix('[') {
        let (number, rest) = rest.split_once(']').ok_or_else(wrong)?;
        let number: Ipv6Addr = number.parse().map_err(|_| wrong())?;
        let port = if rest.is_empty() { None } else { Some(rest.strip_prefix(':').ok_or_else(wrong)?) };
        return Ok((IpAddr::V6(number).into(), port));
    }
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    if port.is_some_and(|port| port.contains(':')) {
        return Err(AddressError::Brackets);
    }
    if host.is_empty() {
        return Err(AddressError::NoHost);
    }
    let number = host.parse::<Ipv4Addr>().ok().map(|number| IpAddr::V4(number).into());
    Ok((number.or_else(|| named(host)).ok_or_else(|| AddressError::Host(host.to_owned()))?, port))
}

/// Reads a host's name. What ends in a number is none: some programs would take `127.1` for an IP address.
///
/// Source: RFC 1123, section 2.1, and the underscore, which names of containers have.
fn named(text: &str) -> Option<Host> {
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(is_letter)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_number = last.starts_with("0x") || last.bytes().all(|byte| byte.is_ascii_digit());
    (name.len() <= 253 && !is_number && name.split('.').all(is_label)).then_some(Host::Name(name))
}

fn number(port: &str) -> Result<u16, AddressError> {
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    let number = port.parse().ok().filter(|number| digits && *number > 0);
    number.ok_or_else(|| AddressError::Port(port.to_owned()))
}

#[cfg(test)]
mod tests;
