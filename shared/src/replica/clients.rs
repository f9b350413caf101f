//! Clients' requests, from their arrival to the reply.
//!
//! A write waits as [`Pending`] under its operation's id until its outcome is known; `remote_write` and `local_write`
//! bring it to a primary, `outcomes` decides when it is answered. No request is answered twice.
//! Source: docs/PROTOCOL.md §4.17, §5.6.

use serde_json::{Value, json};

use crate::api::{Problem, list_body, note_body};
use crate::config::{Mode, Reads};
use crate::event::{Action, EventKind, Phase, Step};
use crate::id::{Epoch, GroupId, Node, OpId, ReplicaId, Seq, TraceId};
use crate::message::{Head, Message, Operation, Outcome, Parcel};
use crate::note::{Command, Entry, next_version};
use crate::record::Record;
use crate::request::{Method, Reply, Request};
use crate::rules::Rule;
use crate::session::Session;
use crate::time::Micros;

use super::group::{Part, Update};
use super::pending::{Origin, Pending, Place};
use super::timers::Timer;
use super::{Call, Output, RESEND, Replica, RequestId, longer};
use crate::message::LogPart;

/// How long a client waits at most before it is answered with an error.
const PATIENCE: Micros = Micros::from_millis(10_000);

/// How long a committed write waits for a backup that is reachable and does not acknowledge it.
const PATIENCE_WITH_BACKUPS: Micros = Micros::from_millis(3_000);

/// How long an operation waits at most after its first setback, and how often that doubles.
const BACK_OFF: Micros = Micros::from_millis(16);
const BACK_OFF_DOUBLINGS: u32 = 6;

impl Replica {
    pub(super) fn on_client(&mut self, request: RequestId, head: Option<&Head>, call: Call) {
        let read = call.request.method == Method::Get;
        let Call { op, trace, ack, reads, session, request: said, command } = call;
        if let Some(head) = head {
            let event = self.recorder.receive(self.now, head);
            self.out.push(Output::Event(event));
        } else {
            let step = if read { Step::R1 } else { Step::W1 };
            self.emit(Some(trace.clone()), Some(step), EventKind::ClientRequest { request: said.excerpt() });
        }
        let origin = Origin::Client { request, gateway: head.is_some(), said, session: session.clone() };
        match command {
            Err(problem) => self.reply(&trace, &origin, problem.status, problem.body(), session),
            Ok(_) if self.is_recovering() => {
                let problem =
                    Problem::refused("this replica has an empty disk and recovers its state from all others first.");
                self.reply(&trace, &origin, problem.status, problem.body(), session);
            }
            Ok(command @ (Command::List | Command::Read(_))) if reads != Reads::Local => {
                self.read(trace, origin, reads, command.note(), session);
            }
            Ok(Command::List) => self.reply(&trace, &origin, 200, list_body(self.notes()), session),
            Ok(Command::Read(id)) => {
                let live = self.groups.get(&self.mode.group_of(id)).and_then(|group| group.current.live(id));
                let found = live.map(|note| json!({ "res": true, "note": note_body(id, note) }));
                let missing = || (404, Problem::unknown_note(id).body());
                let (status, body) = found.map_or_else(missing, |body| (200, body));
                self.reply(&trace, &origin, status, body, session);
            }
            Ok(command) if !self.has_room(&op, &command) => {
                let problem = Problem::full(self.cluster.limits.notes, self.cluster.limits.bytes);
                self.reply(&trace, &origin, problem.status, problem.body(), session);
            }
            Ok(command) => self.admit(Operation { op, trace, ack, command }, origin),
        }
    }

    /// Takes a write in, or adds another who waits for the same operation.
    pub(super) fn admit(&mut self, operation: Operation, origin: Origin) {
        let op = operation.op.clone();
        if let Some(pending) = self.pending.get_mut(&op) {
            let known = |other: &Origin| matches!((other, &origin), (Origin::Replica(a), Origin::Replica(b)) if a == b);
            if !pending.origins.iter().any(known) {
                pending.origins.push(origin);
            }
            return;
        }
        let method = method_of(&operation.command);
        let target = self.target_of(&operation);
        // A creation that has a note already was performed before: an error must say `unknown`.
        let left = operation.command.note().is_none() && matches!(target, Some(GroupId::Note(_)));
        let pending = Pending {
            operation,
            method,
            origins: vec![origin],
            place: Place::Open,
            target,
            left,
            shown: false,
            expires: self.now + PATIENCE,
            pause: RESEND,
            setbacks: 0,
        };
        self.pending.insert(op.clone(), pending);
        self.timers.set(Timer::Op(op.clone()), self.now + RESEND);
        self.drive(&op);
    }

    /// Returns the group that an operation is for; `None` for a note of local-write that is yet to be made.
    pub(super) fn target_of(&self, operation: &Operation) -> Option<GroupId> {
        match self.mode {
            Mode::RemoteWrite => Some(GroupId::Store),
            Mode::LocalWrite => operation.command.note().map(GroupId::Note).or_else(|| self.holding(&operation.op)),
        }
    }

    /// Returns the group whose log has an operation.
    pub(super) fn holding(&self, op: &OpId) -> Option<GroupId> {
        self.groups.iter().find(|(_, group)| group.current.find(op).is_some()).map(|(id, _)| *id)
    }

    /// Brings an operation one step nearer to a primary.
    pub(super) fn drive(&mut self, op: &OpId) {
        if self.is_frozen() || !self.pending.contains_key(op) {
            return;
        }
        match self.mode {
            Mode::RemoteWrite => self.drive_remote(op),
            Mode::LocalWrite => self.drive_local(op),
        }
    }

    /// Retries an operation, or answers its client with an error: `unknown` if it may have been performed, else
    /// `refused`.
    pub(super) fn on_op_timeout(&mut self, op: &OpId) {
        let Some(pending) = self.pending.get_mut(op) else { return };
        if self.now < pending.expires {
            let again = self.now + pending.pause;
            pending.pause = longer(pending.pause);
            let surely_not_done = !pending.left;
            if self.now + PATIENCE >= pending.expires + PATIENCE_WITH_BACKUPS && self.finish_without_laggards(op) {
                return;
            }
            self.timers.set(Timer::Op(op.clone()), again);
            if surely_not_done && self.is_cut_off() {
                let problem = Problem::refused("no majority of the replicas answers.");
                return self.settle_client(op, problem.status, &problem.body(), None, &[]);
            }
            return self.drive(op);
        }
        let problem = if pending.left {
            Problem::unknown("the required replicas did not acknowledge it in time.")
        } else {
            Problem::refused("no primary could be reached in time.")
        };
        self.settle_client(op, problem.status, &problem.body(), None, &[]);
    }

    /// Brings all operations that want a group one step nearer.
    pub(super) fn drive_group(&mut self, group: GroupId) {
        for op in self.wanting(group) {
            self.drive(&op);
        }
    }

    /// Lets the operations of a group wait a random moment, longer at each setback, so that rivals do not meet
    /// again at once, however slow the machine is.
    pub(super) fn back_off(&mut self, group: GroupId) {
        for op in self.wanting(group) {
            let Some(pending) = self.pending.get_mut(&op) else { continue };
            let longest = BACK_OFF.0 << pending.setbacks.min(BACK_OFF_DOUBLINGS);
            pending.setbacks += 1;
            let pause = Micros(self.rng.range(BACK_OFF.0 / 4, longest));
            self.timers.set(Timer::Op(op), self.now + pause);
        }
    }

    fn wanting(&self, group: GroupId) -> Vec<OpId> {
        let wants = |(_, pending): &(&OpId, &Pending)| pending.target == Some(group);
        self.pending.iter().filter(wants).map(|(op, _)| op.clone()).collect()
    }

    /// Performs an operation: this replica is the primary of `id`. One that is in the log already gets its recorded
    /// result.
    pub(super) fn execute(&mut self, op: &OpId, id: GroupId) {
        let twice = self.cluster.breaks(Rule::DoneOnce);
        let Some(pending) = self.pending.get_mut(op) else { return };
        let group = self.groups.get_mut(&id).expect("a primary has its group");
        let len = group.len();
        let Part::Primary(primary) = &mut group.part else { return };
        let epoch = primary.epoch;
        if matches!(&pending.place, Place::Logged { epoch: known, .. } if *known == epoch) {
            return;
        }
        let Operation { trace, ack, command, .. } = pending.operation.clone();
        group.cause = Some(trace.clone());
        let logged = |seq, outcome| Place::Logged { epoch, seq, outcome };
        let mut entry = None;
        let done = group.current.find(op).filter(|_| !twice);
        if let Some((seq, note)) = done {
            pending.place = logged(seq, Outcome::of(note, seq));
        } else {
            let note = match (command.note(), id) {
                (Some(note), _) | (None, GroupId::Note(note)) => note,
                (None, GroupId::Store) => group.current.next_id(),
            };
            let seq = len.next();
            let known = group.current.notes.get(&note);
            match next_version(&command, known) {
                None if id != GroupId::Store && known.is_some() => pending.place = logged(len, Outcome::Missing),
                None if id != GroupId::Store => return self.confirm_missing(op, note),
                // An operation that finds no note has an entry, too: a late copy of the request finds its first result
                // there.
                version => {
                    let method = pending.method;
                    let found = version.is_some();
                    if found {
                        primary.updates.push(Update { seq, ack, method, note, trace: trace.clone() });
                    }
                    pending.place = logged(seq, Outcome::of(found.then_some(note), seq));
                    pending.left = true;
                    entry = Some((method, Entry { seq, op: op.clone(), note, version }));
                }
            }
        }
        if !group.waiting.contains(op) {
            group.waiting.push(op.clone());
        }
        if let Some((method, entry)) = entry {
            let (note, changes) = (entry.note, entry.version.is_some());
            self.append(id, epoch, &trace, entry);
            if changes {
                self.stepped(&trace, Action::Update, Phase::Request, method, Some(note));
            }
        }
        self.advance(id);
    }

    /// Puts one entry behind the log of a group whose primary this replica is.
    fn append(&mut self, id: GroupId, epoch: Epoch, trace: &TraceId, entry: Entry) {
        let group = self.group_mut(id);
        let part = LogPart { base: None, after: group.len(), entries: vec![entry] };
        let taken = group.accept(epoch, part);
        let len = group.len();
        self.persist(Record::Accepted { group: id, epoch, log: taken.part });
        let kind = EventKind::Accepted { group: id, epoch, len, changes: taken.changes };
        self.emit(Some(trace.clone()), None, kind);
        self.dirty.insert(id);
    }

    /// Sends the outcome of an operation to everybody who asked for it; `without` are the replicas that have not
    /// acknowledged it.
    pub(super) fn finish(&mut self, op: &OpId, outcome: &Outcome, without: &[ReplicaId]) {
        let Some(pending) = self.pending.get(op) else { return };
        let (status, body) = match (outcome, pending.method, pending.operation.command.note()) {
            (Outcome::Done { note, .. }, Method::Post, _) => (201, json!({ "res": true, "id": note })),
            (Outcome::Done { .. }, _, _) => (200, json!({ "res": true })),
            (Outcome::Missing, _, Some(id)) => (404, Problem::unknown_note(id).body()),
            (Outcome::Missing, _, None) => unreachable!("a creation is of no missing note"),
        };
        let trace = pending.operation.trace.clone();
        let replicas: Vec<ReplicaId> = pending.origins.iter().filter_map(Origin::replica).collect();
        for replica in replicas {
            let message = Message::Forwarded { op: op.clone(), outcome: outcome.clone(), without: without.to_vec() };
            self.send(replica, Some(trace.clone()), message);
        }
        let seen = match outcome {
            Outcome::Done { note, seq } => Some((self.mode.group_of(*note), *seq)),
            Outcome::Missing => None,
        };
        self.settle_client(op, status, &body, seen, without);
    }

    /// Forgets an operation and answers its clients.
    fn settle_client(
        &mut self,
        op: &OpId,
        status: u16,
        body: &Value,
        seen: Option<(GroupId, Seq)>,
        without: &[ReplicaId],
    ) {
        self.timers.clear(&Timer::Op(op.clone()));
        let Some(pending) = self.pending.remove(op) else { return };
        if let Some(group) = pending.target.and_then(|group| self.groups.get_mut(&group)) {
            group.waiting.retain(|waiting| waiting != op);
        }
        for origin in &pending.origins {
            let mut session = origin.session();
            if let Some((group, seq)) = seen {
                session.see(self.generation, group, seq);
            }
            self.answer(&pending.operation.trace, origin, |said| {
                let without = without.to_vec();
                Reply { session, without, ..Reply::to(said, status, body.clone()) }
            });
        }
    }

    pub(super) fn reply(&mut self, trace: &TraceId, origin: &Origin, status: u16, body: Value, session: Session) {
        self.answer(trace, origin, |said| Reply { session, ..Reply::to(said, status, body) });
    }

    fn answer(&mut self, trace: &TraceId, origin: &Origin, reply: impl FnOnce(&Request) -> Reply) {
        let Origin::Client { request, gateway, said, .. } = origin else { return };
        let step = match (said.method, self.mode) {
            (Method::Get, _) => Step::R2,
            (_, Mode::RemoteWrite) => Step::W5,
            (_, Mode::LocalWrite) => Step::W3,
        };
        let reply = reply(said);
        let mut head = None;
        if *gateway {
            let parcel = Parcel::Reply(reply.excerpt());
            let (sent, event) = self.recorder.send(self.now, Some(trace.clone()), Some(step), Node::Gateway, parcel);
            self.out.push(Output::Event(event));
            head = Some(sent);
        } else {
            self.emit(Some(trace.clone()), Some(step), EventKind::ClientReply { reply: reply.excerpt() });
        }
        self.out.push(Output::Reply { request: *request, head, reply });
    }
}

pub(super) fn method_of(command: &Command) -> Method {
    match command {
        Command::List | Command::Read(_) => Method::Get,
        Command::Create(_) => Method::Post,
        Command::Replace(..) => Method::Put,
        Command::Change(..) => Method::Patch,
        Command::Delete(_) => Method::Delete,
    }
}
