//! Locks on files, which say that one process works on something.
//!
//! Used by [`crate::folder`] and [`crate::secret`]. The system lets go of them when a process ends, however it ends.

use std::fs::{File, TryLockError};
use std::io;

/// A file that can be locked; it is let go of when this is dropped.
#[derive(Debug)]
pub struct Lock(pub File);

impl Lock {
    /// Locks it for this process alone; returns whether that could be done.
    ///
    /// # Errors
    /// When the system cannot lock files there.
    pub fn lock(&self) -> io::Result<bool> {
        taken(self.0.try_lock())
    }

    /// Locks it together with others that do the same; returns whether that could be done.
    ///
    /// # Errors
    /// When the system cannot lock files there.
    pub fn share(&self) -> io::Result<bool> {
        taken(self.0.try_lock_shared())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a process that another thread has just forked has the same file open, with the lock,
        // until it runs its program. A file that cannot be unlocked is let go of when it is closed.
        let _ = self.0.unlock();
    }
}

fn taken(tried: Result<(), TryLockError>) -> io::Result<bool> {
    match tried {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(source)) => Err(source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is forked has what `try_clone` gives: another descriptor of the same open file.
    #[test]
    fn what_is_let_go_of_is_free_though_a_forked_process_has_it_open() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let path = place.path().join("lock");
        let open = || Lock(File::options().write(true).create(true).truncate(false).open(&path).expect("writable"));
        let held = open();
        assert!(held.lock().expect("files can be locked here"));
        let _forked = held.0.try_clone().expect("there is room for it");
        assert!(!open().lock().expect("files can be locked here"), "it is taken");
        drop(held);
        assert!(open().lock().expect("files can be locked here"), "it is free");
    }
}
