//! The gate by hand: closes and opens it, and does things with what it holds, on the cluster as it is now.

use shared::api::gate::Deed;
use shared::id::MessageId;

use super::actions::Model;
use super::later::{self, Work};
use crate::components::side::Tab;
use crate::gate::follows;
use crate::lang::en;
use crate::playback::Action;
use crate::source::client::{NEEDS_TOKEN, Refusal};

impl Model {
    /// Whether the gate is closed now, whatever the screen shows.
    pub fn is_gated(self) -> bool {
        self.playback.with_untracked(|playback| playback.log().latest().gated().next().is_some())
    }

    /// Closes the gate, or opens it.
    pub fn turn_gate(self) {
        let closed = !self.is_gated();
        self.order(Work::TurnGate(closed));
    }

    /// Lets the first message go that waits at the gate.
    pub fn deliver_next(self) {
        let next = self.playback.with_untracked(|playback| Some(playback.log().latest().held().first()?.0));
        match next {
            Some(message) => self.handle(message, Deed::Deliver),
            None => self.hint.set(Some(en("nothing waits at the gate"))),
        }
    }

    /// Does something with a message that waits at the gate.
    pub fn handle(self, message: MessageId, deed: Deed) {
        self.order(Work::Handle(message, deed));
    }

    fn order(self, work: Work) {
        if !self.refuses() {
            later::work(self, work);
        }
    }

    /// Waits for the answer; `show` says whether the gate's tab is to be open then. Behind the cut.
    pub async fn gate_now(self, asking: impl Future<Output = Result<(), Refusal>>, show: bool) {
        let follows = self.playback.with_untracked(|playback| follows(&playback.status()));
        let Err(Refusal { code, sentence }) = asking.await else {
            self.notice.set(None);
            // On a projector it would hide the stage, on which the messages are seen to wait and to leave.
            if self.look.is_projector() {
                self.tab.set(Tab::Steps);
            } else if show {
                self.tab.set(Tab::Gate);
            }
            return self.go_on(follows);
        };
        self.notice.set(Some(sentence));
        if code == NEEDS_TOKEN {
            self.token.update(|token| *token = Some(token.take().unwrap_or_default()));
            self.tab.set(Tab::Gate);
        }
    }

    /// Lets time run, when the screen followed the cluster, so that what was done is seen; else it stays at its moment.
    fn go_on(self, follows: bool) {
        if follows {
            self.act(Action::Play);
        } else {
            self.hint.set(Some(en("done on the cluster's present state")));
        }
    }
}
