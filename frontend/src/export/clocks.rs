//! Vector clocks of some events of the log, counted anew: those of one node are 1, 2, 3 …, without a hole.
//!
//! The clocks of the feed count all events of a node, also those that are not written or no longer kept, and a node that
//! was started again counts on from elsewhere. Other programs want neither. What happened before what stays as it is.

use std::collections::BTreeMap;

use shared::event::EventKind;
use shared::id::{MessageId, Node};

use crate::playback::Log;

/// How many of the written events of each node happened before an event or are it.
pub type Vector = BTreeMap<Node, u64>;

/// Returns the clock of each of `places`, which are in order.
pub fn clocks(log: &Log, places: &[u64]) -> Vec<Vector> {
    let mut nodes: BTreeMap<Node, Vector> = BTreeMap::new();
    let mut sent: BTreeMap<MessageId, Vector> = BTreeMap::new();
    let mut written = Vec::with_capacity(places.len());
    let mut wanted = places.iter().peekable();
    for (place, entry) in log.entries_from(log.first_place()) {
        let mine = nodes.entry(entry.event.node).or_default();
        if let EventKind::Received { message } = entry.event.kind {
            absorb(mine, sent.get(&message));
        }
        if wanted.next_if(|next| **next == place).is_some() {
            *mine.entry(entry.event.node).or_default() += 1;
            written.push(mine.clone());
        }
        if let EventKind::Sent { message, .. } = entry.event.kind {
            sent.insert(message, mine.clone());
        }
    }
    written
}

fn absorb(mine: &mut Vector, theirs: Option<&Vector>) {
    for (node, count) in theirs.into_iter().flatten() {
        let known = mine.entry(*node).or_default();
        *known = (*known).max(*count);
    }
}
