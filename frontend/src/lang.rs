//! The page's two languages: English in the code, Korean in `locales/ko.txt`.
//!
//! Whoever shows words asks here. [`t`] takes an English sentence and returns it in the chosen language; [`fill`] does
//! the same and puts values into the places named `{so}`. A sentence that stands in a table is marked with [`en`], so
//! that the test of completeness sees it too. The Korean file is fetched only by those who read Korean.
//!
//! A place in a Korean sentence may name a particle, `{from:이}`, which is written after the value in the form that
//! fits its last sound: `R1이`, `R2가`.

mod catalogue;
mod choice;
mod particle;

use std::sync::{LazyLock, RwLock};

use crate::prelude::*;

use catalogue::Catalogue;
pub use choice::{KOREAN_FILE, restore, switch};

/// A language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    English,
    /// Korean.
    Korean,
}

impl Lang {
    /// Returns its code, as `<html lang>` has it.
    pub fn code(self) -> &'static str {
        match self {
            Lang::English => "en",
            Lang::Korean => "ko",
        }
    }
}

static LANG: LazyLock<ArcRwSignal<Lang>> = LazyLock::new(|| ArcRwSignal::new(Lang::English));
static KOREAN: RwLock<Option<Catalogue>> = RwLock::new(None);

/// Returns the language in which the page speaks; whoever asks is asked again when it changes.
pub fn lang() -> Lang {
    LANG.get()
}

/// Returns the language that the page does not speak.
pub fn other() -> Lang {
    match LANG.get_untracked() {
        Lang::English => Lang::Korean,
        Lang::Korean => Lang::English,
    }
}

/// Speaks `lang` from now on.
pub fn choose(lang: Lang) {
    LANG.set(lang);
}

/// Learns Korean from the text of `locales/ko.txt`.
pub fn learn(korean: &str) {
    if let Ok(mut known) = KOREAN.write() {
        *known = Some(Catalogue::parse(korean));
    }
}

/// Whether Korean was learnt.
pub fn is_learnt() -> bool {
    KOREAN.read().is_ok_and(|known| known.is_some())
}

/// Marks a sentence that [`t`] will be asked for.
pub const fn en(english: &'static str) -> &'static str {
    english
}

/// Returns a sentence in the chosen language; one that is not in the catalogue stays English.
pub fn t(english: &'static str) -> &'static str {
    translated(english).unwrap_or(english)
}

/// Returns a sentence in the chosen language with the values in its places.
pub fn fill(english: &'static str, values: &[(&str, &str)]) -> String {
    catalogue::filled(t(english), values)
}

/// Returns a sentence to be kept: in English, with the values in its places. It is shown by [`said`], in the language
/// that is spoken then.
pub fn kept(english: &'static str, values: &[(&str, &str)]) -> String {
    catalogue::filled(english, values)
}

/// Returns a sentence of the server, or one that was [`kept`], in the chosen language: its values stand in their places
/// already.
pub fn said(english: &str) -> String {
    if lang() == Lang::English {
        return english.to_owned();
    }
    let known = KOREAN.read().ok();
    let korean = known.as_ref().and_then(|known| known.as_ref()?.matching(english));
    korean.unwrap_or_else(|| english.to_owned())
}

fn translated(english: &str) -> Option<&'static str> {
    if lang() == Lang::English {
        return None;
    }
    KOREAN.read().ok()?.as_ref()?.get(english)
}

#[cfg(test)]
mod tests;
