//! Writes that were taken back: kept in a file of their own beside the store, one JSON line each, for people.
//!
//! Called by [`super::Store`] before the record that takes them out of the log is committed, so that nothing that a
//! client was told is done is ever nowhere. Nothing reads the file again.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use shared::id::GroupId;
use shared::note::Entry;

#[derive(Serialize)]
struct Line<'e> {
    group: GroupId,
    #[serde(flatten)]
    entry: &'e Entry,
}

/// Adds `entries` of `group` to the file that belongs to the store `path`, durably.
///
/// # Errors
/// When the disk fails.
pub fn keep(path: &Path, group: GroupId, entries: &[Entry]) -> io::Result<()> {
    let mut lines = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut lines, &Line { group, entry })?;
        lines.push(b'\n');
    }
    let mut file = OpenOptions::new().create(true).append(true).open(path.with_extension("rolled-back.jsonl"))?;
    file.write_all(&lines)?;
    file.sync_data()
}
