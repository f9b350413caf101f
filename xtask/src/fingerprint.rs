//! What a build was made from, remembered as a hash of contents, so that nothing is built twice in vain.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A text kept in a file: equal to the one of the last build, or not.
pub struct Stamp(PathBuf);

impl Stamp {
    /// The stamp in the file `path`; it need not exist.
    pub fn at(path: PathBuf) -> Stamp {
        Stamp(path)
    }

    /// Tells whether `text` is what was remembered.
    pub fn is(&self, text: &str) -> bool {
        fs::read_to_string(&self.0).is_ok_and(|remembered| remembered == text)
    }

    /// Remembers `text`.
    pub fn remember(&self, text: &str) -> Result<()> {
        let folder = self.0.parent().context("a stamp lies in a folder")?;
        let cannot = || format!("{} cannot be written", self.0.display());
        fs::create_dir_all(folder).and_then(|()| fs::write(&self.0, text)).with_context(cannot)
    }
}

/// Hashes the names and contents of the files at `paths` and below them; a path that does not exist is empty.
pub fn of_files(root: &Path, paths: &[&str]) -> Result<u64> {
    let mut files = BTreeMap::new();
    for path in paths {
        collect(&root.join(path), &mut files)?;
    }
    let mut hasher = DefaultHasher::new();
    for (path, contents) in files {
        path.strip_prefix(root).unwrap_or(&path).hash(&mut hasher);
        contents.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

fn collect(path: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) -> Result<()> {
    let cannot = || format!("{} cannot be read", path.display());
    if path.is_dir() {
        for entry in fs::read_dir(path).with_context(cannot)? {
            collect(&entry.with_context(cannot)?.path(), files)?;
        }
    } else if path.is_file() {
        files.insert(path.to_owned(), fs::read(path).with_context(cannot)?);
    }
    Ok(())
}
