//! Server-sent events as a reader sees them: bytes in, frames out.
//!
//! Called by the collector, for streams of this program alone: each field is on one line, and only the fields that
//! [`crate::feed::stream`] writes are known.

/// One frame that has a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Its `event`.
    pub name: String,
    /// Its `id`.
    pub id: String,
    /// Its `data`.
    pub data: String,
}

/// The beginning of a stream whose rest is still to come.
#[derive(Debug, Default)]
pub struct Frames {
    line: Vec<u8>,
    frame: Frame,
}

impl Frames {
    /// Takes the next bytes, cut anywhere; returns the frames that they complete.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Frame> {
        let mut complete = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                complete.extend(self.end_line());
            }
        }
        complete
    }

    fn end_line(&mut self) -> Option<Frame> {
        let line = String::from_utf8_lossy(&self.line);
        let line = line.trim_end_matches('\n');
        let mut ended = None;
        match line.split_once(": ") {
            Some(("event", name)) => name.clone_into(&mut self.frame.name),
            Some(("id", id)) => id.clone_into(&mut self.frame.id),
            Some(("data", data)) => data.clone_into(&mut self.frame.data),
            // A comment, or a field that nobody needs here.
            Some(_) => {}
            None => ended = Some(std::mem::take(&mut self.frame)),
        }
        self.line.clear();
        ended.filter(|frame| !frame.name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_wherever_the_bytes_are_cut() {
        let text = "retry: 1000\n\n: a comment\n\nevent: events\nid: run-2\ndata: [\"é: 1\"]\n\nevent: bye\ndata: {}\n\nevent: half\n";
        let frame = |name: &str, id: &str, data: &str| Frame { name: name.into(), id: id.into(), data: data.into() };
        let expected = [frame("events", "run-2", "[\"é: 1\"]"), frame("bye", "", "{}")];
        for size in 1..=text.len() {
            let mut frames = Frames::default();
            let read: Vec<Frame> = text.as_bytes().chunks(size).flat_map(|part| frames.take(part)).collect();
            assert_eq!(read, expected, "in pieces of {size}");
        }
    }
}
