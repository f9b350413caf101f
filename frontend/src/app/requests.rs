//! Every request of this page to the server, told with the curl line that does the same.

use shared::config::Mode;
use shared::session::Session;

use super::actions::{Model, origin};
use crate::by_hand;
use crate::draft::Draft;
use crate::source::client::{self, Answer};

impl Model {
    /// Sends a composed request; `session` is what its client has seen so far.
    ///
    /// # Errors
    /// A sentence, when no reply came.
    pub(super) async fn request(self, draft: Draft, session: &Session) -> Result<Answer, String> {
        self.tell(draft.curl(&origin(), session));
        client::send(draft, session).await
    }

    /// Asks for a mode.
    ///
    /// # Errors
    /// A sentence, when the mode was not switched.
    pub(super) async fn request_mode(self, mode: Mode) -> Result<(), String> {
        self.tell(by_hand::of_mode(&origin(), mode));
        client::switch(mode).await
    }

    /// Shows a curl line.
    pub(super) fn tell(self, line: String) {
        self.by_hand.update(|lines| by_hand::add(lines, line));
    }
}
