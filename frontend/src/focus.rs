//! What a person points at, and what lights up with it everywhere on the page.
//!
//! The stage, the steps, the diagram and the state set the focus when something of theirs is pointed at (by pointer or
//! by keyboard) and light what [`Lit`] says; none of them knows of the others.

use shared::id::{MessageId, NoteId};

use crate::playback::pills::PillKey;
use crate::playback::{Entry, Playback, message_of};

/// What is pointed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// An event, by its place in the log.
    Event(u64),
    /// A message.
    Message(MessageId),
    /// A note, everywhere it is.
    Note(NoteId),
}

/// What lights up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lit {
    /// This event.
    pub place: Option<u64>,
    /// This message, and the events of its sending and its end.
    pub message: Option<MessageId>,
    /// This note.
    pub note: Option<NoteId>,
    /// Whether all that is about the note is meant, and not only the note itself.
    pub whole_note: bool,
}

impl Lit {
    /// Returns what lights up when `focus` is pointed at.
    pub fn of(focus: Option<Focus>, playback: &Playback) -> Lit {
        match focus {
            None => Lit::default(),
            Some(Focus::Note(note)) => Lit { note: Some(note), whole_note: true, ..Lit::default() },
            Some(Focus::Message(message)) => {
                let sent = playback.log().passage(message).map(|passage| passage.sent);
                let note = sent.and_then(|place| playback.log().entry(place)?.note);
                Lit { place: sent, message: Some(message), note, whole_note: false }
            }
            Some(Focus::Event(place)) => {
                let entry = playback.log().entry(place);
                let message = entry.and_then(|entry| message_of(&entry.event.kind));
                Lit { place: Some(place), message, note: entry.and_then(|entry| entry.note), whole_note: false }
            }
        }
    }

    /// Whether this message of the stage lights up.
    pub fn has_pill(&self, key: PillKey) -> bool {
        match key {
            PillKey::Message(message) => self.message == Some(message),
            PillKey::Client(place) => self.place == Some(place),
        }
    }

    /// Whether the event at `place` lights up.
    pub fn has(&self, place: u64, entry: &Entry) -> bool {
        self.meets(place, message_of(&entry.event.kind), entry.note)
    }

    /// Whether the event at `place` lights up, which is about this message and this note.
    pub fn meets(&self, place: u64, message: Option<MessageId>, note: Option<NoteId>) -> bool {
        self.place == Some(place)
            || (message.is_some() && message == self.message)
            || (self.whole_note && self.note.is_some() && note == self.note)
    }
}
