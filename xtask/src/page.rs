//! Builds the page into `dist/`: Trunk, then the compressed siblings; nothing when nothing changed.
//!
//! What `dist/` was built from and what was in it then is remembered as two fingerprints of contents. Anything
//! that changes either (an edit, a checkout, `trunk serve`, which leaves its own build there) is seen.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::{self, program};
use crate::{precompress, wasm_target, workspace};

/// What the page is built from, relative to the workspace.
const SOURCES: [&str; 7] =
    ["frontend", "shared/src", "shared/Cargo.toml", "Cargo.toml", "Cargo.lock", "Trunk.toml", "rust-toolchain.toml"];

/// The page, and what is known of its last build.
pub struct Page {
    root: PathBuf,
    stamp: PathBuf,
}

impl Page {
    /// The workspace's page.
    pub fn new() -> Result<Page> {
        let stamp = workspace::target_dir()?.join("xtask").join("page.stamp");
        Ok(Page { root: workspace::root().to_owned(), stamp })
    }

    /// Tells whether `dist/` holds what the sources would build.
    pub fn is_fresh(&self) -> Result<bool> {
        let remembered = fs::read_to_string(&self.stamp).unwrap_or_default();
        Ok(self.dist().join("index.html").is_file() && remembered == self.fingerprints()?)
    }

    /// Builds `dist/`; `tools` are the folders of the tools that are not on `PATH`.
    ///
    /// # Errors
    /// When crates cannot be downloaded, the page does not compile or `dist/` cannot be written.
    pub fn build(&self, tools: &[PathBuf]) -> Result<()> {
        fetch()?;
        trunk(tools)?;
        precompress::folder(&self.dist())?;
        self.remember()
    }

    fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    fn remember(&self) -> Result<()> {
        let text = self.fingerprints()?;
        let folder = self.stamp.parent().context("the stamp lies in a folder")?;
        fs::create_dir_all(folder).and_then(|()| fs::write(&self.stamp, text)).context("the stamp cannot be written")
    }

    fn fingerprints(&self) -> Result<String> {
        let compiler = command::printed(program("rustc").arg("--version")).unwrap_or_default();
        let sources = fingerprint(&self.root, &SOURCES)?;
        let built = fingerprint(&self.root, &["dist"])?;
        Ok(format!("{compiler}\nsources {sources:016x}\ndist {built:016x}\n"))
    }
}

/// Downloads the crates, so that Trunk can be kept off the network.
fn fetch() -> Result<()> {
    let advice = "the page's crates could not be downloaded; this needs the crates registry. Run it again when \
                  the network is there";
    command::run(command::cargo().args(["fetch", "--quiet"]), advice)
}

fn trunk(tools: &[PathBuf]) -> Result<()> {
    let mut trunk = program("trunk");
    trunk.args(["build", "--release", "--offline", "true"]);
    // Trunk takes only `true` for this variable, not the `1` of everyone else.
    if std::env::var_os("NO_COLOR").is_some() {
        trunk.env_remove("NO_COLOR").env("TRUNK_COLOR", "never");
    }
    command::prepend_path(&mut trunk, tools)?;
    let advice =
        format!("the page does not build; the lines above say why. It is compiled for {}", wasm_target::TARGET);
    command::run(&mut trunk, &advice)
}

/// Hashes the names and contents of the files at `paths` and below them; a path that does not exist counts as empty.
fn fingerprint(root: &Path, paths: &[&str]) -> Result<u64> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_of_sources_or_dist_makes_the_page_stale() {
        let root = std::env::temp_dir().join(format!("baton-page-{}", std::process::id()));
        let write = |name: &str, text: &str| {
            let path = root.join(name);
            fs::create_dir_all(path.parent().expect("it has a folder")).expect("the temporary folder can be written");
            fs::write(path, text).expect("the temporary folder can be written");
        };
        let page = Page { root: root.clone(), stamp: root.join("target/page.stamp") };
        write("frontend/src/main.rs", "1");
        write("shared/src/lib.rs", "1");
        write("dist/index.html", "1");
        let fresh = || page.is_fresh().expect("the files can be read");
        assert!(!fresh(), "nothing is remembered yet");
        for change in ["frontend/src/main.rs", "shared/src/new.rs", "dist/index.html", "dist/other.js", "Cargo.lock"] {
            page.remember().expect("the stamp can be written");
            assert!(fresh());
            write(change, change);
            assert!(!fresh(), "{change}");
        }
        page.remember().expect("the stamp can be written");
        write("backend/src/main.rs", "the page is not made of this");
        assert!(fresh());
        fs::remove_file(root.join("shared/src/new.rs")).expect("the file is ours");
        assert!(!fresh(), "a file that is gone");
        fs::remove_dir_all(&root).expect("the temporary folder is ours");
    }
}
