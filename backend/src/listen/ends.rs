//! The two ends of a connection, so that the last answer is heard whichever side ends first.
//!
//! Used by [`super`] between hyper and the socket. A client may close its sending side when it has said all, and wait: hyper
//! takes that for a client that has gone away and drops its request, or with `half_close` never finds out that one has. Here
//! it is told some time later. And when a socket is closed with something unread in it, the system resets the connection,
//! and a client that sends first and reads then loses the answer that was on its way, such as the 413 that says why nobody
//! read on: here the end is announced, and what still comes is read and dropped for a while.
//! Source: RFC 9112, sections 9.5 and 9.6.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;
use tokio_util::sync::CancellationToken;

use super::guests::Guest;

/// How long a client is answered that has closed its side: it may be gone.
const HALF_CLOSED: Duration = Duration::from_secs(30);
/// How long it takes at most until a handler has read what is there; after that, something of the request is missing.
const READING: Duration = Duration::from_secs(1);
/// How long it is read on after the last answer.
const LONGEST: Duration = Duration::from_secs(30);
/// How much is read then, in bytes.
const MOST: usize = 64 * 1024 * 1024;
/// How much is read at a time, in bytes.
const PIECE: usize = 16 * 1024;

/// A connection.
pub struct Ends {
    stream: TcpStream,
    guest: Arc<Guest>,
    stop: CancellationToken,
    /// The other side has ended.
    ended: Option<Ended>,
    /// This side has ended.
    last: Option<Last>,
}

/// Until when it is not told that the other side has ended.
struct Ended {
    until: Pin<Box<Sleep>>,
    /// Whether the request was there as a whole.
    is_whole: bool,
}

impl Ended {
    fn new(is_whole: bool) -> Ended {
        let until = Box::pin(tokio::time::sleep(if is_whole { HALF_CLOSED } else { READING }));
        Ended { until, is_whole }
    }
}

/// The last part of a connection.
struct Last {
    room: usize,
    over: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Ends {
    /// Wraps the connection of `guest`; nothing is waited for after `stop`.
    pub fn new(stream: TcpStream, guest: Arc<Guest>, stop: CancellationToken) -> Ends {
        Ends { stream, guest, stop, ended: None, last: None }
    }

    /// Tells that the other side has ended, unless it waits for an answer.
    fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.guest.is_served() {
            let is_whole = self.guest.has_said_all();
            let ended = self.ended.get_or_insert_with(|| Ended::new(is_whole));
            ready!(ended.until.as_mut().poll(cx));
            if ended.is_whole || !is_whole {
                break;
            }
            *ended = Ended::new(true);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_last(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Ends { stream, stop, last, .. } = self;
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

impl AsyncRead for Ends {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.ended.is_some() {
            return self.poll_ended(cx);
        }
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, into))?;
        if into.filled().len() > before || into.remaining() == 0 { Poll::Ready(Ok(())) } else { self.poll_ended(cx) }
    }
}

impl AsyncWrite for Ends {
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
