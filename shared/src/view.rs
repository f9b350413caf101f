//! The picture: what a screen needs to know of the cluster, as a fold over events.
//!
//! `fold(events)` equals the replicas' own state; the simulation compares the two after every step. The page
//! and the server's snapshot use this same fold. It decides nothing and asks nobody.

use serde::{Deserialize, Serialize};

use crate::config::{Ack, Failover, Mode, Reads};
use crate::event::{Event, EventKind, Gate, Role, Step};
use crate::id::{Epoch, Generation, GroupId, MessageId, Node, NoteId, ReplicaId, Seq, TraceId};
use crate::map::Map;
use crate::message::Parcel;
use crate::note::Version;
use crate::time::Micros;

/// A message whose end is in no event is under way for this long at most: far longer than any sender waits.
const FORGOTTEN: Micros = Micros::from_millis(60_000);

/// One group at one replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupView {
    /// It accepts nothing below this.
    pub promised: Epoch,
    /// The epoch under which its log was last written.
    pub accepted: Epoch,
    /// The end of its log.
    pub len: Seq,
    /// How far it knows the log to be on a majority.
    pub commit: Seq,
    /// Its part.
    pub role: Role,
}

impl Default for GroupView {
    fn default() -> GroupView {
        GroupView { promised: Epoch::NONE, accepted: Epoch::NONE, len: Seq(0), commit: Seq(0), role: Role::Backup }
    }
}

/// One replica.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplicaView {
    /// The configuration it works in.
    pub generation: Generation,
    /// The mode of that configuration.
    pub mode: Mode,
    /// Whether a switch of the mode has frozen it.
    pub frozen: bool,
    /// Whether it has lost its disk and must not vote yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recovering: bool,
    /// Whether its gate is closed: what it sends to other replicas is held until somebody lets it go.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gated: bool,
    /// The replicas that it suspects, each once, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspects: Vec<ReplicaId>,
    /// Its groups.
    pub groups: Map<GroupId, GroupView>,
    /// Its notes as a `local` read shows them, tombstones included; of a long body the beginning.
    pub notes: Map<NoteId, Version>,
}

impl ReplicaView {
    /// Whether this replica is the primary of `group`.
    pub fn is_primary(&self, group: GroupId) -> bool {
        self.groups.get(&group).is_some_and(|view| view.role == Role::Primary)
    }

    /// Whether `id`, whose view this is, was the last primary of `group` and nobody has asked for it since.
    ///
    /// After a restart this is so without its being the primary: it must claim the group again to write.
    pub fn holds(&self, id: ReplicaId, group: GroupId) -> bool {
        let held = |view: &GroupView| view.accepted.owner() == Some(id) && view.promised == view.accepted;
        self.groups.get(&group).is_some_and(|view| view.role == Role::Primary || held(view))
    }

    /// Takes what happened at this replica into account.
    pub fn apply(&mut self, kind: &EventKind) {
        match kind {
            EventKind::Started { view }
            | EventKind::Joined { view, .. }
            | EventKind::Began { view, .. }
            | EventKind::Recovered { view } => {
                *self = view.clone();
            }
            EventKind::Promised { group, epoch } => self.groups.get_or_default(*group).promised = *epoch,
            EventKind::Became { group, role, .. } => self.groups.get_or_default(*group).role = *role,
            EventKind::Accepted { group, epoch, len, changes } => {
                let view = self.groups.get_or_default(*group);
                view.accepted = *epoch;
                view.promised = view.promised.max(*epoch);
                view.len = *len;
                for (note, version) in changes {
                    match version {
                        Some(version) => self.notes.insert(*note, version.clone()),
                        None => self.notes.remove(note),
                    };
                }
            }
            EventKind::Committed { group, seq } => self.groups.get_or_default(*group).commit = *seq,
            EventKind::Froze { .. } => self.frozen = true,
            EventKind::Recovering => self.recovering = true,
            EventKind::Gate(Gate::Closed) => self.gated = true,
            EventKind::Gate(Gate::Opened) => self.gated = false,
            EventKind::Suspected { replica, .. } => {
                if let Err(place) = self.suspects.binary_search(replica) {
                    self.suspects.insert(place, *replica);
                }
            }
            EventKind::Trusted { replica } => self.suspects.retain(|other| other != replica),
            EventKind::ClientRequest { .. }
            | EventKind::ClientReply { .. }
            | EventKind::Sent { .. }
            | EventKind::Received { .. }
            | EventKind::Lost { .. }
            | EventKind::Ignored { .. }
            | EventKind::Stepped { .. }
            | EventKind::TookOver { .. }
            | EventKind::RolledBack { .. }
            | EventKind::Gate(Gate::Held(_) | Gate::Delivered(_) | Gate::Doubled(_)) => {}
        }
    }
}

/// A message that has left and not arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flight {
    /// The sender.
    pub from: Node,
    /// The receiver.
    pub to: Node,
    /// When it left.
    pub at: Micros,
    /// The client request that caused it.
    pub trace: Option<TraceId>,
    /// Its place in the textbook's figure.
    pub step: Option<Step>,
    /// What is in it.
    pub parcel: Parcel,
    /// Whether it waits at its sender's gate.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
}

/// The whole cluster, as the events so far show it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterView {
    /// Each replica.
    pub replicas: Map<ReplicaId, ReplicaView>,
    /// Each message under way.
    pub flights: Map<MessageId, Flight>,
}

impl ClusterView {
    /// Takes the next event into account.
    #[allow(clippy::wildcard_enum_match_arm, reason = "`ReplicaView::apply` names every kind")]
    pub fn apply(&mut self, event: &Event) {
        match &event.kind {
            EventKind::Sent { message, to, parcel } => {
                let flight = Flight {
                    from: event.node,
                    to: *to,
                    at: event.at,
                    trace: event.trace.clone(),
                    step: event.step,
                    parcel: parcel.clone(),
                    held: false,
                };
                self.flights.insert(*message, flight);
                self.forget_oldest(event.node, event.at);
            }
            EventKind::Received { message } | EventKind::Lost { message, .. } => {
                self.flights.remove(message);
            }
            kind => {
                if let Node::Replica(id) = event.node {
                    self.replicas.get_or_default(id).apply(kind);
                    self.apply_gate(event);
                }
            }
        }
    }

    /// Takes what happened at a replica's gate into account.
    #[allow(clippy::wildcard_enum_match_arm, reason = "the others happen elsewhere")]
    fn apply_gate(&mut self, event: &Event) {
        match &event.kind {
            EventKind::Gate(Gate::Held(message)) => self.set_held(message, true),
            EventKind::Gate(Gate::Delivered(message) | Gate::Doubled(message)) => self.set_held(message, false),
            EventKind::Gate(Gate::Opened) => {
                for (_, flight) in self.flights.iter_mut().filter(|(id, _)| id.from == event.node) {
                    flight.held = false;
                }
            }
            // What waited at its gate was in memory alone.
            EventKind::Started { .. } => self.flights.retain(|id, flight| id.from != event.node || !flight.held),
            EventKind::Joined { held, .. } => {
                self.flights.retain(|id, flight| id.from != event.node || !flight.held);
                self.flights.extend(held.iter().map(|(id, flight)| (*id, flight.clone())));
            }
            _ => {}
        }
    }

    fn set_held(&mut self, message: &MessageId, held: bool) {
        if let Some(flight) = self.flights.get_mut(message) {
            flight.held = held;
        }
    }

    /// Returns the messages that wait at a gate, in the order in which they were sent.
    pub fn held(&self) -> Vec<(MessageId, &Flight)> {
        let held = self.flights.iter().filter(|(_, flight)| flight.held);
        let mut held: Vec<_> = held.map(|(id, flight)| (*id, flight)).collect();
        held.sort_by_key(|(id, flight)| (flight.at, *id));
        held
    }

    /// Returns the replicas whose gate is closed, by number.
    pub fn gated(&self) -> impl Iterator<Item = ReplicaId> {
        self.replicas.iter().filter(|(_, replica)| replica.gated).map(|(id, _)| *id)
    }

    /// Drops the oldest message of `node` when it has been under way for too long: whoever could have told its end was
    /// killed, or was not listened to. What waits at a gate may wait for ever. Each sending drops one at most, so that
    /// they cannot pile up.
    fn forget_oldest(&mut self, node: Node, now: Micros) {
        let first = MessageId { from: node, n: 0 };
        let of_node = self.flights.iter_from(&first).take_while(|(id, _)| id.from == node);
        let oldest = of_node.filter(|(_, flight)| !flight.held).map(|(id, flight)| (*id, flight.at)).next();
        if let Some((id, _)) = oldest.filter(|(_, at)| now - *at > FORGOTTEN) {
            self.flights.remove(&id);
        }
    }

    /// Returns the generation and mode that the furthest replica works in.
    pub fn configuration(&self) -> (Generation, Mode) {
        self.replicas
            .values()
            .map(|replica| (replica.generation, replica.mode))
            .max_by_key(|(generation, _)| *generation)
            .unwrap_or_default()
    }

    /// Returns the primary of `group` with the highest epoch, as far as events show.
    pub fn primary(&self, group: GroupId) -> Option<ReplicaId> {
        self.replicas
            .iter()
            .filter(|(_, replica)| replica.is_primary(group))
            .max_by_key(|(_, replica)| replica.groups.get(&group).map(|view| view.promised))
            .map(|(id, _)| *id)
    }
}

/// What does not change while a server runs: the page's stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scene {
    /// The gateway's port.
    pub service: u16,
    /// The replicas' addresses (`host:port`), the first is R1.
    pub replicas: Vec<String>,
    /// The acknowledgement level of requests that name none.
    pub ack: Ack,
    /// What reads must have seen, unless they ask otherwise.
    #[serde(default)]
    pub reads: Reads,
    /// Whether the groups of a suspected replica are taken over.
    #[serde(default)]
    pub failover: Failover,
    /// The server's version.
    pub version: String,
    /// The time of the server's start, as seconds since 1970 in UTC; the step log's clock is this plus an event's `at`.
    pub started: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorder::Recorder;
    use crate::request::{Method, Request};

    const R1: Node = Node::Replica(ReplicaId(1));

    /// R1 with its gate closed and three messages at it, as the feed shows it.
    fn gated() -> (Recorder, ClusterView, [MessageId; 3]) {
        let (mut recorder, mut view) = (Recorder::new(R1, 2), ClusterView::default());
        let mut tell = |at: u64, kind| view.apply(&recorder.local(Micros(at), None, None, kind));
        tell(1, EventKind::Gate(Gate::Closed));
        let ids = [1, 2, 3].map(|n| MessageId { from: R1, n });
        for (at, message) in (2..).zip(ids) {
            let to = Node::Replica(ReplicaId(2));
            tell(at, EventKind::Sent { message, to, parcel: Parcel::Peer(Box::default()) });
            tell(at, EventKind::Gate(Gate::Held(message)));
        }
        (recorder, view, ids)
    }

    fn held(view: &ClusterView) -> Vec<u64> {
        view.held().iter().map(|(id, _)| id.n).collect()
    }

    #[test]
    fn what_waits_at_a_gate_is_held_until_it_is_let_go_or_dropped() {
        let (mut recorder, mut view, [one, two, three]) = gated();
        let why = crate::event::Why::DroppedByHand;
        let mut after = |kind| {
            view.apply(&recorder.local(Micros(9), None, None, kind));
            (view.gated().count(), held(&view), view.flights.len())
        };
        assert_eq!(after(EventKind::Gate(Gate::Delivered(two))), (1, vec![1, 3], 3));
        assert_eq!(after(EventKind::Lost { message: one, why }), (1, vec![3], 2));
        assert_eq!(after(EventKind::Gate(Gate::Doubled(three))), (1, vec![], 2));
        assert_eq!(after(EventKind::Gate(Gate::Held(two))), (1, vec![2], 2));
        assert_eq!(after(EventKind::Gate(Gate::Opened)), (0, vec![], 2));
    }

    #[test]
    fn a_replica_that_starts_again_has_lost_what_it_held_and_one_that_is_heard_anew_tells_it() {
        let (mut recorder, before, ids) = gated();
        let mut after = |kind| {
            let mut view = before.clone();
            view.apply(&recorder.local(Micros(9), None, None, kind));
            (view.gated().count(), held(&view))
        };
        assert_eq!(after(EventKind::Started { view: ReplicaView::default() }), (0, vec![]));
        let told = before.flights.iter().filter(|(id, _)| **id == ids[1]).map(|(id, flight)| (*id, flight.clone()));
        let view = ReplicaView { gated: true, ..ReplicaView::default() };
        assert_eq!(after(EventKind::Joined { view, held: told.collect(), missed: None }), (1, vec![2]));
    }

    #[test]
    fn what_waits_at_a_gate_may_wait_for_ever() {
        let (mut recorder, mut view, _) = gated();
        for minute in 1..9 {
            let at = Micros::from_millis(minute * 60_000);
            let to = Node::Replica(ReplicaId(2));
            let message = MessageId { from: R1, n: 3 + minute };
            let sent = EventKind::Sent { message, to, parcel: Parcel::Peer(Box::default()) };
            view.apply(&recorder.local(at, None, None, sent));
        }
        assert_eq!((held(&view), view.flights.len()), (vec![1, 2, 3], 5));
    }

    #[test]
    fn messages_whose_end_is_never_told_do_not_pile_up() {
        let mut recorder = Recorder::new(Node::Gateway, 1);
        let mut view = ClusterView::default();
        let request = Request { method: Method::Get, path: "/note".to_owned(), body: serde_json::Value::Null };
        let to = Node::Replica(ReplicaId(1));
        for second in 0..200 {
            let at = Micros::from_millis(second * 1_000);
            view.apply(&recorder.send(at, None, None, to, Parcel::Request(request.clone())).1);
        }
        let oldest = view.flights.values().map(|flight| flight.at).min();
        assert_eq!((view.flights.len(), oldest), (61, Some(Micros::from_millis(139_000))));
    }
}
