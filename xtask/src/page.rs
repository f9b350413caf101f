//! Builds the page into `dist/`: Trunk, then the compressed siblings; nothing when nothing changed.
//!
//! What `dist/` was built from and what was in it then is remembered as two fingerprints of contents. Anything
//! that changes either (an edit, a checkout, `trunk serve`, which leaves its own build there) is seen.

use std::path::PathBuf;

use anyhow::Result;

use crate::command::{self, program};
use crate::fingerprint::{self, Stamp};
use crate::{hashed, precompress, small_std, split, styles, wasm_target, workspace};

/// What the page is built from, relative to the workspace.
const SOURCES: [&str; 8] = [
    "frontend",
    "shared/src",
    "shared/Cargo.toml",
    "Cargo.toml",
    "Cargo.lock",
    "Trunk.toml",
    "rust-toolchain.toml",
    ".cargo/config.toml",
];

/// What the page is built with.
pub struct PageTools {
    /// The folders of those tools that are not on `PATH`.
    pub folders: Vec<PathBuf>,
    /// `wasm-bindgen`.
    pub bindgen: PathBuf,
    /// `wasm-split-cli`.
    pub split: PathBuf,
}

/// The page, and what is known of its last build.
pub struct Page {
    root: PathBuf,
    stamp: Stamp,
}

impl Page {
    /// The workspace's page.
    pub fn new() -> Result<Page> {
        Ok(Page {
            root: workspace::root().to_owned(),
            stamp: Stamp::at(workspace::target_dir()?.join("xtask").join("page.stamp")),
        })
    }

    /// Tells whether `dist/` holds what the sources would build.
    pub fn is_fresh(&self) -> Result<bool> {
        Ok(self.dist().join("index.html").is_file() && self.stamp.is(&(self.sources()? + &self.contents()?)))
    }

    /// Builds `dist/`.
    ///
    /// # Errors
    /// When crates cannot be downloaded, the page does not compile or `dist/` cannot be written.
    pub fn build(&self, tools: &PageTools) -> Result<()> {
        // Before the build: what is edited meanwhile is not in it.
        let sources = self.sources()?;
        let small = small_std::is_there();
        fetch(small)?;
        if let Err(error) = trunk(tools, small) {
            if !small {
                return Err(error);
            }
            eprintln!("With a standard library of its own the page does not build; once more with the toolchain's.");
            trunk(tools, false)?;
        }
        split::publish(&self.dist())?;
        hashed::rename(&self.dist())?;
        styles::join(&self.dist())?;
        precompress::folder(&self.dist())?;
        self.stamp.remember(&(sources + &self.contents()?))
    }

    /// Returns a line that changes with what is in `dist/`.
    fn contents(&self) -> Result<String> {
        Ok(format!("dist {:016x}\n", fingerprint::of_files(&self.root, &["dist"])?))
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

/// Downloads the crates, so that Trunk can be kept off the network.
fn fetch(small: bool) -> Result<()> {
    let advice = "the page's crates could not be downloaded; this needs the crates registry. Run it again when \
                  the network is there";
    let mut cargo = command::cargo();
    cargo.arg("fetch");
    if small {
        small_std::with(cargo.args(["--target", wasm_target::TARGET]));
        // What the library itself needs; without it there is the other build.
        if command::run(&mut cargo, advice).is_ok() {
            return Ok(());
        }
    }
    command::run(command::cargo().arg("fetch"), advice)
}

fn trunk(tools: &PageTools, small: bool) -> Result<()> {
    let mut trunk = program("trunk");
    // Relative addresses, so that the page may stand in a folder of any server.
    trunk.args(["build", "--release", "--offline", "true", "--public-url", "./"]);
    let stand_in = split::prepare(&mut trunk, &tools.bindgen, &tools.split, if small { small_std::FLAGS } else { "" })?;
    if small {
        small_std::with(&mut trunk);
    }
    // Trunk takes only `true` for this variable, not the `1` of everyone else.
    if std::env::var_os("NO_COLOR").is_some() {
        trunk.env_remove("NO_COLOR").env("TRUNK_COLOR", "never");
    }
    let folders: Vec<PathBuf> = [stand_in].into_iter().chain(tools.folders.iter().cloned()).collect();
    command::prepend_path(&mut trunk, &folders)?;
    let advice =
        format!("the page does not build; the lines above say why. It is compiled for {}", wasm_target::TARGET);
    command::run(&mut trunk, &advice)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_change_of_sources_or_dist_makes_the_page_stale() {
        let root = std::env::temp_dir().join(format!("baton-page-{}", std::process::id()));
        let write = |name: &str, text: &str| {
            let path = root.join(name);
            fs::create_dir_all(path.parent().expect("it has a folder")).expect("the temporary folder can be written");
            fs::write(path, text).expect("the temporary folder can be written");
        };
        let page = Page { root: root.clone(), stamp: Stamp::at(root.join("target/page.stamp")) };
        write("frontend/src/main.rs", "1");
        write("shared/src/lib.rs", "1");
        write("dist/index.html", "1");
        let state = || page.sources().and_then(|sources| Ok(sources + &page.contents()?));
        let remember = || page.stamp.remember(&state().expect("the files can be read"));
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
