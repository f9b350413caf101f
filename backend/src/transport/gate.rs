//! The gate in front of a replica's outboxes: while it is closed, what the replica sends to others is held whole.
//!
//! Owned by [`super::Outboxes`] and worked by [`crate::driver`], which does what people ask for by hand. It knows nothing
//! of the protocol, and the protocol nothing of it: the driver lets the replica's time stand while it is closed. Requests
//! of clients do not pass here.

use std::collections::VecDeque;

use shared::event::{Gate, Why};
use shared::id::MessageId;
use shared::message::Envelope;
use shared::replica::Input;

use super::{WAITING, name_of};
use crate::mailbox::Named;
use crate::mailbox::gate::{Gated, NotHeld, Order};

/// What came of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What the replica's core is to tell the feed; `None` when nothing has changed.
    pub told: Option<Input>,
    /// The messages that leave now, in order.
    pub freed: Vec<Envelope>,
}

/// The gate of one replica.
#[derive(Debug, Default)]
pub struct Barrier {
    closed: Gated,
    /// In the order in which they were sent.
    held: VecDeque<Envelope>,
}

impl Barrier {
    /// An open gate that says in `closed` what becomes of it.
    pub fn new(closed: Gated) -> Barrier {
        Barrier { closed, held: VecDeque::new() }
    }

    /// Whether what is sent has to wait here.
    pub fn is_closed(&self) -> bool {
        self.closed.is_closed()
    }

    /// Holds a message.
    ///
    /// # Errors
    /// When too many are held: this one is lost.
    pub fn hold(&mut self, envelope: Envelope) -> Result<(), Named> {
        if self.held.len() >= WAITING {
            return Err(name_of(&envelope));
        }
        self.held.push_back(envelope);
        Ok(())
    }

    /// Does what somebody asks for.
    ///
    /// # Errors
    /// When it is about a message that is not held.
    pub fn obey(&mut self, order: Order) -> Result<Outcome, NotHeld> {
        match order {
            Order::Close => Ok(self.turn(true)),
            Order::Open => Ok(self.turn(false)),
            Order::Deliver(message) => {
                let envelope = self.take(message)?;
                Ok(Outcome { told: Some(tell(Gate::Delivered(message), &envelope)), freed: vec![envelope] })
            }
            Order::Double(message) => {
                let envelope = self.take(message)?;
                let told = Some(tell(Gate::Doubled(message), &envelope));
                Ok(Outcome { told, freed: vec![envelope.clone(), envelope] })
            }
            Order::Drop(message) => {
                let messages = vec![name_of(&self.take(message)?)];
                let told = Some(Input::Lost { messages, why: Why::DroppedByHand });
                Ok(Outcome { told, freed: Vec::new() })
            }
        }
    }

    fn turn(&mut self, closed: bool) -> Outcome {
        if self.closed.set(closed) == closed {
            return Outcome::default();
        }
        let gate = if closed { Gate::Closed } else { Gate::Opened };
        Outcome { told: Some(Input::Gate { gate, trace: None }), freed: self.held.drain(..).collect() }
    }

    fn take(&mut self, message: MessageId) -> Result<Envelope, NotHeld> {
        let place = self.held.iter().position(|envelope| envelope.head.message == message);
        place.and_then(|place| self.held.remove(place)).ok_or(NotHeld)
    }
}

fn tell(gate: Gate, envelope: &Envelope) -> Input {
    Input::Gate { gate, trace: envelope.head.trace.clone() }
}

#[cfg(test)]
mod tests {
    use super::super::tests::envelope;
    use super::*;

    fn closed(count: u64) -> (Barrier, Vec<Envelope>) {
        let mut barrier = Barrier::default();
        barrier.obey(Order::Close).expect("a gate can always be closed");
        let sent: Vec<Envelope> = (1..=count).map(|n| envelope(n, 1)).collect();
        for envelope in &sent {
            barrier.hold(envelope.clone()).expect("there is room");
        }
        (barrier, sent)
    }

    #[test]
    fn messages_leave_in_any_order_twice_or_not_at_all_and_the_rest_in_order() {
        let (mut barrier, sent) = closed(6);
        let id = |n: usize| sent[n - 1].head.message;
        let mut freed = |order| barrier.obey(order).map(|outcome| outcome.freed);
        assert_eq!(freed(Order::Deliver(id(4))), Ok(vec![sent[3].clone()]));
        assert_eq!(freed(Order::Double(id(2))), Ok(vec![sent[1].clone(), sent[1].clone()]));
        assert_eq!(freed(Order::Drop(id(5))), Ok(Vec::new()));
        for gone in [4, 2, 5] {
            assert_eq!(freed(Order::Deliver(id(gone))), Err(NotHeld), "{gone}");
        }
        assert_eq!(freed(Order::Open), Ok(vec![sent[0].clone(), sent[2].clone(), sent[5].clone()]));
        assert_eq!(freed(Order::Deliver(id(1))), Err(NotHeld));
    }

    #[test]
    fn each_change_is_told_once() {
        let (mut barrier, sent) = closed(1);
        let mut told = |order| barrier.obey(order).expect("it is held").told;
        let gate = |gate| Some(Input::Gate { gate, trace: None });
        assert_eq!(told(Order::Close), None);
        let lost = Input::Lost { messages: vec![name_of(&sent[0])], why: Why::DroppedByHand };
        assert_eq!(told(Order::Drop(sent[0].head.message)), Some(lost));
        assert_eq!(told(Order::Open), gate(Gate::Opened));
        assert_eq!(told(Order::Open), None);
        assert_eq!(told(Order::Close), gate(Gate::Closed));
    }

    #[test]
    fn it_holds_no_more_than_an_outbox() {
        let (mut barrier, _) = closed(WAITING as u64);
        let late = envelope(WAITING as u64 + 1, 1);
        assert_eq!(barrier.hold(late.clone()), Err(name_of(&late)));
    }
}
