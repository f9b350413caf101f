//! Values that change, for attributes and text.
//!
//! A closure in a view makes the compiler write out the whole machinery of rendering once more; a signal of a
//! type that other views use too does not. The page has some seventy such values, so they are all made here: this
//! halves what a phone downloads for them.

use leptos::prelude::*;

type Value<T> = Box<dyn Fn() -> T + Send + Sync>;

/// A text.
pub fn text(value: impl Fn() -> String + Send + Sync + 'static) -> Signal<String> {
    boxed(Box::new(value))
}

/// One of a few words.
pub fn word(value: impl Fn() -> &'static str + Send + Sync + 'static) -> Signal<&'static str> {
    boxed(Box::new(value))
}

/// Yes or no.
pub fn flag(value: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
    boxed(Box::new(value))
}

/// `true` or `false`, as ARIA writes it.
pub fn yes_or_no(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

fn boxed<T: Send + Sync + 'static>(value: Value<T>) -> Signal<T> {
    Signal::derive(value)
}
