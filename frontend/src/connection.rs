//! How this page is connected to the feed: what to do with what the stream says.
//!
//! Pure: `source::live` calls it for every frame, the badge shows it. Events come in order; one that was seen is
//! passed over, a hole is counted as missed and never hidden.

use shared::event::{Event, EventKind};

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
    /// What the server says, this page cannot read.
    Unreadable,
    /// Nothing came for so many seconds, no sign of life either; another stream is being opened.
    Silent(u32),
    /// It was let go while the page was out of sight.
    Resting,
    /// There is none: what is shown is a saved run.
    Saved,
    /// There is none: what is shown stays while time stands still, though the server has gone on.
    Kept(Gap),
}

/// Why what the server tells now does not follow what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// The server was started anew.
    Restart,
    /// It remembers no longer what came next.
    Loss,
}

/// The state of the stream and what it has left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// The state.
    pub link: Link,
    /// How many events this page will never see.
    pub missed: u64,
    /// Whether the server has another build of this page.
    pub older: bool,
    last: Option<u64>,
    /// Whether events were let go since the last that came.
    lost: bool,
}

impl Connection {
    /// Returns the state of a page that shows a saved run with so many holes.
    pub fn saved(missed: u64) -> Connection {
        Connection { link: Link::Saved, missed, ..Connection::default() }
    }

    /// A snapshot came: everything up to `seq` is in it.
    pub fn joined(&mut self, seq: u64) {
        // What a saved run lacked is not missed here.
        self.missed = if self.link == Link::Saved { 0 } else { self.missed };
        self.link = Link::Live;
        self.last = Some(seq);
        self.lost = false;
    }

    /// Whether a run of this server is shown, which another picture would take away.
    pub fn has_joined(&self) -> bool {
        self.last.is_some()
    }

    /// Whether what is shown stays, and the server is not listened to.
    pub fn is_kept(&self) -> bool {
        matches!(self.link, Link::Kept(_))
    }

    /// Keeps what is shown, though a picture came that does not follow it.
    pub fn keep(&mut self) {
        self.link = Link::Kept(if self.lost { Gap::Loss } else { Gap::Restart });
    }

    /// What is kept is left for what the server tells now.
    pub fn leave(&mut self) {
        *self = Connection { older: self.older, ..Connection::default() };
    }

    /// Events came, the last one with the number `through`; returns those that are new, and counts what could not be read or
    /// was not heard on the way here. `None` before any snapshot, when there is no picture to add to.
    pub fn take(&mut self, events: Vec<Event>, through: u64) -> Option<Vec<Event>> {
        let mut last = self.last?;
        self.link = Link::Live;
        let mut new = Vec::with_capacity(events.len());
        for event in events {
            if event.seq <= last {
                continue;
            }
            self.missed += event.seq - last - 1 + unheard(&event.kind);
            last = event.seq;
            new.push(event);
        }
        self.missed += through.saturating_sub(last);
        self.last = Some(last.max(through));
        Some(new)
    }

    /// The server let events go before this page could see them.
    pub fn missed(&mut self, count: u64) {
        if self.link == Link::Saved {
            *self = Connection::default();
        }
        self.missed += count;
        self.lost = true;
    }

    /// A picture came that this page cannot read: there is nothing that events could be added to.
    pub fn unreadable(&mut self) {
        (self.link, self.last) = (Link::Unreadable, None);
    }

    /// A sign of life came: all that there is to see was seen.
    pub fn alive(&mut self) {
        if self.last.is_some() {
            self.link = Link::Live;
        }
    }

    /// Nothing came for so many seconds.
    pub fn silent(&mut self, seconds: u32) {
        self.link = match self.link {
            Link::Saved | Link::Kept(_) | Link::Unreadable => self.link,
            Link::Connecting
            | Link::Absent
            | Link::Ended
            | Link::Live
            | Link::Lost
            | Link::Silent(_)
            | Link::Resting => Link::Silent(seconds),
        };
    }

    /// The page is out of sight and has let the stream go.
    pub fn rested(&mut self) {
        if self.link != Link::Saved {
            self.link = Link::Resting;
        }
    }

    /// The stream broke.
    pub fn broke(&mut self) {
        self.link = match self.link {
            Link::Connecting | Link::Absent => Link::Absent,
            Link::Ended => Link::Ended,
            Link::Unreadable => Link::Unreadable,
            Link::Silent(_) | Link::Resting if self.last.is_none() => Link::Absent,
            Link::Live | Link::Lost | Link::Silent(_) | Link::Resting => Link::Lost,
            Link::Saved | Link::Kept(_) => self.link,
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
            (Link::Live, 0) => t("connected").to_owned(),
            (Link::Live, 1) => t("connected · 1 event lost").to_owned(),
            (Link::Live, missed) => fill("connected · {count} events lost", &[("count", &missed.to_string())]),
            (Link::Lost, _) => t("connection lost · reconnecting").to_owned(),
            (Link::Absent, _) => t("no server · retrying").to_owned(),
            (Link::Ended, _) => t("server stopped · reconnecting").to_owned(),
            (Link::Unreadable, _) => t("server data unreadable").to_owned(),
            (Link::Silent(seconds @ ..60), _) => {
                fill("no data for {count} s · reconnecting", &[("count", &seconds.to_string())])
            }
            (Link::Silent(seconds), _) => {
                fill("no data for {count} min · reconnecting", &[("count", &(seconds / 60).to_string())])
            }
            (Link::Resting, _) => t("reconnecting").to_owned(),
            (Link::Kept(Gap::Restart), _) => t("server restarted · earlier run").to_owned(),
            (Link::Kept(Gap::Loss), _) => t("too far behind · earlier events").to_owned(),
            (Link::Saved, 0) => t("saved run · not live").to_owned(),
            (Link::Saved, missed) => fill("saved run · not live · {count} missing", &[("count", &missed.to_string())]),
        }
    }
}

/// Returns how many events of a replica the gateway did not hear before this one.
fn unheard(kind: &EventKind) -> u64 {
    if let EventKind::Joined { missed, .. } = kind { missed.unwrap_or_default() } else { 0 }
}

#[cfg(test)]
mod tests {
    use shared::clock::Stamp;
    use shared::id::{GroupId, Node, Seq};
    use shared::map::Map;
    use shared::time::Micros;
    use shared::view::ReplicaView;

    use super::*;

    fn event(seq: u64) -> Event {
        let kind = EventKind::Committed { group: GroupId::Store, seq: Seq(1) };
        Event { seq, at: Micros(0), node: Node::Gateway, stamp: Stamp::default(), trace: None, step: None, kind }
    }

    #[test]
    fn nothing_is_taken_twice_and_holes_are_counted() {
        let mut connection = Connection::default();
        assert_eq!(connection.take(vec![event(1)], 1), None);
        connection.joined(4);
        let new = connection.take(vec![event(4), event(5), event(8)], 8).unwrap_or_default();
        assert_eq!(new.iter().map(|event| event.seq).collect::<Vec<_>>(), [5, 8]);
        assert_eq!(connection.missed, 2);
        assert_eq!(connection.words(), "connected · 2 events lost");
    }

    #[test]
    fn what_cannot_be_read_is_counted_at_once_and_only_once() {
        let mut connection = Connection::default();
        connection.joined(4);
        // Numbers 5, 7 and 8 could not be read.
        connection.take(vec![event(6)], 8);
        assert_eq!(connection.words(), "connected · 3 events lost");
        connection.take(vec![event(9)], 9);
        connection.take(Vec::new(), 10);
        assert_eq!(connection.missed, 4);
    }

    #[test]
    fn what_the_gateway_has_not_heard_is_missed_here_too() {
        let mut connection = Connection::default();
        connection.joined(4);
        let joined = |missed| EventKind::Joined { view: ReplicaView::default(), held: Map::new(), missed };
        let events = [(5, None), (6, Some(7))].map(|(seq, missed)| Event { kind: joined(missed), ..event(seq) });
        assert_eq!(connection.take(events.to_vec(), 6).map(|new| new.len()), Some(2));
        assert_eq!(connection.missed, 7);
    }

    #[test]
    fn a_picture_that_cannot_be_read_is_never_live() {
        let mut connection = Connection::default();
        connection.joined(4);
        connection.unreadable();
        connection.alive();
        assert_eq!(connection.take(vec![event(5)], 5), None);
        connection.broke();
        assert_eq!(connection.words(), "server data unreadable");
        connection.joined(9);
        assert_eq!(connection.link, Link::Live);
    }

    #[test]
    fn what_is_left_out_of_the_past_counts_also_behind_a_saved_run() {
        let mut connection = Connection::saved(3);
        connection.missed(20);
        connection.joined(40);
        assert_eq!(connection.words(), "connected · 20 events lost");
    }

    #[test]
    fn a_break_is_said_and_a_return_too() {
        let mut connection = Connection::default();
        connection.broke();
        assert_eq!(connection.link, Link::Absent);
        connection.joined(1);
        connection.broke();
        assert_eq!(connection.link, Link::Lost);
        connection.alive();
        assert_eq!(connection.words(), "connected");
        connection.ended();
        connection.broke();
        assert_eq!(connection.link, Link::Ended);
    }

    #[test]
    fn a_page_that_was_out_of_sight_is_not_live_before_it_has_heard() {
        let mut connection = Connection::default();
        connection.rested();
        connection.broke();
        assert_eq!(connection.link, Link::Absent);
        connection.joined(1);
        connection.rested();
        assert_eq!(connection.words(), "reconnecting");
        connection.alive();
        assert_eq!(connection.words(), "connected");
        let mut saved = Connection::saved(0);
        saved.rested();
        assert_eq!(saved.link, Link::Saved, "the way back to the server was only asked for");
    }

    #[test]
    fn what_is_kept_stays_and_says_why() {
        let mut connection = Connection::default();
        assert!(!connection.has_joined());
        connection.joined(4);
        connection.broke();
        connection.keep();
        assert_eq!(connection.link, Link::Kept(Gap::Restart));
        connection.silent(15);
        connection.broke();
        assert!(connection.is_kept(), "{connection:?}");
        connection.joined(1);
        connection.missed(7);
        connection.keep();
        assert_eq!(connection.link, Link::Kept(Gap::Loss));
        connection.older = true;
        connection.leave();
        assert_eq!((connection.has_joined(), connection.missed, connection.older), (false, 0, true));
    }

    #[test]
    fn a_silence_is_said_until_something_comes() {
        let mut connection = Connection::default();
        connection.silent(15);
        assert_eq!(connection.words(), "no data for 15 s · reconnecting");
        connection.alive();
        assert_eq!(connection.link, Link::Silent(15), "nothing is live before there is a picture");
        connection.broke();
        assert_eq!(connection.link, Link::Absent);
        connection.joined(1);
        connection.silent(135);
        assert_eq!(connection.words(), "no data for 2 min · reconnecting");
        connection.alive();
        assert_eq!(connection.words(), "connected");
        connection.silent(15);
        connection.broke();
        assert_eq!(connection.link, Link::Lost, "that it broke says more");
    }
}
