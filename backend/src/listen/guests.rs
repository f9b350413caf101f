//! Who is connected to this process, and who has to go when there is no room for somebody new.
//!
//! Asked by [`super`] for each connection and each request on it, at all ports together. The parts of this cluster, which
//! show its secret, always have room; clients have a number of places, and no one address has all of them. When there is no
//! place the connection that has asked for nothing for the longest time is closed for the new one; only when none is idle is
//! the new one refused, and it hears so.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::api::Problem;
use tokio_util::sync::CancellationToken;

use crate::places::Places;
use crate::shares::{Full, Share, Shares, one};

/// All connections of a process.
#[derive(Debug)]
pub struct Guests {
    connections: Arc<Shares>,
    requests: Arc<Shares>,
    /// How many connections may wait that have no place.
    doorstep: usize,
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    /// The last number that a connection got, and the last moment: how often somebody became idle.
    last: u64,
    moment: u64,
    entries: BTreeMap<u64, Entry>,
}

#[derive(Debug)]
struct Entry {
    who: IpAddr,
    standing: Standing,
    /// Since when it asks for nothing; `None` while it is being answered.
    idle: Option<u64>,
    leave: CancellationToken,
}

#[derive(Debug)]
enum Standing {
    /// A client with a place.
    Client { _place: Share },
    /// There was no place for it.
    Doorstep,
    /// A part of this cluster.
    Part,
    /// It was sent away.
    Leaving,
}

/// A connection; dropping it gives its place back.
#[derive(Debug)]
pub struct Guest {
    of: Arc<Guests>,
    number: u64,
    leave: CancellationToken,
    /// Whether it has not got all of the answer to its request.
    served: AtomicBool,
    /// Whether the handler has got all of the request.
    said_all: AtomicBool,
}

/// A request that is being answered.
#[derive(Debug)]
pub struct Busy {
    guest: Arc<Guest>,
    /// Its place among the requests, for as long as it waits for its answer.
    pub share: Option<Share>,
}

impl Default for Guests {
    fn default() -> Guests {
        Guests::new(Places::default())
    }
}

impl Guests {
    /// Makes room for so many connections and requests of clients.
    pub fn new(Places { connections, requests, doorstep, .. }: Places) -> Guests {
        let (connections, requests) = (Shares::new(connections), Shares::new(requests));
        Guests { connections, requests, doorstep, book: Mutex::default() }
    }

    /// Lets a connection from `address` in; `None` when there is not even room to refuse it in words.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Guest> {
        let who = one(address);
        let place = self.connections.take(who).or_else(|full| {
            if full == Full::ForAll {
                self.make_room();
            } else {
                self.book().send_away(|entry| entry.is_client() && entry.who == who);
            }
            self.connections.take(who)
        });
        let mut book = self.book();
        let standing = match place {
            Ok(place) => Standing::Client { _place: place },
            Err(_) if book.doorstep_has_room(self.doorstep) => Standing::Doorstep,
            Err(_) => return None,
        };
        book.last += 1;
        let (number, idle, leave) = (book.last, Some(book.tick()), CancellationToken::new());
        book.entries.insert(number, Entry { who, standing, idle, leave: leave.clone() });
        let (served, said_all) = (AtomicBool::default(), AtomicBool::default());
        Some(Guest { of: Arc::clone(self), number, leave, served, said_all })
    }

    /// Closes the connection of a client that is idle for the longest: one of whoever has the most, or else anybody's.
    pub fn make_room(&self) {
        let largest = self.connections.largest();
        let mut book = self.book();
        // Its place is given back outside the lock of the places, inside this one: nobody takes them the other way round.
        if !book.send_away(|entry| entry.is_client() && Some(entry.who) == largest) {
            book.send_away(Entry::is_client);
        }
    }

    /// Returns a place among the requests, which the parts of the cluster do not need. A client without a place among the
    /// connections gets one first.
    fn place_for(&self, entry: &mut Entry, is_part: bool) -> Result<Option<Share>, Problem> {
        match entry.standing {
            // Its connection is about to be cut off: what is not begun is surely not done.
            Standing::Leaving => return Err(full()),
            _ if is_part => {
                entry.standing = Standing::Part;
                return Ok(None);
            }
            Standing::Doorstep => {
                let place = self.connections.take(entry.who).map_err(|_| full())?;
                entry.standing = Standing::Client { _place: place };
            }
            Standing::Client { .. } | Standing::Part => {}
        }
        self.requests.take(entry.who).map(Some).map_err(|_| full())
    }

    // A panic while the lock was held left a whole book behind.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn tick(&mut self) -> u64 {
        self.moment += 1;
        self.moment
    }

    fn longest_idle(&self, may_go: impl Fn(&Entry) -> bool) -> Option<u64> {
        let idle = self.entries.iter().filter(|(_, entry)| may_go(entry));
        let idle = idle.filter_map(|(number, entry)| entry.idle.map(|since| (since, *number)));
        idle.min().map(|(_, number)| number)
    }

    /// Closes the connection that is idle for the longest of those that may go; returns whether there was one.
    fn send_away(&mut self, may_go: impl Fn(&Entry) -> bool) -> bool {
        let gone = self.longest_idle(may_go).and_then(|number| self.entries.get_mut(&number));
        gone.map(Entry::send_away).is_some()
    }

    /// Whether one more than `most` may wait without a place; if need be the one that waits for the longest has to go.
    fn doorstep_has_room(&mut self, most: usize) -> bool {
        let waits = |entry: &Entry| matches!(entry.standing, Standing::Doorstep);
        self.entries.values().filter(|entry| waits(entry)).count() < most || self.send_away(waits)
    }
}

impl Entry {
    fn is_client(&self) -> bool {
        matches!(self.standing, Standing::Client { .. })
    }

    fn send_away(&mut self) {
        self.standing = Standing::Leaving;
        self.leave.cancel();
    }
}

impl Guest {
    /// Is cancelled when this connection has to make room for another.
    pub fn leaving(&self) -> CancellationToken {
        self.leave.clone()
    }

    /// Whether it waits for an answer, or the rest of one.
    pub fn is_served(&self) -> bool {
        self.served.load(Ordering::Relaxed)
    }

    /// Whether all of its request has been read.
    pub fn has_said_all(&self) -> bool {
        self.said_all.load(Ordering::Relaxed)
    }

    /// Takes note that all of its request has been read.
    pub fn said_all(&self) {
        self.said_all.store(true, Ordering::Relaxed);
    }

    /// Takes note of a request, which comes from a part of this cluster or from a client.
    ///
    /// # Errors
    /// When there is no room for it: nothing of it was done, and the connection should end.
    pub fn begin(self: &Arc<Self>, is_part: bool) -> Result<Busy, Problem> {
        self.served.store(true, Ordering::Relaxed);
        self.said_all.store(false, Ordering::Relaxed);
        let mut book = self.of.book();
        let now = book.tick();
        let Some(entry) = book.entries.get_mut(&self.number) else { return Err(full()) };
        let place = self.of.place_for(entry, is_part);
        // Who is refused may take its time to hear that, and has to go like any other.
        entry.idle = place.is_err().then_some(now);
        place.map(|share| Busy { guest: Arc::clone(self), share })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.of.book().entries.remove(&self.number);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.guest.served.store(false, Ordering::Relaxed);
        let mut book = self.guest.of.book();
        let now = book.tick();
        if let Some(entry) = book.entries.get_mut(&self.guest.number) {
            entry.idle = Some(now);
        }
    }
}

/// Said to a client for whom there is no room.
fn full() -> Problem {
    Problem::refused("this server has as many connections as it can serve.")
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::places::DOORSTEP;

    const PLACES: usize = 8;

    fn guests() -> Arc<Guests> {
        let (connections, requests, viewers) = (PLACES, PLACES, PLACES);
        Arc::new(Guests::new(Places { connections, requests, viewers, doorstep: DOORSTEP, idle: 1 }))
    }

    fn address(n: u8) -> IpAddr {
        Ipv4Addr::new(127, 0, 0, n).into()
    }

    fn enter(guests: &Arc<Guests>, n: u8) -> Arc<Guest> {
        Arc::new(guests.admit(address(n)).expect("at least to hear that there is no room"))
    }

    #[test]
    fn whoever_is_idle_for_the_longest_makes_room() {
        let guests = guests();
        let crowd: Vec<_> = (0..6).map(|_| enter(&guests, 1)).collect();
        let busy = crowd[0].begin(false).expect("there is room");
        drop(crowd[1].begin(false).expect("there is room"));
        let late = enter(&guests, 1);
        let gone: Vec<usize> = (0..6).filter(|index| crowd[*index].leave.is_cancelled()).collect();
        assert_eq!(gone, [2], "the first two were asking later");
        assert!(late.begin(false).is_ok());
        drop(busy);
    }

    #[test]
    fn room_is_kept_for_others_and_whoever_has_most_gives_way() {
        let guests = guests();
        let crowd: Vec<_> = (0..6).map(|_| enter(&guests, 1)).collect();
        let _busy: Vec<Busy> = crowd.iter().map(|guest| guest.begin(false).expect("there is room")).collect();
        assert!(enter(&guests, 1).begin(false).is_err(), "all of this address are busy");
        let others: Vec<_> = (0..2).map(|_| enter(&guests, 2)).collect();
        assert!(others.iter().all(|other| other.begin(false).is_ok()));
        let third = enter(&guests, 3);
        assert!(third.begin(false).is_ok() && others[0].leave.is_cancelled() && !others[1].leave.is_cancelled());
    }

    #[test]
    fn the_parts_of_the_cluster_always_have_room() {
        let guests = guests();
        let crowd: Vec<_> = (0..6).map(|_| enter(&guests, 1)).collect();
        let _busy: Vec<Busy> = crowd.iter().map(|guest| guest.begin(false).expect("there is room")).collect();
        let parts: Vec<_> = (0..100).map(|_| enter(&guests, 1)).collect();
        // Those that were on the doorstep for the longest had to go before they said who they are.
        assert_eq!(parts.iter().filter(|part| part.leave.is_cancelled()).count(), 100 - DOORSTEP);
        let known = parts.iter().filter(|part| !part.leave.is_cancelled());
        let _asking: Vec<Busy> = known.map(|part| part.begin(true).expect("it is a part")).collect();
        assert!(guests.admit(address(1)).is_some() && crowd.iter().all(|guest| !guest.leave.is_cancelled()));
    }

    #[test]
    fn what_is_over_leaves_nothing_behind() {
        let guests = guests();
        for _ in 0..3 {
            let crowd: Vec<_> = (0..80).filter_map(|_| guests.admit(address(1))).map(Arc::new).collect();
            let served: Vec<_> = crowd.iter().filter_map(|guest| guest.begin(false).ok()).collect();
            assert_eq!(served.len(), 6);
        }
        let book = guests.book();
        assert!(
            book.entries.is_empty() && guests.connections.largest().is_none() && guests.requests.largest().is_none()
        );
    }
}
