//! Messages to other replicas: one bounded outbox and one task for each peer.
//!
//! Called by [`crate::driver`], which drops a message into an outbox and goes on. A link posts what waits, many
//! messages at a time, to the peer's `/peer`; what could not be delivered it reports to its own replica and
//! forgets: the protocol resends. In front of the outboxes stands a [`gate`], open unless somebody closes it by hand.

pub mod gate;
mod link;
pub mod texts;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use shared::address::Address;
use shared::id::ReplicaId;
use shared::message::Envelope;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::console;
use crate::error::fatal;
use crate::http_client::HttpClient;
use crate::identity::Identity;
use crate::mailbox::{Named, ReplicaHandle};
use crate::run::Run;
use gate::Barrier;
use link::Link;
use texts::LongTexts;

/// How many messages may wait for one peer, and at the gate.
const WAITING: usize = 4_096;

/// The outboxes of one replica.
#[derive(Debug, Default)]
pub struct Outboxes {
    peers: BTreeMap<ReplicaId, mpsc::Sender<Envelope>>,
    /// Closed by hand, it holds what would leave.
    pub barrier: Barrier,
}

/// What became of a message that was to leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is on its way.
    Left,
    /// It waits at the gate.
    Held(Named),
    /// There was no room for it: it is lost.
    Lost(Named),
}

/// The replica whose messages these are, with what all its links share.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The replica.
    pub replica: ReplicaHandle,
    /// Who its store is.
    pub identity: Arc<Identity>,
    /// How many replicas it writes to.
    pub peers: usize,
    /// This run of the server.
    pub run: Arc<Run>,
    /// The way to the others.
    pub client: HttpClient,
    /// Its texts.
    pub texts: LongTexts,
}

impl Outboxes {
    /// Opens an outbox and starts its link for every peer of `sender`; they end with `stop`.
    pub fn open(
        sender: &Sender,
        peers: impl IntoIterator<Item = (ReplicaId, Address)>,
        (tasks, stop): (&TaskTracker, &CancellationToken),
    ) -> Outboxes {
        let mut outboxes = Outboxes { peers: BTreeMap::new(), barrier: Barrier::new(sender.replica.gated().clone()) };
        for (peer, address) in peers {
            let (queue, outbox) = mpsc::channel(WAITING);
            let (later, complaint, sender) = (VecDeque::new(), String::new(), sender.clone());
            let link = Link { outbox, later, peer, address, seen: None, complaint, sender };
            tasks.spawn(stop.clone().run_until_cancelled_owned(link::look_up(peer, link.address.clone())));
            tasks.spawn(stop.clone().run_until_cancelled_owned(link.run()));
            outboxes.peers.insert(peer, queue);
        }
        outboxes
    }

    /// Returns how many peers there are.
    pub fn peers(&self) -> usize {
        self.peers.len()
    }

    /// Sends a message, unless the gate is closed: then it is held there.
    pub fn send(&mut self, envelope: Envelope) -> Fate {
        if !self.barrier.is_closed() {
            return self.pass(envelope);
        }
        let name = name_of(&envelope);
        self.barrier.hold(envelope).map_or_else(Fate::Lost, |()| Fate::Held(name))
    }

    /// Puts a message into its receiver's outbox, whatever the gate says.
    pub fn pass(&self, envelope: Envelope) -> Fate {
        let name = name_of(&envelope);
        let outbox = envelope.head.to.replica().and_then(|peer| self.peers.get(&peer));
        outbox.and_then(|outbox| outbox.try_send(envelope).ok()).map_or(Fate::Lost(name), |()| Fate::Left)
    }
}

/// Says that a peer belongs to another cluster than this replica, once for each. Of two clusters that meet, a store that
/// most others do not belong with is in the wrong place: then the process ends.
pub fn meet_stranger(identity: &Identity, peer: ReplicaId, peers: usize) {
    let Some(strangers) = identity.meet_stranger(peer) else { return };
    let said = format!(
        "replica {peer} belongs to another cluster than replica {}: give each its own data folder again, or mend \
         `replicas`",
        identity.greeting().replica
    );
    if strangers * 2 > peers { fatal(&said) } else { console::complain(&said) }
}

fn name_of(envelope: &Envelope) -> Named {
    (envelope.head.message, envelope.head.trace.clone())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use shared::clock::Stamp;
    use shared::config::Levels;
    use shared::event::Why;
    use shared::id::{Generation, MessageId, Node, OpId};
    use shared::message::{Head, Message, Outcome};
    use shared::replica::Input;

    use crate::home::Home;
    use crate::identity::{Runs, StoreRun};
    use crate::mailbox::{self, Work};
    use crate::secret::Secret;

    pub(crate) fn envelope(n: u64, size: usize) -> Envelope {
        let (from, to) = (Node::Replica(ReplicaId(1)), Node::Replica(ReplicaId(2)));
        let head = Head { message: MessageId { from, n }, to, trace: None, step: None, stamp: Stamp::default() };
        let message = Message::Forwarded { op: OpId("x".repeat(size)), outcome: Outcome::Missing, without: Vec::new() };
        Envelope { head, generation: Generation(0), message }
    }

    /// Opens the outbox of R1 for R2, which is at `address`.
    fn outboxes(address: Address) -> (Outboxes, mpsc::Receiver<Work>, CancellationToken) {
        let (replica, inbox) = mailbox::inbox(ReplicaId(1));
        let secret = Secret::random().expect("the system has random numbers");
        let run = Arc::new(
            Run::begin(Levels::default(), Home::new("127.0.0.1:1".parse().expect("an address"), None), secret)
                .expect("the system has random numbers"),
        );
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let identity =
            Arc::new(Identity::new(replica.id(), (StoreRun { before: 0, now: 1 }, Runs::default()), None, None));
        let (client, texts) = (HttpClient::default(), LongTexts::default());
        let sender = Sender { replica, identity, peers: 1, run, client, texts };
        (Outboxes::open(&sender, [(ReplicaId(2), address)], (&tasks, &stop)), inbox, stop)
    }

    /// Returns an address that nobody listens on: its listener is gone.
    fn nowhere() -> Address {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there are free ports");
        listener.local_addr().expect("it is bound").into()
    }

    #[tokio::test]
    async fn what_cannot_be_delivered_is_reported_to_its_sender() {
        let (mut outboxes, mut inbox, _stop) = outboxes(nowhere());
        let sent: Vec<Envelope> = (1..=3).map(|n| envelope(n, 10)).collect();
        for envelope in sent.clone() {
            assert_eq!(outboxes.send(envelope), Fate::Left);
        }
        let mut lost = Vec::new();
        while lost.len() < sent.len() {
            let Some(Work::Input(Input::Lost { messages, why })) = inbox.recv().await else { panic!("not a loss") };
            assert_eq!(why, Why::Unreachable);
            lost.extend(messages);
        }
        assert_eq!(lost, sent.iter().map(name_of).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn what_finds_the_outbox_full_is_named_and_nobody_waits() {
        let (mut outboxes, _inbox, _stop) = outboxes(nowhere());
        // The link has had no chance to run yet: this test has one thread and has not waited.
        let full = WAITING as u64;
        assert!((1..=full).all(|n| outboxes.send(envelope(n, 1)) == Fate::Left));
        let late = envelope(full + 1, 1);
        assert_eq!(outboxes.send(late.clone()), Fate::Lost(name_of(&late)));
        let mut stranger = envelope(1, 1);
        stranger.head.to = Node::Replica(ReplicaId(9));
        assert_eq!(outboxes.send(stranger.clone()), Fate::Lost(name_of(&stranger)));
    }
}
