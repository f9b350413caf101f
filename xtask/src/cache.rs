//! The user's cache folder, in which the tools are kept for every clone.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Returns the folder of Baton's tools; it need not exist yet.
///
/// `$XDG_CACHE_HOME/baton/tools`, otherwise below `~/.cache` (macOS: `~/Library/Caches`, Windows:
/// `%LOCALAPPDATA%`).
pub fn tools() -> Result<PathBuf> {
    let folder = user_cache(|name| std::env::var_os(name), std::env::home_dir());
    let folder = folder.context("there is no home folder; set XDG_CACHE_HOME to a folder that can be written")?;
    Ok(folder.join("baton").join("tools"))
}

fn user_cache(variable: impl Fn(&str) -> Option<OsString>, home: Option<PathBuf>) -> Option<PathBuf> {
    let folder = |name: &str| variable(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    if let Some(cache) = folder("XDG_CACHE_HOME") {
        return Some(cache);
    }
    if cfg!(windows) {
        return folder("LOCALAPPDATA");
    }
    let below = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
    home.filter(|home| home.is_absolute()).map(|home| home.join(below))
}

/// Takes the lock `<folder>/<name>.lock`, waiting for another process that has it; dropping the file gives it back.
pub fn lock(folder: &Path, name: &str) -> Result<File> {
    let path = folder.join(format!("{name}.lock"));
    let cannot = || format!("{} cannot be written; is the cache folder yours?", path.display());
    fs::create_dir_all(folder).with_context(cannot)?;
    let file = File::create(&path).with_context(cannot)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            println!("      another process is building {name}; waiting for it");
            file.lock().with_context(cannot)?;
        }
        Err(TryLockError::Error(error)) => return Err(error).with_context(cannot),
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_comes_before_the_home_folder() {
        let home = std::env::temp_dir();
        let set = |name: &str| (name == "XDG_CACHE_HOME").then(|| home.join("cache").into_os_string());
        assert_eq!(user_cache(set, Some(home.clone())), Some(home.join("cache")));
    }

    #[test]
    #[cfg(not(windows))]
    fn a_relative_variable_is_ignored() {
        let home = std::env::temp_dir();
        let relative = |_: &str| Some(OsString::from("cache"));
        let found = user_cache(relative, Some(home.clone())).expect("there is a home folder");
        assert!(found.starts_with(&home));
        assert_eq!(user_cache(|_| None, None), None);
    }
}
