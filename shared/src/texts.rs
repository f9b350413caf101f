//! The texts of notes inside of states, records and messages: a driver visits them to keep one copy of each, and to send
//! long ones once.

use crate::message::{LogPart, Message, Operation, Proposal, SealedState};
use crate::note::{Command, Entry, Note, Snapshot, Text, Version};
use crate::record::{Durable, DurableGroup};

/// What is done with each text; it may put an equal one in its place.
pub type Visit<'v> = &'v mut dyn FnMut(&mut Text);

/// Something with texts of notes in it.
pub trait Texts {
    /// Visits every text.
    fn each_text(&mut self, visit: Visit<'_>);
}

impl<T: Texts> Texts for Option<T> {
    fn each_text(&mut self, visit: Visit<'_>) {
        for inner in self.iter_mut() {
            inner.each_text(visit);
        }
    }
}

impl<T: Texts> Texts for [T] {
    fn each_text(&mut self, visit: Visit<'_>) {
        for inner in self.iter_mut() {
            inner.each_text(visit);
        }
    }
}

impl Texts for Note {
    fn each_text(&mut self, visit: Visit<'_>) {
        [&mut self.title, &mut self.body].into_iter().flatten().for_each(visit);
    }
}

impl Texts for Version {
    fn each_text(&mut self, visit: Visit<'_>) {
        self.note.each_text(visit);
    }
}

impl Texts for Snapshot {
    fn each_text(&mut self, visit: Visit<'_>) {
        self.notes.values_mut().for_each(|version| version.each_text(visit));
    }
}

impl Texts for Entry {
    fn each_text(&mut self, visit: Visit<'_>) {
        self.version.each_text(visit);
    }
}

impl Texts for LogPart {
    fn each_text(&mut self, visit: Visit<'_>) {
        self.base.each_text(visit);
        self.entries.each_text(visit);
    }
}

impl Texts for DurableGroup {
    fn each_text(&mut self, visit: Visit<'_>) {
        self.base.each_text(visit);
        self.log.each_text(visit);
    }
}

impl Texts for Durable {
    fn each_text(&mut self, visit: Visit<'_>) {
        self.groups.values_mut().for_each(|group| group.each_text(visit));
        self.proposed.each_text(visit);
    }
}

impl Texts for Proposal {
    fn each_text(&mut self, visit: Visit<'_>) {
        self.groups.iter_mut().for_each(|(_, base)| base.each_text(visit));
    }
}

impl Texts for SealedState {
    fn each_text(&mut self, visit: Visit<'_>) {
        self.groups.iter_mut().for_each(|(.., current)| current.each_text(visit));
        self.proposed.each_text(visit);
    }
}

impl Texts for Command {
    fn each_text(&mut self, visit: Visit<'_>) {
        match self {
            Command::Create(note) | Command::Replace(_, note) | Command::Change(_, note) => note.each_text(visit),
            Command::List | Command::Read(_) | Command::Delete(_) => {}
        }
    }
}

impl Texts for Message {
    fn each_text(&mut self, visit: Visit<'_>) {
        match self {
            Message::Forward { operation: Operation { command, .. } } => command.each_text(visit),
            Message::Promise { log, .. } | Message::Append { log, .. } => log.each_text(visit),
            Message::Sealed { state, .. } => state.each_text(visit),
            Message::Propose { proposal } => proposal.each_text(visit),
            Message::Enter { groups, .. } => groups.iter_mut().for_each(|(_, group)| group.each_text(visit)),
            Message::Recovery { state, .. } => state.each_text(visit),
            Message::Forwarded { .. }
            | Message::Claim { .. }
            | Message::Nack { .. }
            | Message::Ack { .. }
            | Message::Behind { .. }
            | Message::Seal { .. }
            | Message::Accepted { .. }
            | Message::Entered { .. }
            | Message::Probe
            | Message::ProbeOk
            | Message::Suspect { .. }
            | Message::SuspectOk { .. }
            | Message::ReadIndex { .. }
            | Message::ReadIndexOk { .. }
            | Message::Recover { .. } => {}
        }
    }
}

impl Message {
    /// Whether it carries a whole state, most of whose texts its receiver has already.
    pub fn carries_state(&self) -> bool {
        let of_base = matches!(self, Message::Promise { log, .. } | Message::Append { log, .. } if log.base.is_some());
        let of_all = matches!(self, Message::Sealed { .. } | Message::Propose { .. } | Message::Enter { .. });
        of_base || of_all || matches!(self, Message::Recovery { state: Some(_), .. })
    }
}
