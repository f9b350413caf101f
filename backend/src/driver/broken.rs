//! A driver that panics: its replica broke a rule of the protocol, and this says which and where.
//!
//! Called by [`crate::server`], which ends the process then. The message is handed on because the panic hook's own lines
//! may be kept from the terminal, as a test harness does. A task that is cancelled because its runtime goes down has
//! broken nothing.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use futures_util::{FutureExt, TryFutureExt};
use tokio::task::JoinHandle;

thread_local! {
    /// Where this thread panicked last: a panic's payload does not say it, only the hook is told.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What a driver said when it panicked, in one line.
pub type Broken = String;

/// Runs a driver in a task of its own.
pub fn spawn(run: impl Future<Output = ()> + Send + 'static) -> JoinHandle<Result<(), Broken>> {
    remember_places();
    // What a driver that panicked leaves behind is dropped unseen. Its panic is taken on the thread that it is on.
    tokio::spawn(AssertUnwindSafe(run).catch_unwind().map_err(|payload| told(&*payload, PLACE.take())))
}

/// Waits for the end of a driver's task; returns what it said if it panicked.
pub async fn broken(task: JoinHandle<Result<(), Broken>>) -> Option<Broken> {
    match task.await {
        Ok(ended) => ended.err(),
        // What it left behind panicked, on another thread perhaps.
        Err(error) if error.is_panic() => Some(told(&*error.into_panic(), None)),
        Err(_cancelled) => None,
    }
}

/// Adds to what is done at a panic that its place is remembered, once for the whole process.
fn remember_places() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PLACE.set(info.location().map(ToString::to_string));
            before(info);
        }));
    });
}

/// Returns a panic's message and place in one line.
fn told(payload: &(dyn Any + Send), place: Option<String>) -> Broken {
    let text = payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref().copied());
    let line = text.unwrap_or("no reason given").lines().map(str::trim).collect::<Vec<_>>().join("; ");
    place.map_or_else(|| line.clone(), |place| format!("{line}, at {place}"))
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Builder;

    use super::*;

    #[test]
    fn a_runtime_that_goes_down_breaks_no_rule() {
        let runtime = Builder::new_multi_thread().worker_threads(2).build().expect("the system has threads");
        let task = {
            let _inside = runtime.enter();
            spawn(std::future::pending())
        };
        drop(runtime);
        let watcher = Builder::new_current_thread().build().expect("the system has threads");
        assert_eq!(watcher.block_on(broken(task)), None);
    }

    #[tokio::test]
    async fn a_driver_that_ends_breaks_no_rule() {
        assert_eq!(broken(spawn(async {})).await, None);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_broken_rule_is_told_in_one_line_with_its_place() {
        let line = line!() + 1;
        let told = broken(spawn(async { assert_eq!(1, 2, "a rule") })).await.expect("it panicked");
        let place = format!("{}:{line}:", file!());
        assert!(told.starts_with("assertion `left == right` failed: a rule; left: 1; right: 2, at "), "{told}");
        assert!(told.contains(&place) && told.lines().count() == 1, "{told}");
        let told = broken(spawn(async { panic::resume_unwind(Box::new(7)) })).await.expect("it panicked");
        assert_eq!(told, "no reason given");
    }
}
