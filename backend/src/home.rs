//! Where the page and the notes are, as the client of one request reaches them.
//!
//! Made by [`crate::server`], kept in [`crate::run::Run`]. Every reply about notes links there. Behind a proxy that nobody
//! told of, only the client knows where it sent its request: then links are relative to that.

use std::fmt;

use axum::http::{HeaderMap, Request, Version, header};
use shared::address::{Address, Authority, Host, Public};
use shared::config::Config;

/// Headers by which a proxy says that it passed a request on.
const PASSED_ON: [&str; 7] =
    ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-prefix", "x-forwarded-proto", "x-real-ip"];

/// The gateway's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// As others call it; its host may stand for all addresses of its machine.
    told: Address,
    /// Where a proxy shows it.
    public: Option<Public>,
}

/// What stands in front of a path in links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    /// In front of a path of the page, such as `/?trace=…`.
    pub page: String,
    /// In front of a path of the API where the client is, such as `/note/1`.
    pub here: String,
}

impl Home {
    /// Returns the home of a gateway that is called `told`, and `public` through a proxy.
    pub fn new(told: Address, public: Option<Public>) -> Home {
        Home { told, public }
    }

    /// Returns the home of the gateway that a configuration tells of.
    pub fn of(config: &Config) -> Home {
        Home::new(config.gateway(), config.public.clone())
    }

    /// Returns the path under which a proxy shows the page; empty for the root.
    pub fn path(&self) -> &str {
        self.public.as_ref().map_or("", Public::path)
    }

    /// Returns the links for a client of the gateway: as configured, or under the name that it used.
    pub fn links_of_gateway<B>(&self, request: &Request<B>) -> Links {
        if let Some(public) = &self.public {
            let (page, here) = (public.to_string(), public.to_string());
            return Links { page, here };
        }
        let here = here(request);
        let named = || asked(request.headers()).map_or_else(|| self.to_string(), |asked| format!("http://{asked}"));
        let page = if here.is_empty() { named() } else { here.clone() };
        Links { page, here }
    }

    /// Returns the links for a client that has reached a replica: the page is where the configuration says. A gateway that
    /// listens everywhere has no one address; then it is the number by which the client reached the replica, right where
    /// both are on one machine. A name is not taken: that gateway goes by numbers.
    pub fn links_of_replica<B>(&self, request: &Request<B>) -> Links {
        let number = || asked(request.headers()).map(|asked| asked.host).filter(|host| matches!(host, Host::Number(_)));
        let everywhere = self.public.is_none() && self.told.host.is_everywhere();
        let page = match everywhere.then(number).flatten() {
            Some(host) => format!("http://{}", Address { host, ..self.told.clone() }),
            None => self.to_string(),
        };
        Links { page, here: here(request) }
    }
}

/// The page as others reach it, or where only its own machine is known, a program there.
impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.public {
            Some(public) => public.fmt(f),
            None => write!(f, "http://{}", self.told.clone().near()),
        }
    }
}

/// Returns the request's own word for where it went, which the guard has checked.
fn asked(headers: &HeaderMap) -> Option<Authority> {
    headers.get(header::HOST)?.to_str().ok()?.parse().ok()
}

/// Returns what leads from a request's path to the root: nothing for one who is here. For one behind a proxy, which may show
/// the root under a path of its own, that is `.` or as many `..` as it takes.
fn here<B>(request: &Request<B>) -> String {
    // Proxies that say nothing speak the oldest HTTP, or cannot be told from clients.
    let passed_on =
        request.version() <= Version::HTTP_10 || PASSED_ON.iter().any(|name| request.headers().contains_key(*name));
    match request.uri().path().trim_start_matches('/').matches('/').count() {
        _ if !passed_on => String::new(),
        0 => ".".to_owned(),
        depth => vec![".."; depth].join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(told: &str) -> Home {
        Home::new(told.parse().expect("an address"), None)
    }

    fn asked(path: &str, headers: &[(&str, &str)]) -> Request<()> {
        let builder = headers.iter().fold(Request::get(path), |builder, (name, value)| builder.header(*name, *value));
        builder.body(()).expect("a valid request")
    }

    #[track_caller]
    fn check(told: &str, asked_as: &str, of_replica: &str) {
        let (home, asked) = (home(told), asked("/note/1", &[("host", asked_as)]));
        let links = |page: String| Links { page, here: String::new() };
        assert_eq!(home.links_of_gateway(&asked), links(format!("http://{asked_as}")));
        assert_eq!(home.links_of_replica(&asked), links(of_replica.to_owned()), "{home:?}");
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
        assert_eq!(home("0.0.0.0:1").links_of_replica(&asked("/", &[])).page, "http://127.0.0.1:1");
    }

    #[test]
    fn behind_a_proxy_that_nobody_told_of_links_are_relative_to_the_request() {
        let home = home("0.0.0.0:9988");
        for (path, to_root) in [("/note", "."), ("/note/", ".."), ("/note/1", ".."), ("/note/1/", "../.."), ("/", ".")]
        {
            let passed = asked(path, &[("host", "127.0.0.1:9988"), ("x-forwarded-for", "10.0.0.7")]);
            let relative = Links { page: to_root.to_owned(), here: to_root.to_owned() };
            assert_eq!(home.links_of_gateway(&passed), relative, "{path}");
            let of_replica = home.links_of_replica(&passed);
            assert_eq!((of_replica.page.as_str(), of_replica.here.as_str()), ("http://127.0.0.1:9988", to_root));
        }
        let mut old = asked("/note", &[]);
        *old.version_mut() = Version::HTTP_10;
        assert_eq!(home.links_of_gateway(&old).page, ".");
    }

    #[test]
    fn a_public_address_is_where_everybody_is_sent() {
        let public = "https://notes.example/baton".parse().expect("an address");
        let home = Home::new("0.0.0.0:9988".parse().expect("an address"), Some(public));
        let passed = asked("/note/1", &[("host", "10.0.0.3:9988"), ("via", "1.1 proxy")]);
        let page = "https://notes.example/baton".to_owned();
        assert_eq!(home.links_of_gateway(&passed), Links { page: page.clone(), here: page.clone() });
        assert_eq!(home.links_of_replica(&passed), Links { page, here: "..".to_owned() });
    }
}
