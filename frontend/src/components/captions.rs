//! Projector mode's captions under the stage: what happened and why, in place of the right side.

use crate::prelude::*;

use crate::kind::step_words;
use crate::screen::{Moment, Screen};
use crate::values::text;

/// Says the event at the cursor; style sheets show it in projector mode alone.
#[component]
pub fn Captions(
    /// What is shown.
    screen: Screen,
    /// Why it happened.
    why: AnyView,
) -> impl IntoView {
    let part = move |part: fn(&Moment) -> &str| {
        text(move || screen.moment.read().as_ref().map_or_else(String::new, |moment| part(moment).to_owned()))
    };
    let step =
        text(move || screen.moment.read().as_ref().and_then(|moment| moment.step).map_or_else(String::new, step_words));
    view! {
        <section class="captions" data-testid="captions" data-kind=part(|moment| moment.kind.as_str())>
            <p class="captions-what">
                <span class="step-chip">{step}</span>
                " "
                {part(|moment| &moment.what)}
            </p>
            <p class="captions-why">{why}</p>
        </section>
    }
}
