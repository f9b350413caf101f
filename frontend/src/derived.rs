//! Values that are computed from others and compared before anybody hears of them.
//!
//! The same as a `Memo`, but of one type for the compiler: a memo of each type of value would make it write out the
//! whole machinery of dependencies once more for each, some six kilobytes. Used for everything that the screen shows.

use std::any::Any;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use leptos::prelude::*;

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
pub struct Seen<T>(Arc<T>);

impl<T> Deref for Seen<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// A value that follows from others.
pub struct Derived<T> {
    memo: Memo<Erased>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Derived<T> {
    fn clone(&self) -> Derived<T> {
        *self
    }
}

impl<T> Copy for Derived<T> {}

impl<T: PartialEq + Send + Sync + 'static> Derived<T> {
    /// Follows what `compute` reads; it is given its last result.
    pub fn new(compute: impl Fn(Option<&T>) -> T + Send + Sync + 'static) -> Derived<T> {
        let erased = move |old: Option<&Erased>| {
            let old = old.and_then(|old| old.value.downcast_ref());
            Erased { value: Arc::new(compute(old)), same: same::<T> }
        };
        Derived { memo: memo(Box::new(erased)), of: PhantomData }
    }

    /// Returns the value; whoever asks is asked again when it changes.
    pub fn read(&self) -> Seen<T> {
        own(self.memo.get())
    }

    /// Returns the value as it is now.
    pub fn read_untracked(&self) -> Seen<T> {
        own(self.memo.get_untracked())
    }

    /// Whoever asks is asked again when the value changes.
    pub fn track(&self) {
        self.memo.track();
    }

    /// Hands the value to `look`.
    pub fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.read())
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Derived<T> {
    /// Returns a copy of the value.
    pub fn get(&self) -> T {
        T::clone(&self.read())
    }

    /// Returns a copy of the value as it is now.
    pub fn get_untracked(&self) -> T {
        T::clone(&self.read_untracked())
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> From<Derived<T>> for Signal<T> {
    fn from(derived: Derived<T>) -> Signal<T> {
        Signal::derive(move || derived.get())
    }
}

fn memo(compute: Compute) -> Memo<Erased> {
    Memo::new(compute)
}

fn own<T: Send + Sync + 'static>(erased: Erased) -> Seen<T> {
    Seen(erased.value.downcast().expect("only `Derived::new` of the same type puts values in"))
}

fn same<T: PartialEq + 'static>(one: &dyn Any, other: &dyn Any) -> bool {
    match (one.downcast_ref::<T>(), other.downcast_ref::<T>()) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn what_follows_is_computed_anew_only_when_the_value_changes() {
        let owner = Owner::new();
        owner.set();
        let number = RwSignal::new(2);
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
}
