//! Requests to the cluster: the composed one, and the switch of the mode. Behind the cut ([`super::later`]).

use shared::config::Mode;

use super::actions::Model;
use crate::source::client::{self, Answer};

impl Model {
    /// Sends the composed request and takes in what came of it.
    pub async fn send_now(self) {
        let answer = client::send(self.draft.get_untracked(), &self.session.get_untracked()).await;
        self.sending.set(false);
        if let Some(seen) = answer.as_ref().ok().and_then(|answer| answer.session.as_ref()) {
            self.session.update(|session| session.merge(seen));
        }
        if let Some(id) = answer.as_ref().ok().and_then(Answer::created) {
            self.draft.update(|draft| draft.note = id);
        }
        self.answer.set(Some(answer));
    }

    /// Asks for a mode, and then for the one that was asked for meanwhile.
    pub async fn switch_now(self, mode: Mode) {
        let mut wanted = mode;
        loop {
            let switched = client::switch(wanted).await;
            if switched.is_ok() {
                self.stated_mode.set(Some(wanted));
            }
            self.notice.set(switched.err());
            match self.pending_mode.get_untracked() {
                Some(next) if next != wanted => wanted = next,
                Some(_) | None => break,
            }
        }
        self.pending_mode.set(None);
    }
}
