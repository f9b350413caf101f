//! Where the page is: the gateway's address as the client of one request reaches it.
//!
//! Made by [`crate::server`], kept in [`crate::run::Run`]. Every reply about notes links there.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, header};

use crate::error::reachable;
use crate::guard::name_of;

/// The gateway's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// As a program on the gateway's machine reaches it, `host:port`.
    authority: String,
    port: u16,
    /// Whether the gateway listens on all addresses of its machine.
    everywhere: bool,
}

impl Home {
    /// Returns the home of a gateway that listens on a port of `host`, a name or a number.
    pub fn new(host: &str, port: u16) -> Home {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let number = bare.parse::<IpAddr>().ok();
        let authority = number
            .map_or_else(|| format!("{bare}:{port}"), |number| reachable(SocketAddr::new(number, port)).to_string());
        Home { authority, port, everywhere: number.is_some_and(|number| number.is_unspecified()) }
    }

    /// Returns the page for a client that has reached the gateway itself: under the name that it used.
    pub fn of_gateway(&self, headers: &HeaderMap) -> String {
        host(headers).map_or_else(|| self.to_string(), |host| format!("http://{host}"))
    }

    /// Returns the page for a client that has reached a replica: as the configuration says. A gateway that listens
    /// everywhere has no one address; then it is the number by which the client reached the replica, right where both
    /// are on one machine. A name is not taken: that gateway goes by numbers.
    pub fn of_replica(&self, headers: &HeaderMap) -> String {
        let reached = host(headers).filter(|_| self.everywhere).map(name_of);
        let number = reached.and_then(|name| name.parse::<IpAddr>().ok());
        number.map_or_else(|| self.to_string(), |number| format!("http://{}", SocketAddr::new(number, self.port)))
    }
}

/// The page as a program on the gateway's machine reaches it.
impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.authority)
    }
}

/// Returns the request's own word for where it went, which the guard has checked.
fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST).and_then(|host| host.to_str().ok())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn asked(host: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))])
    }

    #[track_caller]
    fn check(home: &str, asked_as: &'static str, of_replica: &str) {
        let home = Home::new(home, 9988);
        assert_eq!(home.of_gateway(&asked(asked_as)), format!("http://{asked_as}"));
        assert_eq!(home.of_replica(&asked(asked_as)), of_replica, "{home:?}");
    }

    #[test]
    fn a_gateway_with_one_address_is_there_whatever_a_replica_is_called() {
        check("127.0.0.1", "localhost:10000", "http://127.0.0.1:9988");
        check("notes.example", "10.0.0.3:10000", "http://notes.example:9988");
        check("[::1]", "[::1]:10000", "http://[::1]:9988");
    }

    #[test]
    fn a_gateway_that_listens_everywhere_is_where_the_replica_was_found() {
        check("0.0.0.0", "10.0.0.3:10000", "http://10.0.0.3:9988");
        check("::", "[fe80::1]:10000", "http://[fe80::1]:9988");
        check("0.0.0.0", "10.0.0.3", "http://10.0.0.3:9988");
        check("0.0.0.0", "localhost:10000", "http://127.0.0.1:9988");
        check("::", "notes.example:10000", "http://[::1]:9988");
        assert_eq!(Home::new("0.0.0.0", 1).of_replica(&HeaderMap::new()), "http://127.0.0.1:1");
    }
}
