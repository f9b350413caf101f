//! Waiting a little for a port, a data folder or a store that another process may be letting go of.
//!
//! Called by the three ways to start. A server that was told to end, or killed, has its ports and files a moment longer;
//! whoever starts another one at once waits for that instead of failing.

use std::time::{Duration, Instant};

use crate::console;
use crate::error::StartError;

/// How long until it is tried again.
const PAUSE: Duration = Duration::from_millis(20);

/// Tries until it is done, or fails for another reason, or has failed for `limit`; says on stderr that it waits.
pub async fn wait<T, E: Into<StartError>>(
    limit: Duration,
    mut attempt: impl FnMut() -> Result<T, E>,
) -> Result<T, StartError> {
    let (begun, mut said) = (Instant::now(), false);
    loop {
        match attempt().map_err(Into::into) {
            Err(error) if error.may_pass() && begun.elapsed() < limit => {
                if !said {
                    console::complain(&format!("{error}; waiting up to {limit:?} for it"));
                }
                said = true;
                tokio::time::sleep(PAUSE).await;
            }
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::folder::{FolderError, Holder};

    const LONG: Duration = Duration::from_hours(1);

    fn in_use() -> StartError {
        FolderError::InUse { path: PathBuf::from("data"), holder: Holder::Parts }.into()
    }

    /// Fails so many times, then succeeds; returns the result and how often it was tried.
    async fn tried(
        limit: Duration,
        failures: usize,
        error: impl Fn() -> StartError,
    ) -> (Result<(), StartError>, usize) {
        let mut tries = 0;
        let result = wait(limit, || {
            tries += 1;
            if tries > failures { Ok(()) } else { Err(error()) }
        });
        (result.await, tries)
    }

    #[tokio::test]
    async fn what_another_process_has_is_waited_for() {
        assert!(matches!(tried(LONG, 3, in_use).await, (Ok(()), 4)));
    }

    #[tokio::test]
    async fn what_stays_in_use_is_said_in_the_end() {
        assert!(matches!(
            tried(Duration::ZERO, 3, in_use).await,
            (Err(StartError::Folder(FolderError::InUse { .. })), 1)
        ));
        assert!(matches!(tried(PAUSE, usize::MAX, in_use).await.0, Err(StartError::Folder(FolderError::InUse { .. }))));
    }

    #[tokio::test]
    async fn nothing_else_is_waited_for() {
        let other = || StartError::NoReplica { id: 7, count: 3, file: String::new() };
        assert!(matches!(tried(LONG, 3, other).await, (Err(StartError::NoReplica { .. }), 1)));
    }
}
