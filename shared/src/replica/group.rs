//! One group at one replica: its durable state, what follows from it, and its role.
//!
//! Holds data; the messages are made in `claim`, `handover` and `updates`.
//! Source: docs/PROTOCOL.md §2.2, §2.3.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Ack;
use crate::event::Role;
use crate::id::{Epoch, GroupId, NoteId, OpId, ReplicaId, Seq, TraceId};
use crate::message::{Ask, LogPart, Position};
use crate::note::{Entry, Snapshot, Version};
use crate::record::DurableGroup;
use crate::request::Method;
use crate::time::Micros;
use crate::view::GroupView;

use super::Limits;

/// One group at one replica.
#[derive(Clone, Debug, Hash)]
pub(super) struct Group {
    /// The durable state.
    pub durable: DurableGroup,
    /// The state after the whole log: the notes as a `local` read shows them.
    pub current: Snapshot,
    /// How long the texts of those notes are, in bytes.
    pub bytes: usize,
    /// How far the log is known to be committed.
    pub commit: Seq,
    /// How far the log is known to be on every replica.
    pub everywhere: Seq,
    /// How far the log has been on every replica that the primary did not suspect.
    pub live: Seq,
    /// Who may lack some of that, because the primary suspected them then.
    pub without: Vec<ReplicaId>,
    /// Whether the accepted epoch is known to be installed on a majority.
    pub active: bool,
    /// The highest epoch that a refusal has named.
    pub seen: Epoch,
    /// This replica's role.
    pub part: Part,
    /// Operations that are in the log and that this replica has not answered yet.
    pub waiting: Vec<OpId>,
    /// The client request that the group works for.
    pub cause: Option<TraceId>,
}

/// The role of a replica in a group.
#[derive(Clone, Debug, Hash)]
pub(super) enum Part {
    /// Accepts updates.
    Backup,
    /// Collects promises.
    Claiming(Claiming),
    /// Accepts writes.
    Primary(Primary),
}

/// A claim that waits for promises.
#[derive(Clone, Debug, Hash)]
pub(super) struct Claiming {
    /// The epoch claimed.
    pub epoch: Epoch,
    /// Whether the claim is for a new note, and so for an empty group only.
    pub create: bool,
    /// Who is being asked.
    pub ask: Ask,
    /// Owners asked so far, in order.
    pub asked: Vec<ReplicaId>,
    /// Promises by replica; this replica's own is its durable state.
    pub got: BTreeMap<ReplicaId, Promised>,
    /// Who has refused a new note's claim because it has entries under this id.
    pub refused: BTreeSet<ReplicaId>,
    /// Claims of others that are answered when this replica's writes are done.
    pub deferred: Vec<DeferredClaim>,
    /// How long until the next repetition.
    pub pause: Micros,
}

/// One promise that a claimer has received.
#[derive(Clone, Debug, Hash)]
pub(super) struct Promised {
    pub accepted: Epoch,
    pub commit: Seq,
    pub log: LogPart,
    /// For a new note: where the giver is in the groups of lower ids.
    pub below: Vec<Position>,
}

/// How far the claimer's own log is.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) struct ClaimerLog {
    /// How far it knows the log to be committed.
    pub commit: Seq,
    /// The epoch under which its log was last written.
    pub accepted: Epoch,
    /// The end of its log.
    pub len: Seq,
}

/// Another replica's claim, which may be answered later; delaying a promise is always safe.
#[derive(Clone, Debug, Hash)]
pub(super) struct DeferredClaim {
    pub from: ReplicaId,
    pub trace: Option<TraceId>,
    pub epoch: Epoch,
    pub has: ClaimerLog,
    pub ask: Ask,
    /// For a new note: the id up to which the claimer knows every note to be committed.
    pub create: Option<NoteId>,
    /// When it is answered at the latest.
    pub until: Micros,
}

/// A primary's knowledge of its backups.
#[derive(Clone, Debug, Hash)]
pub(super) struct Primary {
    pub epoch: Epoch,
    /// The epoch under which the log that it took over was written.
    pub from: Epoch,
    /// The end of that log.
    pub adopted: Seq,
    /// How far each backup has acknowledged that its log equals this one.
    pub matched: BTreeMap<ReplicaId, Seq>,
    /// How far each backup has been sent; absent until the install was sent.
    pub sent: BTreeMap<ReplicaId, Seq>,
    /// The commit of each backup that has answered `Behind`: from there on it is sent the install.
    pub commits: BTreeMap<ReplicaId, Seq>,
    /// Updates whose answer the step log has not shown yet, by position.
    pub updates: Vec<Update>,
    /// Claims of others that are answered when this replica's writes are done.
    pub deferred: Vec<DeferredClaim>,
    /// How long until the next repetition.
    pub pause: Micros,
}

/// One update that backups have been sent, for the step log.
#[derive(Clone, Debug, Hash)]
pub(super) struct Update {
    pub seq: Seq,
    pub ack: Ack,
    pub method: Method,
    pub note: NoteId,
    pub trace: TraceId,
}

/// What taking a log part into a group changed.
pub(super) struct Taken {
    /// The part as it was written, without what the base holds already.
    pub part: LogPart,
    /// The notes that look different, as the feed shows them.
    pub changes: Vec<(NoteId, Option<Version>)>,
    /// Entries whose operations were in the log and are not any more.
    pub lost: Vec<Entry>,
}

impl Group {
    /// Makes a group from its durable state. It is a backup, and its commit is learnt again (docs/PROTOCOL.md §4.9).
    pub fn new(durable: DurableGroup) -> Group {
        let current = add_up(&durable);
        Group {
            commit: durable.base.seq,
            everywhere: Seq(0),
            live: Seq(0),
            without: Vec::new(),
            active: false,
            seen: Epoch::NONE,
            part: Part::Backup,
            waiting: Vec::new(),
            cause: None,
            durable,
            bytes: current.bytes(),
            current,
        }
    }

    /// Returns the end of the log.
    pub fn len(&self) -> Seq {
        self.current.seq
    }

    /// Returns the replica that seems to be the primary: the owner of the highest epoch seen.
    pub fn hint(&self) -> Option<ReplicaId> {
        self.durable.promised.max(self.seen).owner()
    }

    /// Returns what the feed shows of this group.
    pub fn view(&self) -> GroupView {
        let role = match self.part {
            Part::Backup => Role::Backup,
            Part::Claiming(_) => Role::Claiming,
            Part::Primary(_) => Role::Primary,
        };
        let DurableGroup { promised, accepted, .. } = self.durable;
        GroupView { promised, accepted, len: self.len(), commit: self.commit, role }
    }

    /// Returns where this replica is in the group `id`.
    pub fn position(&self, group: GroupId) -> Position {
        Position { group, accepted: self.durable.accepted, len: self.len(), commit: self.commit }
    }

    /// Returns a note as the committed part of the log leaves it.
    pub fn committed(&self, note: NoteId) -> Option<&Version> {
        let mut entries = self.durable.log.iter().rev().filter(|entry| entry.seq <= self.commit && entry.note == note);
        entries.find_map(|entry| entry.version.as_ref()).or_else(|| self.durable.base.notes.get(&note))
    }

    /// Returns every note as the committed part of the log leaves it, by id.
    pub fn committed_notes(&self) -> impl Iterator<Item = (NoteId, &Version)> {
        self.current.notes.keys().filter_map(|id| self.committed(*id).map(|version| (*id, version)))
    }

    /// Makes the log above `part.after` equal to `part`, under `epoch`. The caller persists the record.
    pub fn accept(&mut self, epoch: Epoch, part: LogPart) -> Taken {
        let part = without_base(part, self.durable.base.seq);
        let extends = part.base.is_none() && part.after == self.len();
        if epoch != self.durable.accepted {
            self.active = false;
        }
        let (changes, lost) = if extends {
            for entry in &part.entries {
                self.apply(entry);
            }
            self.durable.accept(epoch, &part);
            let changed = part.entries.iter().filter_map(|entry| Some((entry.note, entry.version.as_ref()?)));
            (changed.map(|(note, version)| (note, Some(version.excerpt()))).collect(), Vec::new())
        } else {
            self.replace(epoch, &part)
        };
        Taken { part, changes, lost }
    }

    fn apply(&mut self, entry: &Entry) {
        if let Some(version) = &entry.version {
            let before = self.current.notes.get(&entry.note).map_or(0, Version::bytes);
            self.bytes = self.bytes - before + version.bytes();
        }
        self.current.apply(entry);
    }

    fn replace(&mut self, epoch: Epoch, part: &LogPart) -> (Vec<(NoteId, Option<Version>)>, Vec<Entry>) {
        let before = std::mem::take(&mut self.current);
        // A snapshot may hold others at positions before its end, too.
        let goes = |entry: &&Entry| part.base.is_some() || entry.seq > part.after;
        let dropped: Vec<Entry> = self.durable.log.iter().filter(goes).cloned().collect();
        self.durable.accept(epoch, part);
        self.current = add_up(&self.durable);
        self.bytes = self.current.bytes();
        let lost = dropped.into_iter().filter(|entry| self.current.find(&entry.op).is_none()).collect();
        (changes(&before.notes, &self.current.notes), lost)
    }

    /// Returns up to where the log may be folded into its base now, if that is worth a record.
    ///
    /// The tail that some replica may still lack is kept while it is short, so that it need not be sent a snapshot.
    pub fn foldable(&self, limits: Limits) -> Option<Seq> {
        let Limits { keep, keep_at_most, .. } = limits;
        let upto = if self.durable.log.len() > keep_at_most { self.commit } else { self.commit.min(self.everywhere) };
        // What stays shows after a restart that some replica may lack it.
        let upto = if self.everywhere >= self.len() { upto } else { upto.min(Seq(self.len().0.saturating_sub(1))) };
        (self.durable.log.len() > keep && upto > self.durable.base.seq).then_some(upto)
    }

    /// Returns the part of the log that a claimer lacks.
    ///
    /// Logs of one epoch are equal as far as both go; of a log of another epoch only its committed part is known
    /// to be the same.
    pub fn part_for(&self, has: ClaimerLog) -> LogPart {
        let same = has.accepted == self.durable.accepted;
        self.durable.part_after(if same { has.len.min(self.len()) } else { has.commit })
    }

    /// Whether it falls to replica `me` to send backups what its log has: it was the last primary, or was claiming the
    /// group, and some of the log may not be on every replica.
    pub fn must_be_spread_by(&self, me: ReplicaId) -> bool {
        let DurableGroup { promised, accepted, spread, .. } = &self.durable;
        let held = accepted.owner() == Some(me) && !spread && self.len() > Seq(0);
        let claimed = promised.owner() == Some(me) && accepted < promised && self.len() > Seq(0);
        held || claimed
    }

    /// Takes note that the log is up to `live` on every replica but those in `without`. Where it was further before, on
    /// fewer replicas, those others still lack that.
    pub fn learn_live(&mut self, live: Seq, without: Vec<ReplicaId>) {
        if live < self.live {
            let before = std::mem::replace(&mut self.without, without);
            self.without.extend(before);
            self.without.sort_unstable();
            self.without.dedup();
        } else {
            self.live = live;
            self.without = without;
        }
    }

    /// Whether the whole log is on every replica and could be folded.
    pub fn is_spread(&self) -> bool {
        self.everywhere >= self.len() && self.commit >= self.len() && !self.durable.spread
    }

    /// Whether an entry at `seq` is on as many replicas as the policy `ack` asks for, as far as this replica knows.
    pub fn satisfies(&self, ack: Ack, seq: Seq) -> bool {
        match ack {
            Ack::All => self.commit >= seq && self.live.max(self.everywhere) >= seq,
            Ack::Majority => self.commit >= seq,
            Ack::Primary => self.active,
        }
    }
}

fn add_up(durable: &DurableGroup) -> Snapshot {
    let mut current = durable.base.clone();
    for entry in &durable.log {
        current.apply(entry);
    }
    current
}

/// Drops what lies at or before `base` from a part: both sides have it, compacted here.
fn without_base(mut part: LogPart, base: Seq) -> LogPart {
    if part.base.as_ref().is_some_and(|given| given.seq <= base) {
        part.base = None;
    }
    if part.base.is_none() && part.after < base {
        part.entries.retain(|entry| entry.seq > base);
        part.after = base;
    }
    part
}

/// Returns the notes that differ, with what they are in `after`, as the feed shows them.
fn changes(before: &BTreeMap<NoteId, Version>, after: &BTreeMap<NoteId, Version>) -> Vec<(NoteId, Option<Version>)> {
    let gone = before.keys().filter(|id| !after.contains_key(id)).map(|id| (*id, None));
    let new = after.iter().filter(|(id, version)| before.get(id) != Some(version));
    gone.chain(new.map(|(id, version)| (*id, Some(version.excerpt())))).collect()
}
