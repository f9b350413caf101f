//! The messages under way on the stage: each is drawn once, and all are moved together in every frame.
//!
//! Several hundred may be there. Were each to follow the clock by itself, as other parts follow what they show, a frame
//! would be spent on who follows what: letting go of a value takes longer the more others follow it.

use crate::prelude::*;
use leptos::html::Div;
use web_sys::MouseEvent;

use super::pill::{markup, size as pill_size};
use crate::derived::{Call, Value};
use crate::fixed::translate;
use crate::focus::Lit;
use crate::geometry::links::{Links, pill_place};
use crate::kept::Kept;
use crate::observe::closest;
use crate::playback::pills::{Pill, PillKey};
use crate::rows::{Place, Rows};
use crate::screen::Screen;
use crate::values::effect;

/// Shows all messages under way.
#[component]
pub fn Flights(
    /// What is shown.
    screen: Screen,
    /// Whether messages jump instead of fly.
    still: Signal<bool>,
    /// The message whose details are open.
    selected: Value<Option<PillKey>>,
    /// Whether they are painted as one picture, but for those that stand out.
    is_crowd: Signal<bool>,
    /// Opens a message's details.
    on_select: Call<PillKey>,
) -> impl IntoView {
    let field = NodeRef::<Div>::new();
    let rows = Kept::new(Rows::default());
    effect(move || {
        let (pills, links, unit) = (screen.pills.read(), screen.links.read(), screen.layout.read().unit);
        let time = (!still.get()).then(|| screen.time.get());
        let (selected, lit) = (selected.get(), screen.pointed.get());
        let Some(field) = field.get() else { return };
        let is_crowd = is_crowd.get();
        let pills: Vec<&Pill> = pills.iter().filter(|pill| !is_crowd || stands_out(pill, selected, lit)).collect();
        rows.with(|rows| {
            let names: Vec<&str> = pills.iter().map(|pill| &*pill.name).collect();
            let rows = rows.show(&field, &names, &|index| markup(pills[index]));
            for (row, pill) in rows.iter_mut().zip(pills) {
                // Nobody sees less than half a pixel, and what stays need not be written.
                let place = place(pill, &links, unit, time);
                if row.at != Some(place) {
                    row.at = Some(place);
                    // Fails for no property that there is.
                    let _ = row.element.style().set_property("transform", &transform(place));
                }
                row.mark("selected", selected == Some(pill.key));
                row.mark("pointed", lit.has_pill(pill.key));
            }
        });
    });
    let press = move |event: MouseEvent| {
        let key = closest(event.target(), "[data-message]").and_then(|pill| pill.get_attribute("data-message"));
        let pills = screen.pills.read_untracked();
        if let Some(pill) = key.and_then(|key| pills.iter().find(|pill| pill.key.to_string() == key)) {
            on_select.run(pill.key);
        }
    };
    view! { <div class="flights" node_ref=field on:click=press></div> }
}

/// Whether a message is no other's like: it is never painted with the crowd.
pub fn stands_out(pill: &Pill, selected: Option<PillKey>, lit: Lit) -> bool {
    pill.held.is_some() || pill.is_dead() || selected == Some(pill.key) || lit.has_pill(pill.key)
}

/// Returns where a pill is at `time`, or half way when it does not fly.
#[allow(clippy::cast_possible_truncation, reason = "pixels")]
pub fn place(pill: &Pill, links: &Links, unit: f64, time: Option<f64>) -> Place {
    let way = links.way(pill.from, pill.to)?;
    let progress = time.map_or(0.5, |time| pill.progress(time));
    let at = pill_place(way, progress, pill.lane, pill_size(pill, unit));
    Some(((2.0 * at.x).round() as i32, (2.0 * at.y).round() as i32))
}

/// Returns the `transform` that puts a pill there.
fn transform(place: Place) -> String {
    let Some((x, y)) = place else { return "scale(0)".to_owned() };
    let mut transform = translate(f64::from(x) / 2.0, f64::from(y) / 2.0);
    transform.push_str("translate(-50%,-50%)");
    transform
}
