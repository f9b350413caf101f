//! What people and the server do to the page's state.

use std::time::Duration;

use crate::prelude::*;
use shared::api::{AliveFrame, SnapshotFrame};
use shared::config::Mode;
use shared::event::EventKind;
use shared::id::TraceId;
use shared::request::Method;
use shared::session::Session;
use shared::view::Scene;
use web_sys::UrlSearchParams;

use super::later::{self, Work};
use crate::compare::Contest;
use crate::components::files::{Job, Made};
use crate::components::saved::Saved;
use crate::components::side::Tab;
use crate::connection::Connection;
use crate::derived::{Derived, Held};
use crate::diagram::Options;
use crate::draft::Draft;
use crate::export::{self, Format, Scope};
use crate::focus::Focus;
use crate::kept::Kept;
use crate::lang::{self, en, kept};
use crate::playback::pills::PillKey;
use crate::playback::{Action, Playback};
use crate::source::batch::Batch;
use crate::source::client::Answer;
use crate::source::live::{Live, Said};
use crate::source::{build, clipboard, download};
use crate::theme::Look;
use crate::values::{effect, spawn};

/// The values that are set by hand; all others are derived from them.
#[derive(Clone, Copy)]
pub struct Model {
    /// The log and the cursor.
    pub playback: Held<Playback>,
    /// What does not change while the server runs; `None` before it was heard.
    pub scene: Held<Option<Scene>>,
    /// The connection.
    pub connection: Held<Connection>,
    /// The message whose details are open.
    pub selected: Held<Option<PillKey>>,
    /// What is pointed at.
    pub focus: Held<Option<Focus>>,
    /// How the diagram is shown.
    pub diagram: Held<Options>,
    /// The open tab.
    pub tab: Held<Tab>,
    /// A word beside the controls of time, until the cursor moves: what there is none of.
    pub hint: Held<Option<&'static str>>,
    /// A sentence about something that was not done, as [`kept`] returns it.
    pub notice: Held<Option<String>>,
    /// The mode that was asked for last and has not come yet.
    pub pending_mode: Held<Option<Mode>>,
    /// The comparison of both protocols.
    pub contest: Held<Contest>,
    /// The mode that the server answered a switch with, until the feed tells of the next configuration.
    pub stated_mode: Held<Option<Mode>>,
    /// The request that this page was opened for, until it is found.
    pub sought: Held<Option<TraceId>>,
    /// The request being composed.
    pub draft: Held<Draft>,
    /// Whether it is under way.
    pub sending: Held<bool>,
    /// What the server asks presenters for before they use the gate; `None` while it has not asked.
    pub token: Held<Option<String>>,
    /// What this page has seen and written, as the replies have told.
    pub session: Held<Session>,
    /// What came of the last one.
    pub answer: Held<Option<Result<Answer, String>>>,
    /// What was copied just now.
    pub copied: Held<Option<String>>,
    /// The curl lines of what this page has asked of the server, the latest first.
    pub by_hand: Held<Vec<String>>,
    /// What is searched for, as it was typed; `None` while nothing is.
    pub asked: Held<Option<String>>,
    /// Whether the list of all commands is open.
    pub palette: Held<bool>,
    /// Whether it was opened for the keys.
    pub keys: Held<bool>,
    /// How the page looks.
    pub look: Look,
    /// The stream; `None` while a saved run is shown.
    pub live: Kept<Option<Live>>,
    /// The saved run that is shown.
    pub saved: Held<Option<Saved>>,
    /// Whether the Files dialog is open.
    pub files: Held<bool>,
    /// Whether it is open what the guarantee means.
    pub guarantee: Held<bool>,
    /// Whether the settings are open.
    pub settings: Held<bool>,
    /// What came of the last thing that was asked of it.
    pub made: Held<Made>,
    /// What is asked of it next.
    pub job: Held<Option<Job>>,
    /// Whether a file is being dragged over the page.
    pub dropping: Held<bool>,
}

impl Model {
    /// The page before anything was heard.
    pub fn new() -> Model {
        let sought = sought();
        Model {
            playback: Held::new(Playback::default()),
            scene: Held::new(None),
            connection: Held::new(Connection::default()),
            selected: Held::new(None),
            focus: Held::new(None),
            diagram: Held::new(Options::default()),
            tab: Held::new(Tab::Steps),
            hint: Held::new(None),
            notice: Held::new(sought.as_ref().err().map(|why| (*why).to_owned())),
            pending_mode: Held::new(None),
            contest: Held::new(Contest::default()),
            stated_mode: Held::new(None),
            sought: Held::new(sought.unwrap_or_default()),
            draft: Held::new(Draft::default()),
            token: Held::new(None),
            session: Held::new(Session::default()),
            sending: Held::new(false),
            answer: Held::new(None),
            copied: Held::new(None),
            by_hand: Held::new(Vec::new()),
            asked: Held::new(None),
            palette: Held::new(false),
            keys: Held::new(false),
            look: Look::restore(),
            live: Kept::new(None),
            saved: Held::new(None),
            files: Held::new(false),
            guarantee: Held::new(false),
            settings: Held::new(false),
            made: Held::new(Made::default()),
            job: Held::new(None),
            dropping: Held::new(false),
        }
    }

    /// Opens the Files dialog; `job` is done as soon as it is there.
    pub fn open_files(self, job: Option<Job>) {
        self.made.set(Made::default());
        self.job.set(job);
        self.files.set(true);
    }

    /// Moves the cursor.
    pub fn act(self, action: Action) {
        self.hint.set(None);
        self.playback.update(|playback| playback.command(action));
    }

    /// Opens a message's details, and stops time to read them.
    pub fn select(self, key: PillKey) {
        self.act(Action::Pause);
        self.selected.set(Some(key));
        self.tab.set(if self.is_gated() { Tab::Gate } else { Tab::Message });
    }

    /// Opens the diagram; open, it is laid over the stage or taken back. On a projector it is there or it is not.
    pub fn open_diagram(self) {
        let is_open = self.tab.get_untracked() == Tab::Diagram;
        if is_open && self.look.is_projector() {
            self.tab.set(Tab::Steps);
        } else if is_open {
            self.diagram.update(|options| options.wide = !options.wide);
        } else {
            self.tab.set(Tab::Diagram);
        }
    }

    /// Saves what happened as a file for other programs.
    pub fn export(self, scope: Scope, format: Format) {
        let replicas = self.scene.read_untracked().as_ref().map_or(0, |scene| scene.replicas.len());
        let text = self.playback.with_untracked(|playback| export::write(playback, replicas, scope, format));
        let (_, ending, media) = format.words();
        let failed = if text.is_empty() {
            Some(en("There is no request at the cursor to export."))
        } else {
            let saved = download::save(&["baton.", ending].concat(), media, &text);
            saved.err().map(|_| en("This browser does not save files."))
        };
        self.notice.set(failed.map(str::to_owned));
    }

    /// Closes them.
    pub fn deselect(self) {
        self.tab.set(Tab::Steps);
        self.selected.set(None);
    }

    /// Sends the composed request.
    pub fn send(self) {
        if self.refuses() {
            return;
        }
        self.sending.set(true);
        later::work(self, Work::Send);
    }

    /// Creates a first note.
    pub fn create_first(self) {
        self.draft.set(Draft { method: Method::Post, ..Draft::default() });
        self.send();
    }

    /// Asks for a mode; of those asked for while a switch is under way, the last is asked for next.
    pub fn switch(self, mode: Mode) {
        if self.refuses() {
            return;
        }
        let under_way = self.pending_mode.get_untracked().is_some();
        self.pending_mode.set(Some(mode));
        if under_way {
            return;
        }
        later::work(self, Work::Switch(mode));
    }

    /// Says why what was asked for cannot be done.
    pub fn give_up(self, work: &Work, why: &str) {
        if why == build::GONE {
            self.set_older(true);
        }
        match work {
            Work::Send => {
                self.sending.set(false);
                self.answer.set(Some(Err(why.to_owned())));
            }
            Work::Switch(_) => self.pending_mode.set(None),
            Work::TurnGate(_) | Work::Handle(..) | Work::OpenGiven(_) | Work::OpenFile(_) => {}
        }
        self.notice.set(Some(why.to_owned()));
    }

    /// Puts text on the clipboard.
    pub fn copy(self, text: String) {
        spawn(async move {
            if !clipboard::copy(&text).await {
                self.notice.set(Some(kept("This browser does not let pages copy; select the line yourself.", &[])));
                return;
            }
            self.copied.set(Some(text.clone()));
            let forget = move || {
                if self.copied.get_untracked().as_ref() == Some(&text) {
                    self.copied.set(None);
                }
            };
            set_timeout(forget, Duration::from_millis(1_500));
        });
    }

    /// Shows the picture that came, and what will follow it. A run at which time stands still stays: somebody looks at it.
    fn join(self, frame: SnapshotFrame) {
        if self.keeps() {
            return;
        }
        let SnapshotFrame { seq, latest, scene, view } = frame;
        self.saved.set(None);
        self.connection.update(|connection| connection.joined(seq));
        self.selected.set(None);
        self.tab.update(|tab| *tab = if *tab == Tab::Message { Tab::Steps } else { *tab });
        self.playback.update(|playback| playback.reset(view, latest));
        self.scene.set(Some(scene));
        self.stated_mode.set(None);
    }

    /// Stops time at the request that this page was opened for, once the log has it.
    pub(super) fn find(self) {
        let sought = self.sought.get_untracked();
        let begin = sought.and_then(|trace| self.playback.with_untracked(|playback| playback.begin_of(&trace)));
        if let Some(stop) = begin {
            self.sought.set(None);
            self.notice.set(None);
            self.act(Action::Seek(stop));
        }
    }

    pub(super) fn hear(self, said: Said) {
        if let Said::Alive(AliveFrame { page: Some(served) }) = &said {
            self.set_older(build::is_older_than(served));
        }
        if self.connection.with_untracked(Connection::is_kept) {
            return self.hang_up();
        }
        match said {
            Said::Alive(_) => self.connection.update(Connection::alive),
            Said::Snapshot(frame) => self.join(*frame),
            Said::Events(Batch { events, through, unread }) => {
                let taken = self.connection.try_update(|connection| connection.take(events, through));
                let new = taken.flatten().unwrap_or_default();
                if new.iter().any(|event| matches!(event.kind, EventKind::Began { .. })) {
                    self.stated_mode.set(None);
                }
                self.playback.update(|playback| playback.push_all(new));
                self.find();
                if let Some(reason) = unread {
                    self.cannot_read(&reason);
                }
            }
            Said::Gone => self.notice.set(Some(NOT_HERE.to_owned())),
            Said::Missed(count) => self.connection.update(|connection| connection.missed(count)),
            Said::Bye => self.connection.update(Connection::ended),
            Said::Broke | Said::Silent(_) if self.is_saved() => self.stay(),
            Said::Resting => self.connection.update(Connection::rested),
            Said::Silent(seconds) => self.connection.update(|connection| connection.silent(seconds)),
            Said::Broke => self.connection.update(Connection::broke),
            Said::Unreadable(reason) => {
                self.connection.update(Connection::unreadable);
                self.cannot_read(&reason);
            }
        }
    }

    fn cannot_read(self, reason: &str) {
        let words =
            kept("The server sent data that this page cannot read; reload it. ({reason})", &[("reason", reason)]);
        self.notice.set(Some(words));
    }
}

/// Said when the request that this page was opened for is not remembered.
const NOT_HERE: &str = en(
    "The server no longer keeps that request: it keeps only the latest events, and none from before its last start. \
     This is the present.",
);

/// How many events of the past the page begins with.
const PAST: u32 = 3_000;

/// Returns the stream to open: from the request on that this page was opened for, else with the latest past.
pub(super) fn stream(sought: Option<TraceId>) -> String {
    match sought {
        Some(trace) => format!("/events?trace={}", String::from(js_sys::encode_uri_component(&trace.0))),
        None => format!("/events?last={PAST}"),
    }
}

/// Returns the request that this page was opened for (`?trace=…`), if any.
fn sought() -> Result<Option<TraceId>, &'static str> {
    let query = window().location().search().ok();
    let trace = query.and_then(|query| UrlSearchParams::new_with_str(&query).ok()?.get("trace"));
    named(&trace.unwrap_or_default())
}

/// Returns the request that a link names, if it names one.
fn named(trace: &str) -> Result<Option<TraceId>, &'static str> {
    // Blanks come along when a link is copied.
    match trace.trim() {
        "" => Ok(None),
        name => TraceId::named(name).map(Some).ok_or(DAMAGED),
    }
}

const DAMAGED: &str =
    en("The link to this page is damaged: no request has this id. Copy it again. This is the present.");

/// Listens to the server until the page is gone, or shows the run that came with the page.
#[allow(clippy::large_types_passed_by_value, reason = "handles of signals, copied everywhere")]
pub fn listen(model: Model) {
    lang::restore();
    let still = Derived::new(move |_| model.look.is_still());
    effect(move || {
        let still = still.get();
        model.playback.update(|playback| playback.set_still(still));
    });
    super::restart::follow(model);
    super::saved::begin(model);
    on_cleanup(move || {
        model.live.set(None);
    });
}

/// Opens the page anew.
pub fn reload() {
    // Fails only where a page may not navigate at all.
    let _ = window().location().reload();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_names_no_request_is_damaged_and_blanks_around_a_name_are_not() {
        let request = Ok(Some(TraceId("73d7-3".to_owned())));
        assert_eq!([named("73d7-3"), named("73d7-3 "), named("\n73d7-3")], [request.clone(), request.clone(), request]);
        assert_eq!([named(""), named(" ")], [Ok(None), Ok(None)]);
        for damaged in ["73d7 3", "🎉", &"7".repeat(300)] {
            assert_eq!(named(damaged), Err(DAMAGED), "{damaged}");
        }
    }
}
