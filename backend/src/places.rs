//! How many clients may be there at once: as many as the system lets this process have files and connections open.
//!
//! Asked once by each of the three ways to start. What the parts of the cluster need among themselves, for their stores and
//! for the log is set aside; clients get the rest, and viewers half of that, so that writes go on when many watch.

use crate::error::StartError;

/// How many connections of clients there are at most, at all ports of a process together.
pub const CONNECTIONS: usize = 2_048;
/// How many requests of clients are under way at most; an open stream of events is none.
pub const REQUESTS: usize = 1_536;
/// How many viewers watch the events at most.
pub const VIEWERS: usize = 512;
/// How many connections may wait that have no place: each is told so, unless it is a part of this cluster.
pub const DOORSTEP: usize = 64;

/// What a process has open by itself: runtime, ports, log, files that are read or written now and then.
const OWN: usize = 48;
/// What a replica has open by itself: its store, and a file beside it.
const OF_STORE: usize = 2;
/// What clients need at least.
const LEAST: usize = 64;

/// How many clients may be there at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    /// Connections of clients.
    pub connections: usize,
    /// Requests of clients that are under way.
    pub requests: usize,
    /// Viewers of events.
    pub viewers: usize,
    /// Connections without a place.
    pub doorstep: usize,
    /// Idle connections that a part keeps to each other part.
    pub idle: usize,
}

/// As many as there are where the system does not say less.
impl Default for Places {
    fn default() -> Places {
        let (connections, requests, viewers, doorstep) = (CONNECTIONS, REQUESTS, VIEWERS, DOORSTEP);
        Places { connections, requests, viewers, doorstep, idle: requests }
    }
}

impl Places {
    /// Has the system let this process have as many files open as it may, and shares them out. It runs `here` of `all`
    /// replicas.
    ///
    /// # Errors
    /// When they are too few.
    pub fn take(here: usize, all: usize) -> Result<Places, StartError> {
        // Where the limit cannot be raised or told it is what systems give at least.
        let limit =
            rlimit::increase_nofile_limit(u64::MAX).or_else(|_| rlimit::increase_nofile_limit(0)).unwrap_or(256);
        let (limit, needed) = (usize::try_from(limit).unwrap_or(usize::MAX), set_aside(here, all) + LEAST);
        let enough = limit >= needed;
        enough.then(|| Places::within(limit, here, all)).ok_or(StartError::FewFiles { limit, needed })
    }

    /// Shares out `limit` files and connections, which are enough.
    fn within(limit: usize, here: usize, all: usize) -> Places {
        let spare = limit.saturating_sub(set_aside(here, all));
        let (requests, doorstep) = (REQUESTS.min(spare / 8), DOORSTEP.min(spare / 16));
        let idle = (requests / all).max(1);
        // A request through the gateway is one more connection, both ends of which may be here, and so is one that is kept for
        // the next.
        let connections = CONNECTIONS.min(spare - 2 * (requests + idle * all) - doorstep);
        let viewers = VIEWERS.min(connections / 2);
        Places { connections, requests, viewers, doorstep, idle }
    }
}

/// Returns how many files and connections are not for clients.
fn set_aside(here: usize, all: usize) -> usize {
    // Each replica calls all others and is called by them; the gateway follows the events of each.
    let of_replica = OF_STORE + 2 * all.saturating_sub(1);
    OWN + here * of_replica + all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_never_get_what_is_set_aside() {
        for (here, all) in [(0, 4), (1, 4), (4, 4), (1, 1), (9, 9), (0, 9), (1, 9)] {
            let aside = set_aside(here, all);
            for limit in (aside + LEAST..aside + 20_000).step_by(7).chain([usize::MAX]) {
                let places = Places::within(limit, here, all);
                let Places { connections, requests, viewers, doorstep, idle } = places;
                assert!(connections + doorstep + 2 * (requests + idle * all) <= limit - aside, "{limit}: {places:?}");
                assert!(
                    requests >= 4 && doorstep >= 2 && viewers >= 4 && connections >= viewers * 2,
                    "{limit}: {places:?}"
                );
            }
        }
    }

    #[test]
    fn on_most_systems_there_is_room_for_all() {
        let full = Places { idle: REQUESTS / 4, ..Places::default() };
        assert_eq!([16_384, usize::MAX].map(|limit| Places::within(limit, 4, 4)), [full, full]);
    }

    #[test]
    fn the_least_that_some_systems_give_is_enough() {
        let Places { connections, requests, viewers, .. } = Places::within(256, 4, 4);
        assert!(connections >= 64 && requests >= 16 && viewers >= 32, "{connections} {requests} {viewers}");
    }
}
