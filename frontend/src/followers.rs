//! Who follows what: so that no value remembers a follower that is gone.
//!
//! A memo of Leptos keeps a word about each that ever followed it, until it is gone itself: an effect that is dropped does
//! not say so. This page draws rows and messages all day long, and each of them follows values that stay, some 250 bytes
//! for every write that is shown. So whoever reads a value is noted here, and struck off the value's list when it is gone.

use std::cell::RefCell;
use std::sync::Weak;

use leptos::reactive::graph::{AnySource, AnySubscriber, Observer, Source, Subscriber};
use shared::map::Map;

/// How many followers come between two looks at who is gone, at least.
const FEW: usize = 256;

thread_local! {
    static FOLLOWERS: RefCell<Followers> = const { RefCell::new(Followers::none()) };
}

/// Notes that whoever is reading now follows `source`.
pub fn note(source: impl FnOnce() -> AnySource) {
    if let Some(follower) = Observer::get() {
        FOLLOWERS.with_borrow_mut(|followers| followers.add(follower, source()));
    }
}

/// All followers, by their place in memory, which is not used again as long as a word about them is kept.
struct Followers {
    all: Map<usize, (Weak<dyn Subscriber + Send + Sync>, Vec<AnySource>)>,
    /// How many there may be before the next look.
    enough: usize,
}

impl Followers {
    const fn none() -> Followers {
        Followers { all: Map::new(), enough: FEW }
    }

    fn add(&mut self, AnySubscriber(place, follower): AnySubscriber, source: AnySource) {
        if self.all.len() > self.enough {
            self.strike_off();
        }
        let (_, sources) = self.all.get_or_insert_with(place, || (follower, Vec::new()));
        if !sources.contains(&source) {
            sources.push(source);
        }
    }

    fn strike_off(&mut self) {
        self.all.retain(|place, (follower, sources)| {
            let stays = follower.strong_count() > 0;
            if !stays {
                let gone = AnySubscriber(*place, Weak::clone(follower));
                for source in sources {
                    source.remove_subscriber(&gone);
                }
            }
            stays
        });
        self.enough = self.all.len() + self.all.len().max(FEW);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use leptos::prelude::Owner;
    use leptos::reactive::graph::{ReactiveNode, WithObserver};

    use super::*;
    use crate::derived::{Derived, Held, Value};

    /// One that remembers whether it was told of a change.
    #[derive(Default)]
    struct Follower(AtomicBool);

    impl Subscriber for Follower {
        fn add_source(&self, _: AnySource) {}

        fn clear_sources(&self, _: &AnySubscriber) {}
    }

    impl ReactiveNode for Follower {
        fn mark_dirty(&self) {
            self.0.store(true, Ordering::Relaxed);
        }

        fn mark_check(&self) {
            self.mark_dirty();
        }

        fn mark_subscribers_check(&self) {}

        fn update_if_necessary(&self) -> bool {
            false
        }
    }

    /// Reads as a new follower that stands at `place`: to a value, two at the same place are the same.
    fn follow(place: usize, read: &dyn Fn()) -> Arc<Follower> {
        let follower = Arc::new(Follower::default());
        let weak: Weak<Follower> = Arc::downgrade(&follower);
        AnySubscriber(place, weak).with_observer(read);
        follower
    }

    #[test]
    fn a_follower_that_is_gone_is_struck_off() {
        let owner = Owner::new();
        owner.set();
        let held = Held::new(1);
        let derived = Derived::new(move |_| held.get() + 1);
        let (of_held, of_derived): (Value<i32>, Value<i32>) = (held.into(), derived.into());
        let reads: [&dyn Fn(); 4] =
            [&|| _ = held.get(), &|| _ = derived.get(), &|| _ = of_held.get(), &|| of_derived.track()];
        for (first, read) in (0..).step_by(4 * FEW).zip(reads) {
            let stays = follow(first, read);
            drop(follow(first + 1, read));
            for place in 2..3 * FEW {
                drop(follow(first + place, read));
            }
            // A value that still remembered the one before at this place would take this one for it.
            let new = follow(first + 1, read);
            held.update(|held| *held += 1);
            assert!(new.0.load(Ordering::Relaxed), "the one before at its place is forgotten");
            assert!(stays.0.load(Ordering::Relaxed), "who is still there is told of changes");
            assert!(FOLLOWERS.with_borrow(|followers| followers.all.len()) <= 2 * FEW + 1);
        }
    }
}
