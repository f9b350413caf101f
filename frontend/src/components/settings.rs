//! How the page looks and in which language it speaks: two buttons of the top bar, and the dialog that the
//! second opens.

use crate::prelude::*;

use super::icon::{Icon, Sign};
use super::modal::Modal;
use crate::derived::{Call, Held};
use crate::lang::{self, Lang, en, t};
use crate::theme::{Look, THEMES};
use crate::values::{flag, text};

/// Shows the language to switch to, and the button that opens the settings.
#[component]
pub fn SettingsButtons(
    /// Opens the settings.
    on_open: Call<()>,
) -> impl IntoView {
    // The language that is offered is named in itself.
    let (other, name) = match lang::lang() {
        Lang::English => (Lang::Korean, "한국어"),
        Lang::Korean => (Lang::English, "English"),
    };
    view! {
        <button
            type="button"
            class="quiet-button language"
            data-testid="language"
            lang=other.code()
            on:click=move |_| lang::switch(other)
        >
            {name}
        </button>
        <button
            type="button"
            class="quiet-button"
            data-testid="settings-open"
            aria-haspopup="dialog"
            aria-label=t("Display")
            title=t("Display")
            on:click=move |_| on_open.run(())
        >
            <Sign icon=Icon::Theme />
        </button>
    }
}

/// Shows the settings.
#[component]
pub fn Settings(
    /// How the page looks.
    look: Look,
    /// Whether they are open.
    open: Held<bool>,
    /// A sentence about something that was not done.
    notice: Held<Option<String>>,
) -> impl IntoView {
    let title = text(|| t("Display").to_owned());
    let is_theme = move |name: &'static str| flag(move || look.theme() == name);
    view! {
        <Modal name="settings" title open=open.into() on_close=Call::new(move |()| open.set(false)) notice>
            <label class="field">
                <span>{t("Colours")}</span>
                <select data-testid="theme" on:change=move |event| look.choose(&event_target_value(&event))>
                    {THEMES.map(|(name, words)| view! { <option value=name selected=is_theme(name)>{t(words)}</option> })}
                </select>
            </label>
            <Check name="projector" words=en("Projector: larger text, fewer details (P)") value=flag(move || look.is_projector()) on_press=Call::new(move |()| look.project()) />
            <Check name="still" words=en("Reduce motion") value=flag(move || look.wants_still()) on_press=Call::new(move |()| look.calm()) />
        </Modal>
    }
}

#[component]
fn Check(name: &'static str, words: &'static str, value: Signal<bool>, on_press: Call<()>) -> impl IntoView {
    view! {
        <label class="check">
            <input
                type="checkbox"
                data-testid=name
                prop:checked=value
                on:change=move |_| on_press.run(())
            />
            <span>{t(words)}</span>
        </label>
    }
}
