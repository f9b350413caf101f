//! The right side: one tab at a time.

use crate::values::{shown, text, word, yes_or_no};
use leptos::prelude::*;

/// What the right side shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tab {
    /// The step log.
    #[default]
    Steps,
    /// A request to send.
    Compose,
    /// The message that was pressed.
    Message,
}

impl Tab {
    fn label(self) -> &'static str {
        match self {
            Tab::Steps => "Steps",
            Tab::Compose => "Compose",
            Tab::Message => "Message",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Tab::Steps => "steps",
            Tab::Compose => "compose",
            Tab::Message => "message",
        }
    }
}

/// Shows the tabs and the one that is open.
#[component]
pub fn Side(
    /// The open tab.
    tab: Signal<Tab>,
    /// Whether a message is pressed; without one there is no tab for it.
    has_message: Signal<bool>,
    /// Opens a tab.
    on_tab: Callback<Tab>,
    /// The steps.
    steps: ViewFn,
    /// The composer.
    compose: ViewFn,
    /// The pressed message.
    message: ViewFn,
) -> impl IntoView {
    view! {
        <aside class="side" aria-label="What happens and why">
            <div class="tabs" role="tablist">
                <TabButton of=Tab::Steps tab on_tab />
                <TabButton of=Tab::Compose tab on_tab />
                {shown(move || has_message.get(), move || view! { <TabButton of=Tab::Message tab on_tab /> }.into_any())}
            </div>
            <div
                class="side-panel"
                id="side-panel"
                role="tabpanel"
                aria-labelledby=text(move || format!("tab-{}", tab.get().name()))
            >
                {move || match tab.get() {
                    Tab::Steps => steps.run(),
                    Tab::Compose => compose.run(),
                    Tab::Message => message.run(),
                }}
            </div>
        </aside>
    }
}

#[component]
fn TabButton(of: Tab, tab: Signal<Tab>, on_tab: Callback<Tab>) -> impl IntoView {
    view! {
        <button
            type="button"
            role="tab"
            id=format!("tab-{}", of.name())
            data-testid=format!("tab-{}", of.name())
            aria-controls="side-panel"
            aria-selected=word(move || yes_or_no(tab.get() == of))
            on:click=move |_| on_tab.run(of)
        >
            {of.label()}
        </button>
    }
}
