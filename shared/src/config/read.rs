//! Readers of single keys: each value is checked where it is read, so that an error has its line.

use std::fmt;
use std::net::IpAddr;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};

use crate::address::{Address, AddressError, Host};
use crate::id::Text;

/// How many replicas there may be.
const COUNT: std::ops::RangeInclusive<usize> = 1..=9;

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
