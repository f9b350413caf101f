//! How this page is connected to the feed: what to do with what the stream says.
//!
//! Pure: `source::live` calls it for every frame, the badge shows it. Events come in order; one that was seen is
//! passed over, a hole is counted as missed and never hidden.

use shared::event::Event;

use crate::lang::{fill, t};

/// The state of the stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// Not yet there, the first time.
    #[default]
    Connecting,
    /// Events come as they happen.
    Live,
    /// It was there and is gone; the browser tries again.
    Lost,
    /// No server answered the first time; the browser tries again.
    Absent,
    /// The server said goodbye; the browser tries again.
    Ended,
    /// There is none: what is shown is a saved run.
    Saved,
}

/// The state of the stream and what it has left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// The state.
    pub link: Link,
    /// How many events this page will never see.
    pub missed: u64,
    last: Option<u64>,
}

impl Connection {
    /// Returns the state of a page that shows a saved run with so many holes.
    pub fn saved(missed: u64) -> Connection {
        Connection { link: Link::Saved, missed, last: None }
    }

    /// A snapshot came: everything up to `seq` is in it.
    pub fn joined(&mut self, seq: u64) {
        // What a saved run lacked is not missed here.
        self.missed = if self.link == Link::Saved { 0 } else { self.missed };
        self.link = Link::Live;
        self.last = Some(seq);
    }

    /// Events came; returns those that are new. `None` before any snapshot, when there is no picture to add to.
    pub fn take(&mut self, events: Vec<Event>) -> Option<Vec<Event>> {
        let mut last = self.last?;
        self.link = Link::Live;
        let mut new = Vec::with_capacity(events.len());
        for event in events {
            if event.seq <= last {
                continue;
            }
            self.missed += event.seq - last - 1;
            last = event.seq;
            new.push(event);
        }
        self.last = Some(last);
        Some(new)
    }

    /// The server let events go before this page could see them.
    pub fn missed(&mut self, count: u64) {
        self.missed += count;
    }

    /// The stream is open (again); a snapshot or events will follow.
    pub fn opened(&mut self) {
        if self.last.is_some() {
            self.link = Link::Live;
        }
    }

    /// The stream broke.
    pub fn broke(&mut self) {
        self.link = match self.link {
            Link::Connecting | Link::Absent => Link::Absent,
            Link::Ended => Link::Ended,
            Link::Live | Link::Lost => Link::Lost,
            Link::Saved => Link::Saved,
        };
    }

    /// The server said goodbye.
    pub fn ended(&mut self) {
        self.link = Link::Ended;
    }

    /// Returns the badge's words.
    pub fn words(&self) -> String {
        match (self.link, self.missed) {
            (Link::Connecting, _) => t("connecting").to_owned(),
            (Link::Live, 0) => t("live · nothing missed").to_owned(),
            (Link::Live, 1) => t("live · missed 1 event").to_owned(),
            (Link::Live, missed) => fill("live · missed {count} events", &[("count", &missed.to_string())]),
            (Link::Lost, _) => t("connection lost · trying again").to_owned(),
            (Link::Absent, _) => t("no server · trying again").to_owned(),
            (Link::Ended, _) => t("server stopped · trying again").to_owned(),
            (Link::Saved, 0) => t("saved run · not live").to_owned(),
            (Link::Saved, missed) => fill("saved run · not live · {count} missing", &[("count", &missed.to_string())]),
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::clock::Stamp;
    use shared::event::EventKind;
    use shared::id::{GroupId, Node, Seq};
    use shared::time::Micros;

    use super::*;

    fn event(seq: u64) -> Event {
        let kind = EventKind::Committed { group: GroupId::Store, seq: Seq(1) };
        Event { seq, at: Micros(0), node: Node::Gateway, stamp: Stamp::default(), trace: None, step: None, kind }
    }

    #[test]
    fn nothing_is_taken_twice_and_holes_are_counted() {
        let mut connection = Connection::default();
        assert_eq!(connection.take(vec![event(1)]), None);
        connection.joined(4);
        let new = connection.take(vec![event(4), event(5), event(8)]).unwrap_or_default();
        assert_eq!(new.iter().map(|event| event.seq).collect::<Vec<_>>(), [5, 8]);
        assert_eq!(connection.missed, 2);
        assert_eq!(connection.words(), "live · missed 2 events");
    }

    #[test]
    fn a_break_is_said_and_a_return_too() {
        let mut connection = Connection::default();
        connection.broke();
        assert_eq!(connection.link, Link::Absent);
        connection.joined(1);
        connection.broke();
        assert_eq!(connection.link, Link::Lost);
        connection.opened();
        assert_eq!(connection.words(), "live · nothing missed");
        connection.ended();
        connection.broke();
        assert_eq!(connection.link, Link::Ended);
    }
}
