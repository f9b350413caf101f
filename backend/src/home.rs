//! Where the page is: the gateway's address as the client of one request reaches it.
//!
//! Made by [`crate::server`], kept in [`crate::run::Run`]. Every reply about notes links there.

use std::fmt;

use axum::http::{HeaderMap, header};
use shared::address::{Address, Authority, Host};

/// The gateway's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// As others call it; its host may stand for all addresses of its machine.
    told: Address,
}

impl Home {
    /// Returns the home of a gateway that is called so.
    pub fn new(told: Address) -> Home {
        Home { told }
    }

    /// Returns the page for a client that has reached the gateway itself: under the name that it used.
    pub fn of_gateway(&self, headers: &HeaderMap) -> String {
        asked(headers).map_or_else(|| self.to_string(), |asked| format!("http://{asked}"))
    }

    /// Returns the page for a client that has reached a replica: as the configuration says. A gateway that listens
    /// everywhere has no one address; then it is the number by which the client reached the replica, right where both
    /// are on one machine. A name is not taken: that gateway goes by numbers.
    pub fn of_replica(&self, headers: &HeaderMap) -> String {
        let number = || asked(headers).map(|asked| asked.host).filter(|host| matches!(host, Host::Number(_)));
        match self.told.host.is_everywhere().then(number).flatten() {
            Some(host) => format!("http://{}", Address { host, ..self.told.clone() }),
            None => self.to_string(),
        }
    }
}

/// The page as a program on the gateway's machine reaches it.
impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.told.clone().near())
    }
}

/// Returns the request's own word for where it went, which the guard has checked.
fn asked(headers: &HeaderMap) -> Option<Authority> {
    headers.get(header::HOST)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn home(told: &str) -> Home {
        Home::new(told.parse().expect("an address"))
    }

    fn asked(host: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))])
    }

    #[track_caller]
    fn check(told: &str, asked_as: &'static str, of_replica: &str) {
        let home = home(told);
        assert_eq!(home.of_gateway(&asked(asked_as)), format!("http://{asked_as}"));
        assert_eq!(home.of_replica(&asked(asked_as)), of_replica, "{home:?}");
    }

    #[test]
    fn a_gateway_with_one_address_is_there_whatever_a_replica_is_called() {
        check("127.0.0.1:9988", "localhost:10001", "http://127.0.0.1:9988");
        check("notes.example:9988", "10.0.0.3:10001", "http://notes.example:9988");
        check("[::1]:9988", "[::1]:10001", "http://[::1]:9988");
    }

    #[test]
    fn a_gateway_that_listens_everywhere_is_where_the_replica_was_found() {
        check("0.0.0.0:9988", "10.0.0.3:10001", "http://10.0.0.3:9988");
        check("[::]:9988", "[fe80::1]:10001", "http://[fe80::1]:9988");
        check("0.0.0.0:9988", "10.0.0.3", "http://10.0.0.3:9988");
        check("0.0.0.0:9988", "localhost:10001", "http://127.0.0.1:9988");
        check("[::]:9988", "notes.example:10001", "http://[::1]:9988");
        assert_eq!(home("0.0.0.0:1").of_replica(&HeaderMap::new()), "http://127.0.0.1:1");
    }
}
