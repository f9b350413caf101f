//! What people ask of a replica's gate, and whether it is closed.
//!
//! Used by [`crate::transport::gate`], which is the gate, and by whoever waits for the replica behind it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use shared::id::MessageId;

/// What somebody does by hand at the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Close it.
    Close,
    /// Open it, and let go what it holds, in order.
    Open,
    /// Let this message go.
    Deliver(MessageId),
    /// Take this message away.
    Drop(MessageId),
    /// Let this message go twice.
    Double(MessageId),
}

/// There is no such message at the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotHeld;

/// Whether a gate is closed, for those who wait for its replica.
#[derive(Clone, Debug, Default)]
pub struct Gated(Arc<AtomicBool>);

impl Gated {
    /// Whether it is closed now.
    pub fn is_closed(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Says whether it is closed; returns whether it was.
    pub fn set(&self, closed: bool) -> bool {
        self.0.swap(closed, Ordering::Relaxed)
    }
}
