//! When the messages under way are too many for each to be an element of the page.

use super::later::{self, Part};
use super::panels::Panels;
use crate::derived::{Derived, Held};
use crate::prelude::*;
use crate::values::{effect, shown, spawn};

/// More messages than this are a crowd while time runs.
const MANY: usize = 100;

/// Paints a crowd as one picture, as soon as what paints it is here. It is fetched for the first crowd; until it is here each
/// message stays an element.
pub fn crowd(panels: Panels) -> AnyView {
    let Panels { model, screen, .. } = panels;
    let is_crowd = Derived::new(move |was: Option<&bool>| {
        // Not to and fro with every message.
        let many = if was == Some(&true) { MANY / 2 } else { MANY };
        screen.moving.get() && !model.look.is_still() && screen.pills.read().len() > many
    });
    let fetched = Held::new(later::is_here());
    effect(move || {
        if is_crowd.get() && !fetched.get() {
            spawn(async move {
                if later::fetch().await {
                    fetched.set(true);
                }
            });
        }
    });
    shown(move || is_crowd.get() && fetched.get(), move || later::part(panels, Part::Crowd))
}
