//! The committed order of a run that has settled, read off the disks, so that it owes nothing to any reply.

use std::collections::BTreeMap;

use shared::history::Order;
use shared::id::{NoteId, OpId};
use shared::note::{Command, Snapshot, Version, next_version};
use shared::record::DurableGroup;
use shared::sim::World;
use shared::sim::invariants::convergence;

/// What was committed in the end.
pub struct Committed {
    /// The states of each note.
    pub order: Order,
    /// Which note each operation wrote.
    pub done: BTreeMap<OpId, NoteId>,
}

/// Reads the order off the disks; on each, every operation that wrote is remembered in order.
///
/// # Panics
/// When the disks differ, an operation was done twice, or the operations do not add up to the notes.
pub fn committed(world: &World) -> Committed {
    convergence::check(world);
    let commands: BTreeMap<&OpId, &Command> =
        world.asked.values().filter_map(|asked| Some((&asked.op, asked.command.as_ref()?))).collect();
    let mut all = Committed { order: Order::default(), done: BTreeMap::new() };
    for group in world.disks[0].groups.values() {
        let whole = add_up(group);
        let mut notes: BTreeMap<NoteId, Version> = BTreeMap::new();
        let writes = whole.ops.values().filter_map(|(op, note)| note.map(|note| (op, note)));
        for (op, note) in writes {
            let twice = all.done.insert(op.clone(), note);
            assert_eq!(twice, None, "{op:?} was done twice, now to note {note}");
            let next = next_version(commands[op], notes.get(&note)).expect("an operation that wrote found its note");
            all.order.push(note, next.note.clone());
            notes.insert(note, next);
        }
        assert_eq!(notes, whole.notes, "the operations do not add up to the notes");
    }
    all
}

fn add_up(group: &DurableGroup) -> Snapshot {
    let mut whole = group.base.clone();
    for entry in &group.log {
        whole.apply(entry);
    }
    whole
}
