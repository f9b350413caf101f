//! Frames: time passes only while something moves.

use std::time::Duration;

use crate::prelude::*;
use leptos::leptos_dom::helpers::AnimationFrameRequestHandle;

use crate::derived::Derived;
use crate::kept::Kept;
use crate::observe::now;
use crate::screen::Screen;
use crate::values::effect;

/// How long after a frame the cursor has settled.
const SETTLED: Duration = Duration::from_millis(20);

/// The frame that was asked for, if one was.
type Pending = Kept<Option<AnimationFrameRequestHandle>>;

/// Calls `step` with the milliseconds since the last frame, once per frame while `moving`.
pub fn run(moving: Derived<bool>, step: impl Fn(f64) + Copy + 'static) {
    let pending = Pending::new(None);
    effect(move || {
        if moving.get() && is_free(pending) {
            request(pending, moving, step, now());
        }
    });
    on_cleanup(move || {
        if let Some(Some(handle)) = pending.with(Option::take) {
            handle.cancel();
        }
    });
}

/// Notes where the cursor rests: a little after the frame that shows it there, so that a jump is seen at once.
pub fn settle(screen: Screen) {
    effect(move || {
        screen.at.track();
        request_animation_frame(move || set_timeout(move || rest(screen), SETTLED));
    });
}

fn rest(screen: Screen) {
    // Nothing, when the page is gone.
    let Some(before) = screen.settled.try_get_untracked() else { return };
    let (_, here) = screen.at.get_untracked();
    if before != here {
        screen.settled.set(here);
    }
}

fn is_free(pending: Pending) -> bool {
    pending.with(|pending| pending.is_none()) == Some(true)
}

fn request(pending: Pending, moving: Derived<bool>, step: impl Fn(f64) + Copy + 'static, before: f64) {
    let frame = move || {
        let now = now();
        pending.set(None);
        step(now - before);
        if moving.get_untracked() && is_free(pending) {
            request(pending, moving, step, now);
        }
    };
    pending.set(request_animation_frame_with_handle(frame).ok());
}
