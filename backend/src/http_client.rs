//! The HTTP client of the cluster's own parts: gateway to replica, replica to replica.
//!
//! It goes only to addresses that the configuration gives: no proxy, no redirects, every wait bounded.

mod connector;

use std::time::Duration;

use axum::http::response::Parts;
use axum::http::{Request, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::places::Places;
use connector::Connector;

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(1);
/// How long an idle connection is kept: shorter than the servers keep theirs (see [`crate::listen`]), so that no
/// request is sent into a connection that is just being closed.
const IDLE: Duration = Duration::from_secs(5);
/// The longest answer that is read, in bytes.
const ANSWER_LIMIT: usize = 256 * 1024 * 1024;

/// A client with its pool of connections; clones share them.
#[derive(Clone, Debug)]
pub struct HttpClient {
    inner: Client<Connector, Full<Bytes>>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// There is no connection: the other side surely did not get the request.
    NotSent,
    /// The other side may have got the request.
    Unknown,
}

impl Default for HttpClient {
    fn default() -> HttpClient {
        HttpClient::new(Places::default().idle)
    }
}

impl HttpClient {
    /// Makes a client that keeps so many idle connections to each address.
    pub fn new(idle: usize) -> HttpClient {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT));
        connector.set_nodelay(true);
        let mut builder = Client::builder(TokioExecutor::new());
        builder
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(idle)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new());
        HttpClient { inner: builder.build(Connector(connector)) }
    }

    /// Sends a request and reads the whole answer, within `limit`.
    ///
    /// # Errors
    /// When there is no answer; says whether the request may have arrived.
    pub async fn call(&self, request: Request<Full<Bytes>>, limit: Duration) -> Result<(Parts, Bytes), NoAnswer> {
        let exchange = async {
            let (parts, body) = self.head(request).await?;
            let body = Limited::new(body, ANSWER_LIMIT).collect().await.map_err(|_| NoAnswer::Unknown)?;
            Ok((parts, body.to_bytes()))
        };
        tokio::time::timeout(limit, exchange).await.unwrap_or(Err(NoAnswer::Unknown))
    }

    /// Sends a request and reads the head of the answer within `limit`; the body is a stream that the caller reads.
    ///
    /// # Errors
    /// When there is no answer; says whether the request may have arrived.
    pub async fn open(&self, request: Request<Full<Bytes>>, limit: Duration) -> Result<(Parts, Incoming), NoAnswer> {
        tokio::time::timeout(limit, self.head(request)).await.unwrap_or(Err(NoAnswer::Unknown))
    }

    async fn head(&self, request: Request<Full<Bytes>>) -> Result<(Parts, Incoming), NoAnswer> {
        let answered = self.inner.request(request).await;
        let unheard = |error: Error| if error.is_connect() { NoAnswer::NotSent } else { NoAnswer::Unknown };
        answered.map(Response::into_parts).map_err(unheard)
    }
}
