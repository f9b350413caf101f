//! A number of places of which no one address may have all: connections, requests under way, viewers.
//!
//! Used by [`crate::listen`] and [`crate::feed`]. A quarter is kept for others, whoever comes first.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Places to be taken.
#[derive(Debug)]
pub struct Shares {
    most: usize,
    most_of_one: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by: BTreeMap<IpAddr, usize>,
}

/// A place that somebody has; dropping it gives it back.
#[derive(Debug)]
pub struct Share {
    of: Arc<Shares>,
    who: IpAddr,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// All are taken.
    ForAll,
    /// This address has as many as one may have.
    ForOne,
}

impl Shares {
    /// Makes `most` places, of which one address may take three quarters.
    pub fn new(most: usize) -> Arc<Shares> {
        Arc::new(Shares { most, most_of_one: most - most / 4, taken: Mutex::default() })
    }

    /// Takes a place for an address, which is [`one`].
    ///
    /// # Errors
    /// When there is none for it.
    pub fn take(self: &Arc<Self>, who: IpAddr) -> Result<Share, Full> {
        let mut taken = self.taken();
        if taken.all >= self.most {
            return Err(Full::ForAll);
        }
        let of_one = taken.by.entry(who).or_default();
        if *of_one >= self.most_of_one {
            return Err(Full::ForOne);
        }
        *of_one += 1;
        taken.all += 1;
        Ok(Share { of: Arc::clone(self), who })
    }

    /// Returns the address that has the most places.
    pub fn largest(&self) -> Option<IpAddr> {
        self.taken().by.iter().max_by_key(|(_, count)| **count).map(|(who, _)| *who)
    }

    // A panic while the lock was held left whole numbers behind.
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.of.taken();
        taken.all -= 1;
        if let Some(count) = taken.by.get_mut(&self.who) {
            *count -= 1;
            if *count == 0 {
                taken.by.remove(&self.who);
            }
        }
    }
}

/// Returns what counts as one address: one client of IPv6 has all addresses of a network (/64), and one of IPv4 may be
/// written as one of IPv6.
pub fn one(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn one_address_leaves_room_for_others_and_places_come_back() {
        let shares = Shares::new(8);
        let [one, other] = [1, 2].map(|n| IpAddr::from(Ipv4Addr::new(127, 0, 0, n)));
        let mut held: Vec<Share> = (0..6).map(|_| shares.take(one).expect("there is room")).collect();
        assert_eq!((shares.take(one).err(), shares.largest()), (Some(Full::ForOne), Some(one)));
        held.extend((0..2).map(|_| shares.take(other).expect("room was kept for others")));
        assert_eq!(shares.take(other).err(), Some(Full::ForAll));
        held.clear();
        assert_eq!(shares.largest(), None);
        assert!(shares.take(one).is_ok());
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        let of = |text: &str| one(text.parse().expect("an address"));
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:127.0.0.1"), of("127.0.0.1"));
    }
}
