//! A dialog over the page: the browser's own, so that the focus goes in, stays in, and returns where it was; Escape, a
//! press beside it and its button close it.

use crate::prelude::*;
use leptos::html::Dialog;

use super::icon::{Icon, Sign};
use super::notices::Notice;
use crate::derived::{Call, Held, Value};
use crate::lang::t;
use crate::values::effect;

/// Shows the dialog while it is open.
#[component]
pub fn Modal(
    /// Its name, for style sheets and tests.
    name: &'static str,
    /// What stands above it.
    title: Signal<String>,
    /// Whether it is open.
    open: Signal<bool>,
    /// Hears that it was closed.
    on_close: Call<()>,
    /// A sentence about something that was not done; it would be out of reach behind the dialog.
    notice: Held<Option<String>>,
    /// What it shows.
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    effect(move || {
        let wanted = open.get();
        let Some(dialog) = dialog.get() else { return };
        if wanted && !dialog.open() {
            // Fails only for a dialog that is not on the page.
            let _ = dialog.show_modal();
        } else if !wanted {
            dialog.close();
        }
    });
    // The browser gives the focus back when it closes the dialog, so that comes first.
    let close = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let told = Value::derive(move || notice.get().filter(|_| open.get()));
    let heading = format!("{name}-title");
    let labelled = heading.clone();
    view! {
        <dialog
            node_ref=dialog
            class=format!("modal {name}")
            data-testid=name
            aria-labelledby=labelled
            closedby="any"
            on:close=move |_| on_close.run(())
        >
            <header class="modal-head">
                <h2 id=heading>{title}</h2>
                <button
                    type="button"
                    class="quiet-button"
                    data-testid=format!("{name}-close")
                    aria-label=t("Close")
                    title=t("Close")
                    on:click=close
                >
                    <Sign icon=Icon::Close />
                </button>
            </header>
            <Notice notice=told on_close=Call::new(move |()| notice.set(None)) />
            {children()}
        </dialog>
    }
}
