//! The server was started anew: a run that somebody looks at is kept until it is left, and the page may be older than it.

use super::actions::Model;
use crate::connection::Connection;
use crate::playback::Playback;
use crate::values::{effect, spawn};

impl Model {
    /// Keeps what is shown when time stands still at it: somebody looks at it. Says whether it does.
    pub(super) fn keeps(self) -> bool {
        let has_joined = self.connection.with_untracked(Connection::has_joined);
        let keeps = has_joined && !self.playback.with_untracked(Playback::is_playing);
        if keeps {
            self.connection.update(Connection::keep);
        }
        keeps
    }

    /// Leaves a run that was kept, for what happens now.
    pub fn leave_kept(self) {
        self.connection.update(Connection::leave);
        self.go_live();
    }

    /// Stops listening to the server. Not now: this is called by what the stream says.
    pub(super) fn hang_up(self) {
        spawn(async move { self.live.set(None) });
    }

    /// Says whether this page is older than the server.
    pub(super) fn set_older(self, older: bool) {
        if older != self.connection.with_untracked(|connection| connection.older) {
            self.connection.update(|connection| connection.older = older);
        }
    }
}

/// Leaves a run that was kept when time runs to its end: whoever lets it run on wants to see what came then.
#[allow(clippy::large_types_passed_by_value, reason = "handles of signals, copied everywhere")]
pub fn follow(model: Model) {
    let is_over = |playback: &Playback| playback.is_playing() && playback.status().behind() == 0;
    effect(move || {
        if model.connection.read().is_kept() && model.playback.with(is_over) {
            model.leave_kept();
        }
    });
}
