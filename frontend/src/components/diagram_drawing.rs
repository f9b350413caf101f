//! The rows of the space-time diagram that are in sight: the list of the events, and over it the picture.

use crate::prelude::*;
use leptos::html::Div;

use super::diagram::{Parts, Tally, rows_height};
use crate::derived::Derived;
use crate::diagram::draw::{self, Ink};
use crate::diagram::scene::{Frame, Scene};
use crate::diagram::{lights, order, words};
use crate::fixed::px;
use crate::kept::Kept;
use crate::rows::Rows;
use crate::values::{effect, text};

/// Draws the rows in sight.
#[component]
pub fn Drawing(
    /// What the diagram shows.
    parts: Parts,
    /// The part of it that is in sight.
    scene: Derived<Scene>,
    /// Its lanes.
    frame: Derived<Frame>,
    /// How many rows there are.
    tally: Derived<Tally>,
) -> impl IntoView {
    let height = text(move || px(rows_height(&frame.read(), tally.get().count + 1)));
    let above = text(move || px(rows_height(&frame.read(), scene.read().rows.start)));
    let below = text(move || px(rows_height(&frame.read(), tally.get().cursor)));
    let beside = text(move || px(frame.read().width));
    let (list, rows) = (NodeRef::<Div>::new(), Kept::new(Rows::default()));
    effect(move || {
        let (scene, clocks) = (scene.read(), parts.options.get().clocks);
        let Some(list) = list.get() else { return };
        // Scrolled on, most of them stay.
        let written = parts.playback.with_untracked(|playback| words::list(&scene, playback, clocks));
        rows.with(|rows| {
            rows.show_written(&list, &written);
        });
    });
    let lights = text(move || {
        let (scene, pointed) = (scene.read(), parts.screen.pointed.get());
        let lights = parts.playback.with_untracked(|playback| lights::lights(&scene, playback, pointed));
        draw::shifted(&scene, &lights)
    });
    let compared = text(move || {
        let picked = parts.options.get().picked;
        let way = parts.playback.with_untracked(|playback| order::way_of(playback.log(), picked));
        draw::shifted(&scene.read(), &lights::compared(&scene.read(), picked, &way))
    });
    let shapes = text(move || draw::shifted(&scene.read(), &draw::shapes(&scene.read(), Ink::Page)));
    view! {
        <div class="diagram-all" style:height=height>
            <div class="diagram-part" style:top=above style=("--lanes", beside)>
                <div class="diagram-list" role="presentation" node_ref=list></div>
                <svg aria-hidden="true" inner_html=lights></svg>
                <svg aria-hidden="true" data-testid="diagram-shapes" inner_html=shapes></svg>
                <svg aria-hidden="true" inner_html=compared></svg>
            </div>
            <div class="diagram-future" data-testid="diagram-cursor" style:top=below></div>
        </div>
    }
}
