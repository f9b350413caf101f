//! What the last clicks asked of the server, as curl lines to copy: the latest, and behind a button those before it.

use crate::prelude::*;

use super::icon::{Icon, Sign};
use crate::derived::{Call, Value};
use crate::lang::{fill, t};
use crate::values::{each, flag, shown, text, word};

/// Shows the latest line.
#[component]
pub fn ByHand(
    /// The lines, the latest first.
    lines: Value<Vec<String>>,
    /// What was copied just now.
    copied: Value<Option<String>>,
    /// Puts text on the clipboard.
    on_copy: Call<String>,
    /// Puts the lines away; without it they stay, and only the latest is shown.
    #[prop(optional)]
    on_close: Option<Call<()>>,
) -> impl IntoView {
    let latest = text(move || lines.read().first().cloned().unwrap_or_default());
    view! {
        <div class="by-hand-latest">
            <span class="by-hand-label">{t("The same with curl:")}</span>
            <code data-testid="by-hand-line" tabindex="0">{latest}</code>
            {copy_button(latest, copied, on_copy)}
            {on_close.map(|on_close| rest(lines, copied, on_copy, on_close))}
        </div>
    }
}

/// The lines before the latest, and the way to put all away.
fn rest(
    lines: Value<Vec<String>>,
    copied: Value<Option<String>>,
    on_copy: Call<String>,
    on_close: Call<()>,
) -> AnyView {
    let has_more = move || lines.read().len() > 1;
    let numbers = move || (1..lines.read().len()).map(|index| index.to_string()).collect();
    let line = move |index: String| {
        let line = text(move || {
            let index = index.parse::<usize>().unwrap_or_default();
            lines.read().get(index).cloned().unwrap_or_default()
        });
        view! { <li><code>{line}</code>{copy_button(line, copied, on_copy)}</li> }.into_any()
    };
    view! {
        {shown(has_more, move || {
            view! {
                <button type="button" class="plain" data-testid="by-hand-more" popovertarget="by-hand-earlier">
                    {text(move || fill("{count} earlier", &[("count", &(lines.read().len().saturating_sub(1)).to_string())]))}
                </button>
            }
            .into_any()
        })}
        <div id="by-hand-earlier" class="by-hand-earlier" popover="auto" role="group" aria-label=t("Earlier requests, newest first")>
            <ol data-testid="by-hand-earlier">{each(numbers, line)}</ol>
        </div>
        <button
            type="button"
            class="by-hand-close"
            data-testid="by-hand-close"
            aria-label=t("Hide the curl commands")
            title=t("Hide the curl commands")
            on:click=move |_| on_close.run(())
        >
            <Sign icon=Icon::Close />
        </button>
    }
    .into_any()
}

fn copy_button(line: Signal<String>, copied: Value<Option<String>>, on_copy: Call<String>) -> AnyView {
    let is_copied = move || copied.read().as_ref() == Some(&*line.read());
    view! {
        <button
            type="button"
            class="plain"
            class:done=flag(is_copied)
            data-testid="by-hand-copy"
            on:click=move |_| on_copy.run(line.get_untracked())
        >
            {word(move || if is_copied() { t("copied") } else { t("copy") })}
        </button>
    }
    .into_any()
}
