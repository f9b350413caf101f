//! How long the page waits for an answer before it says that none comes, and what it says then.
//!
//! A browser keeps six connections to a server for all its pages together, and a request that finds none free waits
//! without an end; so does one whose server, or a proxy on the way, stands still.

use futures_util::future::{Either, select};
use gloo_net::http::{Request, RequestBuilder};
use gloo_timers::future::TimeoutFuture;
use web_sys::AbortSignal;

use crate::lang::en;

/// How long an answer may take, in seconds: longer than the gateway asks four replicas, one after the other.
const SECONDS: u32 = 30;

/// Said of a request.
pub const LATE: &str = en(
    "No answer after 30 s: the server or the network is stuck, or this browser has too many of its pages open. It is \
     unknown whether this was done.",
);
/// The same while events arrive, so that the server is there.
pub const LATE_THOUGH_LIVE: &str = en(
    "No answer after 30 s, though events arrive: the server is busy, or this browser has too many of its pages open \
     (six connections serve all of them). It is unknown whether this was done.",
);
/// Said of a part of the page.
pub const LATE_PART: &str = en(
    "No answer after 30 s: the server or the network is stuck, or this browser has too many of its pages open. This \
     part of the page has not arrived yet.",
);

/// Asks for a file of the page; broken off when it is not here in time.
pub fn get(address: &str) -> RequestBuilder {
    Request::get(address).abort_signal(Some(&AbortSignal::timeout_with_u32(1_000 * SECONDS)))
}

/// Waits for `work` until it is late.
///
/// # Errors
/// What is left of it, when it is late.
pub async fn in_time<W: Future + Unpin>(work: W) -> Result<W::Output, W> {
    match select(work, TimeoutFuture::new(1_000 * SECONDS)).await {
        Either::Left((done, _)) => Ok(done),
        Either::Right(((), work)) => Err(work),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentences_name_the_deadline() {
        for sentence in [LATE, LATE_THOUGH_LIVE, LATE_PART] {
            assert!(sentence.starts_with(&format!("No answer after {SECONDS} s")), "{sentence}");
        }
    }
}
