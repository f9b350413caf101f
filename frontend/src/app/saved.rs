//! Saved runs: which one is shown, how it comes onto the page, and the way back to the server.

use leptos::ev;
use leptos::prelude::*;
use web_sys::File;

use super::actions::{self, Model};
use crate::by_hand;
use crate::components::saved::{NOT_LIVE, Saved};
use crate::components::side::Tab;
use crate::connection::{Connection, Link};
use crate::lang::{fill, t};
use crate::playback::Action;
use crate::run_file::{self, Moment, Remark, Run};
use crate::source::live;
use crate::source::saved::{self, Given};
use crate::values::spawn;

impl Model {
    /// Whether a saved run is shown.
    pub fn is_saved(self) -> bool {
        self.connection.with_untracked(|connection| connection.link == Link::Saved)
    }

    /// Whether there is no cluster to ask anything of; says so.
    pub fn refuses(self) -> bool {
        let saved = self.is_saved();
        if saved {
            self.notice.set(Some(t(NOT_LIVE).to_owned()));
        }
        saved
    }

    /// Opens a file that a person gave. One that is no run leaves everything as it is.
    pub fn open_file(self, file: File) {
        spawn(async move {
            let Some(text) = saved::text_of(&file).await else {
                let too_large = run_file::Unusable::TooLarge.words();
                self.notice
                    .set(Some(fill("{name} was not opened. {why}", &[("name", &file.name()), ("why", &too_large)])));
                return;
            };
            match run_file::read(&text) {
                Ok((run, remarks)) => {
                    saved::forget_link();
                    self.show(run, remarks, Some(file.name()));
                }
                Err(why) => {
                    let values = [("name", file.name()), ("why", why.words())];
                    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
                    self.notice.set(Some(fill("{name} was not opened. {why}", &values)));
                }
            }
        });
    }

    /// Opens the run that came with the page, or else listens to the server.
    fn open_given(self, given: Given) {
        spawn(async move {
            let opened = match saved::open(&given).await {
                Ok(text) => run_file::read(&text).map_err(|why| why.words()),
                Err(why) => Err(t(why).to_owned()),
            };
            match opened {
                Ok((mut run, remarks)) => {
                    if let Some(seq) = given.at.filter(|seq| run.cursor.is_none_or(|cursor| cursor.seq != *seq)) {
                        run.cursor = Some(Moment { seq, past: 0 });
                    }
                    self.show(run, remarks, None);
                }
                Err(why) => {
                    self.notice.set(Some(why));
                    saved::forget_link();
                    if self.connection.with_untracked(|connection| connection.link == Link::Connecting) {
                        self.go_live();
                    }
                }
            }
        });
    }

    fn show(self, run: Run, remarks: Vec<Remark>, name: Option<String>) {
        self.live.set_value(None);
        self.connection.set(Connection::saved(run_file::missing(&run)));
        self.notice.set(None);
        self.files.set(false);
        self.selected.set(None);
        self.focus.set(None);
        self.pending_mode.set(None);
        self.stated_mode.set(None);
        self.tab.update(|tab| *tab = if *tab == Tab::Message { Tab::Steps } else { *tab });
        self.saved.set(Some(Saved { name, count: run.events.len(), partial: run.partial, remarks }));
        self.scene.set(Some(run.scene()));
        self.playback.update(|playback| {
            playback.reset(run.view, 0);
            playback.set_saved(true);
            run.events.into_iter().for_each(|event| playback.push(event));
            playback.command(Action::Pause);
            if let Some(Moment { seq, past }) = run.cursor {
                #[allow(clippy::cast_precision_loss, reason = "a moment lasts no years")]
                playback.stop_at(seq, past as f64);
            }
        });
        self.find();
    }

    /// Listens to the server. What is shown stays until that has answered.
    pub fn go_live(self) {
        let url = actions::stream(self.sought.get_untracked());
        self.live.set_value(Some(live::connect(&url, move |said| self.hear(said))));
    }

    /// Goes from a saved run back to the server.
    pub fn return_live(self) {
        saved::forget_link();
        self.tell(by_hand::of_stream(&actions::origin(), &actions::stream(self.sought.get_untracked())));
        self.go_live();
    }

    /// Keeps the saved run, because no server answered.
    pub(super) fn stay(self) {
        self.notice.set(Some(t("No server answers here: the saved run stays.").to_owned()));
        // Not now: this is said by the very stream that goes.
        spawn(async move { self.live.set_value(None) });
    }
}

/// Shows the run that came with the page, or listens to the server; a link that is put into the address later is
/// opened, too.
pub fn begin(model: Model) {
    match saved::given() {
        Some(given) => model.open_given(given),
        None => model.go_live(),
    }
    let handle = window_event_listener(ev::hashchange, move |_| {
        if let Some(given) = saved::given().filter(|given| given.linked) {
            model.open_given(given);
        }
    });
    on_cleanup(move || handle.remove());
}
