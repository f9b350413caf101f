//! A message under way: a labelled pill that can be pressed to see what is in it.

use super::icon::Icon;
use crate::kind::step_words;
use crate::lang::fill;
use crate::markup::{escaped, tag};
use crate::playback::pills::Pill;
use crate::values::yes_or_no;

/// Writes one message under way, in a frame that is moved: a browser finds the styles of what moves anew in every frame, and
/// the frame has three where the pill has thirty.
pub fn markup(pill: &Pill) -> String {
    let waits = pill.held.filter(|_| !pill.is_dead());
    let sign = match waits {
        Some(_) => Icon::Gate,
        None if pill.crown && !pill.is_dead() => Icon::Crown,
        None => Icon::Kind(pill.kind),
    };
    let class = ["pill", if pill.crown { " crowned" } else { "" }, if waits.is_some() { " held" } else { "" }].concat();
    let step = pill.label.step.map_or(String::new(), |step| tag("b", &[], step) + " ");
    let behind =
        waits.filter(|behind| *behind > 0).map_or(String::new(), |behind| tag("i", &[], &format!("+{behind}")));
    let attributes = [
        ("type", "button"),
        ("class", &*class),
        ("data-testid", "pill"),
        ("data-kind", pill.kind.as_str()),
        ("data-message", &*pill.key.to_string()),
        ("data-crown", yes_or_no(pill.crown)),
        ("aria-label", &*label(pill)),
    ];
    let inside = [sign.markup(), step, tag("span", &[], &escaped(&pill.label.text)), behind].concat();
    tag("div", &[("class", "flight")], &tag("button", &attributes, &inside))
}

/// Returns what tells two looks apart, of messages that do not wait at a gate.
pub fn look(pill: &Pill) -> String {
    let step = pill.label.step.unwrap_or_default();
    [pill.kind.as_str(), if pill.crown { "!" } else { "" }, step, " ", &pill.label.text].concat()
}

fn label(pill: &Pill) -> String {
    let step = pill.label.step.map_or(String::new(), |step| step_words(step) + " ");
    let what = format!("{step}{}", pill.label.text);
    let names = (crate::words::name(pill.from), crate::words::name(pill.to));
    let values: &[(&str, &str)] = &[("what", &what), ("from", &names.0), ("to", &names.1)];
    if pill.is_dead() {
        return fill("{what}, from {from} to {to}, lost. Show its contents.", values);
    }
    match pill.held {
        None => fill("{what}, from {from} to {to}. Show its contents.", values),
        Some(0) => fill("{what}, from {from} to {to}, waits at the gate. Show its contents.", values),
        Some(behind) => {
            let count = behind.to_string();
            let values = [values, &[("count", &count)]].concat();
            fill("{what}, from {from} to {to}, waits at the gate, and {count} behind it. Show its contents.", &values)
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
