//! `config.json`: parsed into valid types once, with errors that name the key and the line.
//!
//! The original system's file (`service`, `sync`, `replicas`) works unchanged; the other keys are optional.

mod read;

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::address::{Address, Host, Public};
use crate::id::{GroupId, NoteId, ReplicaId};

/// Which of the textbook's two protocols runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// The primary stays; writes are forwarded to it.
    #[default]
    RemoteWrite,
    /// The primary role of a note moves to the replica that writes it.
    LocalWrite,
}

impl Mode {
    /// Returns the group that a note belongs to in this mode.
    pub fn group_of(self, note: NoteId) -> GroupId {
        match self {
            Mode::RemoteWrite => GroupId::Store,
            Mode::LocalWrite => GroupId::Note(note),
        }
    }

    /// Returns the name as `config.json` writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::RemoteWrite => "remote-write",
            Mode::LocalWrite => "local-write",
        }
    }
}

/// The acknowledgement level: when a write is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ack {
    /// Every replica has it (the textbook's blocking protocol).
    #[default]
    All,
    /// A majority has it.
    Majority,
    /// The primary has it (non-blocking).
    Primary,
}

impl Ack {
    /// Returns the name as `config.json` writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Ack::All => "all",
            Ack::Majority => "majority",
            Ack::Primary => "primary",
        }
    }
}

/// What a read must have seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reads {
    /// What the asked replica holds, committed or not.
    #[default]
    Local,
    /// Only what is durable on a majority; it may be an older state.
    Committed,
    /// Committed, and at least what the session of the client has seen and written.
    Session,
    /// Everything that was committed before the read began.
    Linearizable,
}

impl Reads {
    /// Returns the name as `config.json` writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Reads::Local => "local",
            Reads::Committed => "committed",
            Reads::Session => "session",
            Reads::Linearizable => "linearizable",
        }
    }
}

/// Whether the primary role is taken from a replica that a majority suspects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failover {
    /// It is, once somebody needs the group.
    #[default]
    Auto,
    /// It is not: what it held waits until it is back, as with the textbook's fixed primary.
    Off,
}

impl Failover {
    /// Returns the name as `config.json` writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Failover::Auto => "auto",
            Failover::Off => "off",
        }
    }
}

/// What clients get unless they ask otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// When a write is answered.
    pub ack: Ack,
    /// What a read must have seen.
    pub reads: Reads,
}

/// A configuration that can be run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The gateway's port.
    pub service: u16,
    /// The protocol at the first start; later the store remembers the mode it was switched to.
    pub sync: Mode,
    /// 1 to 9 addresses by which others call the replicas, no two of them the same; the first is the first primary.
    #[serde(deserialize_with = "read::replicas")]
    pub replicas: Vec<Address>,
    /// The acknowledgement level of requests without `X-Ack`.
    #[serde(default)]
    pub ack: Ack,
    /// What reads must have seen, unless they ask otherwise with `X-Read`.
    #[serde(default)]
    pub reads: Reads,
    /// Whether the groups of a suspected replica are taken over.
    #[serde(default)]
    pub failover: Failover,
    /// The folder of the replicas' stores; `None` keeps everything in memory.
    #[serde(default = "default_data")]
    pub data: Option<String>,
    /// The step log; `None` writes none.
    #[serde(default = "default_log")]
    pub log: Option<String>,
    /// The host by which others call the gateway; `None`: where it listens.
    #[serde(default)]
    pub host: Option<Host>,
    /// The address of this machine that every part listens on, with its own port; `None`: the one that others call.
    #[serde(default, deserialize_with = "read::listen")]
    pub listen: Option<IpAddr>,
    /// Further hosts by which others call any part, 32 at most.
    #[serde(default)]
    pub names: Vec<Host>,
    /// Where others find the page when a proxy stands in front of the gateway.
    #[serde(default)]
    pub public: Option<Public>,
}

/// How many further names there may be.
const NAMES: usize = 32;

#[allow(clippy::unnecessary_wraps, reason = "serde wants the field's own type")]
fn default_data() -> Option<String> {
    Some("data".to_owned())
}

#[allow(clippy::unnecessary_wraps, reason = "serde wants the field's own type")]
fn default_log() -> Option<String> {
    Some("log/log.txt".to_owned())
}

/// A `config.json` that cannot be run, in one line.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The key, such as `replicas[1]`; empty when the text is not JSON at all.
    pub key: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if !self.key.is_empty() {
            write!(f, ", key `{}`", self.key)?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl Config {
    /// Parses the text of a `config.json`.
    ///
    /// # Errors
    /// When the text is not JSON, a key is unknown, missing or of the wrong type, or a value cannot be run.
    pub fn parse(text: &str) -> Result<Config, ConfigError> {
        let mut json = serde_json::Deserializer::from_str(text);
        let config: Config = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let key = error.path().to_string();
            let inner = error.into_inner();
            let key = if key == "." || key == "?" { String::new() } else { key };
            ConfigError { line: inner.line(), reason: read::reason(&key, &inner.to_string()), key }
        })?;
        json.end().map_err(|error| ConfigError {
            key: String::new(),
            line: error.line(),
            reason: "there is more text after the closing brace".to_owned(),
        })?;
        config.check(text)?;
        Ok(config)
    }

    /// Returns how many replicas there are.
    pub fn count(&self) -> u8 {
        u8::try_from(self.replicas.len()).unwrap_or(u8::MAX)
    }

    /// Returns the replicas' ids in order.
    pub fn ids(&self) -> impl Iterator<Item = ReplicaId> + use<> {
        (1..=self.count()).map(ReplicaId)
    }

    /// Returns what clients get unless they ask otherwise.
    pub fn levels(&self) -> Levels {
        Levels { ack: self.ack, reads: self.reads }
    }

    /// Returns where others call the gateway. Its host stands for all addresses of its machine when it listens there
    /// and has no name.
    pub fn gateway(&self) -> Address {
        let host = self.host.clone().or(self.listen.map(Host::from)).unwrap_or(Host::LOOPBACK);
        Address { host, port: self.service }
    }

    fn check(&self, text: &str) -> Result<(), ConfigError> {
        let fail = |key: &str, reason: String| {
            let quoted = format!("\"{key}\"");
            let line = text.lines().position(|line| line.contains(&quoted)).map_or(1, |index| index + 1);
            Err(ConfigError { key: key.to_owned(), line, reason })
        };
        if self.service == 0 {
            return fail("service", "0 is not a port that clients can find".to_owned());
        }
        let gateway = self.gateway();
        let is_gateway = |address: &Address| {
            let same_machine = gateway.host.is_everywhere() && address.host.is_loopback();
            address.overlaps(&gateway) || (address.port == gateway.port && same_machine)
        };
        if let Some(index) = self.replicas.iter().position(is_gateway) {
            return fail("service", format!("this port is the gateway's and that of `replicas[{index}]`: change one"));
        }
        if let Some(host) = self.host.as_ref().filter(|host| !host.is_everywhere() && !host.can_be_called()) {
            return fail("host", format!("nobody can call {host}"));
        }
        for (key, name, kind) in [("data", &self.data, "folder"), ("log", &self.log, "file")] {
            if name.as_ref().is_some_and(|name| name.trim().is_empty()) {
                return fail(key, format!("give the name of a {kind}, or null for none"));
            }
        }
        if let Some(listen) =
            self.listen.filter(|listen| !Host::from(*listen).can_be_called() && !listen.is_unspecified())
        {
            return fail(
                "listen",
                format!("nobody can call {listen}: give an IP address of this machine, or 0.0.0.0 or ::"),
            );
        }
        if self.names.len() > NAMES {
            return fail("names", format!("give up to {NAMES} names"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
