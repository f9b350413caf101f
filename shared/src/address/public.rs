//! Where others find the gateway: the address of the page, as a proxy or a tunnel shows it.
//!
//! Given as `public` in `config.json`. Links are made from it, and writes of its pages are this server's own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{AddressError, Authority, Host};
use crate::id::as_text;

/// The address of the page, such as `https://notes.example/baton`: no port where it is that of the scheme, no `/` at the
/// end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Public {
    scheme: &'static str,
    authority: Authority,
    /// Empty, or with a `/` in front.
    path: String,
}

as_text!(Public);

/// What it may begin with, each with its own port.
const SCHEMES: [(&str, u16); 2] = [("https", 443), ("http", 80)];

/// What the API's own paths begin with: a proxy that cuts the page's path off cannot be told from one that leaves it there.
const API: [&str; 3] = ["note", "cluster", "events"];

impl Public {
    /// Returns the host.
    pub fn host(&self) -> &Host {
        &self.authority.host
    }

    /// Returns the path that the page's own one begins with: empty, or with a `/` in front and none at the end.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns its origin, as browsers name it in the header `Origin`.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }
}

impl fmt::Display for Public {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.path)
    }
}

impl FromStr for Public {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Public, AddressError> {
        let (given, rest) = text.split_once("://").ok_or(AddressError::Public)?;
        let known = SCHEMES.into_iter().find(|(scheme, _)| given.eq_ignore_ascii_case(scheme));
        let (scheme, own_port) = known.ok_or(AddressError::Public)?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let Authority { host, port } = authority.parse()?;
        let authority = Authority { host, port: port.filter(|port| *port != own_port) };
        let can_be = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
        if !path.bytes().all(can_be) || path.split('/').any(|part| part == "." || part == "..") {
            return Err(AddressError::Path(path.escape_default().to_string()));
        }
        if API.contains(&path.split('/').nth(1).unwrap_or_default()) {
            return Err(AddressError::Taken(path.to_owned()));
        }
        Ok(Public { scheme, authority, path: path.trim_end_matches('/').to_owned() })
    }
}
