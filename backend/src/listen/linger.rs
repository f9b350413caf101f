//! A connection that ends so that the other side hears the answer: its end is announced, and what still comes is read
//! and dropped for a while.
//!
//! Used by [`super`]. When a socket is closed with something unread in it, the system resets the connection, and a client
//! that sends first and reads then loses the answer that was on its way, such as the 413 that says why nobody read on.
//! Source: RFC 9112, section 9.6.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

/// How long it is read on after the answer.
const LONGEST: Duration = Duration::from_secs(30);
/// How much is read then, in bytes.
const MOST: usize = 64 * 1024 * 1024;
/// How much is read at a time, in bytes.
const PIECE: usize = 16 * 1024;

/// A connection.
pub struct Lingering {
    stream: TcpStream,
    stop: CancellationToken,
    last: Option<Last>,
}

/// The last part of a connection.
struct Last {
    room: usize,
    over: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Lingering {
    /// Wraps a connection; it does not linger after `stop`.
    pub fn new(stream: TcpStream, stop: CancellationToken) -> Lingering {
        Lingering { stream, stop, last: None }
    }

    fn poll_last(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Lingering { stream, stop, last } = self;
        let last = last.get_or_insert_with(|| {
            let stopped = stop.clone().cancelled_owned();
            // It ends with either.
            let over = async { tokio::time::timeout(LONGEST, stopped).await.unwrap_or_default() };
            Last { room: MOST, over: Box::pin(over) }
        });
        let mut piece = [0; PIECE];
        while last.room > 0 && last.over.as_mut().poll(cx).is_pending() {
            let mut piece = ReadBuf::new(&mut piece);
            ready!(Pin::new(&mut *stream).poll_read(cx, &mut piece))?;
            if piece.filled().is_empty() {
                break;
            }
            last.room = last.room.saturating_sub(piece.filled().len());
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Lingering {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Lingering {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// Ends the sending side, then waits for the other one to end.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.last.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        }
        self.poll_last(cx)
    }
}
