//! A store in one redb file: opening it without ever overwriting one, committing records, reading all back.
//!
//! Called by [`super::Store`]. One write transaction is one sync; the file's own lock keeps others out.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use redb::{Database, Durability, ReadOnlyTable, ReadTransaction, ReadableDatabase, TableDefinition, WriteTransaction};

use shared::id::{GroupId, NoteId, Seq};
use shared::message::Proposal;
use shared::note::{Entry, Snapshot};
use shared::record::{Durable, DurableGroup, Record};

use super::known::Learnt;
use super::rows::{
    FORMAT, FORMATS, GROUPS, GroupKey, GroupRow, LOG, NOTES, OPS, PROPOSED, REPLICA, ReplicaRow, RowKey, Tables,
    decode, group_of, key_of, rows_from,
};
use super::trial::Trial;
use super::{StoreError, rolled_back};

/// How much of the file redb keeps in memory, in bytes: the replica holds all of its state itself.
const CACHE: usize = 16 * 1024 * 1024;

const MEGABYTE: u64 = 1024 * 1024;

/// How many megabytes of room are asked for at least when the disk is full.
const LEAST_ROOM: u64 = 16;

/// A store in a file.
#[derive(Debug)]
pub struct Disk {
    path: PathBuf,
    pub(super) database: Database,
    pub(super) learnt: Learnt,
}

impl Disk {
    /// Opens the file, or makes it with what is in `fresh`, no groups, when there is none.
    pub fn open(path: &Path, fresh: &Durable) -> Result<Disk, StoreError> {
        let explained = |error: redb::Error| explain(path, error);
        if !path.exists() {
            create(path, fresh).map_err(explained)?;
        }
        // An earlier version left one when the disk had no room for it.
        let _ = fs::remove_file(path.with_extension("copy"));
        // On trial, and page by page: a damaged file is noticed now and left as it is.
        let trial = Trial::open(path).map_err(explained)?;
        let checked = builder().set_check_integrity_on_open(true).create_with_backend(trial);
        drop(checked.map_err(|error| explained(error.into()))?);
        let database = builder().open(path).map_err(|error| explained(error.into()))?;
        let disk = Disk { path: path.to_owned(), database, learnt: Learnt::default() };
        match disk.format().map_err(explained)? {
            FORMAT => Ok(disk),
            found => Err(StoreError::Version { path: disk.path, found, known: FORMAT }),
        }
    }

    /// Makes a store in something else than a file.
    #[cfg(test)]
    pub fn on(backend: impl redb::StorageBackend, fresh: &Durable) -> Result<Disk, redb::Error> {
        let database = builder().create_with_backend(backend)?;
        fill(&database, fresh)?;
        Ok(Disk { path: PathBuf::from("not a file"), database, learnt: Learnt::default() })
    }

    fn format(&self) -> Result<u64, redb::Error> {
        self.read_number("format")?.ok_or_else(|| redb::Error::Corrupted("it names no format".to_owned()))
    }

    /// Says what an error means for the person who runs the server.
    pub fn explain(&self, error: redb::Error) -> StoreError {
        explain(&self.path, error)
    }

    /// See `Store::keep_rolled_back`.
    pub fn keep_rolled_back(&self, group: GroupId, entries: &[Entry]) -> Result<(), StoreError> {
        rolled_back::keep(&self.path, group, entries).map_err(|error| explain(&self.path, error.into()))
    }

    /// Makes `records` durable with one sync.
    pub fn commit(&mut self, records: &[Record]) -> Result<(), StoreError> {
        let done = write(&self.database, |transaction| {
            let mut tables = Tables::open(transaction)?;
            records.iter().try_for_each(|record| tables.apply(record))?;
            self.learnt.write(transaction)
        });
        self.learnt = Learnt::default();
        done.map_err(|error| explain(&self.path, error))
    }

    /// Reads everything.
    pub fn load(&self) -> Result<Durable, StoreError> {
        self.read().map_err(|error| explain(&self.path, error))
    }

    fn read(&self) -> Result<Durable, redb::Error> {
        let transaction = self.database.begin_read()?;
        let row = transaction.open_table(REPLICA)?.get("replica")?;
        let row = row.ok_or_else(|| redb::Error::Corrupted("the replica's row is missing".to_owned()))?;
        let ReplicaRow { generation, mode, sealed, begun, mut proposed, joined } = decode(row.value())?;
        if let Some(proposal) = &mut proposed {
            read_notes_of(proposal, &transaction)?;
        }
        let mut durable = Durable { joined, generation, mode, sealed, begun, proposed, groups: BTreeMap::new() };
        let rows = Rows::open(&transaction)?;
        for pair in transaction.open_table(GROUPS)?.range::<GroupKey>(..)? {
            let (key, row) = pair?;
            let group = group_of(key.value());
            let group = group.ok_or_else(|| redb::Error::Corrupted("a group has no name".to_owned()))?;
            durable.groups.insert(group, rows.group(group, &decode(row.value())?)?);
        }
        Ok(durable)
    }
}

/// Reads the notes of a proposal, which are rows of their own.
fn read_notes_of(proposal: &mut Proposal, transaction: &ReadTransaction) -> Result<(), redb::Error> {
    let table = match transaction.open_table(PROPOSED) {
        // An earlier version wrote the file, and the notes into the replica's row.
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(()),
        table => table?,
    };
    for (id, base) in &mut proposal.groups {
        for pair in table.range(rows_from(key_of(*id), 0))? {
            let (key, version) = pair?;
            base.notes.insert(NoteId(key.value().2), decode(version.value())?);
        }
    }
    Ok(())
}

/// The tables of a group's parts, open for reading.
struct Rows {
    notes: ReadOnlyTable<RowKey, &'static [u8]>,
    ops: ReadOnlyTable<RowKey, &'static [u8]>,
    log: ReadOnlyTable<RowKey, &'static [u8]>,
}

impl Rows {
    fn open(transaction: &ReadTransaction) -> Result<Rows, redb::Error> {
        let open = |table: TableDefinition<RowKey, &'static [u8]>| transaction.open_table(table);
        Ok(Rows { notes: open(NOTES)?, ops: open(OPS)?, log: open(LOG)? })
    }

    fn group(&self, group: GroupId, row: &GroupRow) -> Result<DurableGroup, redb::Error> {
        let all = rows_from(key_of(group), 0);
        let mut base = Snapshot { seq: row.base, ..Snapshot::default() };
        for pair in self.notes.range(all.clone())? {
            let (key, version) = pair?;
            base.notes.insert(NoteId(key.value().2), decode(version.value())?);
        }
        for pair in self.ops.range(all.clone())? {
            let (key, op) = pair?;
            base.ops.insert(Seq(key.value().2), decode(op.value())?);
        }
        let mut log = Vec::new();
        for pair in self.log.range(all)? {
            log.push(decode(pair?.1.value())?);
        }
        Ok(DurableGroup { promised: row.promised, accepted: row.accepted, base, log, spread: row.spread })
    }
}

fn builder() -> redb::Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE);
    builder
}

/// Makes a complete file under another name first, so that a file of the right name is never half made.
fn create(path: &Path, fresh: &Durable) -> Result<(), redb::Error> {
    let draft = path.with_extension("draft");
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        Ok(()) | Err(_) => {}
    }
    let database = builder().create(&draft)?;
    fill(&database, fresh)?;
    database.close()?;
    fs::rename(&draft, path)?;
    sync_folder(path)?;
    Ok(())
}

/// Writes what a new store begins with.
fn fill(database: &Database, fresh: &Durable) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    transaction.open_table(FORMATS)?.insert("format", FORMAT)?;
    Tables::open(&transaction)?.put_replica(&ReplicaRow::of(fresh))?;
    Ok(transaction.commit()?)
}

/// Makes a new name durable, where the system can.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => fs::File::open(folder)?.sync_all(),
        Some(_) | None => Ok(()),
    }
}

/// Writes in one transaction, which is on the disk when this returns.
///
/// In two phases: damage in the last commit would otherwise look like a sync that was cut short, and be left out.
pub fn write(
    database: &Database,
    change: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>,
) -> Result<(), redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    transaction.set_two_phase_commit(true);
    change(&transaction)?;
    Ok(transaction.commit()?)
}

/// Says what an error means for the person who runs the server.
#[allow(clippy::wildcard_enum_match_arm, reason = "redb's list of errors is open")]
fn explain(path: &Path, error: redb::Error) -> StoreError {
    let path = path.to_owned();
    match error {
        redb::Error::DatabaseAlreadyOpen => StoreError::Open { path },
        redb::Error::Io(error) if error.kind() == ErrorKind::InvalidData => {
            StoreError::Damaged { path, reason: "it is not a store of notes".to_owned() }
        }
        redb::Error::Io(error) if error.kind() == ErrorKind::UnexpectedEof => {
            StoreError::Damaged { path, reason: "its end is missing".to_owned() }
        }
        redb::Error::Io(error) if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => {
            let folder = path.parent().unwrap_or(&path).to_owned();
            // A switch of the mode writes all notes beside those that are there.
            let length = fs::metadata(&path).map_or(0, |file| file.len());
            StoreError::Full { folder, reason: error.to_string(), needed: length / MEGABYTE + LEAST_ROOM }
        }
        redb::Error::Io(error) => StoreError::Disk { path, reason: error.to_string() },
        redb::Error::PreviousIo => StoreError::Disk { path, reason: "an earlier write failed".to_owned() },
        redb::Error::UpgradeRequired(found) => StoreError::Version { path, found: found.into(), known: FORMAT },
        other => StoreError::Damaged { path, reason: other.to_string() },
    }
}
