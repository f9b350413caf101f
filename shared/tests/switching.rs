//! A frozen replica waits for whoever coordinates the switch.

use shared::clock::Stamp;
use shared::config::Mode;
use shared::id::{Epoch, Generation, MessageId, Node, ReplicaId};
use shared::message::{Envelope, Head, Message, Proposal};
use shared::record::Durable;
use shared::replica::{Cluster, Input, Replica};
use shared::time::Micros;

const COORDINATOR: ReplicaId = ReplicaId(1);

fn envelope(n: u64, message: Message) -> Envelope {
    let from = Node::Replica(COORDINATOR);
    let stamp = Stamp { lamport: n, vector: vec![0, n, 0, 0] };
    let head = Head { message: MessageId { from, n }, to: Node::Replica(ReplicaId(2)), trace: None, step: None, stamp };
    Envelope { head, generation: Generation(0), message }
}

fn frozen() -> Replica {
    let mut replica = Replica::new(ReplicaId(2), Cluster::of(3), Durable::empty(Mode::RemoteWrite), 1);
    drop(replica.handle(Micros(0), Input::Start));
    replica
}

/// Hands a message over and returns how long the replica waits from then on.
fn wait(replica: &mut Replica, now: Micros, n: u64, message: Message) -> Micros {
    drop(replica.handle(now, Input::Peer(envelope(n, message))));
    replica.deadline().expect("it waits for the coordinator") - now
}

/// With 100 MB of notes a proposal takes seconds to be written; coordinators that overtook each other every 3 to 6 seconds
/// kept a cluster frozen for ever.
#[test]
fn each_attempt_at_a_switch_has_more_time_than_the_one_before() {
    let mut replica = frozen();
    let waits: Vec<Micros> = (1..=8)
        .map(|n| {
            wait(&mut replica, Micros::from_millis(n), n, Message::Seal { epoch: Epoch { n, owner: COORDINATOR } })
        })
        .collect();
    let (first, last) = (waits[0], waits[7]);
    assert!(first >= Micros::from_millis(3_000) && first <= Micros::from_millis(6_000), "{first:?}");
    assert!(last >= Micros::from_millis(48_000) && last <= Micros::from_millis(96_000), "{last:?}");
    assert!(waits.windows(3).all(|waits| waits[2] > waits[0] || waits[0] >= Micros::from_millis(48_000)), "{waits:?}");
}

#[test]
fn a_proposal_gives_its_coordinator_time_to_have_it_written() {
    let (mut replica, epoch) = (frozen(), Epoch { n: 1, owner: COORDINATOR });
    wait(&mut replica, Micros(0), 1, Message::Seal { epoch });
    let late = Micros::from_millis(6_001);
    let proposal = Proposal { epoch, next: Generation(1), mode: Mode::LocalWrite, groups: Vec::new() };
    let waits = wait(&mut replica, late, 2, Message::Propose { proposal });
    assert!(waits >= Micros::from_millis(3_000), "{waits:?}");
}
