//! What is in a message.

use crate::prelude::*;

use super::icon::{Icon, Sign};
use crate::derived::{Call, Value};
use crate::detail::Detail;
use crate::lang::t;

/// Shows one message: from whom, to whom, when, and its payload.
#[component]
pub fn DetailView(
    /// The message; `None` when the log no longer holds it.
    detail: Value<Option<Detail>>,
    /// Closes the detail.
    on_close: Call<()>,
) -> impl IntoView {
    view! {
        <div class="detail" data-testid="detail">
            {move || match detail.get() {
                None => view! { <p class="hint">{t("This message is no longer in the log of this page.")}</p> }.into_any(),
                Some(detail) => view! { <Facts detail /> }.into_any(),
            }}
            <button type="button" class="detail-close" data-testid="detail-close" on:click=move |_| on_close.run(())>
                <Sign icon=Icon::Close />
                {t("close")}
            </button>
        </div>
    }
}

#[component]
fn Facts(detail: Detail) -> impl IntoView {
    let Detail { kind, what, facts, payload } = detail;
    view! {
        <section data-kind=kind.as_str()>
            <p class="detail-what">
                <Sign icon=Icon::Kind(kind) />
                <b>{what}</b>
            </p>
            <dl class="pairs">
                {facts
                    .into_iter()
                    .map(|(name, value)| view! { <dt>{t(name)}</dt><dd data-testid=format!("detail-{}", name.replace(' ', "-"))>{value}</dd> })
                    .collect_view()}
            </dl>
            <pre data-testid="detail-payload" tabindex="0">{payload}</pre>
        </section>
    }
}
