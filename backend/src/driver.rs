//! The driver of one replica: takes inputs, runs them through the core, makes records durable, releases the rest.
//!
//! One task for each replica. It holds no protocol decision: what waits is handed to `Replica::handle` in
//! order, all records of the turn are committed with one sync, and only then do events, messages and replies
//! leave, in the core's order (persist before send, docs/PROTOCOL.md §4.1). It never waits for the feed,
//! a peer or a client.

pub mod broken;
mod clock;
mod meet;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use shared::event::{Event, EventKind, Gate, Why};
use shared::message::Envelope;
use shared::record::Record;
use shared::replica::{Input, Output, Replica, RequestId};
use shared::time::Micros;
use shared::view::ReplicaView;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::error::fatal;
use crate::feed::Feed;
use crate::identity::{Greeting, Identity, Refusal};
use crate::mailbox::disk::{COUNTED, DiskWait};
use crate::mailbox::gate::{NotHeld, Order};
use crate::mailbox::{Answer, Work};
use crate::run::until;
use crate::store::{Store, StoreError};
use crate::transport::gate::Outcome;
use crate::transport::{Fate, Outboxes};

pub use clock::CoreClock;

/// How many inputs one turn takes, and so one sync makes durable.
const TURN: usize = 256;
/// After how many requests those of clients that went away are forgotten.
const SWEEP: u64 = 1_024;

/// One replica with all that it works on.
#[derive(Debug)]
pub struct Driver {
    /// The core.
    pub replica: Replica,
    /// What it keeps.
    pub store: Store,
    /// Who its store is.
    pub identity: Arc<Identity>,
    /// The ways to its peers.
    pub outboxes: Outboxes,
    /// Where its events go.
    pub feed: Arc<Feed>,
    /// The time that the core is told.
    pub clock: CoreClock,
    /// Whether it waits for its disk.
    pub disk: DiskWait,
}

/// What a turn caused, sorted by what has to happen to it.
#[derive(Debug, Default)]
struct Turn {
    records: Vec<Record>,
    events: Vec<Event>,
    releases: Vec<Release>,
}

#[derive(Debug)]
enum Release {
    Message(Envelope),
    /// A message that somebody lets go by hand.
    Freed(Envelope),
    Reply(RequestId, Answer),
}

/// What somebody asks for by hand at the gate, and who waits for it.
type Wish = (Order, oneshot::Sender<Result<(), NotHeld>>);

/// What waits for the driver, and the clients that wait for a reply by the number of their request.
#[derive(Debug)]
struct Waiting {
    inbox: mpsc::Receiver<Work>,
    last: u64,
    clients: BTreeMap<RequestId, oneshot::Sender<Answer>>,
    /// Who asks what the replica holds.
    lookers: Vec<oneshot::Sender<ReplicaView>>,
    wishes: Vec<Wish>,
    /// What peers say of their stores.
    greetings: Vec<(Greeting, oneshot::Sender<Result<(), Refusal>>)>,
}

impl Driver {
    /// Runs the replica until `stop`.
    pub async fn run(mut self, inbox: mpsc::Receiver<Work>, stop: CancellationToken) {
        let mut waiting = Waiting::new(inbox);
        let mut inputs = vec![Input::Start];
        loop {
            inputs = self.turn(&mut waiting, std::mem::take(&mut inputs));
            if !inputs.is_empty() {
                continue;
            }
            let deadline = self.replica.deadline().and_then(|at| self.clock.instant(at));
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                open = waiting.take(&mut inputs, deadline) => if !open { return },
            }
        }
    }

    /// Handles inputs and does all they cause; returns what is to be told of messages that did not leave.
    fn turn(&mut self, waiting: &mut Waiting, inputs: Vec<Input>) -> Vec<Input> {
        let mut turn = Turn::default();
        // First, so that what is let go leaves before what is sent in this turn.
        let done =
            waiting.wishes.drain(..).map(|(order, asker)| (self.obey(order, &mut turn), asker)).collect::<Vec<_>>();
        for input in inputs {
            self.handle(input, &mut turn);
        }
        // Last, so that a replica which is late does not ask again for what has come in the meantime.
        if self.replica.deadline().is_some_and(|deadline| deadline <= self.clock.now()) {
            self.handle(Input::Timeout, &mut turn);
        }
        self.make_durable(&turn);
        self.meet(waiting.greetings.drain(..));
        // A send is in the feed before its message leaves, and so before its receive.
        self.feed.publish(turn.events);
        let told = self.release(waiting, turn.releases);
        for (result, asker) in done {
            // Who went away does not hear it.
            let _ = asker.send(result);
        }
        for looker in waiting.lookers.drain(..) {
            // Who went away does not hear it.
            let _ = looker.send(self.replica.view());
        }
        told
    }

    /// Hands an input to the core. What the feed is told has the server's time.
    fn handle(&mut self, input: Input, turn: &mut Turn) {
        let outputs = self.replica.handle(self.clock.now(), input);
        turn.take(outputs, self.clock.of_server());
    }

    /// Does at the gate what somebody asks for by hand. While the gate is closed the core's time stands; a message that
    /// is taken away puts it forward to when the core would say it again.
    fn obey(&mut self, order: Order, turn: &mut Turn) -> Result<(), NotHeld> {
        let Outcome { told, freed } = self.outboxes.barrier.obey(order)?;
        turn.releases.extend(freed.into_iter().map(Release::Freed));
        self.clock.hold(self.outboxes.barrier.is_closed());
        if let Some(input) = told {
            self.handle(input, turn);
        }
        if let (Order::Drop(_), Some(deadline)) = (order, self.replica.deadline()) {
            self.clock.put_forward(deadline);
        }
        Ok(())
    }

    /// Lets messages and replies go; returns what is to be told of messages that did not leave.
    fn release(&mut self, waiting: &mut Waiting, releases: Vec<Release>) -> Vec<Input> {
        let (mut told, mut lost) = (Vec::new(), Vec::new());
        for release in releases {
            let fate = match release {
                Release::Message(envelope) => self.outboxes.send(envelope),
                Release::Freed(envelope) => self.outboxes.pass(envelope),
                Release::Reply(request, answer) => {
                    waiting.answer(request, answer);
                    continue;
                }
            };
            match fate {
                Fate::Left => {}
                Fate::Held((message, trace)) => told.push(Input::Gate { gate: Gate::Held(message), trace }),
                Fate::Lost(name) => lost.push(name),
            }
        }
        if !lost.is_empty() {
            told.push(Input::Lost { messages: lost, why: Why::OutboxFull });
        }
        told
    }

    fn make_durable(&mut self, turn: &Turn) {
        if turn.records.is_empty() {
            return;
        }
        let of_recovery =
            |record: &Record| if let Record::Recovered { first, .. } = record { Some(*first) } else { None };
        let recovered = turn.records.iter().find_map(of_recovery);
        if recovered == Some(true) {
            self.refuse_to_found();
        }
        let committed = match &mut self.store {
            store @ Store::Memory(_) => store.commit(&turn.records),
            store @ Store::Disk(_) => {
                // A sync takes its time; the other tasks of this thread move to another.
                let (committed, took) = self.disk.during(|| tokio::task::block_in_place(|| write(store, turn)));
                self.clock.leave_out(took.saturating_sub(COUNTED));
                committed
            }
        };
        if let Err(error) = committed {
            fatal(&error.to_string());
        }
        if recovered.is_some() {
            self.name_cluster();
        }
    }
}

/// Commits a turn's records. What they take back is kept elsewhere before it is gone.
fn write(store: &mut Store, turn: &Turn) -> Result<(), StoreError> {
    for event in &turn.events {
        if let EventKind::RolledBack { group, entries } = &event.kind {
            store.keep_rolled_back(*group, entries)?;
        }
    }
    store.commit(&turn.records)
}

impl Turn {
    fn take(&mut self, outputs: Vec<Output>, at: Micros) {
        for output in outputs {
            match output {
                Output::Persist(record) => self.records.push(record),
                Output::Event(event) => self.events.push(Event { at, ..event }),
                Output::Send(envelope) => self.releases.push(Release::Message(envelope)),
                Output::Reply { request, head, reply } => {
                    self.releases.push(Release::Reply(request, Answer { head, reply }));
                }
            }
        }
    }
}

impl Waiting {
    fn new(inbox: mpsc::Receiver<Work>) -> Waiting {
        let (clients, lookers, wishes, greetings) = (BTreeMap::new(), Vec::new(), Vec::new(), Vec::new());
        Waiting { inbox, last: 0, clients, lookers, wishes, greetings }
    }

    /// Waits for work or the deadline and takes all that is there, up to a turn's worth; returns whether the inbox
    /// is open.
    async fn take(&mut self, inputs: &mut Vec<Input>, deadline: Option<Instant>) -> bool {
        let mut work = Vec::with_capacity(TURN);
        let open = tokio::select! {
            biased;
            count = self.inbox.recv_many(&mut work, TURN) => count > 0,
            () = until(deadline) => true,
        };
        inputs.extend(work.into_iter().filter_map(|work| self.input(work)));
        open
    }

    /// Returns what is for the core; a look at the replica is not.
    fn input(&mut self, work: Work) -> Option<Input> {
        match work {
            Work::Input(input) => Some(input),
            Work::Call { head, call, answer } => Some(Input::Client { request: self.number(answer), head, call }),
            Work::Switch { mode, answer } => Some(Input::Switch { request: self.number(answer), mode }),
            Work::Look { answer } => {
                self.lookers.push(answer);
                None
            }
            Work::Gate { order, answer } => {
                self.wishes.push((order, answer));
                None
            }
            Work::Meet { greeting, answer } => {
                self.greetings.push((greeting, answer));
                None
            }
        }
    }

    fn number(&mut self, client: oneshot::Sender<Answer>) -> RequestId {
        self.last += 1;
        if self.last.is_multiple_of(SWEEP) {
            self.clients.retain(|_, client| !client.is_closed());
        }
        self.clients.insert(RequestId(self.last), client);
        RequestId(self.last)
    }

    fn answer(&mut self, request: RequestId, answer: Answer) {
        if let Some(client) = self.clients.remove(&request) {
            // A client that went away does not hear its answer.
            let _ = client.send(answer);
        }
    }
}

#[cfg(test)]
mod tests;
