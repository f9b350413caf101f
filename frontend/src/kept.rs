//! What a part keeps for itself as long as it is there: a timer, an observer, the rows of a list.
//!
//! The same as a stored value of Leptos, but of one type for the compiler, as the values of [`crate::derived`] are.

use std::any::Any;
use std::marker::PhantomData;

use crate::prelude::*;

/// Something that nobody follows.
pub struct Kept<T> {
    value: StoredValue<Box<dyn Any>, LocalStorage>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Kept<T> {
        *self
    }
}

impl<T> Copy for Kept<T> {}

impl<T: 'static> Kept<T> {
    /// Keeps `value`.
    pub fn new(value: T) -> Kept<T> {
        Kept { value: kept(Box::new(value)), of: PhantomData }
    }

    /// Hands the value to `look` and returns what it returns; `None` when the part is gone.
    pub fn with<R>(&self, look: impl FnOnce(&mut T) -> R) -> Option<R> {
        let (mut look, mut result) = (Some(look), None);
        reach(self.value, &mut |value| {
            result = value.downcast_mut().and_then(|value| look.take().map(|look| look(value)));
        });
        result
    }

    /// Puts `value` in the place of the one before, unless the part is gone.
    pub fn set(&self, value: T) {
        drop(self.with(|kept| std::mem::replace(kept, value)));
    }
}

fn kept(value: Box<dyn Any>) -> StoredValue<Box<dyn Any>, LocalStorage> {
    StoredValue::new_local(value)
}

fn reach(value: StoredValue<Box<dyn Any>, LocalStorage>, look: &mut dyn FnMut(&mut dyn Any)) {
    value.try_update_value(|value| look(&mut **value));
}
