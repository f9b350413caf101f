//! The simulated driver: hands inputs to a replica and does what it wants done, in order.
//!
//! Two kinds of disk. One takes no time: outputs are done one by one, and a crash can come between any two. The other
//! works as the server's driver does: inputs go on being handled while their outputs wait, one sync makes all their
//! records durable, and only then messages, replies and events leave. What stands before the first record need not
//! wait. A crash before the sync keeps some first part of the records and nothing else.

use std::hash::{Hash, Hasher};

use super::{Goal, World, goals, index, invariants};
use crate::event::Event;
use crate::id::ReplicaId;
use crate::message::Envelope;
use crate::record::Record;
use crate::replica::{Input, Output, RequestId};
use crate::request::Reply;
use crate::time::Micros;

/// A run that takes more steps than this never ends.
const STEPS_AT_MOST: u64 = 100_000;

impl World {
    pub(super) fn handle(&mut self, id: ReplicaId, input: Input) {
        let machine = &mut self.machines[index(id)];
        let Some(replica) = self.replicas[index(id)].as_mut() else { return };
        if machine.frozen.is_some() {
            return machine.inbox.push_back(input);
        }
        self.steps += 1;
        assert!(self.steps < STEPS_AT_MOST, "termination: the replicas exchange messages without end");
        let mut outputs = replica.handle(machine.clock.at(self.now), input);
        invariants::handled(self, &outputs);
        if self.network.faults.sync == Micros(0) && self.machines[index(id)].queue.is_empty() {
            self.perform_all(id, outputs);
        } else {
            if self.machines[index(id)].queue.is_empty() {
                let free = outputs.iter().take_while(|output| !matches!(output, Output::Persist(_))).count();
                let rest = outputs.split_off(free);
                self.perform_all(id, outputs);
                outputs = rest;
            }
            self.wait_for_disk(id, outputs);
        }
        invariants::check(self, id);
    }

    fn wait_for_disk(&mut self, id: ReplicaId, outputs: Vec<Output>) {
        if outputs.is_empty() || self.replica(id).is_none() {
            return;
        }
        let span = self.rng.range(1, self.network.faults.sync.0.max(2));
        let machine = &mut self.machines[index(id)];
        machine.queue.extend(outputs);
        machine.sync.get_or_insert(self.now + Micros(span));
    }

    /// Lets a machine do what is due: go on, finish a sync, or wake its replica.
    pub(super) fn run_machine(&mut self, at: Micros, id: ReplicaId) {
        self.now = self.now.max(at);
        let machine = &self.machines[index(id)];
        if machine.frozen.is_some() {
            self.thaw(id);
        } else if machine.sync.is_some_and(|sync| sync <= self.now) {
            self.sync(id);
        } else {
            self.handle(id, Input::Timeout);
        }
    }

    /// Makes all that waits durable, then does the rest.
    fn sync(&mut self, id: ReplicaId) {
        let machine = &mut self.machines[index(id)];
        machine.sync = None;
        if self.network.faults.crashes(&mut self.rng) && self.rng.chance(50) {
            return self.crash(id);
        }
        let queue = std::mem::take(&mut self.machines[index(id)].queue);
        let (records, rest): (Vec<Output>, Vec<Output>) =
            queue.into_iter().partition(|output| matches!(output, Output::Persist(_)));
        for record in records {
            self.perform(id, record);
        }
        self.perform_all(id, rest);
        invariants::check(self, id);
    }

    /// Does outputs first to last, unless the replica crashes among them.
    fn perform_all(&mut self, id: ReplicaId, outputs: Vec<Output>) {
        let crash = self.network.faults.crashes(&mut self.rng).then(|| self.rng.range(0, 12));
        for (count, output) in (0..).zip(outputs) {
            if crash == Some(count) {
                return self.crash(id);
            }
            self.perform(id, output);
        }
    }

    /// Takes a replica down; what its memory held is gone. Of what waits for its disk a first part may be kept.
    pub fn crash(&mut self, id: ReplicaId) {
        let queue = std::mem::take(&mut self.machines[index(id)].queue);
        let records: Vec<Output> = queue.into_iter().filter(|output| matches!(output, Output::Persist(_))).collect();
        if !records.is_empty() {
            let kept = usize::try_from(self.rng.range(0, records.len() as u64 + 1)).unwrap_or(0);
            self.goals.reach(if kept == 0 { Goal::LostTail } else { Goal::LostPartOfTail });
            for record in records.into_iter().take(kept) {
                self.perform(id, record);
            }
        }
        self.harm(format!("{id} crashes"));
        self.machines[index(id)].clear();
        self.replicas[index(id)] = None;
        for asked in self.asked.values_mut().filter(|asked| asked.at == id && asked.returned.is_none()) {
            asked.lost = true;
        }
    }

    fn perform(&mut self, id: ReplicaId, output: Output) {
        match output {
            Output::Persist(record) => self.write(id, &record),
            Output::Send(envelope) => self.send(id, envelope),
            Output::Reply { request, reply, .. } => self.reply(request, &reply),
            Output::Event(event) => self.tell(id, event),
        }
    }

    fn write(&mut self, id: ReplicaId, record: &Record) {
        goals::on_record(&mut self.goals, record);
        invariants::before_record(self, id, record);
        self.disks[index(id)].apply(record);
        invariants::after_record(self, id, record);
    }

    fn send(&mut self, id: ReplicaId, envelope: Envelope) {
        envelope.message.hash(&mut self.digest);
        invariants::persist_before_send::on_send(self, id, &envelope);
        self.network.send(self.now, envelope, &mut self.goals);
    }

    fn reply(&mut self, request: RequestId, reply: &Reply) {
        let first = self.replies.insert(request, reply.clone());
        assert!(first.is_none(), "{request:?} was answered twice");
        if let Some(asked) = self.asked.get_mut(&request) {
            asked.returned = Some(self.now);
            let asked = asked.clone();
            goals::on_reply(&mut self.goals, &asked, reply);
            if !self.unchecked {
                invariants::durability::on_reply(self, &asked, reply);
            }
        }
    }

    fn tell(&mut self, id: ReplicaId, mut event: Event) {
        event.seq = self.events.len() as u64 + 1;
        (event.seq, event.at.0, event.stamp.lamport, id.0).hash(&mut self.digest);
        self.digest.write_u8(u8::from(event.trace.is_some()));
        std::mem::discriminant(&event.kind).hash(&mut self.digest);
        invariants::clock_condition::on_event(&mut self.ghost, &event);
        invariants::on_event(self, id, &event);
        goals::on_event(self, id, &event);
        self.view.apply(&event);
        self.events.push(event);
    }
}
