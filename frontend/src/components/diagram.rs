//! The space-time diagram: the rows that are in sight, drawn as one picture, with a list of the events for the keyboard
//! and for those who listen.
//!
//! What is drawn follows from the log in [`crate::diagram`]; here are only the browser's own: the size, the scroll
//! position, the keys. Pointing is heard by the whole page at once, by what elements say of themselves.

use crate::prelude::*;
use leptos::html::Div;
use web_sys::{KeyboardEvent, MouseEvent};

use super::diagram_bar::DiagramBar;
use super::diagram_drawing::Drawing;
use super::diagram_order::DiagramOrder;
use crate::derived::{Call, Derived, Held, Value};
use crate::diagram::draw::{self, HEAD};
use crate::diagram::rows::Rows;
use crate::diagram::scene::{Frame, PITCH, Scene};
use crate::diagram::{Clocks, Options, lanes};
use crate::export::{Format, Scope};
use crate::fixed::px;
use crate::focus::Focus;
use crate::lang::t;
use crate::observe::{closest, composes, observe_size};
use crate::playback::{Action, Playback};
use crate::screen::{Screen, Size};
use crate::values::{shown, text, word};

/// How many rows are drawn at once beyond those in sight, and by how many the drawn part moves.
const SPARE: u64 = 16;
/// An arrow may end so many rows below the drawn part and is still drawn to its end.
const BELOW: u64 = 400;
/// Where in sight the cursor is kept while time runs, from the top.
const KEPT: f64 = 0.7;

/// What the diagram shows and what it tells of.
#[derive(Clone, Copy)]
pub struct Parts {
    /// What is shown.
    pub screen: Screen,
    /// The log and the cursor.
    pub playback: Value<Playback>,
    /// How many replicas there are.
    pub replicas: Value<usize>,
    /// How it is shown.
    pub options: Held<Options>,
    /// What is pointed at.
    pub focus: Held<Option<Focus>>,
    /// Does what was asked.
    pub on_action: Call<Action>,
    /// Saves a file.
    pub on_export: Call<(Scope, Format)>,
}

/// How many rows there are, how many were let go, and how many lie before the cursor.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// All of them.
    pub count: u64,
    gone: u64,
    /// Those before the cursor.
    pub cursor: u64,
    joins: u64,
}

/// What is drawn.
#[derive(Clone, Copy)]
struct Sight {
    parts: Parts,
    scroller: NodeRef<Div>,
    size: Held<Size>,
    top: Held<f64>,
    /// Whether the cursor is kept in sight.
    follows: Held<bool>,
    /// The event that the arrow keys have reached.
    active: Held<Option<u64>>,
    tally: Derived<Tally>,
    frame: Derived<Frame>,
    scene: Derived<Scene>,
}

/// Shows the diagram.
#[component]
pub fn Diagram(
    /// What it shows.
    parts: Parts,
) -> impl IntoView {
    let sight = Sight::new(parts);
    let Sight { scroller, size, active, scene, frame, tally, .. } = sight;
    // What is taken away while it has the focus does not lose it first.
    on_cleanup(move || sight.leave());
    observe_size(scroller, move |width, height, unit| size.set(Size { width, height, unit }));
    sight.follow();
    let is_empty = move || sight.tally.get().count == 0;
    let heads = text(move || draw::heads(&sight.frame.read()));
    let reached = text(move || active.get().map_or_else(String::new, |place| format!("ev-{place}")));
    view! {
        <div class="diagram" class:wide=move || parts.options.get().wide data-testid="diagram">
            <DiagramBar parts />
            <svg class="diagram-heads" aria-hidden="true" height=text(move || px(HEAD * size.get().unit)) inner_html=heads></svg>
            {shown(is_empty, || view! { <p class="hint">{t("No event yet. Each event will be a row here, each message an arrow.")}</p> }.into_any())}
            <div
                class="diagram-rows"
                data-testid="diagram-rows"
                node_ref=scroller
                role=word(move || if is_empty() { "group" } else { "listbox" })
                tabindex="0"
                aria-label=t("Events, earliest first")
                aria-activedescendant=reached
                on:scroll=move |_| sight.scrolled()
                on:click=move |event| sight.press(&event)
                on:keydown=move |event| sight.key(&event)
                on:focus=move |_| sight.enter()
                on:blur=move |_| sight.leave()
            >
                <Drawing parts scene frame tally />
            </div>
            <DiagramOrder parts />
        </div>
    }
}

#[allow(clippy::cast_precision_loss, reason = "pixels")]
pub(super) fn rows_height(frame: &Frame, rows: u64) -> f64 {
    rows as f64 * frame.row_height()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels, not negative")]
fn row_at(y: f64, row_height: f64) -> u64 {
    (y.max(0.0) / row_height.max(1.0)).floor() as u64
}

fn rows_of(options: Options) -> Rows {
    if options.silent { Rows::All } else { Rows::Pictured }
}

/// Below this width of a diagram, in units of type, the words are only said.
const WORDS: f64 = 46.0;

/// Returns the frame of a diagram of this size: the lanes, and room beside them for clocks and words. A vector that is
/// longer than that takes two lines.
#[allow(clippy::cast_precision_loss, reason = "at most eleven")]
fn frame(size: Size, replicas: usize, clocks: Clocks) -> Frame {
    let lanes = lanes(replicas);
    let count = lanes.len() as f64;
    let unit = size.unit.max(1.0);
    let beside = match clocks {
        Clocks::None => 0.0,
        Clocks::Lamport => 3.4,
        Clocks::Vector => 2.4 + (count - 1.0) * 1.45,
    } * unit;
    let width = if size.width > WORDS * unit {
        (count * 6.2 * unit).min(size.width * 0.5)
    } else {
        (size.width - beside).max(size.width * 0.5)
    };
    Frame { lanes, width, unit }
}

impl Sight {
    fn new(parts: Parts) -> Sight {
        let Parts { playback, options, replicas, .. } = parts;
        let (size, top) = (Held::new(Size::default()), Held::new(0.0));
        let tally = Derived::new(move |_| {
            let rows = rows_of(options.get());
            playback.with(|playback| {
                let log = playback.log();
                let cursor = rows.before(log, playback.place());
                Tally { count: rows.count(log), gone: rows.gone(log), cursor, joins: playback.joins() }
            })
        });
        let frame = Derived::new(move |_| frame(size.get(), replicas.get(), options.get().clocks));
        let drawn = Derived::new(move |_| {
            let row_height = frame.read().row_height();
            let first = (row_at(top.get(), row_height) / SPARE).saturating_sub(1) * SPARE;
            let end = first + row_at(size.get().height, row_height) / SPARE * SPARE + 4 * SPARE;
            let Tally { count, gone, joins, .. } = tally.get();
            (first, end, count.min(end + BELOW), gone, joins)
        });
        let scene = Derived::new(move |_| {
            let (first, end, ..) = drawn.get();
            parts.screen.findings.track();
            let rows = rows_of(options.get());
            playback.with_untracked(|playback| Scene::new(playback, &rows, frame.get(), first..end))
        });
        let (follows, active) = (Held::new(true), Held::new(None));
        Sight { parts, scroller: NodeRef::new(), size, top, follows, active, tally, frame, scene }
    }

    /// Keeps the cursor in sight, until somebody scrolls by hand; from the next step on again.
    fn follow(self) {
        let Sight { parts, tally, follows, .. } = self;
        let status = parts.screen.status;
        let moved = Derived::new(move |_| (status.read().playing, status.read().stop));
        Effect::new(move |before: Option<(bool, u64)>| {
            let now = moved.get();
            if before.is_some_and(|before| if now.0 { !before.0 } else { before != now }) {
                follows.set(true);
            }
            now
        });
        Effect::new(move |gone: Option<u64>| {
            let tally = tally.get();
            self.size.track();
            let let_go = tally.gone - gone.unwrap_or(tally.gone).min(tally.gone);
            let playing = moved.get_untracked().0;
            // In the next frame the diagram may be gone.
            request_animation_frame(move || match follows.try_get_untracked() {
                Some(true) => self.show(tally.cursor.saturating_sub(1), playing),
                Some(false) if let_go > 0 => {
                    self.scroll_to(self.top.get_untracked() - rows_height(&self.frame.read_untracked(), let_go));
                }
                Some(false) | None => {}
            });
            tally.gone
        });
    }

    /// Scrolls so that a row is in sight; while time runs, where there is room below it.
    fn show(self, row: u64, playing: bool) {
        let Some(top) = self.top.try_get_untracked() else { return };
        let (frame, height) = (self.frame.read_untracked(), self.size.get_untracked().height);
        let (y, room) = (frame.y(row), frame.row_height() * 1.5);
        let low = if playing { height * KEPT } else { height - room };
        if y - top > low {
            self.scroll_to(y - low);
        } else if y - top < room {
            self.scroll_to(y - height / 2.0);
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "pixels")]
    fn scroll_to(self, top: f64) {
        if let Some(scroller) = self.scroller.try_get_untracked().flatten() {
            scroller.set_scroll_top(top.max(0.0) as i32);
            self.top.set(f64::from(scroller.scroll_top()));
        }
    }

    /// A scroll that is not where this component has put it is a hand's.
    fn scrolled(self) {
        let Some(scroller) = self.scroller.get_untracked() else { return };
        let top = f64::from(scroller.scroll_top());
        let is_resized = (f64::from(scroller.client_height()) - self.size.get_untracked().height).abs() > 0.5;
        if is_resized {
            return;
        }
        if (top - self.top.get_untracked()).abs() > 1.5 {
            self.follows.set(false);
            self.top.set(top);
        }
    }

    fn press(self, event: &MouseEvent) {
        let Some(place) = closest(event.target(), "[data-place]") else { return };
        if let Some(place) = place.get_attribute("data-place").and_then(|place| place.parse().ok()) {
            self.choose(place, event.shift_key() || self.parts.options.get_untracked().picking);
        }
    }

    /// Goes to an event, or picks it.
    fn choose(self, place: u64, pick: bool) {
        if pick {
            self.parts.options.update(|options| options.pick(place));
            return;
        }
        let stop = self.parts.playback.with_untracked(|playback| playback.log().entry(place).map(|entry| entry.stops));
        if let Some(stop) = stop {
            self.parts.on_action.run(Action::Seek(stop));
        }
    }

    /// The keyboard begins at the cursor.
    fn enter(self) {
        if self.active.get_untracked().is_none() {
            self.reach(self.tally.get_untracked().cursor.saturating_sub(1));
        }
    }

    /// What the keyboard pointed at is pointed at no longer.
    fn leave(self) {
        let reached = self.active.try_get_untracked().flatten().map(Focus::Event);
        self.active.set(None);
        if reached.is_some() && self.parts.focus.get_untracked() == reached {
            self.parts.focus.set(None);
        }
    }

    fn key(self, event: &KeyboardEvent) {
        if event.ctrl_key() || event.meta_key() || event.alt_key() || composes(event) {
            return;
        }
        let Tally { count, cursor, .. } = self.tally.get_untracked();
        let page = row_at(self.size.get_untracked().height, PITCH * self.size.get_untracked().unit).max(2) - 1;
        let here = self.reached().unwrap_or(cursor);
        match event.key().as_str() {
            "ArrowDown" => self.reach(here + 1),
            "ArrowUp" => self.reach(here.saturating_sub(1)),
            "PageDown" => self.reach(here + page),
            "PageUp" => self.reach(here.saturating_sub(page)),
            "Home" => self.reach(0),
            "End" => self.reach(count),
            "Enter" => self.choose_reached(false),
            "m" | "M" => self.choose_reached(true),
            "Escape" if self.parts.options.get_untracked().compares() => {
                self.parts.options.update(Options::end_comparison);
            }
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    }

    fn choose_reached(self, pick: bool) {
        if let Some(place) = self.active.get_untracked() {
            self.choose(place, pick);
        }
    }

    fn reached(self) -> Option<u64> {
        let rows = rows_of(self.parts.options.get_untracked());
        let place = self.active.get_untracked()?;
        self.parts.playback.with_untracked(|playback| rows.of(playback.log(), place))
    }

    /// Moves the keyboard to a row, or to the last one.
    fn reach(self, row: u64) {
        let row = row.min(self.tally.get_untracked().count.saturating_sub(1));
        let rows = rows_of(self.parts.options.get_untracked());
        let place = self.parts.playback.with_untracked(|playback| Some(rows.event(playback.log(), row)?.0));
        self.follows.set(false);
        self.show(row, false);
        self.active.set(place);
        self.parts.focus.set(place.map(Focus::Event));
    }
}
