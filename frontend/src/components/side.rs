//! The right side: one tab at a time.

use crate::prelude::*;

use crate::derived::{Call, Value};
use crate::lang::{en, t};
use crate::values::{each, text, word, yes_or_no};

/// What the right side shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tab {
    /// The step log.
    #[default]
    Steps,
    /// The state of every replica.
    State,
    /// The textbook's figure.
    Figure,
    /// The space-time diagram.
    Diagram,
    /// A request to send.
    Compose,
    /// The message that was pressed.
    Message,
    /// What waits at the gate, and the message that was pressed.
    Gate,
}

impl Tab {
    /// The tabs that are always there, in order.
    pub const ALWAYS: [Tab; 5] = [Tab::Steps, Tab::Diagram, Tab::State, Tab::Figure, Tab::Compose];

    /// Returns its label and its name.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Tab::Steps => (en("Steps"), "steps"),
            Tab::State => (en("State"), "state"),
            Tab::Figure => (en("Figure"), "figure"),
            Tab::Diagram => (en("Diagram"), "diagram"),
            Tab::Compose => (en("Compose"), "compose"),
            Tab::Message => (en("Message"), "message"),
            Tab::Gate => (en("Gate"), "gate"),
        }
    }

    /// Returns the name that addresses and tests use.
    pub fn name(self) -> &'static str {
        self.words().1
    }
}

/// Shows the tabs and the one that is open.
#[component]
pub fn Side(
    /// The open tab.
    tab: Value<Tab>,
    /// Whether a message is pressed; without one there is no tab for it.
    has_message: Signal<bool>,
    /// Whether the gate is closed; else there is no tab for it.
    gated: Signal<bool>,
    /// Opens a tab.
    on_tab: Call<Tab>,
    /// What stands above every tab.
    above: AnyView,
    /// Draws what a tab shows.
    panel: Callback<Tab, AnyView>,
) -> impl IntoView {
    let tabs = move || {
        // One of the two, so that six tabs fit: the gate's tab shows the message, too.
        let gate = (gated.get() || tab.get() == Tab::Gate).then_some(Tab::Gate);
        let message = has_message.get().then_some(Tab::Message);
        Tab::ALWAYS.into_iter().chain(gate.or(message))
    };
    let names = move || tabs().map(|tab| tab.name().to_owned()).collect();
    let button = move |name: String| {
        let of = tabs().find(|tab| tab.name() == name).unwrap_or_default();
        view! { <TabButton of tab on_tab /> }.into_any()
    };
    view! {
        <aside class="side" aria-label=t("What happens and why")>
            <div class="tabs" role="tablist">{each(names, button)}</div>
            {above}
            <div
                class="side-panel"
                id="side-panel"
                role="tabpanel"
                tabindex="0"
                aria-labelledby=text(move || format!("tab-{}", tab.get().name()))
            >
                {move || panel.run(tab.get())}
            </div>
        </aside>
    }
}

#[component]
fn TabButton(of: Tab, tab: Value<Tab>, on_tab: Call<Tab>) -> impl IntoView {
    let (label, name) = of.words();
    view! {
        <button
            type="button"
            role="tab"
            id=format!("tab-{name}")
            data-testid=format!("tab-{name}")
            aria-controls="side-panel"
            aria-selected=word(move || yes_or_no(tab.get() == of))
            on:click=move |_| on_tab.run(of)
        >
            {t(label)}
        </button>
    }
}
