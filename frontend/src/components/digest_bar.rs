//! What a replica holds, as a bar of 24 places: equal bars, equal notes.

use crate::prelude::*;

use crate::derived::Value;
use crate::lang::{fill, t};
use crate::state::agreement::Agreement;
use crate::values::{text, word};

/// Shows how what a replica holds compares with the others.
#[component]
pub fn DigestBar(
    /// Its test name.
    name: String,
    /// The comparison; nothing is drawn without one.
    #[prop(into)]
    agreement: Value<Option<Agreement>>,
) -> impl IntoView {
    view! {
        <span
            class="digest"
            role=word(move || if agreement.read().is_some() { "img" } else { "presentation" })
            data-testid=name
            data-agrees=word(move || agreement.read().as_ref().map_or("none", |one| if one.agrees { "yes" } else { "no" }))
            data-digest=text(move || agreement.read().as_ref().map_or_else(String::new, |one| one.digest.to_string()))
            aria-label=text(move || agreement.read().as_ref().map_or_else(String::new, said))
            title=text(move || agreement.read().as_ref().map_or_else(String::new, said))
            inner_html=text(move || agreement.read().as_ref().map_or_else(String::new, svg))
        ></span>
    }
}

fn said(one: &Agreement) -> String {
    fill("digest {digest}: {words}", &[("digest", &one.digest.to_string()), ("words", &one.words())])
}

/// The bar, and behind that of one who differs the sign of inequality.
fn svg(one: &Agreement) -> String {
    let sign = if one.agrees {
        ""
    } else {
        "<svg class=\"unequal\" viewBox=\"0 0 10 10\"><path d=\"M1 3h8M1 7h8M8 0L2 10\"/></svg>"
    };
    format!(
        "<svg viewBox=\"0 0 24 1\" preserveAspectRatio=\"none\"><path class=\"digest-ground\" d=\"M0 0h24v1H0z\"/><path d=\"{}\"/></svg>{sign}",
        one.bar()
    )
}

/// Returns the words below a bar of the table.
pub fn short(one: &Agreement) -> &'static str {
    if one.agrees { t("agrees") } else { t("differs") }
}
