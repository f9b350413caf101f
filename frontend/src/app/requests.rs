//! Every request of this page to the server, told with the curl line that does the same. Behind the cut
//! ([`super::later`]).

use shared::api::gate::Deed;
use shared::config::Mode;
use shared::id::MessageId;
use shared::session::Session;

use super::actions::Model;
use crate::by_hand;
use crate::connection::Link;
use crate::draft::Draft;
use crate::source::client::{self, Answer, Patience, Refusal};
use crate::source::deadline::{LATE, LATE_THOUGH_LIVE};
use crate::source::server;

impl Model {
    /// Sends the composed request and takes in what came of it.
    pub async fn send_now(self) {
        let answer = self.request(self.draft.get_untracked(), &self.session.get_untracked()).await;
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
            let switched = self.request_mode(wanted).await;
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

    /// Sends a composed request; `session` is what its client has seen so far.
    ///
    /// # Errors
    /// A sentence, when no reply came.
    pub(super) async fn request(self, draft: Draft, session: &Session) -> Result<Answer, String> {
        self.tell(draft.curl(&server(), session));
        client::send(draft, session, self.patience()).await
    }

    /// Asks for a mode.
    ///
    /// # Errors
    /// A sentence, when the mode was not switched.
    pub(super) async fn request_mode(self, mode: Mode) -> Result<(), String> {
        self.tell(by_hand::of_mode(&server(), mode));
        client::switch(mode, self.patience()).await
    }

    /// Closes the gate, or opens it.
    ///
    /// # Errors
    /// When that was not done, or perhaps not.
    pub(super) async fn request_gate(self, closed: bool) -> Result<(), Refusal> {
        self.tell(by_hand::of_gate(&server(), closed));
        client::turn_gate(closed, self.token.get_untracked(), self.patience()).await
    }

    /// Does something with a message that waits at the gate.
    ///
    /// # Errors
    /// When that was not done, or perhaps not.
    pub(super) async fn request_deed(self, message: MessageId, deed: Deed) -> Result<(), Refusal> {
        self.tell(by_hand::of_deed(&server(), message, deed));
        client::handle(message, deed, self.token.get_untracked(), self.patience()).await
    }

    fn patience(self) -> Patience {
        Box::new(move || {
            let link = self.connection.with_untracked(|connection| connection.link);
            why_late(link, self.is_gated()).map(str::to_owned)
        })
    }

    /// Shows a curl line.
    pub(super) fn tell(self, line: String) {
        self.by_hand.update(|lines| by_hand::add(lines, line));
    }
}

/// Returns why a request is given up whose answer is late; `None` while it waits for whoever works the gate, for as long as
/// that takes.
fn why_late(link: Link, gated: bool) -> Option<&'static str> {
    match link {
        Link::Live | Link::Resting if gated => None,
        Link::Live => Some(LATE_THOUGH_LIVE),
        Link::Connecting
        | Link::Lost
        | Link::Absent
        | Link::Ended
        | Link::Unreadable
        | Link::Silent(_)
        | Link::Resting
        | Link::Saved
        | Link::Kept(_) => Some(LATE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_the_gate_a_request_waits_as_long_as_the_server_is_there() {
        assert_eq!([Link::Live, Link::Resting].map(|link| why_late(link, true)), [None, None]);
        assert_eq!(why_late(Link::Silent(15), true), Some(LATE), "who knows whether it is still closed");
        assert_eq!(why_late(Link::Live, false), Some(LATE_THOUGH_LIVE));
        assert_eq!(why_late(Link::Lost, false), Some(LATE));
    }
}
