//! Events of one frame or several, of which some may be unreadable.
//!
//! Read by [`super::live`] and taken by [`crate::connection`].

use shared::api::EventsFrame;
use shared::event::Event;
use shared::json::{self, Unread};

/// Events that come together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Those that can be read, in order.
    pub events: Vec<Event>,
    /// The number of the last one, whether it can be read or not.
    pub through: u64,
    /// What is wrong with the first one that cannot be read: the server is of another version, perhaps.
    pub unread: Option<String>,
}

impl Batch {
    /// Reads a frame; what cannot be read is passed over, and nothing else is lost with it.
    pub(super) fn read(text: &str, id: &str) -> Batch {
        let through = id.rsplit_once('-').and_then(|(_, number)| number.parse().ok()).unwrap_or_default();
        let mut batch = Batch { through, ..Batch::default() };
        match json::read(text) {
            Ok(EventsFrame(events)) => batch.events = events,
            Err(error) => match json::items(text) {
                Ok(items) => items.into_iter().for_each(|item| batch.take(json::read(item))),
                Err(_) => batch.unread = Some(error.found),
            },
        }
        batch
    }

    fn take(&mut self, event: Result<Event, Unread>) {
        match event {
            Ok(event) => self.events.push(event),
            Err(error) => drop(self.unread.get_or_insert(error.found)),
        }
    }

    /// Adds what came next.
    pub(super) fn append(&mut self, mut next: Batch) {
        self.events.append(&mut next.events);
        self.through = self.through.max(next.through);
        self.unread = self.unread.take().or(next.unread);
    }
}

#[cfg(test)]
mod tests {
    use shared::sim::random_world;

    use super::*;

    #[test]
    fn an_event_that_cannot_be_read_takes_no_other_with_it() {
        let mut events = random_world(1).1.events;
        events.truncate(3);
        let [one, two, three] =
            [0, 1, 2].map(|place| serde_json::to_string(&events[place]).expect("an event can be written"));
        let deep = format!("{{\"seq\":9,\"kind\":{}{}}}", "[".repeat(500), "]".repeat(500));
        let unknown = r#"{"seq":9,"kind":"of the next version"}"#;
        for bad in [deep.as_str(), unknown, "7"] {
            let batch = Batch::read(&format!("[{bad},{one},{two},{bad},{three},{bad}]"), "run-12");
            assert_eq!((&batch.events, batch.through, batch.unread.is_some()), (&events, 12, true), "{bad}");
        }
        let batch = Batch::read("[{", "run-12");
        assert_eq!((batch.events.len(), batch.through, batch.unread.is_some()), (0, 12, true));
    }
}
