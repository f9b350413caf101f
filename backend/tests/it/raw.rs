//! Requests as bytes: what no HTTP client sends, and all that comes back.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use super::http::HANGS;

/// Connects to a door such as `http://127.0.0.1:9988`.
#[track_caller]
pub fn connect(door: &str) -> TcpStream {
    let stream = TcpStream::connect(door.trim_start_matches("http://")).expect("it listens");
    stream.set_read_timeout(Some(HANGS)).expect("it is no zero");
    stream.set_write_timeout(Some(HANGS)).expect("it is no zero");
    stream
}

/// Sends all of `request` before it reads, as simple clients do; returns what comes until the other side closes. A client
/// that cannot send to the end does not hear anything.
#[track_caller]
pub fn exchange(door: &str, request: impl AsRef<[u8]>) -> String {
    let mut stream = connect(door);
    match stream.write_all(request.as_ref()) {
        Ok(()) => rest_of(stream),
        Err(error) => format!("it cannot be sent: {error}"),
    }
}

/// Sends `request` and closes the sending side; returns what comes then.
#[track_caller]
pub fn exchange_half_closed(door: &str, request: impl AsRef<[u8]>) -> String {
    let mut stream = connect(door);
    stream.write_all(request.as_ref()).expect("there is room");
    stream.shutdown(Shutdown::Write).expect("it is open");
    rest_of(stream)
}

/// Returns what comes until the other side closes.
#[track_caller]
pub fn rest_of(mut stream: TcpStream) -> String {
    let mut got = Vec::new();
    if let Err(error) = stream.read_to_end(&mut got) {
        assert!(error.kind() != std::io::ErrorKind::WouldBlock, "it neither answers nor closes: {got:?}");
    }
    String::from_utf8_lossy(&got).into_owned()
}

/// Returns the bytes of a request with a body; `headers` are whole lines.
pub fn request(method: &str, path: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let lines: String = headers.iter().flat_map(|line| [*line, "\r\n"]).collect();
    let length = if body.is_empty() { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    let head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{lines}{length}\r\n");
    [head.as_bytes(), body].concat()
}

/// Returns the status of an answer; 0 when there is none.
pub fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or_default()
}
