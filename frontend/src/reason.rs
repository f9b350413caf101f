//! Why the event at the cursor happened, in words; pure, drawn behind the cut ([`crate::app`]).

use shared::event::{Event, EventKind};

use crate::causes::{self, Story};
use crate::playback::Playback;
use crate::screen::step_of;
use crate::words;

/// Why it happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The rule.
    pub why: &'static str,
    /// The chain of its causes.
    pub story: Story,
    /// The writes that were taken back, if any, by name.
    pub taken_back: Vec<String>,
}

/// Returns why the event at the cursor happened; `None` when there is none.
pub fn reason(playback: &Playback) -> Option<Reason> {
    let (place, entry) = playback.current()?;
    let (event, mode) = (&entry.event, playback.mode());
    Some(Reason {
        why: words::why(event, playback.letter(event), mode),
        story: causes::story(playback, place, step_of(event, mode)),
        taken_back: taken_back(event),
    })
}

fn taken_back(event: &Event) -> Vec<String> {
    let EventKind::RolledBack { entries, .. } = &event.kind else { return Vec::new() };
    entries.iter().map(words::entry).collect()
}
