//! What each command does.

use super::actions::Model;
use crate::commands::Command;
use crate::components::files::Job;
use crate::lang::en;
use crate::playback::mark::Jump;
use crate::playback::{Action, Playback};

impl Model {
    /// Does what was asked for.
    pub fn run(self, command: Command) {
        let seen = |look: &dyn Fn(&Playback) -> Option<Action>| self.playback.with_untracked(look);
        let action = match command {
            Command::Toggle => Some(Action::Toggle),
            Command::Step(1) => Some(Action::StepForward),
            Command::Step(-1) => Some(Action::StepBack),
            Command::Step(by) => seen(&|playback| Some(Action::Seek(playback.beside(i64::from(by))))),
            Command::First => seen(&|playback| Some(Action::Seek(playback.status().gone))),
            Command::Live => Some(Action::Live),
            Command::Jump(jump, forward) => seen(&|playback| playback.jump(jump, forward).map(Action::Seek)),
            Command::Pace(faster) => seen(&|playback| Some(Action::Speed(playback.next_speed(faster)))),
            Command::Watchable => Some(Action::Speed(crate::playback::speed::Speed::Watchable)),
            Command::Project => {
                self.look.project();
                return;
            }
            Command::Diagram => {
                self.open_diagram();
                return;
            }
            Command::Compare => {
                self.contest.update(|contest| contest.open = true);
                return;
            }
            Command::Files => {
                self.open_files(None);
                return;
            }
            Command::Gate => {
                self.turn_gate();
                return;
            }
            Command::Deliver => {
                self.deliver_next();
                return;
            }
            Command::Link => {
                self.open_files(Some(Job::Link));
                return;
            }
        };
        match (action, command) {
            (Some(action), _) => self.act(action),
            (None, Command::Jump(jump, forward)) => self.hint.set(Some(no_more(jump, forward))),
            (None, _) => {}
        }
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
