//! What waits at the gate, and what can be done with it by hand.

use crate::prelude::*;
use shared::api::gate::Deed;
use shared::id::MessageId;

use super::icon::{Icon, Sign};
use crate::commands::Command;
use crate::derived::{Call, Derived, Held, Value};
use crate::gate::{Line, Waiting, follows};
use crate::lang::{en, fill, t};
use crate::playback::Status;
use crate::values::{each, flag, shown, text, word};
use crate::words;

/// Shows the gate as it is now.
#[component]
pub fn GateView(
    /// What waits there.
    line: Derived<Line>,
    /// Whether it is closed, and where the screen is.
    status: Derived<Status>,
    /// The message whose details are open.
    selected: Value<Option<MessageId>>,
    /// What presenters show; `None` while the server has not asked for it.
    token: Held<Option<String>>,
    /// Does something with a message.
    on_deed: Call<(MessageId, Deed)>,
    /// Opens a message's details.
    on_select: Call<MessageId>,
    /// Does what was asked.
    on_command: Call<Command>,
) -> impl IntoView {
    let is_closed = move || status.get().gated.now;
    let says = word(move || {
        if is_closed() {
            t("The gate is closed: messages between replicas wait here until you deliver them.")
        } else {
            t("The gate is open: messages pass without waiting.")
        }
    });
    let names = move || line.read().first.iter().map(|waiting| waiting.id.to_string()).collect();
    let row = move |name: String| {
        let waiting = line.read_untracked().first.iter().find(|waiting| waiting.id.to_string() == name).cloned();
        waiting.map(|waiting| view! { <Row waiting selected on_deed on_select /> }).into_any()
    };
    let is_empty = move || is_closed() && line.read().first.is_empty();
    view! {
        <section class="gate" data-testid="gate" aria-label=t("Gate")>
            <p>{says}</p>
            {shown(move || !follows(&status.read()), move || {
                view! { <p class="gate-now" data-testid="gate-now">{t("You act on the cluster's present state. The screen shows an earlier moment.")}</p> }
                    .into_any()
            })}
            {shown(move || token.read().is_some(), move || view! { <Token token /> }.into_any())}
            <div class="gate-controls">
                <button
                    type="button"
                    class="plain"
                    data-testid="deliver-next"
                    disabled=flag(move || line.read().first.is_empty())
                    on:click=move |_| on_command.run(Command::Deliver)
                >
                    {t("Deliver next (Shift+G)")}
                </button>
                <button type="button" class="plain" data-testid="gate-open" on:click=move |_| on_command.run(Command::Gate)>
                    {word(move || if is_closed() { t("Open the gate (G)") } else { t("Close the gate (G)") })}
                </button>
            </div>
            {shown(is_empty, move || {
                view! { <p class="hint">{t("Nothing waits. Send a write: the messages that it causes between replicas stop here.")}</p> }
                    .into_any()
            })}
            <ol class="gate-line">{each(names, row)}</ol>
            {shown(move || line.read().more > 0, move || {
                let more = text(move || fill("and {count} more", &[("count", &line.read().more.to_string())]));
                view! { <p class="hint">{more}</p> }.into_any()
            })}
        </section>
    }
}

/// What can be done with a message, each with its name and its sentence.
const DEEDS: [(Deed, &str, &str); 3] = [
    (Deed::Deliver, en("Deliver"), en("Deliver {what}")),
    (Deed::Drop, en("Drop"), en("Drop {what}")),
    (Deed::Double, en("Duplicate"), en("Deliver {what} twice")),
];

/// One message that waits.
#[component]
fn Row(
    /// The message.
    waiting: Waiting,
    /// The message whose details are open.
    selected: Value<Option<MessageId>>,
    /// Does something with it.
    on_deed: Call<(MessageId, Deed)>,
    /// Opens its details.
    on_select: Call<MessageId>,
) -> impl IntoView {
    let Waiting { id, kind, what, ends } = waiting;
    let way = [words::capital(&words::name(ends.0)), words::capital(&words::name(ends.1))].join(" → ");
    let whole = [what.as_str(), ", ", &way].concat();
    let deeds = DEEDS.map(|(deed, name, sentence)| {
        view! {
            <button
                type="button"
                class="plain"
                data-testid=deed.as_str()
                aria-label=fill(sentence, &[("what", &whole)])
                on:click=move |_| on_deed.run((id, deed))
            >
                {t(name)}
            </button>
        }
        .into_any()
    });
    view! {
        <li data-testid="waiting" data-message=id.to_string() data-kind=kind.as_str() class:selected=flag(move || selected.get() == Some(id))>
            <button type="button" class="gate-name" data-testid="waiting-open" on:click=move |_| on_select.run(id)>
                <Sign icon=Icon::Kind(kind) />
                <b>{what}</b>
                <span>{way}</span>
            </button>
            {deeds}
        </li>
    }
}

/// Asks for what presenters show.
#[component]
fn Token(
    /// What is typed.
    token: Held<Option<String>>,
) -> impl IntoView {
    view! {
        <label class="gate-token">
            {t("The presenter's token: the file `token` of the data folder")}
            <input
                type="password"
                autocomplete="off"
                data-testid="token"
                prop:value=text(move || token.get().unwrap_or_default())
                on:input:target=move |event| token.set(Some(event.target().value().trim().to_owned()))
            />
        </label>
    }
}
