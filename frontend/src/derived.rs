//! The values of the page: set by hand ([`Held`]), following from others ([`Derived`]), or either ([`Value`]); and what
//! parts call ([`Call`]). What a part keeps for itself is in [`crate::kept`].
//!
//! They do what Leptos' signals, memos and callbacks do, but are of one type for the compiler: a signal of each type of
//! value would make it write out the whole machinery of dependencies once more for each, some six kilobytes. What
//! attributes and texts are made of is in [`crate::values`].

use std::any::Any;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use leptos::reactive::graph::ToAnySource;

use crate::followers;
use crate::prelude::*;

use crate::values::flag;

type Compute = Box<dyn Fn(Option<&Erased>) -> Erased + Send + Sync>;

/// A value of any type with the way to compare it.
#[derive(Clone)]
struct Erased {
    value: Arc<dyn Any + Send + Sync>,
    same: fn(&dyn Any, &dyn Any) -> bool,
}

impl PartialEq for Erased {
    fn eq(&self, other: &Erased) -> bool {
        (self.same)(&*self.value, &*other.value)
    }
}

/// A value as it was when it was read.
pub struct Seen<T>(Arc<dyn Any + Send + Sync>, PhantomData<fn() -> T>);

impl<T: 'static> Deref for Seen<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.downcast_ref().expect("values are read as they were put in")
    }
}

/// A value that is set by hand.
pub struct Held<T> {
    signal: RwSignal<Erased>,
    of: PhantomData<fn() -> T>,
}

/// A value that follows from others.
pub struct Derived<T> {
    memo: Memo<Erased>,
    of: PhantomData<fn() -> T>,
}

/// A value of either kind, as parts of the page are given it.
pub struct Value<T> {
    signal: Signal<Erased>,
    of: PhantomData<fn() -> T>,
}

/// What a part calls when something was asked for.
pub struct Call<T> {
    call: Callback<Box<dyn Any>>,
    of: PhantomData<fn(T)>,
}

/// Reading is the same for the three of them.
macro_rules! read {
    ($name:ident, $field:ident) => {
        impl<T> Clone for $name<T> {
            fn clone(&self) -> $name<T> {
                *self
            }
        }

        impl<T> Copy for $name<T> {}

        impl<T: Send + Sync + 'static> $name<T> {
            /// Returns the value; whoever asks is asked again when it changes.
            pub fn read(&self) -> Seen<T> {
                Seen(self.erased().value, PhantomData)
            }

            /// Returns the value as it is now.
            pub fn read_untracked(&self) -> Seen<T> {
                Seen(self.$field.get_untracked().value, PhantomData)
            }

            /// Whoever asks is asked again when the value changes. It is computed now: what was never computed follows
            /// nothing yet, and tells of no change.
            pub fn track(&self) {
                drop(self.erased());
            }

            /// Hands the value to `look`.
            pub fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
                look(&self.read())
            }

            /// Hands the value as it is now to `look`.
            pub fn with_untracked<R>(&self, look: impl FnOnce(&T) -> R) -> R {
                look(&self.read_untracked())
            }
        }

        impl<T: Clone + Send + Sync + 'static> $name<T> {
            /// Returns a copy of the value.
            pub fn get(&self) -> T {
                T::clone(&self.read())
            }

            /// Returns a copy of the value as it is now.
            pub fn get_untracked(&self) -> T {
                T::clone(&self.read_untracked())
            }
        }
    };
}

read!(Held, signal);
read!(Derived, memo);
read!(Value, signal);

impl<T> Held<T> {
    fn erased(&self) -> Erased {
        read_held(self.signal)
    }
}

impl<T> Derived<T> {
    fn erased(&self) -> Erased {
        read_memo(self.memo)
    }
}

impl<T> Value<T> {
    fn erased(&self) -> Erased {
        self.signal.get()
    }
}

fn read_held(signal: RwSignal<Erased>) -> Erased {
    followers::note(|| signal.to_any_source());
    signal.get()
}

fn read_memo(memo: Memo<Erased>) -> Erased {
    followers::note(|| ArcMemo::from(memo).to_any_source());
    memo.get()
}

impl<T: Send + Sync + 'static> Held<T> {
    /// Holds `value` until it is set.
    pub fn new(value: T) -> Held<T> {
        Held { signal: held(Erased { value: Arc::new(value), same: never }), of: PhantomData }
    }

    /// Returns a copy of the value as it is now; `None` when the part of the page that held it is gone.
    pub fn try_get_untracked(&self) -> Option<T>
    where
        T: Clone,
    {
        let erased = self.signal.try_get_untracked()?;
        erased.value.downcast_ref().cloned()
    }

    /// Puts `value` in the place of the one before.
    pub fn set(&self, value: T) {
        self.update(|held| *held = value);
    }

    /// Lets `change` change the value, unless the part of the page that held it is gone.
    ///
    /// # Panics
    /// When it is called while the value is being looked at.
    pub fn update(&self, change: impl FnOnce(&mut T)) {
        self.try_update(change);
    }

    /// Lets `change` change the value and returns what it returns; `None` when the part that held the value is gone.
    ///
    /// # Panics
    /// When it is called while the value is being looked at.
    pub fn try_update<R>(&self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let (mut change, mut result) = (Some(change), None);
        alter(self.signal, &mut |value| {
            let value = value.downcast_mut().expect("values are changed as they were put in");
            result = change.take().map(|change| change(value));
        });
        result
    }
}

impl<T: PartialEq + Send + Sync + 'static> Derived<T> {
    /// Follows what `compute` reads; it is given its last result.
    pub fn new(compute: impl Fn(Option<&T>) -> T + Send + Sync + 'static) -> Derived<T> {
        let erased = move |old: Option<&Erased>| {
            let old = old.and_then(|old| old.value.downcast_ref());
            Erased { value: Arc::new(compute(old)), same: same::<T> }
        };
        Derived { memo: memo(Box::new(erased)), of: PhantomData }
    }
}

impl<T: Send + Sync + 'static> Value<T> {
    /// Asks `compute` each time.
    pub fn derive(compute: impl Fn() -> T + Send + Sync + 'static) -> Value<T> {
        let erased = move || Erased { value: Arc::new(compute()), same: never };
        Value { signal: derived(Box::new(erased)), of: PhantomData }
    }
}

impl<T> From<Held<T>> for Value<T> {
    fn from(held: Held<T>) -> Value<T> {
        let signal = held.signal;
        Value { signal: derived(Box::new(move || read_held(signal))), of: PhantomData }
    }
}

impl From<Held<bool>> for Signal<bool> {
    fn from(held: Held<bool>) -> Signal<bool> {
        flag(move || held.get())
    }
}

impl<T> From<Derived<T>> for Value<T> {
    fn from(derived: Derived<T>) -> Value<T> {
        let memo = derived.memo;
        Value { signal: self::derived(Box::new(move || read_memo(memo))), of: PhantomData }
    }
}

impl<T: Send + Sync + 'static> From<T> for Value<T> {
    fn from(value: T) -> Value<T> {
        Held::new(value).into()
    }
}

impl<T> Clone for Call<T> {
    fn clone(&self) -> Call<T> {
        *self
    }
}

impl<T> Copy for Call<T> {}

impl<T: 'static> Call<T> {
    /// Calls `call`.
    pub fn new(call: impl Fn(T) + Send + Sync + 'static) -> Call<T> {
        let erased = move |argument: Box<dyn Any>| {
            // Always: `run` is the only one who calls it.
            if let Ok(argument) = argument.downcast() {
                call(*argument);
            }
        };
        Call { call: Callback::new(erased), of: PhantomData }
    }

    /// Calls it.
    pub fn run(&self, argument: T) {
        self.call.run(Box::new(argument));
    }
}

fn held(value: Erased) -> RwSignal<Erased> {
    RwSignal::new(value)
}

fn memo(compute: Compute) -> Memo<Erased> {
    Memo::new(compute)
}

fn derived(compute: Box<dyn Fn() -> Erased + Send + Sync>) -> Signal<Erased> {
    Signal::derive(compute)
}

fn alter(signal: RwSignal<Erased>, change: &mut dyn FnMut(&mut dyn Any)) {
    signal.try_update(|erased| {
        change(Arc::get_mut(&mut erased.value).expect("nobody looks at a value while it changes"));
    });
}

fn same<T: PartialEq + 'static>(one: &dyn Any, other: &dyn Any) -> bool {
    match (one.downcast_ref::<T>(), other.downcast_ref::<T>()) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

fn never(_: &dyn Any, _: &dyn Any) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn what_follows_is_computed_anew_only_when_the_value_changes() {
        let owner = Owner::new();
        owner.set();
        let number = Held::new(2);
        let half = Derived::new(move |_| number.get() / 2);
        let computed = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&computed);
        let text = Derived::new(move |old: Option<&String>| {
            count.fetch_add(1, Ordering::Relaxed);
            format!("{}<{}", old.cloned().unwrap_or_default(), half.get())
        });
        assert_eq!(text.get(), "<1");
        number.set(3);
        assert_eq!((text.get().as_str(), computed.load(Ordering::Relaxed)), ("<1", 1));
        number.set(4);
        assert_eq!((text.get().as_str(), computed.load(Ordering::Relaxed)), ("<1<2", 2));
    }

    #[test]
    fn what_is_only_tracked_tells_of_its_changes() {
        let owner = Owner::new();
        owner.set();
        let number = Held::new(2);
        let end = Derived::new(move |_| number.get());
        let last = Derived::new(move |_| {
            end.track();
            number.get_untracked()
        });
        assert_eq!(last.get(), 2);
        number.set(3);
        assert_eq!(last.get(), 3);
    }
}
