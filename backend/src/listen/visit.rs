//! What happens to each request before it is routed, and to its answer afterwards.
//!
//! Called by hyper for the connections that [`super`] accepts. It finds out whether there is room, writes the address in its
//! normal form, and tells the handlers who asks.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use bytes::Bytes;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use shared::api::Problem;

use super::allow;
use super::guests::{Busy, Guest};
use super::normal::normal;
use crate::run::Run;

/// There is no room for this request: what its client is told. The guard answers so (see [`crate::guard`]).
#[derive(Clone, Debug)]
pub struct Refused(pub Problem);

/// Where the client has reached this server.
#[derive(Clone, Copy, Debug)]
pub struct Reached(pub SocketAddr);

/// What serves one connection.
pub struct Visit {
    /// The routes of the port.
    pub router: TowerToHyperService<Router>,
    /// The connection.
    pub guest: Arc<Guest>,
    /// The other side.
    pub address: SocketAddr,
    /// This side, while the connection lasts.
    pub reached: Option<SocketAddr>,
    /// This run of the server.
    pub run: Arc<Run>,
}

impl Service<Request<Incoming>> for Visit {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let is_part = self.run.secret.is_in(request.headers());
        let mut busy = None;
        match self.guest.begin(is_part) {
            Ok(begun) => busy = Some(begun),
            Err(problem) => drop(request.extensions_mut().insert(Refused(problem))),
        }
        request.extensions_mut().insert(ConnectInfo(self.address));
        if let Some(reached) = self.reached {
            request.extensions_mut().insert(Reached(reached));
        }
        if let Some(normal) = normal(request.uri(), self.run.home.path()) {
            *request.uri_mut() = normal;
        }
        if request.body().is_end_stream() {
            self.guest.said_all();
        }
        let (method, of_all) = (request.method().clone(), request.uri().path() == "*");
        let answer = self.router.call(request.map(|body| Body::new(Said { body, guest: Arc::clone(&self.guest) })));
        Box::pin(async move {
            let response = allow::complete(&method, of_all, answer.await?);
            if let Some(busy) = &mut busy {
                busy.share = None;
            }
            Ok(response.map(|body| Body::new(Answer { body, _busy: busy })))
        })
    }
}

/// A request's body, whose end is noted.
struct Said {
    body: Incoming,
    guest: Arc<Guest>,
}

impl HttpBody for Said {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() {
            self.guest.said_all();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body whose connection is busy until it has been handed over.
struct Answer {
    body: Body,
    _busy: Option<Busy>,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
