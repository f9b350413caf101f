//! What is on the screen, as values derived from the playback; nothing here is set by hand.
//!
//! Built once by [`crate::app`], read by the components. What only a new event can change does not run again
//! while time passes.

use shared::config::Mode;
use shared::event::{Event, EventKind, Step};
use shared::id::{Node, NoteId, ReplicaId};
use shared::steplog;
use shared::view::Scene;

use crate::cards::{self, Cards};
use crate::derived::{Derived, Held, Value};
use crate::focus::{Focus, Lit};
use crate::geometry::links::Links;
use crate::geometry::{self, Layout};
use crate::kind::{Kind, step_name, step_words};
use crate::playback::pills::{self, Pill};
use crate::playback::{Entry, Playback, Status, Within};
use crate::prelude::Signal;
use crate::tokens::TokenNow;
use crate::values::{text, word};
use crate::words;

/// How long a row that changed is lit, in milliseconds of the show.
const LIT: f64 = 1_100.0;
/// How many lines of the step log are shown before and behind the cursor: as many as are in sight in the frame in which
/// the cursor has jumped, more when it stays.
const IN_SIGHT: (usize, usize) = (9, 7);
const LINES: (usize, usize) = (40, 20);
/// How many events on the cursor is somewhere else.
const FAR: u64 = 40;

/// The stage's size and that of its type, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Size {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// The size of the type.
    pub unit: f64,
}

/// The event at the cursor, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// Its place in the log.
    pub place: u64,
    /// Where it happened.
    pub node: Node,
    /// Its accent.
    pub kind: Kind,
    /// Its place in the textbook's figure.
    pub step: Option<&'static str>,
    /// What happened.
    pub what: String,
    /// The seconds since 1970 and the part of a second, in microseconds, when the server's start is known.
    pub at: u64,
}

/// One line of the step log.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its place in the log.
    pub place: u64,
    /// Its number among the events with a picture.
    pub stop: u64,
    /// `[HH:MM:SS]`
    pub time: String,
    /// The original system's words, or a sentence about a fault, of which it knew none.
    pub text: String,
    /// Whether the original system has no line for it.
    pub said: bool,
    /// Whether it tells of a fault.
    pub fault: bool,
    /// While something is searched for: how many events are folded away before it.
    pub folded: u64,
    /// Its accent.
    pub kind: Kind,
    /// The note that it is about, if any.
    pub note: Option<NoteId>,
}

impl Line {
    /// Returns the name by which it is told apart from others: from itself, too, when other events are folded away.
    pub fn name(&self) -> String {
        if self.folded == 0 { self.place.to_string() } else { format!("{}+{}", self.place, self.folded) }
    }
}

/// Everything that is shown.
#[derive(Clone, Copy)]
pub struct Screen {
    /// How often the page has joined the cluster, and the cursor's place in the log.
    pub at: Derived<(u64, u64)>,
    /// The stage's size.
    pub size: Value<Size>,
    /// The time on the show clock.
    pub time: Derived<f64>,
    /// Whether anything moves.
    pub moving: Derived<bool>,
    /// What the controls show.
    pub status: Derived<Status>,
    /// The mode at the cursor.
    pub mode: Derived<Mode>,
    /// The mode at the end of the log.
    pub live_mode: Derived<Mode>,
    /// Where things stand.
    pub layout: Derived<Layout>,
    /// The ways between them.
    pub links: Derived<Links>,
    /// The replicas.
    pub cards: Derived<Cards>,
    /// The messages under way.
    pub pills: Derived<Vec<Pill>>,
    /// The notes that have just changed.
    pub changed: Derived<Vec<(ReplicaId, NoteId)>>,
    /// The event at the cursor.
    pub moment: Derived<Option<Moment>>,
    /// Where the cursor is in its request.
    pub within: Derived<Option<Within>>,
    /// The step log around the cursor.
    pub lines: Derived<Vec<Line>>,
    /// Where the cursor rested last.
    pub settled: Held<u64>,
    /// Whether the cursor is far from there: it has jumped, and what is not seen at once can wait.
    pub jumped: Derived<bool>,
    /// What is found changes with this.
    pub findings: Derived<(u64, usize)>,
    /// The place of the line at the cursor.
    pub lit: Derived<Option<u64>>,
    /// The token of the note at hand.
    pub token: Derived<TokenNow>,
    /// What lights up with what is pointed at.
    pub pointed: Derived<Lit>,
}

impl Screen {
    /// Derives the screen.
    pub fn new(
        playback: Held<Playback>,
        scene: Value<Option<Scene>>,
        size: Value<Size>,
        focus: Value<Option<Focus>>,
    ) -> Screen {
        let count = Derived::new(move |_| scene.read().as_ref().map_or(0, |scene| scene.replicas.len()));
        let started = Derived::new(move |_| scene.read().as_ref().map_or(0, |scene| scene.started));
        let at = Derived::new(move |_| playback.with(|playback| (playback.joins(), playback.place())));
        let end = Derived::new(move |_| playback.with(|playback| (playback.joins(), playback.log().end_place())));
        let layout = Derived::new(move |_| {
            let Size { width, height, unit } = size.get();
            geometry::layout(width, height, unit.max(1.0), count.get())
        });
        let findings = Derived::new(move |_| playback.with(Playback::findings));
        let settled = Held::new(0);
        let jumped = Derived::new(move |_| at.get().1.abs_diff(settled.get()) > FAR);
        let lines = Derived::new(move |_| {
            end.track();
            findings.track();
            let span = if jumped.get() { IN_SIGHT } else { LINES };
            playback.with_untracked(|playback| lines(playback, started.get(), span))
        });
        // While time passes and nothing happens, the same messages are under way.
        let passing = Derived::new(move |_| playback.with(pills::passing));
        let pointed = Derived::new(move |_| playback.with_untracked(|playback| Lit::of(focus.get(), playback)));
        Screen {
            at,
            time: Derived::new(move |_| playback.with(Playback::time)),
            moving: Derived::new(move |_| playback.with(Playback::is_moving)),
            status: Derived::new(move |_| playback.with(Playback::status)),
            mode: Derived::new(move |_| {
                at.track();
                playback.with_untracked(Playback::mode)
            }),
            live_mode: Derived::new(move |_| {
                end.track();
                playback.with_untracked(Playback::live_mode)
            }),
            links: Derived::new(move |_| Links::new(&layout.read())),
            cards: Derived::new(move |_| {
                at.track();
                playback.with_untracked(|playback| {
                    cards::cards(playback.picture(), count.get(), layout.read().rows, playback.note_at_hand())
                })
            }),
            pills: Derived::new(move |_| {
                at.track();
                end.track();
                passing.track();
                playback.with_untracked(pills::pills)
            }),
            changed: Derived::new(move |_| playback.with(changed)),
            moment: Derived::new(move |_| {
                at.track();
                playback.with_untracked(moment)
            }),
            within: Derived::new(move |_| {
                at.track();
                end.track();
                playback.with_untracked(Playback::within)
            }),
            lit: Derived::new(move |_| {
                let (_, place) = at.get();
                lines.read().iter().rev().find(|line| line.place < place).map(|line| line.place)
            }),
            token: Derived::new(move |_| {
                at.track();
                playback.with_untracked(|playback| TokenNow::of(&pointed.read(), playback))
            }),
            pointed,
            findings,
            layout,
            lines,
            settled,
            jumped,
            size,
        }
    }
}

impl Screen {
    /// The accent of the event at the cursor.
    pub fn accent(self) -> Signal<String> {
        word(move || self.moment.read().as_ref().map_or("quiet", |moment| moment.kind.as_str()))
    }

    /// The event at the cursor in a sentence; empty when there is none.
    pub fn what(self) -> Signal<String> {
        text(move || self.moment.read().as_ref().map_or_else(String::new, |moment| moment.what.clone()))
    }

    /// The step of the event at the cursor, as it is named among replicas; empty when it is none.
    pub fn step(self) -> Signal<String> {
        text(move || self.moment.read().as_ref().and_then(|moment| moment.step).map_or_else(String::new, step_words))
    }
}

fn moment(playback: &Playback) -> Option<Moment> {
    let (place, entry) = playback.current()?;
    let letter = playback.letter(&entry.event);
    let step = step_of(&entry.event, playback.mode());
    Some(Moment {
        place,
        node: entry.event.node,
        kind: entry.kind,
        step: step.map(step_name),
        what: words::what(&entry.event, letter),
        at: entry.event.at.0,
    })
}

/// Returns an event's step. A client's own end of a request carries none in the feed; the figures give it the first and
/// the last.
pub fn step_of(event: &Event, mode: Mode) -> Option<Step> {
    if let EventKind::ClientRequest { request } = &event.kind {
        return event.step.or(Some(pills::first_step(request.method)));
    }
    if let EventKind::ClientReply { reply } = &event.kind {
        return event.step.or(Some(pills::last_step(reply.method, mode)));
    }
    event.step
}

fn changed(playback: &Playback) -> Vec<(ReplicaId, NoteId)> {
    let recent = playback.log().entries_before(playback.place());
    let recent = recent.take_while(|(_, entry)| playback.time() - entry.show < LIT);
    recent.flat_map(|(_, entry)| changes(entry)).collect()
}

fn changes(entry: &Entry) -> Vec<(ReplicaId, NoteId)> {
    match (&entry.event.kind, entry.event.node) {
        (EventKind::Accepted { changes, .. }, Node::Replica(id)) => {
            changes.iter().map(|(note, _)| (id, *note)).collect()
        }
        _ => Vec::new(),
    }
}

fn lines(playback: &Playback, started: u64, (before, after): (usize, usize)) -> Vec<Line> {
    let log = playback.log();
    let places = match playback.found() {
        Some(found) => found.around(playback.place(), before, after, log.stops_gone()),
        None => log.lines_around(playback.place(), before, after).into_iter().map(|place| (place, 0)).collect(),
    };
    let line = |(place, folded): (u64, u64)| {
        let entry = log.entry(place)?;
        let text = steplog::line(&entry.event);
        Some(Line {
            place,
            stop: entry.stops,
            time: clock(started, entry.event.at.0),
            said: text.is_none(),
            text: text.unwrap_or_else(|| words::what(&entry.event, log.letter(&entry.event))),
            fault: words::is_fault(&entry.event.kind),
            folded,
            kind: entry.kind,
            note: entry.note,
        })
    };
    places.into_iter().filter_map(line).collect()
}

/// Returns the time of day as the panel stamps it, in UTC as the log file does.
fn clock(started: u64, at: u64) -> String {
    let second = (started + at / 1_000_000) % 86_400;
    format!("[{:02}:{:02}:{:02}]", second / 3_600, second / 60 % 60, second % 60)
}
