//! What a record does to the rows of a store: `Durable::apply`, row by row.
//!
//! Called by [`super::disk`] inside a write transaction. Nothing here opens, commits or syncs anything.

use std::collections::BTreeMap;

use redb::ReadableTable;

use shared::id::{GroupId, Seq};
use shared::message::{LogPart, Proposal};
use shared::note::{Entry, REMEMBERED_OPS, Snapshot};
use shared::record::{DurableGroup, Record};

use super::rows::{GroupKey, GroupRow, ReplicaRow, Tables, decode, encode, key_of, rows_from};

type Done = Result<(), redb::Error>;

impl Tables<'_> {
    /// Takes a record into account.
    pub fn apply(&mut self, record: &Record) -> Done {
        match record {
            Record::Promised { group, epoch } => {
                let key = key_of(*group);
                let row = GroupRow { promised: *epoch, ..self.group(key)? };
                self.put_group(key, &row)
            }
            Record::Accepted { group, epoch, log } => {
                let key = key_of(*group);
                let mut row = self.group(key)?;
                self.accept(key, &mut row, log)?;
                row.accepted = *epoch;
                row.spread = false;
                row.promised = row.promised.max(*epoch);
                self.put_group(key, &row)
            }
            Record::Compacted { group, upto } => self.compact(key_of(*group), *upto),
            Record::Sealed { epoch } => {
                let row = ReplicaRow { sealed: *epoch, ..self.replica()? };
                self.put_replica(&row)
            }
            Record::Begun { epoch, generation, mode, groups } => {
                let mut row = self.replica()?;
                if row.proposed.take_if(|proposal| proposal.next <= *generation).is_some() {
                    self.proposed.retain(|_, _| false)?;
                }
                let sealed = row.sealed.max(*epoch);
                self.put_replica(&ReplicaRow { generation: *generation, mode: *mode, sealed, begun: *epoch, ..row })?;
                self.begin(groups.iter().map(|(id, group)| (*id, group)))
            }
            Record::Proposed { proposal } => {
                let row = self.replica()?;
                let sealed = row.sealed.max(proposal.epoch);
                let proposed = self.put_proposal(Some(proposal))?;
                self.put_replica(&ReplicaRow { sealed, proposed, ..row })
            }
            Record::Thawed { epoch } => {
                let row = self.replica()?;
                let sealed = row.sealed.max(*epoch);
                self.put_replica(&ReplicaRow { begun: *epoch, sealed, ..row })
            }
            Record::Recovered { state, .. } => {
                let proposed = self.put_proposal(state.proposed.as_ref())?;
                self.put_replica(&ReplicaRow { proposed, ..ReplicaRow::of(state) })?;
                self.begin(state.groups.iter().map(|(id, group)| (*id, group)))
            }
        }
    }

    /// Writes the notes of a proposal in place of those of an earlier one; returns what is left for the replica's row: a row
    /// of all notes would be as long as the store.
    fn put_proposal(&mut self, proposal: Option<&Proposal>) -> Result<Option<Proposal>, redb::Error> {
        self.proposed.retain(|_, _| false)?;
        let Some(Proposal { epoch, next, mode, groups }) = proposal else { return Ok(None) };
        let mut rest = Vec::new();
        for (id, Snapshot { seq, notes, ops }) in groups {
            let key = key_of(*id);
            for (note, version) in notes {
                self.proposed.insert((key.0, key.1, note.0), encode(version).as_slice())?;
            }
            rest.push((*id, Snapshot { seq: *seq, notes: BTreeMap::new(), ops: ops.clone() }));
        }
        Ok(Some(Proposal { epoch: *epoch, next: *next, mode: *mode, groups: rest }))
    }

    fn accept(&mut self, key: GroupKey, row: &mut GroupRow, log: &LogPart) -> Done {
        if let Some(base) = &log.base {
            self.log.retain_in(rows_from(key, 0), |_, _| false)?;
            self.replace_base(key, row, base)?;
        }
        let end = self.end(key, row)?;
        assert!(
            row.base <= log.after && log.after <= end,
            "log part after {} does not fit {}..={end}",
            log.after,
            row.base
        );
        if log.after < end {
            self.log.retain_in(rows_from(key, log.after.0 + 1), |_, _| false)?;
        }
        for entry in &log.entries {
            self.log.insert((key.0, key.1, entry.seq.0), encode(entry).as_slice())?;
        }
        Ok(())
    }

    /// Returns the position of a group's last entry.
    fn end(&self, key: GroupKey, row: &GroupRow) -> Result<Seq, redb::Error> {
        let last = self.log.range(rows_from(key, 0))?.next_back().transpose()?;
        Ok(last.map_or(row.base, |(row_key, _)| Seq(row_key.value().2)))
    }

    fn replace_base(&mut self, key: GroupKey, row: &mut GroupRow, base: &Snapshot) -> Done {
        self.notes.retain_in(rows_from(key, 0), |_, _| false)?;
        self.ops.retain_in(rows_from(key, 0), |_, _| false)?;
        for (note, version) in &base.notes {
            self.notes.insert((key.0, key.1, note.0), encode(version).as_slice())?;
        }
        for (seq, op) in &base.ops {
            self.ops.insert((key.0, key.1, seq.0), encode(op).as_slice())?;
        }
        row.base = base.seq;
        row.ops = base.ops.len() as u64;
        Ok(())
    }

    fn compact(&mut self, key: GroupKey, upto: Seq) -> Done {
        let mut row = self.group(key)?;
        let folded = (key.0, key.1, 0)..=(key.0, key.1, upto.0);
        let mut entries: Vec<Entry> = Vec::new();
        for pair in self.log.range(folded.clone())? {
            entries.push(decode(pair?.1.value())?);
        }
        self.log.retain_in(folded, |_, _| false)?;
        for entry in &entries {
            self.fold(key, &mut row, entry)?;
        }
        row.spread = self.log.range(rows_from(key, 0))?.next().is_none();
        self.put_group(key, &row)
    }

    /// Adds the next entry to a group's base, as `Snapshot::apply` does.
    fn fold(&mut self, key: GroupKey, row: &mut GroupRow, entry: &Entry) -> Done {
        assert_eq!(entry.seq, row.base.next(), "entries are folded in order");
        row.base = entry.seq;
        if let Some(version) = &entry.version {
            self.notes.insert((key.0, key.1, entry.note.0), encode(version).as_slice())?;
        }
        let found = entry.version.as_ref().map(|_| entry.note);
        self.ops.insert((key.0, key.1, entry.seq.0), encode(&(&entry.op, found)).as_slice())?;
        row.ops += 1;
        if row.ops > REMEMBERED_OPS {
            self.forget_oldest(key)?;
            row.ops -= 1;
        }
        Ok(())
    }

    fn forget_oldest(&mut self, key: GroupKey) -> Done {
        let oldest = self.ops.range(rows_from(key, 0))?.next().transpose()?.map(|(row_key, _)| row_key.value());
        if let Some(oldest) = oldest {
            self.ops.remove(oldest)?;
        }
        Ok(())
    }

    fn begin<'g>(&mut self, groups: impl Iterator<Item = (GroupId, &'g DurableGroup)>) -> Done {
        self.groups.retain(|_, _| false)?;
        self.notes.retain(|_, _| false)?;
        self.ops.retain(|_, _| false)?;
        self.log.retain(|_, _| false)?;
        for (id, group) in groups {
            let key = key_of(id);
            let mut row = GroupRow {
                promised: group.promised,
                accepted: group.accepted,
                spread: group.spread,
                ..GroupRow::default()
            };
            self.replace_base(key, &mut row, &group.base)?;
            for entry in &group.log {
                self.log.insert((key.0, key.1, entry.seq.0), encode(entry).as_slice())?;
            }
            self.put_group(key, &row)?;
        }
        Ok(())
    }
}
