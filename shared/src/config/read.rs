//! Readers of single keys: each value is checked where it is read, so that an error has its line.

use std::fmt;
use std::net::IpAddr;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};

use crate::address::{Address, AddressError, Host};
use crate::id::Text;

/// How many replicas there may be.
const COUNT: std::ops::RangeInclusive<usize> = 1..=9;

/// Returns what `serde_json` says of a value, without the line; of one of a wrong type, what the key takes.
pub fn reason(key: &str, said: &str) -> String {
    let reason = said.rsplit_once(" at line ").map_or(said, |(reason, _)| reason);
    match reason.split_once(", expected ") {
        Some((found, _)) if found.starts_with("invalid ") => format!("{found}, expected {}", taken_by(key)),
        // Of one of several words that is neither a word nor an object.
        None if reason == "expected value" && !key.is_empty() => format!("expected {}", taken_by(key)),
        _ => reason.to_owned(),
    }
}

fn taken_by(key: &str) -> &'static str {
    match key {
        "" => "an object in braces with `service`, `sync` and `replicas`",
        "service" => "a port from 1 to 65535",
        "sync" => "\"remote-write\" or \"local-write\"",
        "replicas" => "a list of 1 to 9 addresses",
        "ack" => "\"all\", \"majority\" or \"primary\"",
        "reads" => "\"local\", \"committed\", \"session\" or \"linearizable\"",
        "failover" => "\"auto\" or \"off\"",
        "data" => "the name of a folder, or null to keep nothing",
        "log" => "the name of a file, or null to write none",
        "host" => "a name or an IP address",
        "listen" => "an IP address of this machine",
        "names" => "a list of names and IP addresses",
        "public" => "an address such as \"https://notes.example/baton\"",
        key if key.starts_with("replicas[") => "an address such as \"127.0.0.1:10001\"",
        _ => "a name or an IP address",
    }
}

/// Reads `replicas`: addresses that others can call, no two of them the same.
pub fn replicas<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Address>, D::Error> {
    deserializer.deserialize_seq(Replicas)
}

/// Reads `listen`: a number, because a name does not say which of its addresses is meant.
pub fn listen<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<IpAddr>, D::Error> {
    let number = Option::<Number>::deserialize(deserializer)?;
    Ok(number.map(|Number(number)| number))
}

struct Number(IpAddr);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Number, D::Error> {
        deserializer.deserialize_str(Text(|text: &str| match text.parse() {
            Ok(Host::Number(number)) => Ok(Number(number)),
            Ok(Host::Name(name)) => {
                Err(format!("`{name}` is a name: give an IP address of this machine, or 0.0.0.0 or ::"))
            }
            Err(error) => Err(error.to_string()),
        }))
    }
}

struct Replicas;

impl<'de> Visitor<'de> for Replicas {
    type Value = Vec<Address>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of 1 to 9 addresses")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Address>, A::Error> {
        let mut replicas = Vec::new();
        while let Some(replica) = list.next_element_seed(Next { before: &replicas })? {
            replicas.push(replica);
        }
        if COUNT.contains(&replicas.len()) { Ok(replicas) } else { Err(A::Error::custom("give 1 to 9 addresses")) }
    }
}

/// Reads one more address.
struct Next<'a> {
    before: &'a [Address],
}

impl<'de> DeserializeSeed<'de> for Next<'_> {
    type Value = Address;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Address, D::Error> {
        deserializer.deserialize_str(Text(|text: &str| self.check(text)))
    }
}

impl Next<'_> {
    fn check(&self, text: &str) -> Result<Address, String> {
        let address: Address = text.parse().map_err(|error: AddressError| error.to_string())?;
        let host = &address.host;
        if host.is_everywhere() {
            return Err(format!(
                "others cannot call {host}: give the name or number by which they call this replica, and where it listens \
                 as `listen`"
            ));
        }
        if !host.can_be_called() {
            return Err(format!("nobody can call {host}"));
        }
        match self.before.iter().position(|other| other.overlaps(&address)) {
            Some(index) => Err(format!("this is the address of `replicas[{index}]`, given twice")),
            None => Ok(address),
        }
    }
}
