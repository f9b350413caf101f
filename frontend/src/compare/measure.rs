//! What one request cost: messages, hops, time and handoffs, counted from its events.

use std::collections::BTreeMap;

use shared::event::{Event, EventKind};
use shared::id::{Node, TraceId};
use shared::message::Parcel;

use crate::playback::{Entry, Log, message_of};

/// What one request cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// The request.
    pub trace: TraceId,
    /// The number of its first event among those with a picture.
    pub begin: u64,
    /// How many messages it sent between replicas.
    pub between: u64,
    /// How many with those between gateway and replica.
    pub all: u64,
    /// How many messages the client's answer had to wait for one after the other, those of the gateway included.
    pub hops: u64,
    /// From the client's request to its reply, by the server's clock, in microseconds.
    pub micros: u64,
    /// How often a replica gave the primary role away for it.
    pub handoffs: u64,
}

/// Returns what a request cost so far; `None` while it has no reply in the log.
pub fn measure(log: &Log, trace: &TraceId) -> Option<Measure> {
    let entries: Vec<&Entry> = log.trace(trace).iter().filter_map(|place| log.entry(*place)).collect();
    let first = entries.first()?;
    let begin = &first.event;
    if !matches!(begin.kind, EventKind::ClientRequest { .. }) {
        return None;
    }
    let replies =
        |entry: &&&Entry| entry.event.node == begin.node && matches!(entry.event.kind, EventKind::ClientReply { .. });
    let end = &entries.iter().find(replies)?.event;
    let parcels = || entries.iter().filter_map(|entry| parcel(&entry.event));
    let between = parcels().filter(|(_, parcel)| matches!(parcel, Parcel::Peer(_))).count();
    let crowned = |event: &Event| message_of(&event.kind).and_then(|id| log.passage(id)).is_some_and(|way| way.crown);
    let handoffs = entries.iter().filter(|entry| parcel(&entry.event).is_some() && crowned(&entry.event)).count();
    Some(Measure {
        trace: trace.clone(),
        begin: first.stops,
        between: between as u64,
        all: parcels().count() as u64,
        hops: hops(&entries, end.seq),
        micros: (end.at - begin.at).0,
        handoffs: handoffs as u64,
    })
}

fn parcel(event: &Event) -> Option<(Node, &Parcel)> {
    let EventKind::Sent { to, parcel, .. } = &event.kind else { return None };
    Some((*to, parcel))
}

/// The longest chain of messages, each sent where and after the one before it arrived, that ends with the event `end`.
fn hops(entries: &[&Entry], end: u64) -> u64 {
    let (mut here, mut sent) = (BTreeMap::new(), BTreeMap::new());
    for Entry { event, .. } in entries {
        let depth = here.get(&event.node.to_string()).copied().unwrap_or(0);
        if event.seq == end {
            return depth;
        }
        if let EventKind::Sent { message, .. } = event.kind {
            sent.insert(message, depth);
        }
        if let EventKind::Received { message } = event.kind {
            let arrived = sent.get(&message).map_or(0, |depth: &u64| depth + 1);
            here.insert(event.node.to_string(), depth.max(arrived));
        }
    }
    0
}

/// Whether each of these requests has its reply, and no message of theirs is under way any more.
pub fn is_over(log: &Log, traces: &[&TraceId]) -> bool {
    let travels = |trace: Option<&TraceId>| trace.is_some_and(|trace| traces.contains(&trace));
    let mut flights = log.latest().flights.keys().filter_map(|id| log.entry(log.passage(*id)?.sent));
    traces.iter().all(|trace| measure(log, trace).is_some())
        && !flights.any(|entry| travels(entry.event.trace.as_ref()))
}
