//! What only the browser knows: the size of an element as it is laid out, what stands
//! around it, what a media query says, what a key is for, the time.

use crate::derived::Held;
use crate::kept::Kept;
use crate::prelude::*;
use crate::values::effect;
use leptos::html::ElementType;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, EventTarget, KeyboardEvent, ResizeObserver};

/// Calls `tell` with an element's width and height, and the size of the page's type, in pixels: once it is there
/// and whenever they change, until the owner is cleaned up.
pub fn observe_size<E>(element: NodeRef<E>, tell: impl Fn(f64, f64, f64) + Clone + 'static)
where
    E: ElementType + 'static,
    E::Output: JsCast + Clone + 'static,
{
    let watching = Kept::new(None::<Watching>);
    effect(move || {
        let Some(found) = element.get() else { return };
        let target: web_sys::HtmlElement = found.unchecked_into();
        let (seen, tell) = (target.clone(), tell.clone());
        let changed = Closure::<dyn FnMut()>::new(move || {
            tell(f64::from(seen.client_width()), f64::from(seen.client_height()), type_size());
        });
        if let Ok(observer) = ResizeObserver::new(changed.as_ref().unchecked_ref()) {
            observer.observe(&target);
            watching.set(Some(Watching { observer, _changed: changed }));
        }
    });
    on_cleanup(move || {
        watching.set(None);
    });
}

/// Whether a media query holds, now and whenever that changes; for as long as the page is there.
pub fn media(query: &str) -> Held<bool> {
    let holds = Held::new(false);
    let Ok(Some(list)) = window().match_media(query) else { return holds };
    holds.set(list.matches());
    let asked = list.clone();
    let changed = Closure::<dyn FnMut()>::new(move || holds.set(asked.matches()));
    list.set_onchange(Some(changed.as_ref().unchecked_ref()));
    let watching = Kept::new(Some(changed));
    on_cleanup(move || {
        list.set_onchange(None);
        watching.set(None);
    });
    holds
}

struct Watching {
    observer: ResizeObserver,
    _changed: Closure<dyn FnMut()>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Returns the element nearest around what an event is about, or that itself, that meets a selector.
pub fn closest(target: Option<EventTarget>, css: &str) -> Option<Element> {
    target?.dyn_into::<Element>().ok()?.closest(css).ok()?
}

/// Whether a key is part of writing a letter, such as the Enter that ends a Korean one: it is meant for nothing else.
///
/// Safari says that the letter is written before it tells of that key, so there it does not count as composing; but it has
/// the number that all keys have which an input method took.
pub fn composes(event: &KeyboardEvent) -> bool {
    const TAKEN: u32 = 229;
    event.is_composing() || event.key_code() == TAKEN
}

/// Milliseconds since the page was opened.
pub fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// The size of the page's type: what `1rem` is.
fn type_size() -> f64 {
    let size = || {
        let root = document().document_element()?;
        let style = window().get_computed_style(&root).ok()??;
        Some(js_sys::parse_float(&style.get_property_value("font-size").ok()?))
    };
    size().unwrap_or(16.0)
}
