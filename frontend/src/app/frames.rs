//! Frames: time passes only while something moves.

use leptos::leptos_dom::helpers::AnimationFrameRequestHandle;
use leptos::prelude::*;

use crate::derived::Derived;
use crate::observe::now;
use crate::values::effect;

/// Calls `step` with the milliseconds since the last frame, once per frame while `moving`.
pub fn run(moving: Derived<bool>, step: impl Fn(f64) + Copy + 'static) {
    let pending = StoredValue::new_local(None::<AnimationFrameRequestHandle>);
    effect(move || {
        if moving.get() && pending.with_value(Option::is_none) {
            request(pending, moving, step, now());
        }
    });
    on_cleanup(move || {
        if let Some(Some(handle)) = pending.try_update_value(Option::take) {
            handle.cancel();
        }
    });
}

fn request(
    pending: StoredValue<Option<AnimationFrameRequestHandle>, LocalStorage>,
    moving: Derived<bool>,
    step: impl Fn(f64) + Copy + 'static,
    before: f64,
) {
    let frame = move || {
        let now = now();
        pending.set_value(None);
        step(now - before);
        if moving.get_untracked() && pending.with_value(Option::is_none) {
            request(pending, moving, step, now);
        }
    };
    pending.set_value(request_animation_frame_with_handle(frame).ok());
}
