//! The messages under way on the stage: each is drawn once, and all are moved together in every frame.
//!
//! Several hundred may be there. Were each to follow the clock by itself, as other parts follow what they show, a frame
//! would be spent on who follows what: letting go of a value takes longer the more others follow it.

use crate::prelude::*;
use leptos::html::Button;
use shared::map::Map;
use web_sys::{CssStyleDeclaration, HtmlElement};

use super::pill::{PillView, size as pill_size};
use crate::derived::{Call, Value};
use crate::fixed::translate;
use crate::geometry::links::{Links, pill_place};
use crate::kept::Kept;
use crate::playback::pills::{Pill, PillKey};
use crate::screen::Screen;
use crate::values::{each, effect, flag};

/// The styles of the pills on the stage, by name, each with the place that it says.
type Styles = Kept<Map<String, (CssStyleDeclaration, Place)>>;

/// Where a pill is, in half pixels; `None` when there is no way for it. Nobody sees less, and what stays need not be written.
type Place = Option<(i32, i32)>;

/// Shows all messages under way.
#[component]
pub fn Flights(
    /// What is shown.
    screen: Screen,
    /// Whether messages jump instead of fly.
    still: Signal<bool>,
    /// The message whose details are open.
    selected: Value<Option<PillKey>>,
    /// Opens a message's details.
    on_select: Call<PillKey>,
) -> impl IntoView {
    let styles = Styles::new(Map::new());
    effect(move || {
        let (pills, links, unit) = (screen.pills.read(), screen.links.read(), screen.layout.read().unit);
        let time = (!still.get()).then(|| screen.time.get());
        styles.with(|styles| {
            for pill in pills.iter() {
                let Some((style, before)) = styles.get_mut(&pill.name) else { continue };
                let place = place(pill, &links, unit, time);
                if place != *before {
                    *before = place;
                    // Fails for no property that there is.
                    let _ = style.set_property("transform", &transform(place));
                }
            }
        });
    });
    let names = move || screen.pills.read().iter().map(|pill| pill.name.clone()).collect();
    each(names, move |name| view! { <Flying screen name still styles selected on_select /> }.into_any())
}

/// One message under way.
#[component]
fn Flying(
    /// What is shown.
    screen: Screen,
    /// The pill's name.
    name: String,
    /// Whether messages jump instead of fly.
    still: Signal<bool>,
    /// Where its style is put, so that it is moved.
    styles: Styles,
    /// The message whose details are open.
    selected: Value<Option<PillKey>>,
    /// Opens a message's details.
    on_select: Call<PillKey>,
) -> impl IntoView {
    let pill = screen.pills.read_untracked().iter().find(|pill| pill.name == name).cloned()?;
    let (key, element) = (pill.key, NodeRef::<Button>::new());
    let time = (!still.get_untracked()).then(|| screen.time.get_untracked());
    let place = place(&pill, &screen.links.read_untracked(), screen.layout.read_untracked().unit, time);
    let gone = name.clone();
    effect(move || {
        if let Some(button) = element.get() {
            let style = HtmlElement::style(&button);
            styles.with(|styles| styles.insert(name.clone(), (style, place)));
        }
    });
    on_cleanup(move || {
        styles.with(|styles| styles.remove(&gone));
    });
    let pointed = flag(move || screen.pointed.get().has_pill(key));
    let place = transform(place);
    Some(view! { <PillView pill place element selected=flag(move || selected.get() == Some(key)) pointed on_select /> })
}

/// Returns where a pill is at `time`, or half way when it does not fly.
#[allow(clippy::cast_possible_truncation, reason = "pixels")]
fn place(pill: &Pill, links: &Links, unit: f64, time: Option<f64>) -> Place {
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
