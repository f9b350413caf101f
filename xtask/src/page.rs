//! Builds the page into `dist/`, in stages; nothing when nothing changed.
//!
//! 1. [`compile`]: cargo compiles `frontend` for wasm32.
//! 2. [`bundle`]: `wasm_split_cli_support` splits the program where `frontend` says so, `wasm-bindgen-cli-support`
//!    writes the JavaScript that the browser needs to run it.
//! 3. [`html`]: one style sheet of the many, and `index.html` with the names of all files.
//! 4. [`compress`]: brotli and gzip siblings of every file.
//!
//! All files but `index.html` and the copied ones lie in one folder that is named after their contents, so browsers may
//! keep them for ever and no file has to be renamed or changed after it was written.
//!
//! What `dist/` was built from and what was in it then is remembered as two fingerprints of contents. Anything
//! that changes either (an edit, a checkout, another build that writes there) is noticed.

mod bundle;
mod compile;
mod compress;
mod html;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::{self, program};
use crate::fingerprint::{self, Stamp};
use crate::workspace;

/// What the page is built from, relative to the workspace.
const SOURCES: [&str; 9] = [
    "frontend",
    "shared/src",
    "shared/Cargo.toml",
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    ".cargo/config.toml",
    "xtask/src/page",
    "xtask/src/page.rs",
];

/// The page, and what is known of its last build.
pub struct Page {
    root: PathBuf,
    target: PathBuf,
}

impl Page {
    /// The workspace's page.
    pub fn new() -> Result<Page> {
        Ok(Page { root: workspace::root().to_owned(), target: workspace::target_dir()? })
    }

    /// Tells whether `dist/` holds what the sources would build.
    pub fn is_fresh(&self) -> Result<bool> {
        Ok(self.dist().join("index.html").is_file() && self.stamp().is(&(self.sources()? + &self.contents()?)))
    }

    /// Builds `dist/`, without the network.
    ///
    /// # Errors
    /// When the page does not compile or `dist/` cannot be written.
    pub fn build(&self) -> Result<()> {
        // Before the build: what is edited meanwhile is not in it.
        let sources = self.sources()?;
        let program = compile::program(&self.target)?;
        let bundle = self.target.join("xtask").join("bundle");
        empty(&bundle)?;
        bundle::write(&program, &bundle)?;
        empty(&self.dist())?;
        html::write(&self.root.join("frontend"), &bundle, &self.dist())?;
        compress::folder(&self.dist())?;
        self.stamp().remember(&(sources + &self.contents()?))
    }

    /// Makes `dist/` if need be. A server that is compiled for development reads the page from there, if the folder was there
    /// when it was compiled.
    pub fn make_folder(&self) -> Result<()> {
        fs::create_dir_all(self.dist()).with_context(|| format!("{} cannot be made", self.dist().display()))
    }

    /// Returns a line that changes with what is in `dist/`.
    pub fn contents(&self) -> Result<String> {
        Ok(format!("dist {:016x}\n", fingerprint::of_files(&self.root, &["dist"])?))
    }

    fn stamp(&self) -> Stamp {
        Stamp::at(self.target.join("xtask").join("page.stamp"))
    }

    fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    fn sources(&self) -> Result<String> {
        let compiler = command::printed(program("rustc").arg("--version")).unwrap_or_default();
        let sources = fingerprint::of_files(&self.root, &SOURCES)?;
        Ok(format!("{compiler}\nsources {sources:016x}\n"))
    }
}

/// Downloads the crates of the page and of all else; this alone needs the network.
///
/// # Errors
/// When they cannot be downloaded; the error says what to do.
pub fn fetch() -> Result<()> {
    let advice = "crates could not be downloaded; this needs the network once. Run it again when it is there: what was \
                  downloaded is kept";
    command::run(command::cargo().arg("fetch"), advice)
}

/// Makes an empty folder, in place of the one that was there.
fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{} cannot be emptied", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be written", folder.display()))
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
        let page = Page { root: root.clone(), target: root.join("target") };
        write("frontend/src/main.rs", "1");
        write("shared/src/lib.rs", "1");
        write("dist/index.html", "1");
        let state = || page.sources().and_then(|sources| Ok(sources + &page.contents()?));
        let remember = || page.stamp().remember(&state().expect("the files can be read"));
        let fresh = || page.is_fresh().expect("the files can be read");
        assert!(!fresh(), "nothing is remembered yet");
        for change in ["frontend/src/main.rs", "shared/src/new.rs", "dist/index.html", "dist/other.js", "Cargo.lock"] {
            remember().expect("the stamp can be written");
            assert!(fresh());
            write(change, change);
            assert!(!fresh(), "{change}");
        }
        remember().expect("the stamp can be written");
        write("backend/src/main.rs", "the page is not made of this");
        assert!(fresh());
        fs::remove_file(root.join("shared/src/new.rs")).expect("the file is ours");
        assert!(!fresh(), "a file that is gone");
        fs::remove_dir_all(&root).expect("the temporary folder is ours");
    }
}
