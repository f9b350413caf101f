//! Projector mode's captions under the stage: what happened and why, in place of the right side.

use leptos::prelude::*;

use crate::screen::{Moment, Screen};
use crate::values::text;

/// Says the event at the cursor; style sheets show it in projector mode alone.
#[component]
pub fn Captions(
    /// What is shown.
    screen: Screen,
) -> impl IntoView {
    let part = move |part: fn(&Moment) -> &str| {
        text(move || screen.moment.read().as_ref().map_or_else(String::new, |moment| part(moment).to_owned()))
    };
    view! {
        <section class="captions" data-testid="captions" data-kind=part(|moment| moment.kind.as_str())>
            <p class="captions-what">
                <span class="step-chip">{part(|moment| moment.step.unwrap_or_default())}</span>
                " "
                {part(|moment| &moment.what)}
            </p>
            <p class="captions-why">{part(|moment| moment.why)}</p>
        </section>
    }
}
