//! The mailbox of a replica's driver: its bounded inbox and the waits around it.
//!
//! The driver empties it; the replica's HTTP port and the links to its peers fill it.

pub mod disk;
pub mod gate;

use std::time::Duration;

use shared::config::Mode;
use shared::event::Why;
use shared::id::{MessageId, ReplicaId, TraceId};
use shared::message::{Envelope, Head};
use shared::replica::{Call, Input};
use shared::request::Reply;
use shared::view::ReplicaView;
use tokio::sync::{mpsc, oneshot};

use crate::identity::{Greeting, Refusal};
use disk::DiskWait;
use gate::{Gated, NotHeld, Order};

/// How many messages of a peer come at once, at most.
pub const BATCH: usize = 256;
/// How many inputs may wait. A whole batch of a peer must fit.
const WAITING: usize = 16 * BATCH;
/// How long to wait for room in the inbox.
const ROOM: Duration = Duration::from_secs(1);
/// How long to wait for a reply while the replica's time goes on. The gateway gives up earlier, so that this is for
/// clients that come straight here.
const REPLY: Duration = Duration::from_secs(15);

/// Something for a driver to do.
#[derive(Debug)]
pub enum Work {
    /// Hand this to the core.
    Input(Input),
    /// Hand this client's call to the core, and the reply back.
    Call {
        /// See `Input::Client`.
        head: Option<Head>,
        /// See `Input::Client`.
        call: Call,
        /// Who waits.
        answer: oneshot::Sender<Answer>,
    },
    /// Hand this wish for a mode to the core, and the reply back.
    Switch {
        /// See `Input::Switch`.
        mode: Mode,
        /// Who waits.
        answer: oneshot::Sender<Answer>,
    },
    /// Do this at the gate.
    Gate {
        /// What.
        order: Order,
        /// Who waits.
        answer: oneshot::Sender<Result<(), NotHeld>>,
    },
    /// Take or refuse what a peer says of its store.
    Meet {
        /// What it says.
        greeting: Greeting,
        /// Who waits.
        answer: oneshot::Sender<Result<(), Refusal>>,
    },
    /// Say what the replica holds.
    Look {
        /// Who waits.
        answer: oneshot::Sender<ReplicaView>,
    },
}

/// A message by its id and trace, as `Input::Lost` names it.
pub type Named = (MessageId, Option<TraceId>);

/// A reply and, for the gateway, the head of the message that it travels in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// See `Output::Reply`.
    pub head: Option<Head>,
    /// See `Output::Reply`.
    pub reply: Reply,
}

/// Why a replica gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// It has too much to do and did not take the request.
    Busy,
    /// It took the request and said nothing in time.
    Unknown,
}

/// A replica, as the tasks around its driver see it.
#[derive(Clone, Debug)]
pub struct ReplicaHandle {
    id: ReplicaId,
    inbox: mpsc::Sender<Work>,
    gated: Gated,
    disk: DiskWait,
}

/// Makes the inbox of a replica's driver.
pub fn inbox(id: ReplicaId) -> (ReplicaHandle, mpsc::Receiver<Work>) {
    let (inbox, receiver) = mpsc::channel(WAITING);
    (ReplicaHandle { id, inbox, gated: Gated::default(), disk: DiskWait::default() }, receiver)
}

impl ReplicaHandle {
    /// Returns the replica's number.
    pub fn id(&self) -> ReplicaId {
        self.id
    }

    /// Returns where its gate says whether it is closed.
    pub fn gated(&self) -> &Gated {
        &self.gated
    }

    /// Returns where it says whether it waits for its disk.
    pub fn disk(&self) -> &DiskWait {
        &self.disk
    }

    /// Asks the replica on behalf of a client.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn call(&self, head: Option<Head>, call: Call) -> Result<Answer, Silence> {
        self.ask(|answer| Work::Call { head, call, answer }).await
    }

    /// Asks the replica to switch the cluster's mode.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn switch(&self, mode: Mode) -> Result<Answer, Silence> {
        self.ask(|answer| Work::Switch { mode, answer }).await
    }

    /// Does something by hand at the replica's gate; returns whether the message that it is about was held.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn gate(&self, order: Order) -> Result<Result<(), NotHeld>, Silence> {
        self.ask(|answer| Work::Gate { order, answer }).await
    }

    /// Hands over what a peer says of its store; returns whether it is taken.
    ///
    /// # Errors
    /// When the replica does not answer.
    pub async fn meet(&self, greeting: Greeting) -> Result<Result<(), Refusal>, Silence> {
        self.ask(|answer| Work::Meet { greeting, answer }).await
    }

    /// Asks the replica what it holds.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn look(&self) -> Result<ReplicaView, Silence> {
        self.ask(|answer| Work::Look { answer }).await
    }

    async fn ask<T>(&self, work: impl FnOnce(oneshot::Sender<T>) -> Work) -> Result<T, Silence> {
        let (sender, mut answer) = oneshot::channel();
        self.inbox.send_timeout(work(sender), ROOM).await.map_err(|_| Silence::Busy)?;
        loop {
            match tokio::time::timeout(REPLY, &mut answer).await {
                Ok(answer) => return answer.map_err(|_| Silence::Unknown),
                // Whoever works the gate may take all the time that there is.
                Err(_) if self.gated.is_closed() => {}
                Err(_) => return Err(Silence::Unknown),
            }
        }
    }

    /// Hands over messages of a peer, all or none; returns whether there was room.
    pub async fn deliver(&self, envelopes: Vec<Envelope>) -> bool {
        let room = tokio::time::timeout(ROOM, self.inbox.reserve_many(envelopes.len())).await;
        let Ok(Ok(permits)) = room else { return false };
        for (permit, envelope) in permits.zip(envelopes) {
            permit.send(Work::Input(Input::Peer(envelope)));
        }
        true
    }

    /// Reports that a peer is there and waits for its own disk. It is no loss when there is no room for that.
    pub fn excuse(&self, replica: ReplicaId) {
        let _ = self.inbox.try_send(Work::Input(Input::WaitsForDisk { replica }));
    }

    /// Reports messages that were not taken.
    pub async fn lost(&self, messages: Vec<Named>, why: Why) {
        // A driver that has ended needs no report.
        let _ = self.inbox.send(Work::Input(Input::Lost { messages, why })).await;
    }
}
