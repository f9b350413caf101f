//! What changes within a view: values of attributes and text, parts that come and go, lists.
//!
//! A closure or a list in a view makes the compiler write out the whole machinery of rendering once more, for that
//! one type. The page has a hundred such places, so all of them are made here, of a few types: a phone downloads
//! less.

use std::pin::Pin;
use std::sync::Arc;

use crate::prelude::*;
use leptos::tachys::reactive_graph::OwnedView;
use leptos::tachys::view::keyed::keyed;
use leptos::task::spawn_local;

use crate::derived::{Derived, Value};

/// A text.
pub fn text(value: impl Fn() -> String + Send + Sync + 'static) -> Signal<String> {
    boxed(Box::new(value))
}

/// One of a few words. A text, too: another type would be written out once more for each place that it can stand in.
pub fn word(value: impl Fn() -> &'static str + Send + Sync + 'static) -> Signal<String> {
    text(move || value().to_owned())
}

/// Yes or no.
pub fn flag(value: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
    boxed(Box::new(value))
}

/// `true` or `false`, as ARIA writes it.
pub fn yes_or_no(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

fn boxed<T: Send + Sync + 'static>(value: Box<dyn Fn() -> T + Send + Sync>) -> Signal<T> {
    Signal::derive(value)
}

/// A part that is there while `when` says so.
pub fn shown(when: impl Fn() -> bool + Send + Sync + 'static, view: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    shown_boxed(flag(when), Box::new(view))
}

fn shown_boxed(when: Signal<bool>, view: Box<dyn Fn() -> AnyView + Send>) -> AnyView {
    let when = Derived::new(move |_| when.get());
    (move || when.get().then(&view)).into_any()
}

/// A list whose parts are told apart by name: a part stays as it is while its name is in the list.
pub fn each(
    names: impl Fn() -> Vec<String> + Send + Sync + 'static,
    view: impl Fn(String) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    each_shared(Value::derive(names), Arc::new(view))
}

/// The same as Leptos' `For`, but for one thing: there the list keeps a word about every row that ever was, for as long as
/// the list is there, and this page draws rows all day long.
fn each_shared(names: Value<Vec<String>>, view: Arc<dyn Fn(String) -> AnyView + Send + Sync>) -> AnyView {
    let row = move |_, name: String| {
        let owner = loner();
        let drawn = owner.with(|| view(name));
        (drop::<usize>, OwnedView::new_with_owner(drawn, owner))
    };
    (move || keyed(names.get(), Clone::clone, row.clone())).into_any()
}

/// An owner that no other knows of: what it owns goes when it is dropped.
fn loner() -> Owner {
    let current = Owner::current();
    current.iter().cloned().for_each(Owner::unset);
    let owner = Owner::new();
    current.iter().for_each(Owner::set);
    owner
}

/// Does something now and again whenever what it read has changed; for what the browser keeps by itself.
pub fn effect(act: impl Fn() + 'static) {
    effect_boxed(Box::new(act));
}

fn effect_boxed(act: Box<dyn Fn()>) {
    Effect::new(move |_| act());
}

/// Does something that has to wait for the browser.
pub fn spawn(work: impl Future<Output = ()> + 'static) {
    spawn_local(Box::pin(work) as Pin<Box<dyn Future<Output = ()>>>);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_goes_by_itself_and_the_list_keeps_no_word_of_it() {
        let list = Owner::new();
        let gone = list.with(|| {
            let row = loner();
            assert!(Owner::current() == Some(list.clone()), "the list goes on as before");
            assert!(row.parent().is_none(), "nobody else keeps a word about the row");
            let held = row.with(|| RwSignal::new(1));
            drop(row);
            held
        });
        assert!(gone.is_disposed());
    }
}
