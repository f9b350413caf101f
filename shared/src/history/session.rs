//! The four guarantees of a session, for each note.
//!
//! Source: Terry, Demers, Petersen, Spreitzer, Theimer, Welch, Session Guarantees for Weakly Consistent Replicated
//! Data, 1994.
//!
//! | a session's | then its | the guarantee |
//! |---|---|---|
//! | write | read | read your writes |
//! | read | read | monotonic reads |
//! | write | write | monotonic writes |
//! | read | write | writes follow reads |
//!
//! Each demands that the second belongs no earlier in the committed order than the first. An operation of unknown
//! outcome gave its client no token and demands nothing. What was never committed has no place in the order:
//! [`super::dirty_read`] and [`super::lost_write`] find it.

use std::collections::BTreeMap;

use super::anomalies::{Anomaly, Kind};
use super::order::{Order, Place, Placed, placed};
use super::{ClientId, History, OperationId};
use crate::id::NoteId;

/// What a session has shown of a note so far.
#[derive(Clone, Copy)]
struct Floor {
    place: usize,
    id: OperationId,
    wrote: bool,
}

/// Checks what clients were promised that carry their tokens: read your writes, monotonic reads, monotonic writes,
/// writes follow reads.
///
/// # Errors
/// The first operation, by client and place in its session, that breaks one, and the one before it.
pub fn sessions(history: &History, order: &Order) -> Result<(), Anomaly> {
    let mut operations = placed(history, order);
    operations.retain(|it| it.operation.session.is_some());
    operations.sort_by_key(|it| (it.operation.client, it.operation.session));
    let mut floors: BTreeMap<(ClientId, NoteId), Floor> = BTreeMap::new();
    for it in &operations {
        let key = (it.operation.client, it.note);
        let broken = floors.get(&key).and_then(|floor| broken(*floor, it).map(|kind| (kind, floor.id)));
        if let Some((kind, earlier)) = broken {
            return Err(kind.of(history, [earlier, it.id]));
        }
        if let Some(next) = floor(it).filter(|next| floors.get(&key).is_none_or(|floor| floor.place < next.place)) {
            floors.insert(key, next);
        }
    }
    Ok(())
}

fn floor(it: &Placed<'_>) -> Option<Floor> {
    match it.place {
        Place::Wrote(place) => Some(Floor { place, id: it.id, wrote: true }),
        Place::Saw { earliest, .. } => Some(Floor { place: earliest, id: it.id, wrote: false }),
        Place::Nowhere => None,
    }
}

/// Which guarantee an operation breaks, given the newest that its session has shown.
fn broken(floor: Floor, it: &Placed<'_>) -> Option<Kind> {
    match it.place {
        Place::Wrote(place) => {
            let kind = if floor.wrote { Kind::MonotonicWrites } else { Kind::WritesFollowReads };
            (place <= floor.place).then_some(kind)
        }
        Place::Saw { latest, .. } => {
            let kind = if floor.wrote { Kind::ReadYourWrites } else { Kind::MonotonicReads };
            (latest < floor.place).then_some(kind)
        }
        Place::Nowhere => None,
    }
}
