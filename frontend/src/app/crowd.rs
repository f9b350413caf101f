//! When the messages under way are too many for each to be an element of the page.

use super::later;
use crate::derived::{Derived, Held};
use crate::screen::Screen;
use crate::theme::Look;
use crate::values::{effect, spawn};

/// More messages than this are a crowd while time runs.
const MANY: usize = 100;
/// More than this are one in the frame in which the cursor has jumped.
const AT_ONCE: usize = 40;

/// Whether there is a crowd, and what paints it is here: that is fetched for the first. Until then each message stays an
/// element of the page, and so does each when time stands still.
pub fn is_crowd(look: Look, screen: Screen) -> Derived<bool> {
    let is_crowd = Derived::new(move |was: Option<&bool>| {
        let many = match (screen.moving.get(), screen.jumped.get()) {
            // Not to and fro with every message.
            (true, _) => {
                if was == Some(&true) {
                    MANY / 2
                } else {
                    MANY
                }
            }
            (false, true) => AT_ONCE,
            (false, false) => usize::MAX,
        };
        !look.is_still() && screen.pills.read().len() > many
    });
    let fetched = Held::new(later::is_here());
    effect(move || {
        if is_crowd.get() && !fetched.get() {
            spawn(async move {
                if later::fetch().await.is_ok() {
                    fetched.set(true);
                }
            });
        }
    });
    Derived::new(move |_| is_crowd.get() && fetched.get())
}
