//! The summary of a message between replicas for the feed: flat, and small where a message carries a whole state.
//!
//! A replica makes one of each message that it sends ([`crate::message::Parcel::Peer`]); the page, the traces of runs
//! and the tests read it. The replicas themselves never do: they send and take the whole [`Message`].

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::config::{Ack, Mode};
use crate::id::{Epoch, Generation, GroupId, NoteId, OpId, ReplicaId, Seq};
use crate::message::{Ask, LogPart, Message, Operation, Outcome, Position, Proposal, SealedState};
use crate::note::{Command, Entry, Note, Snapshot};
use crate::record::{Durable, DurableGroup};
use crate::request::Method;

/// The number of groups whose positions a gist carries: a list of all notes asks for every one.
pub const POSITIONS: usize = 16;

/// The kind of a message: the variants of [`Message`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is documented as the variant of `Message` with its name")]
pub enum Say {
    Forward,
    Forwarded,
    Claim,
    Promise,
    Nack,
    Append,
    Ack,
    Behind,
    Seal,
    Sealed,
    Propose,
    Accepted,
    Enter,
    Entered,
    #[default]
    Probe,
    ProbeOk,
    Suspect,
    SuspectOk,
    ReadIndex,
    ReadIndexOk,
    Recover,
    Recovery,
}

/// A message between replicas with what a reader of the feed needs of it; what it does not have is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gist {
    /// The kind of the message.
    pub say: Say,
    /// The group it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// The epoch of the group or of the switch that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// The epoch under which the sender's log was last written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Epoch>,
    /// What the sender promised (`nack`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised: Option<Epoch>,
    /// How far the sender knows the log to be on a majority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Seq>,
    /// How far the log is on every replica (`append`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub everywhere: Option<Seq>,
    /// The end of the sender's log (`claim`, `ack`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub len: Option<Seq>,
    /// The position before the first of `entries`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Seq>,
    /// The entries that travel with it; of a long body the beginning.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Entry>,
    /// How many notes are in the snapshot that travels with it and stands before `entries`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<usize>,
    /// Whether an update is the first of its epoch for the receiver, whose log it makes equal to the primary's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub install: bool,
    /// Whom a claim asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<Ask>,
    /// For the claim of a new note: up to which id the claimer knows that everything is committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create: Option<NoteId>,
    /// Where the sender is in some groups (`promise` for a new note, `read_index_ok`): in the first [`POSITIONS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub positions: Vec<Position>,
    /// The number of further groups whose positions it carries.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub further: usize,
    /// The write that is forwarded or answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op: Option<OpId>,
    /// The acknowledgement level of a forwarded write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ack: Option<Ack>,
    /// The method of a forwarded write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    /// The note that a forwarded write names, or that the answered one changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<NoteId>,
    /// What a forwarded write writes; of a long body the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Note>,
    /// Where the answered write is in its group's log; absent when there was no such note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<Seq>,
    /// Who is suspected to be down and had not acknowledged it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<ReplicaId>,
    /// The suspected replica.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replica: Option<ReplicaId>,
    /// The generation of the state that is sent or proposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<Generation>,
    /// The mode of that generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// How many groups that state has; absent in a `recovery` when its sender's disk is empty, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<usize>,
    /// How many notes that state has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<usize>,
}

impl Gist {
    fn new(say: Say) -> Gist {
        Gist { say, ..Gist::default() }
    }

    fn of_epoch(say: Say, epoch: Epoch) -> Gist {
        Gist { epoch: Some(epoch), ..Gist::new(say) }
    }

    fn of_group(say: Say, group: GroupId, epoch: Epoch) -> Gist {
        Gist { group: Some(group), ..Gist::of_epoch(say, epoch) }
    }

    fn of_replica(say: Say, replica: ReplicaId) -> Gist {
        Gist { replica: Some(replica), ..Gist::new(say) }
    }

    /// Whether it is an update without entries, which only carries the commit.
    pub fn is_notice(&self) -> bool {
        self.say == Say::Append && self.entries.is_empty() && self.base.is_none()
    }

    /// Returns what became of the write that a `forwarded` answers.
    pub fn outcome(&self) -> Outcome {
        self.seq.map_or(Outcome::Missing, |seq| Outcome::of(self.note, seq))
    }

    fn with_log(self, log: &LogPart) -> Gist {
        let base = log.base.as_ref().map(|base| live(base).count());
        Gist { after: Some(log.after), base, entries: log.entries.iter().map(Entry::excerpt).collect(), ..self }
    }

    fn with_positions(self, positions: &[Position]) -> Gist {
        let (told, further) = positions.split_at(positions.len().min(POSITIONS));
        Gist { positions: told.to_vec(), further: further.len(), ..self }
    }

    fn with_state(self, generation: Generation, mode: Mode, groups: usize, notes: usize) -> Gist {
        let (generation, mode) = (Some(generation), Some(mode));
        Gist { generation, mode, groups: Some(groups), notes: Some(notes), ..self }
    }
}

impl From<&Message> for Gist {
    fn from(message: &Message) -> Gist {
        match message {
            Message::Forward { operation } => forward(operation),
            Message::Forwarded { op, outcome, without } => forwarded(op, outcome, without),
            Message::Claim { group, epoch, commit, accepted, len, ask, create } => Gist {
                commit: Some(*commit),
                accepted: Some(*accepted),
                len: Some(*len),
                ask: Some(*ask),
                create: *create,
                ..Gist::of_group(Say::Claim, *group, *epoch)
            },
            Message::Promise { group, epoch, accepted, commit, log, below } => {
                let (accepted, commit) = (Some(*accepted), Some(*commit));
                let gist = Gist::of_group(Say::Promise, *group, *epoch).with_log(log).with_positions(below);
                Gist { accepted, commit, ..gist }
            }
            Message::Nack { group, epoch, promised } => {
                Gist { promised: Some(*promised), ..Gist::of_group(Say::Nack, *group, *epoch) }
            }
            Message::Append { group, epoch, install, log, commit, everywhere, without, .. } => {
                let (commit, everywhere, without) = (Some(*commit), Some(*everywhere), without.clone());
                let gist = Gist::of_group(Say::Append, *group, *epoch).with_log(log);
                Gist { install: *install, commit, everywhere, without, ..gist }
            }
            Message::Ack { group, epoch, len } => Gist { len: Some(*len), ..Gist::of_group(Say::Ack, *group, *epoch) },
            Message::Behind { group, epoch, commit } => {
                Gist { commit: Some(*commit), ..Gist::of_group(Say::Behind, *group, *epoch) }
            }
            Message::Seal { epoch } => Gist::of_epoch(Say::Seal, *epoch),
            Message::Sealed { epoch, state } => sealed(*epoch, state),
            Message::Propose { proposal } => propose(proposal),
            Message::Accepted { epoch } => Gist::of_epoch(Say::Accepted, *epoch),
            Message::Enter { epoch, next, mode, groups } => {
                let notes = groups.iter().map(|(_, group)| held(group)).sum();
                Gist::of_epoch(Say::Enter, *epoch).with_state(*next, *mode, groups.len(), notes)
            }
            Message::Entered { epoch } => Gist::of_epoch(Say::Entered, *epoch),
            Message::Probe => Gist::new(Say::Probe),
            Message::ProbeOk => Gist::new(Say::ProbeOk),
            Message::Suspect { replica } => Gist::of_replica(Say::Suspect, *replica),
            Message::SuspectOk { replica } => Gist::of_replica(Say::SuspectOk, *replica),
            Message::ReadIndex { group, .. } => Gist { group: *group, ..Gist::new(Say::ReadIndex) },
            Message::ReadIndexOk { positions, .. } => Gist::new(Say::ReadIndexOk).with_positions(positions),
            Message::Recover { .. } => Gist::new(Say::Recover),
            Message::Recovery { state, .. } => recovery(state.as_ref()),
        }
    }
}

fn forward(operation: &Operation) -> Gist {
    let (method, content) = match &operation.command {
        Command::List | Command::Read(_) => (Method::Get, None),
        Command::Create(note) => (Method::Post, Some(note.excerpt())),
        Command::Replace(_, note) => (Method::Put, Some(note.excerpt())),
        Command::Change(_, note) => (Method::Patch, Some(note.excerpt())),
        Command::Delete(_) => (Method::Delete, None),
    };
    Gist {
        op: Some(operation.op.clone()),
        ack: Some(operation.ack),
        method: Some(method),
        note: operation.command.note(),
        content,
        ..Gist::new(Say::Forward)
    }
}

fn forwarded(op: &OpId, outcome: &Outcome, without: &[ReplicaId]) -> Gist {
    let (note, seq) = match outcome {
        Outcome::Done { note, seq } => (Some(*note), Some(*seq)),
        Outcome::Missing => (None, None),
    };
    Gist { op: Some(op.clone()), note, seq, without: without.to_vec(), ..Gist::new(Say::Forwarded) }
}

fn sealed(epoch: Epoch, state: &SealedState) -> Gist {
    let notes = state.groups.iter().map(|(.., group)| live(group).count()).sum();
    Gist::of_epoch(Say::Sealed, epoch).with_state(state.generation, state.mode, state.groups.len(), notes)
}

fn propose(proposal: &Proposal) -> Gist {
    let notes = proposal.groups.iter().map(|(_, group)| live(group).count()).sum();
    let gist = Gist::of_epoch(Say::Propose, proposal.epoch);
    gist.with_state(proposal.next, proposal.mode, proposal.groups.len(), notes)
}

fn recovery(state: Option<&Durable>) -> Gist {
    let gist = Gist::new(Say::Recovery);
    let Some(state) = state else { return gist };
    let notes = state.groups.values().map(held).sum();
    gist.with_state(state.generation, state.mode, state.groups.len(), notes)
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// Returns the notes of a snapshot that are not deleted.
fn live(snapshot: &Snapshot) -> impl Iterator<Item = NoteId> {
    snapshot.notes.iter().filter(|(_, version)| version.note.is_some()).map(|(id, _)| *id)
}

/// Counts the notes of a group that are not deleted.
fn held(group: &DurableGroup) -> usize {
    let mut notes: BTreeSet<NoteId> = live(&group.base).collect();
    for entry in &group.log {
        match &entry.version {
            Some(version) if version.note.is_some() => notes.insert(entry.note),
            Some(_) => notes.remove(&entry.note),
            None => false,
        };
    }
    notes.len()
}

#[cfg(test)]
mod tests;
