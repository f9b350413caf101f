//! A message under way: a labelled pill that can be pressed to see what is in it.

use crate::prelude::*;
use leptos::html::Button;

use super::icon::{Icon, Sign};
use crate::derived::Call;
use crate::kind::step_words;
use crate::lang::fill;
use crate::playback::pills::{Pill, PillKey};

/// Shows one message under way.
#[component]
pub fn PillView(
    /// The message.
    pill: Pill,
    /// The `transform` that puts it where it is now; whoever moves it later does so at the element.
    place: String,
    /// Gets its element.
    element: NodeRef<Button>,
    /// Whether its details are open.
    #[prop(into)]
    selected: Signal<bool>,
    /// Whether it, or what belongs to it, is pointed at.
    #[prop(into)]
    pointed: Signal<bool>,
    /// Opens its details.
    on_select: Call<PillKey>,
) -> impl IntoView {
    let key = pill.key;
    let waits = pill.held.filter(|_| !pill.is_dead());
    let sign = match waits {
        Some(_) => Icon::Gate,
        None if pill.crown && !pill.is_dead() => Icon::Crown,
        None => Icon::Kind(pill.kind),
    };
    let said = label(&pill);
    view! {
        <button
            type="button"
            class="pill"
            node_ref=element
            class:crowned=pill.crown
            class:held=waits.is_some()
            class:selected=selected
            class:pointed=pointed
            data-testid="pill"
            data-kind=pill.kind.as_str()
            data-message=key.to_string()
            data-crown=pill.crown.to_string()
            aria-label=said
            style:transform=place
            on:click=move |_| on_select.run(key)
        >
            <Sign icon=sign />
            {pill.label.step.map(|step| view! { <b>{step}</b> " " })}
            <span>{pill.label.text}</span>
            {waits.filter(|behind| *behind > 0).map(|behind| view! { <i>{format!("+{behind}")}</i> })}
        </button>
    }
}

fn label(pill: &Pill) -> String {
    let step = pill.label.step.map_or(String::new(), |step| step_words(step) + " ");
    let what = format!("{step}{}", pill.label.text);
    let names = (crate::words::name(pill.from), crate::words::name(pill.to));
    let values: &[(&str, &str)] = &[("what", &what), ("from", &names.0), ("to", &names.1)];
    if pill.is_dead() {
        return fill("{what}, from {from} to {to}, lost. Show what is in it.", values);
    }
    match pill.held {
        None => fill("{what}, from {from} to {to}. Show what is in it.", values),
        Some(0) => fill("{what}, from {from} to {to}, waits at the gate. Show what is in it.", values),
        Some(behind) => {
            let count = behind.to_string();
            let values = [values, &[("count", &count)]].concat();
            fill("{what}, from {from} to {to}, waits at the gate, and {count} behind it. Show what is in it.", &values)
        }
    }
}

/// Returns about how large the pill is, in pixels, in type of `unit` pixels.
#[allow(clippy::cast_precision_loss, reason = "a label has few characters")]
pub fn size(pill: &Pill, unit: f64) -> (f64, f64) {
    let behind = pill.held.map_or(0, |behind| if behind > 0 { 4 } else { 0 });
    let letters = pill.label.text.chars().count() + pill.label.step.map_or(0, |step| step.len() + 2) + behind;
    let height = if pill.label.step.is_some() { 1.95 } else { 1.5 };
    ((letters as f64 * 0.53 + 2.5) * unit, height * unit)
}
