//! How the page looks: its colours, projector mode, motion. As the system says, until a person chooses; remembered.
//!
//! Style sheets read it from attributes of the root element; components that need it take [`Look`].

use crate::prelude::*;
use web_sys::Storage;

use crate::derived::Held;
use crate::lang::en;
use crate::observe::media;
use crate::values::effect;

const THEME: &str = "baton-theme";
const PROJECTOR: &str = "baton-projector";
const STILL: &str = "baton-still";

fn storage() -> Option<Storage> {
    window().local_storage().ok()?
}

/// Returns what was remembered under a name.
pub fn recall(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Remembers a choice. A browser that keeps nothing forgets it; the page works all the same.
pub fn remember(key: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(key, value);
    }
}

/// The themes by name, and what they are called; the first is the one that nobody has chosen.
pub const THEMES: [(&str, &str); 4] =
    [("system", en("as the system")), ("light", en("light")), ("dark", en("dark")), ("contrast", en("high contrast"))];

/// How the page looks.
#[derive(Clone, Copy)]
pub struct Look(Held<Chosen>);

#[derive(Clone, Copy, Default)]
struct Chosen {
    /// By its name among [`THEMES`].
    theme: &'static str,
    projector: bool,
    still: bool,
    system_still: bool,
}

impl Look {
    /// Returns the look that was chosen earlier, and shows it from now on.
    pub fn restore() -> Look {
        let theme = recall(THEME).and_then(|name| THEMES.iter().find(|(known, _)| *known == name));
        let is_on = |key| recall(key).as_deref() == Some("on");
        let look = Look(Held::new(Chosen {
            theme: theme.unwrap_or(&THEMES[0]).0,
            projector: is_on(PROJECTOR),
            still: is_on(STILL),
            system_still: false,
        }));
        let (contrast, still) = (media("(prefers-contrast: more)"), media("(prefers-reduced-motion: reduce)"));
        effect(move || {
            let still = still.get();
            look.0.update(|chosen| chosen.system_still = still);
        });
        effect(move || {
            let theme = look.theme();
            let by_itself = theme == "system" && contrast.get();
            mark("data-theme", if by_itself { "contrast" } else { theme });
            mark("data-projector", on(look.is_projector()));
            mark("data-still", on(look.is_still()));
        });
        look
    }

    /// Returns the name of the chosen theme.
    pub fn theme(self) -> &'static str {
        self.0.read().theme
    }

    /// Whether everything is large and little is shown, to be seen from the last row.
    pub fn is_projector(self) -> bool {
        self.0.read().projector
    }

    /// Whether a person wants no motion, whatever the system says.
    pub fn wants_still(self) -> bool {
        self.0.read().still
    }

    /// Whether nothing may move by itself.
    pub fn is_still(self) -> bool {
        self.0.read().still || self.0.read().system_still
    }

    /// Chooses a theme by its name.
    pub fn choose(self, name: &str) {
        if let Some((theme, _)) = THEMES.iter().find(|(known, _)| *known == name) {
            self.0.update(|chosen| chosen.theme = theme);
            remember(THEME, theme);
        }
    }

    /// Turns projector mode on or off.
    pub fn project(self) {
        self.0.update(|chosen| chosen.projector = !chosen.projector);
        remember(PROJECTOR, on(self.0.get_untracked().projector));
    }

    /// Turns motion off, or lets the system decide again.
    pub fn calm(self) {
        self.0.update(|chosen| chosen.still = !chosen.still);
        remember(STILL, on(self.0.get_untracked().still));
    }
}

fn on(value: bool) -> &'static str {
    if value { "on" } else { "off" }
}

fn mark(attribute: &str, value: &str) {
    if let Some(root) = document().document_element() {
        // Fails for names that are no attribute's, and these are.
        let _ = root.set_attribute(attribute, value);
    }
}

#[cfg(test)]
mod tests;
