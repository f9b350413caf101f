//! A driver turn by turn, in a time that the test moves.

use shared::config::{Ack, Failover, Mode, Reads};
use shared::id::ReplicaId;
use shared::record::Durable;
use shared::replica::Cluster;
use shared::view::Scene;

use super::clock::Time;
use super::clock::tests::ByHand;
use super::*;
use crate::feed::{Of, Room};
use crate::mailbox::inbox;
use crate::store::Opened;

const R1: ReplicaId = ReplicaId(1);
const HOUR: Micros = Micros::from_millis(3_600_000);

/// R1 of three, which nobody hears.
struct Alone {
    driver: Driver,
    waiting: Waiting,
}

impl Alone {
    fn new(time: &ByHand) -> Alone {
        let (mode, (_, inbox)) = (Mode::RemoteWrite, inbox(R1));
        let scene = Scene {
            service: 0,
            replicas: Vec::new(),
            ack: Ack::All,
            reads: Reads::Local,
            failover: Failover::Auto,
            version: String::new(),
            started: 0,
        };
        let Opened { store, durable, identity } = Opened::in_memory(R1, Durable::empty(mode), 1);
        let driver = Driver {
            replica: Replica::new(R1, Cluster::of(3), durable, 1),
            store,
            identity: Arc::new(identity),
            outboxes: Outboxes::default(),
            feed: Arc::new(Feed::new("run".to_owned(), scene, Room::default(), Of::Replica(R1))),
            clock: CoreClock::new(time.clone()),
            disk: DiskWait::default(),
        };
        Alone { driver, waiting: Waiting::new(inbox) }
    }

    /// Runs a turn and what follows from it at once.
    fn turn(&mut self, orders: &[Order], mut inputs: Vec<Input>) {
        self.waiting.wishes.extend(orders.iter().map(|order| (*order, oneshot::channel().0)));
        loop {
            inputs = self.driver.turn(&mut self.waiting, inputs);
            if inputs.is_empty() {
                return;
            }
        }
    }

    /// Returns the number of the last event, and when it was.
    fn last(&self) -> (u64, Micros) {
        let (seq, event) = self.driver.feed.joined().expect("it is one replica's");
        (seq, event.at)
    }

    fn held(&self) -> usize {
        self.driver.feed.snapshot().view.held().len()
    }
}

/// The claim of the store, which R1 sends to both others at the start, waits at the gate for an hour.
#[test]
fn an_hour_at_a_closed_gate_is_no_time_for_the_replica() {
    let time = ByHand::start();
    let mut alone = Alone::new(&time);
    alone.turn(&[Order::Close], vec![Input::Start]);
    let (deadline, last) = (alone.driver.replica.deadline().expect("it asks again"), alone.last());
    assert_eq!(alone.held(), 2);
    time.pass(HOUR);
    alone.turn(&[], Vec::new());
    assert_eq!((alone.last(), alone.driver.clock.instant(deadline)), (last, None), "nothing is said again");

    alone.turn(&[Order::Open], Vec::new());
    assert_eq!((alone.held(), alone.last().1), (0, HOUR), "the feed has the server's time");
    assert_eq!(alone.driver.replica.deadline(), Some(deadline), "nobody is missed, nothing has expired");
    assert_eq!(alone.driver.clock.instant(deadline), Some(time.instant(HOUR + deadline)), "nothing is made up for");

    let told = alone.last().0;
    time.pass(deadline);
    alone.turn(&[], Vec::new());
    assert!(alone.last().0 > told, "now it asks again");
}
