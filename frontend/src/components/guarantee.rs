//! The guarantee in force: a badge that opens what it means for writes and for reads.

use leptos::prelude::*;

use shared::config::{Ack, Failover, Mode, Reads};
use shared::guarantee::{Sentences, sentences};

use crate::derived::{Derived, Value};
use crate::lang::{fill, t};
use crate::values::text;

/// What clients get unless they ask otherwise.
pub type Levels = (Ack, Reads, Failover);

/// Shows the guarantee's name; pressed, it says the rest.
#[component]
pub fn GuaranteeBadge(
    /// The mode on the screen; `None` before anything was heard.
    mode: Value<Option<Mode>>,
    /// What clients get.
    levels: Value<Levels>,
    /// What is so with the mode just now, such as that a switch is under way; else empty.
    seen: Signal<String>,
) -> impl IntoView {
    let said = Derived::new(move |_| {
        let (ack, reads, failover) = levels.get();
        mode.get().map(|mode| sentences(mode, ack, reads, failover))
    });
    let part = move |part: fn(Sentences) -> String| text(move || said.get().map(part).unwrap_or_default());
    let setting = text(move || mode.get().map_or_else(String::new, |mode| setting(mode, levels.get())));
    view! {
        <button type="button" class="badge guarantee" popovertarget="guarantee" title=t("What this means")>
            <span class="seen" role="status" data-testid="mode-note">{seen}</span>
            <span data-testid="guarantee">{part(|said| joined(&said.name, ", "))}</span>
        </button>
        <div id="guarantee" class="guarantee-words" popover="auto" data-testid="guarantee-words">
            <h2>{part(|said| joined(&said.name, ", "))}</h2>
            <p class="guarantee-setting">{setting}</p>
            <dl>
                <dt>{t("A finished write")}</dt>
                <dd data-testid="guarantee-writes">{part(|said| joined(&said.writes, " "))}</dd>
                <dt>{t("A read")}</dt>
                <dd data-testid="guarantee-reads">{part(|said| joined(&said.reads, " "))}</dd>
            </dl>
            <p class="guarantee-setting">
                {t("This is what a request gets that asks for nothing else. It may ask with X-Ack and X-Read.")}
            </p>
        </div>
    }
}

/// Returns the parts in the chosen language, as one text.
fn joined(parts: &[&'static str], between: &str) -> String {
    let said: Vec<&str> = parts.iter().filter(|part| !part.is_empty()).map(|part| t(part)).collect();
    said.join(between)
}

fn setting(mode: Mode, (ack, reads, failover): Levels) -> String {
    fill(
        "{mode} · acks: {ack} · reads: {reads} · failover: {failover}",
        &[("mode", mode.as_str()), ("ack", ack.as_str()), ("reads", reads.as_str()), ("failover", failover.as_str())],
    )
}
