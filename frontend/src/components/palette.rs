//! Commands and keys: every command of the page, found by typing a part of its name and run with Enter.
//!
//! The same list is the help: opened for the keys, it is wide and shows all of them at once. What is in it is drawn by
//! [`super::palette_list`].

use crate::prelude::*;
use leptos::html::Dialog;
use web_sys::KeyboardEvent;

use super::icon::{Icon, Sign};
use super::palette_list::{groups, id, into_sight, local};
use crate::commands::{COMMANDS, Command, Entry};
use crate::derived::{Call, Held};
use crate::lang::t;
use crate::observe::composes;
use crate::values::{effect, shown, text};

/// What is typed and reached.
#[derive(Clone, Copy)]
struct Search {
    typed: Held<String>,
    /// The number of the command that Enter runs, among those that are shown.
    active: Held<u64>,
    for_keys: Signal<bool>,
}

/// Shows the dialog while it is open.
#[component]
pub fn Palette(
    /// Whether it is open.
    open: Held<bool>,
    /// Whether it was opened for the keys.
    for_keys: Signal<bool>,
    /// Does what was chosen.
    on_run: Call<Command>,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let search = Search { typed: Held::new(String::new()), active: Held::new(0), for_keys };
    // A modal dialog is the browser's own: it keeps the focus, closes with Escape and gives the focus back.
    effect(move || {
        let wanted = open.get();
        let Some(dialog) = dialog.get() else { return };
        if wanted && !dialog.open() {
            search.typed.set(String::new());
            search.active.set(0);
            // Fails only for a dialog that is not on the page.
            let _ = dialog.show_modal();
        } else if !wanted {
            dialog.close();
        }
    });
    let run = Call::new(move |command| {
        // First the focus goes back where it was, then the command may take it.
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
        open.set(false);
        on_run.run(command);
    });
    let close = move || open.set(false);
    view! {
        <dialog
            class="palette"
            class:keys=for_keys
            node_ref=dialog
            data-testid="palette"
            aria-labelledby="palette-title"
            on:close=move |_| close()
            on:keydown=move |event| search.key(&event, &close, run)
        >
            <header>
                <h2 id="palette-title">{t("Commands and keys")}</h2>
                <button type="button" class="quiet-button" data-testid="palette-close" aria-label=t("Close") on:click=move |_| close()>
                    <Sign icon=Icon::Close />
                </button>
            </header>
            <Field search />
            <div class="palette-scroll" tabindex="0">
                <div id="palette-list" class="palette-list" role="listbox" aria-label=t("Commands")>
                    {move || groups(&search.shows(), search.active, run)}
                </div>
                {shown(move || search.shows().is_empty(), || {
                    view! { <p class="hint" role="status" data-testid="palette-none">{t("No command has such a name.")}</p> }.into_any()
                })}
                {shown(move || search.typed.read().is_empty(), local)}
            </div>
        </dialog>
    }
}

#[component]
fn Field(search: Search) -> impl IntoView {
    view! {
        <input
            type="text"
            autofocus
            autocomplete="off"
            spellcheck="false"
            role="combobox"
            data-testid="palette-field"
            aria-label=t("Part of a command's name")
            placeholder=t("Part of a command's name")
            aria-expanded="true"
            aria-autocomplete="list"
            aria-controls="palette-list"
            aria-activedescendant=text(move || search.reached().map_or_else(String::new, id))
            prop:value=text(move || search.typed.get())
            on:input=move |event| {
                search.typed.set(event_target_value(&event));
                search.active.set(0);
            }
        />
    }
}

impl Search {
    /// Returns the commands whose names have what is typed; for the keys, only those that have one, until something is.
    fn shows(self) -> Vec<&'static Entry> {
        let (typed, for_keys) = (self.typed.get(), self.for_keys.get());
        let is_shown = |entry: &&Entry| {
            let has_key = !for_keys || !typed.is_empty() || !entry.keys.is_empty();
            has_key && entry.is_called(&typed)
        };
        COMMANDS.iter().filter(is_shown).collect()
    }

    fn reached(self) -> Option<&'static Entry> {
        let active = usize::try_from(self.active.get()).ok()?;
        self.shows().get(active).copied()
    }

    fn key(self, event: &KeyboardEvent, close: &dyn Fn(), run: Call<Command>) {
        let count = untrack(|| self.shows()).len() as u64;
        let here = self.active.get_untracked();
        let is_own = (event.ctrl_key() || event.meta_key()) && event.code() == "KeyK";
        match event.key().as_str() {
            _ if composes(event) => return,
            _ if is_own => close(),
            "ArrowDown" if count > 0 => self.reach((here + 1) % count),
            "ArrowUp" if count > 0 => self.reach((here + count - 1) % count),
            "Enter" if !is_button(event) => {
                if let Some(entry) = untrack(|| self.reached()) {
                    run.run(entry.command);
                }
            }
            _ => return,
        }
        event.prevent_default();
    }

    fn reach(self, number: u64) {
        self.active.set(number);
        request_animation_frame(|| into_sight(".palette [aria-selected=true]"));
    }
}

/// Whether a key is meant for a button.
fn is_button(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| wasm_bindgen::JsCast::dyn_into::<web_sys::Element>(target).ok());
    target.is_some_and(|target| target.tag_name() == "BUTTON")
}
