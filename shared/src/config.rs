//! `config.json`: parsed into valid types once, with errors that name the key and the line.
//!
//! The original system's file (`service`, `sync`, `replicas`) works unchanged; the other keys are optional.

use std::fmt;

use serde::{Deserialize, Serialize};

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

/// When a client hears that its write is done.
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

/// Whether the primary role is taken from a replica that a majority misses.
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
    /// 1 to 9 addresses, `host:port`; the first is the first primary.
    pub replicas: Vec<String>,
    /// When clients hear, unless they ask otherwise with `X-Ack`.
    #[serde(default)]
    pub ack: Ack,
    /// What reads must have seen, unless they ask otherwise with `X-Read`.
    #[serde(default)]
    pub reads: Reads,
    /// Whether somebody takes over from a replica that is missed.
    #[serde(default)]
    pub failover: Failover,
    /// The folder of the replicas' stores; `None` keeps everything in memory.
    #[serde(default = "default_data")]
    pub data: Option<String>,
    /// The step log; `None` writes none.
    #[serde(default = "default_log")]
    pub log: Option<String>,
    /// The address that the gateway binds to.
    #[serde(default = "default_host")]
    pub host: String,
}

#[allow(clippy::unnecessary_wraps, reason = "serde wants the field's own type")]
fn default_data() -> Option<String> {
    Some("data".to_owned())
}

#[allow(clippy::unnecessary_wraps, reason = "serde wants the field's own type")]
fn default_log() -> Option<String> {
    Some("log/log.txt".to_owned())
}

fn default_host() -> String {
    "127.0.0.1".to_owned()
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
            let reason = inner.to_string();
            let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason).to_owned();
            ConfigError { key: if key == "." || key == "?" { String::new() } else { key }, line: inner.line(), reason }
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

    fn check(&self, text: &str) -> Result<(), ConfigError> {
        let fail = |key: String, needle: &str, reason: &str| {
            let line = text.lines().position(|line| line.contains(needle)).map_or(1, |index| index + 1);
            Err(ConfigError { key, line, reason: reason.to_owned() })
        };
        if self.service == 0 {
            return fail("service".to_owned(), "\"service\"", "0 is not a port that clients can find");
        }
        if !(1..=9).contains(&self.replicas.len()) {
            return fail("replicas".to_owned(), "\"replicas\"", "give 1 to 9 addresses");
        }
        for (index, address) in self.replicas.iter().enumerate() {
            let key = || format!("replicas[{index}]");
            let port = address.rsplit_once(':').filter(|(host, _)| !host.is_empty());
            let port = port.and_then(|(_, port)| port.parse::<u16>().ok()).filter(|port| *port > 0);
            let Some(port) = port else {
                return fail(key(), address, "give host:port, such as 127.0.0.1:10000");
            };
            if self.replicas[..index].contains(address) {
                return fail(key(), address, "this address is given twice");
            }
            if port == self.service {
                return fail(key(), address, "this port is the gateway's (`service`)");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGINAL: &str = include_str!("../../config.json");

    #[test]
    fn the_shipped_file_parses_and_defaults_are_filled_in() {
        let config = Config::parse(ORIGINAL).expect("the shipped file is valid");
        assert_eq!((config.service, config.replicas.len()), (9988, 4));
        let (data, log) = (config.data.as_deref(), config.log.as_deref());
        assert_eq!((config.ack, data, log), (Ack::All, Some("data"), Some("log/log.txt")));
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let error = Config::parse(text).expect_err("the text is broken");
        let line = error.to_string();
        assert!(line.contains(expected), "{line:?} does not say {expected:?}");
    }

    #[test]
    fn errors_name_line_and_key() {
        let with = |extra: &str| {
            format!("{{\n\"service\": 9988,\n\"sync\": \"remote-write\",\n{extra}\n\"replicas\": [\"h:1\"]\n}}")
        };
        check(&with("\"colour\": 1,"), "line 4, key `colour`: unknown field `colour`");
        check(&with("\"ack\": \"some\","), "line 4, key `ack`: unknown variant `some`");
        check(&with("\"data\": 4,"), "line 4, key `data`: invalid type");
        check("{\n\"service\": 9988,\n", "line 3: EOF while parsing");
        check("{\"service\": 1, \"sync\": \"local-write\",\n\"replicas\": []}", "line 2, key `replicas`: give 1 to 9");
        check("{\"service\": 1, \"sync\": \"local-write\",\n\"replicas\": [\"x\"]}", "line 2, key `replicas[0]`");
        check("{\"service\": 7, \"sync\": \"local-write\",\n\"replicas\": [\"h:7\"]}", "the gateway's");
        check("{\"service\": 1, \"sync\": \"local-write\", \"replicas\": [\"h:8\",\"h:8\"]}", "given twice");
        check("{\"service\": 1, \"sync\": \"local-write\"}", "missing field `replicas`");
    }
}
