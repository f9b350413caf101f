//! Projector mode's captions under the stage: what happened and why, in place of the right side.

use crate::prelude::*;

use crate::screen::Screen;

/// Says the event at the cursor; style sheets show it in projector mode alone.
#[component]
pub fn Captions(
    /// What is shown.
    screen: Screen,
    /// Why it happened.
    why: AnyView,
) -> impl IntoView {
    view! {
        <section class="captions" data-testid="captions" data-kind=screen.accent()>
            <p class="captions-what">
                <span class="step-chip">{screen.step()}</span>
                " "
                {screen.what()}
            </p>
            <p class="captions-why">{why}</p>
        </section>
    }
}
