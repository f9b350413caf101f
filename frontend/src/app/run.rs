//! What each command does.

use super::actions::Model;
use crate::commands::Command;
use crate::components::files::Job;
use crate::components::side::Tab;
use crate::diagram::Options;
use crate::lang::{self, en};
use crate::playback::mark::Jump;
use crate::playback::speed::Speed;
use crate::playback::{Action, Playback};
use crate::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

impl Model {
    /// Does what was asked for.
    pub fn run(self, command: Command) {
        match command {
            Command::Toggle => self.act(Action::Toggle),
            Command::Step(1) => self.act(Action::StepForward),
            Command::Step(-1) => self.act(Action::StepBack),
            Command::Step(by) => self.go(|playback| Some(playback.beside(i64::from(by))), ""),
            Command::First => self.go(|playback| Some(playback.status().gone), ""),
            Command::Live => self.act(Action::Live),
            Command::Jump(jump, forward) => self.go(|playback| playback.jump(jump, forward), no_more(jump, forward)),
            Command::Pace(faster) => {
                self.act(Action::Speed(self.playback.with_untracked(|playback| playback.next_speed(faster))));
            }
            Command::Watchable => self.act(Action::Speed(Speed::Watchable)),
            Command::Search => self.open_search(),
            Command::Found(forward) => self.go_to_match(forward),
            Command::Clear => self.clear(),
            Command::Palette => self.open_palette(false),
            Command::Keys => self.open_palette(true),
            Command::Open(tab) => self.tab.set(tab),
            Command::Project => self.look.project(),
            Command::Theme(name) => self.look.choose(name),
            Command::Calm => self.look.calm(),
            Command::Language => lang::switch(lang::other()),
            Command::Mode(mode) => self.switch(mode),
            Command::Diagram => self.open_diagram(),
            Command::Compare => self.contest.update(|contest| contest.open = true),
            Command::Files => self.open_files(None),
            Command::Gate => self.turn_gate(),
            Command::Deliver => self.deliver_next(),
            Command::Link => self.open_files(Some(Job::Link)),
        }
    }

    /// Stops at the event with this number, or says that there is none.
    fn go(self, to: impl Fn(&Playback) -> Option<u64>, none: &'static str) {
        match self.playback.with_untracked(to) {
            Some(number) => self.act(Action::Seek(number)),
            None => self.hint.set(Some(none)),
        }
    }

    /// Stops at the next match; behind the last one, at the first again.
    fn go_to_match(self, forward: bool) {
        let found = |playback: &Playback| {
            let found = playback.found()?;
            Some((found.beside(playback.beside(0), forward), found.end_of(!forward)))
        };
        let again = if forward { en("from the first match again") } else { en("from the last match again") };
        match self.playback.with_untracked(found) {
            Some((Some(number), _)) => self.act(Action::Seek(number)),
            Some((None, Some(number))) => {
                self.act(Action::Seek(number));
                self.hint.set(Some(again));
            }
            Some((None, None)) => self.hint.set(Some(en("no match"))),
            None => self.hint.set(Some(en("no search yet: press /"))),
        }
    }

    /// Opens the search; open already, it gets the focus.
    fn open_search(self) {
        if self.asked.with_untracked(Option::is_none) {
            self.asked.set(Some(String::new()));
        } else if let Ok(Some(field)) = document().query_selector("[data-testid=search]") {
            // It is a field, and fields take the focus.
            let _ = field.unchecked_into::<HtmlElement>().focus();
        }
    }

    /// Ends what is under way: the search, the comparison of two events, what hides a projector's stage.
    fn clear(self) {
        if self.asked.with_untracked(Option::is_some) {
            self.asked.set(None);
        } else if self.diagram.with_untracked(Options::compares) {
            self.diagram.update(Options::end_comparison);
        } else if self.look.is_projector() {
            self.tab.set(Tab::Steps);
        }
    }

    fn open_palette(self, for_keys: bool) {
        self.keys.set(for_keys);
        self.palette.set(true);
    }
}

/// Says that there is nothing to jump to.
fn no_more(jump: Jump, forward: bool) -> &'static str {
    match (jump, forward) {
        (Jump::Request, true) => en("no later request"),
        (Jump::Request, false) => en("no earlier request"),
        (Jump::Handoff, true) => en("no later handoff"),
        (Jump::Handoff, false) => en("no earlier handoff"),
        (Jump::Fault, true) => en("no later fault"),
        (Jump::Fault, false) => en("no earlier fault"),
        (Jump::Error, true) => en("no later error"),
        (Jump::Error, false) => en("no earlier error"),
    }
}
