//! Connecting to another part of the cluster, and never to itself.
//!
//! Used by [`super::HttpClient`]. When nobody listens on a port from which the system takes those of clients, it may give
//! that very port to the one who connects to it. Then TCP connects the two ends of one socket: what is sent comes back as
//! its own answer, and whoever wants to listen there finds the port taken.
//!
//! Source: RFC 9293, section 3.5, the simultaneous open.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

/// Connects as hyper-util does.
#[derive(Clone, Debug)]
pub struct Connector(pub HttpConnector);

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = self.0.call(uri);
        Box::pin(async move { Ok(TokioIo::new(to_another(connecting.await?.into_inner())?)) })
    }
}

/// Lets go of a connection with itself, at once and without the time that its port would be kept.
fn to_another(stream: TcpStream) -> io::Result<TcpStream> {
    if stream.local_addr()? == stream.peer_addr()? {
        stream.set_zero_linger()?;
        return Err(io::Error::new(io::ErrorKind::ConnectionRefused, "it would be a connection with itself"));
    }
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    /// Bound to a port and connected to it: what the system does by chance.
    async fn with_itself() -> TcpStream {
        let socket = TcpSocket::new_v4().expect("the system has sockets");
        socket.bind(([127, 0, 0, 1], 0).into()).expect("there are free ports");
        let own = socket.local_addr().expect("it is bound");
        socket.connect(own).await.expect("it meets itself")
    }

    #[tokio::test]
    async fn a_connection_with_itself_is_none_and_leaves_the_port_free() {
        let stream = with_itself().await;
        let own = stream.local_addr().expect("it is connected");
        let refused = to_another(stream).expect_err("nobody listens there");
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        TcpListener::bind(own).await.expect("its replica can start");
    }

    #[tokio::test]
    async fn a_connection_with_somebody_else_is_one() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there are free ports");
        let stream = TcpStream::connect(listener.local_addr().expect("it is bound")).await.expect("it listens");
        assert!(to_another(stream).is_ok());
    }
}
