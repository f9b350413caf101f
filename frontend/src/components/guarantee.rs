//! The guarantee in force: a badge, and the dialog that says what it means for writes and for reads.

use crate::prelude::*;

use shared::config::{Ack, Failover, Mode, Reads};
use shared::guarantee::{self, Sentences, sentences};

use super::modal::Modal;
use crate::derived::{Call, Derived, Held, Value};
use crate::lang::{fill, t};
use crate::values::text;
use crate::words::mode_said;

/// What clients get unless they ask otherwise.
pub type Levels = (Ack, Reads, Failover);

/// Shows the guarantee's name.
#[component]
pub fn GuaranteeBadge(
    /// The mode on the screen; `None` before anything was heard.
    mode: Value<Option<Mode>>,
    /// What clients get.
    levels: Value<Levels>,
    /// What is so with the mode just now, such as that a switch is under way; else empty.
    seen: Signal<String>,
    /// Opens the rest.
    on_open: Call<()>,
) -> impl IntoView {
    let name = Derived::new(move |_| name(mode.get(), levels.get()));
    let aside = move || name.read().find(" (").unwrap_or(name.read().len());
    let (whole, limited) =
        (text(move || name.read()[..aside()].to_owned()), text(move || name.read()[aside()..].to_owned()));
    view! {
        <button
            type="button"
            class="badge guarantee"
            data-testid="guarantee-open"
            aria-haspopup="dialog"
            title=t("What this means")
            on:click=move |_| on_open.run(())
        >
            <span class="seen" role="status" data-testid="mode-note">{seen}</span>
            // A phone has no room for what limits it; the dialog says it.
            <span data-testid="guarantee">{whole}<span class="aside">{limited}</span></span>
        </button>
    }
}

/// Says what the guarantee means for writes and for reads.
#[component]
pub fn Guarantee(
    /// The mode on the screen; `None` before anything was heard.
    mode: Value<Option<Mode>>,
    /// What clients get.
    levels: Value<Levels>,
    /// Whether it is open.
    open: Held<bool>,
    /// A sentence about something that was not done.
    notice: Held<Option<String>>,
) -> impl IntoView {
    let title = text(move || name(mode.get(), levels.get()));
    let part =
        move |part: fn(Sentences) -> String| text(move || said(mode.get(), levels.get()).map(part).unwrap_or_default());
    let setting = text(move || mode.get().map_or_else(String::new, |mode| setting(mode, levels.get())));
    view! {
        <Modal name="guarantee-words" title open=open.into() on_close=Call::new(move |()| open.set(false)) notice>
            <p class="guarantee-setting">{setting}</p>
            <dl>
                <dt>{t("A completed write")}</dt>
                <dd data-testid="guarantee-writes">{part(|said| joined(&said.writes, " "))}</dd>
                <dt>{t("A read")}</dt>
                <dd data-testid="guarantee-reads">{part(|said| joined(&said.reads, " "))}</dd>
            </dl>
            <p class="guarantee-setting">
                {t("This is the default of every request; X-Ack and X-Read choose other levels.")}
            </p>
        </Modal>
    }
}

fn said(mode: Option<Mode>, (ack, reads, failover): Levels) -> Option<Sentences> {
    mode.map(|mode| sentences(mode, ack, reads, failover))
}

fn name(mode: Option<Mode>, (ack, reads, failover): Levels) -> String {
    mode.map(|mode| joined(&guarantee::name(mode, ack, reads, failover), ", ")).unwrap_or_default()
}

/// Returns the parts in the chosen language, as one text.
fn joined(parts: &[&'static str], between: &str) -> String {
    let said: Vec<&str> = parts.iter().filter(|part| !part.is_empty()).map(|part| t(part)).collect();
    said.join(between)
}

fn setting(mode: Mode, (ack, reads, failover): Levels) -> String {
    fill(
        "{mode} · acks: {ack} · reads: {reads} · failover: {failover}",
        &[("mode", mode_said(mode)), ("ack", ack.as_str()), ("reads", reads.as_str()), ("failover", failover.as_str())],
    )
}
