//! Saved runs: which one is shown, how it comes onto the page, and the way back to the server.

use crate::prelude::*;
use leptos::ev;
use web_sys::File;

use super::actions::{self, Model};
use super::later::{self, Work};
use crate::by_hand;
use crate::components::saved::NOT_LIVE;
use crate::connection::Link;
use crate::lang::en;
use crate::source::{self, live, saved};

impl Model {
    /// Whether a saved run is shown.
    pub fn is_saved(self) -> bool {
        self.connection.with_untracked(|connection| connection.link == Link::Saved)
    }

    /// Whether there is no cluster to ask anything of; says so.
    pub fn refuses(self) -> bool {
        let saved = self.is_saved();
        if saved {
            self.notice.set(Some(NOT_LIVE.to_owned()));
        }
        saved
    }

    /// Opens a file that a person gave.
    pub fn open(self, file: File) {
        later::work(self, Work::OpenFile(file));
    }

    /// Listens to the server. What is shown stays until that has answered.
    pub fn go_live(self) {
        let url = actions::stream(self.sought.get_untracked());
        self.live.set(Some(live::connect(&url, move |said| self.hear(said))));
    }

    /// Goes from a saved run back to the server.
    pub fn return_live(self) {
        saved::forget_link();
        self.tell(by_hand::of_stream(&source::server(), &actions::stream(self.sought.get_untracked())));
        self.go_live();
    }

    /// Keeps the saved run, because no server answered.
    pub(super) fn stay(self) {
        self.notice.set(Some(en("No server answers here: the saved run stays.").to_owned()));
        self.hang_up();
    }
}

/// Shows the run that came with the page, or listens to the server; a link that is put into the address later is
/// opened, too.
pub fn begin(model: Model) {
    match saved::given() {
        Some(given) => later::work(model, Work::OpenGiven(given)),
        None => model.go_live(),
    }
    let handle = window_event_listener(ev::hashchange, move |_| {
        if let Some(given) = saved::given().filter(|given| given.linked) {
            later::work(model, Work::OpenGiven(given));
        }
    });
    on_cleanup(move || handle.remove());
}
