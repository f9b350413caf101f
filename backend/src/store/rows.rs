//! The tables of a store and the rows in them.
//!
//! Values are JSON. It describes itself: the types that cross the wire leave out absent fields and refuse
//! unknown ones, which a format without names (postcard, bincode) cannot read back, and a field that a later
//! version adds with a default still reads old rows. A sync takes far longer than the encoding.

use redb::{ReadableTable, Table, TableDefinition, WriteTransaction};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use shared::config::Mode;
use shared::id::{Epoch, Generation, GroupId, NoteId, Seq};
use shared::message::Proposal;
use shared::record::Durable;

/// The format of the file; another number is another version's.
pub const FORMAT: u64 = 1;

/// A group as a key: 0 for the store, 1 and the id for a note.
pub type GroupKey = (u8, u64);
/// Something in a group: the group, then a note's id or a position.
pub type RowKey = (u8, u64, u64);

/// The format, under `"format"`; the other numbers in it are those of [`super::known`].
pub const FORMATS: TableDefinition<&str, u64> = TableDefinition::new("format");
/// The [`ReplicaRow`], under `"replica"`.
pub const REPLICA: TableDefinition<&str, &[u8]> = TableDefinition::new("replica");
/// A [`GroupRow`] for each group.
pub const GROUPS: TableDefinition<GroupKey, &[u8]> = TableDefinition::new("groups");
/// The notes of each group's base.
pub const NOTES: TableDefinition<RowKey, &[u8]> = TableDefinition::new("notes");
/// The remembered operations of each group's base, by position.
pub const OPS: TableDefinition<RowKey, &[u8]> = TableDefinition::new("ops");
/// The entries after each group's base, by position.
pub const LOG: TableDefinition<RowKey, &[u8]> = TableDefinition::new("log");
/// The notes of each group of the proposed generation.
pub const PROPOSED: TableDefinition<RowKey, &[u8]> = TableDefinition::new("proposed");

/// The runs of the store, by number; see [`super::known`].
pub const RUNS: TableDefinition<u64, ()> = TableDefinition::new("runs");

/// What a replica has once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplicaRow {
    /// See `Durable`.
    pub generation: Generation,
    /// See `Durable`.
    pub mode: Mode,
    /// See `Durable`.
    pub sealed: Epoch,
    /// See `Durable`.
    pub begun: Epoch,
    /// See `Durable`; its notes are in [`PROPOSED`]. Earlier versions have them here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<Proposal>,
    /// See `Durable`.
    #[serde(default = "yes")]
    pub joined: bool,
}

fn yes() -> bool {
    true
}

impl ReplicaRow {
    /// Returns the row of a replica that holds this, but for a proposal.
    pub fn of(durable: &Durable) -> ReplicaRow {
        ReplicaRow {
            generation: durable.generation,
            mode: durable.mode,
            sealed: durable.sealed,
            begun: durable.begun,
            proposed: None,
            joined: durable.joined,
        }
    }
}

/// What a group has once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRow {
    /// See `DurableGroup`.
    pub promised: Epoch,
    /// See `DurableGroup`.
    pub accepted: Epoch,
    /// The position of the base.
    pub base: Seq,
    /// How many operations the base remembers.
    pub ops: u64,
    /// See `DurableGroup`.
    #[serde(default)]
    pub spread: bool,
}

impl Default for GroupRow {
    fn default() -> GroupRow {
        GroupRow { promised: Epoch::NONE, accepted: Epoch::NONE, base: Seq(0), ops: 0, spread: true }
    }
}

/// Returns the key of a group.
pub fn key_of(group: GroupId) -> GroupKey {
    match group {
        GroupId::Store => (0, 0),
        GroupId::Note(NoteId(id)) => (1, id),
    }
}

/// Returns the group with this key; `None` when there is no such key.
pub fn group_of(key: GroupKey) -> Option<GroupId> {
    match key {
        (0, 0) => Some(GroupId::Store),
        (1, id) => Some(GroupId::Note(NoteId(id))),
        _ => None,
    }
}

/// Returns the keys of all rows of a group from `first` on.
pub fn rows_from(group: GroupKey, first: u64) -> std::ops::RangeInclusive<RowKey> {
    (group.0, group.1, first)..=(group.0, group.1, u64::MAX)
}

/// Returns a value as it is stored.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("rows have text for keys and no failing parts")
}

/// Reads a value back.
///
/// # Errors
/// [`redb::StorageError::Corrupted`] when it is not one.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, redb::Error> {
    serde_json::from_slice(bytes).map_err(|error| redb::Error::Corrupted(format!("a row cannot be read: {error}")))
}

/// The last run that was seen of each peer.
pub const PEERS: TableDefinition<u8, u64> = TableDefinition::new("peers");

/// The tables that records change, open in one transaction.
pub struct Tables<'t> {
    /// See [`REPLICA`].
    pub replica: Table<'t, &'static str, &'static [u8]>,
    /// See [`GROUPS`].
    pub groups: Table<'t, GroupKey, &'static [u8]>,
    /// See [`NOTES`].
    pub notes: Table<'t, RowKey, &'static [u8]>,
    /// See [`OPS`].
    pub ops: Table<'t, RowKey, &'static [u8]>,
    /// See [`LOG`].
    pub log: Table<'t, RowKey, &'static [u8]>,
    /// See [`PROPOSED`].
    pub proposed: Table<'t, RowKey, &'static [u8]>,
}

impl<'t> Tables<'t> {
    /// Opens them, making those that are missing.
    pub fn open(transaction: &'t WriteTransaction) -> Result<Tables<'t>, redb::Error> {
        Ok(Tables {
            replica: transaction.open_table(REPLICA)?,
            groups: transaction.open_table(GROUPS)?,
            notes: transaction.open_table(NOTES)?,
            ops: transaction.open_table(OPS)?,
            log: transaction.open_table(LOG)?,
            proposed: transaction.open_table(PROPOSED)?,
        })
    }

    /// Returns the replica's row.
    pub fn replica(&self) -> Result<ReplicaRow, redb::Error> {
        let row = self.replica.get("replica")?;
        decode(row.ok_or_else(|| redb::Error::Corrupted("the replica's row is missing".to_owned()))?.value())
    }

    /// Writes the replica's row.
    pub fn put_replica(&mut self, row: &ReplicaRow) -> Result<(), redb::Error> {
        self.replica.insert("replica", encode(row).as_slice())?;
        Ok(())
    }

    /// Returns a group's row; that of a new group when it has none.
    pub fn group(&self, key: GroupKey) -> Result<GroupRow, redb::Error> {
        self.groups.get(key)?.map_or_else(|| Ok(GroupRow::default()), |row| decode(row.value()))
    }

    /// Writes a group's row.
    pub fn put_group(&mut self, key: GroupKey, row: &GroupRow) -> Result<(), redb::Error> {
        self.groups.insert(key, encode(row).as_slice())?;
        Ok(())
    }
}
