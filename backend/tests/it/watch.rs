//! A viewer of the feed that checks what must hold of every feed: numbers, clocks, and causes before effects.

use std::collections::{BTreeMap, BTreeSet};

use shared::api::{EventsFrame, SnapshotFrame};
use shared::event::{Event, EventKind};
use shared::id::{MessageId, Node};
use shared::view::ClusterView;

use super::http::{Frames, Http};

/// A viewer and all that it has seen.
#[derive(Debug)]
pub struct Watch {
    frames: Frames,
    /// What the snapshot and the events add up to.
    pub view: ClusterView,
    /// The events since the snapshot.
    pub events: Vec<Event>,
    /// Messages that arrived though nobody told their sending: it died with its sender, or before the gateway listened.
    pub orphans: Vec<MessageId>,
    seq: u64,
    sent: BTreeSet<MessageId>,
    /// The last number that each node gave an event of its own.
    last: BTreeMap<Node, u64>,
}

impl Watch {
    /// Opens the stream at `url`.
    pub async fn open(http: &Http, url: &str) -> Watch {
        let mut frames = http.events(url, None).await;
        let first = frames.next().await.expect("a snapshot");
        assert_eq!(first.name, "snapshot");
        let SnapshotFrame { seq, view, .. } = serde_json::from_str(&first.data).expect("a snapshot");
        let sent = view.flights.keys().copied().collect();
        Watch { frames, view, events: Vec::new(), orphans: Vec::new(), seq, sent, last: BTreeMap::new() }
    }

    /// Waits for the next events and takes them.
    pub async fn more(&mut self) {
        let frame = self.frames.next().await.expect("the stream goes on");
        assert_eq!(frame.name, "events");
        let EventsFrame(events) = serde_json::from_str(&frame.data).expect("events");
        for event in events {
            self.take(event);
        }
    }

    /// Takes events until one that `is_last` accepts has come, now or earlier.
    pub async fn until(&mut self, is_last: impl Fn(&Event) -> bool) {
        let mut checked = 0;
        while !self.events[checked..].iter().any(&is_last) {
            checked = self.events.len();
            self.more().await;
        }
    }

    /// Takes events until `count` replicas are there and none waits for the others' word.
    pub async fn until_all_vote(&mut self, count: usize) {
        while self.view.replicas.values().filter(|replica| !replica.recovering).count() < count {
            self.more().await;
        }
    }

    fn take(&mut self, event: Event) {
        self.seq += 1;
        assert_eq!(event.seq, self.seq, "events are numbered without holes");
        self.check_clock(&event);
        self.check_cause(&event);
        self.view.apply(&event);
        self.events.push(event);
    }

    /// Every event of a node is there, once and in order.
    fn check_clock(&mut self, event: &Event) {
        let place = event.node.clock_index().expect("clients tell nothing");
        let number = event.stamp.vector[place];
        let begins = matches!(event.kind, EventKind::Started { .. } | EventKind::Joined { .. });
        let last = self.last.insert(event.node, number).filter(|_| !begins);
        assert!(last.is_none_or(|last| number == last + 1), "{} goes from {last:?} to {event:?}", event.node);
    }

    /// A message is sent once, and before it arrives.
    fn check_cause(&mut self, event: &Event) {
        if let EventKind::Sent { message, .. } = event.kind {
            assert!(!self.orphans.contains(&message), "{message} was sent after it had arrived");
            assert!(self.sent.insert(message), "{message} was sent twice");
        }
        if let EventKind::Received { message } = event.kind
            && !self.sent.contains(&message)
        {
            self.orphans.push(message);
        }
    }
}
