//! The second stage: the compiled program becomes the files that a browser loads.
//!
//! `frontend.js` and `frontend_bg.wasm` are loaded first; `__wasm_split.js` fetches `split_later.wasm` when the page
//! first asks for it. The two scripts import each other by these names, so the four must stay in one folder.
//!
//! wasm-bindgen and its crate must have the same version. Both are pinned in the workspace's `Cargo.toml`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use walrus::ModuleConfig;
use wasm_bindgen_cli_support::Bindgen;
use wasm_split_cli_support as splitter;

/// The script that starts the program.
pub const SCRIPT: &str = "frontend.js";
/// The program that is loaded first.
pub const PROGRAM: &str = "frontend_bg.wasm";
/// The script that loads the second program.
pub const LOADER: &str = "__wasm_split.js";
/// The program that is loaded on demand: what `wasm_split(later)` in `frontend` marks.
const LATER: &str = "split_later.wasm";

/// Splits the compiled `program` and writes the four files into the empty folder `out`.
///
/// # Errors
/// When the program cannot be split or is not what wasm-bindgen expects.
pub fn write(program: &Path, out: &Path) -> Result<()> {
    let first = out.join("first.wasm");
    split(program, &first, out)?;
    let mut bindgen = Bindgen::new();
    bindgen.input_path(&first).out_name("frontend").web(true)?.typescript(false).demangle(false);
    // The second program imports what the linker exports.
    bindgen.keep_lld_exports(true).omit_default_module_path(false);
    bindgen.remove_name_section(true).remove_producers_section(true);
    bindgen.generate(out).context("wasm-bindgen fails")?;
    fs::remove_file(&first).with_context(|| format!("{} cannot be removed", first.display()))?;
    compact(&out.join(LATER))?;
    for file in [SCRIPT, PROGRAM, LOADER, LATER] {
        ensure!(
            out.join(file).is_file(),
            "the page's bundle lacks {file}: another version of a tool names it otherwise"
        );
    }
    Ok(())
}

fn split(program: &Path, first: &Path, out: &Path) -> Result<()> {
    let input = fs::read(program).with_context(|| format!("{} cannot be read", program.display()))?;
    let (link, main) = (format!("./{LOADER}"), format!("./{SCRIPT}"));
    let mut options = splitter::Options::new(&input);
    (options.output_dir, options.main_out_path) = (out, first);
    (options.link_name, options.main_module, options.emit_dwarf) = (&link, &main, false);
    splitter::transform(options).map(drop).map_err(|error| anyhow!("the page's program cannot be split: {error:#}"))
}

/// Writes a program without the names of its functions and without the room that the linker leaves in each number.
fn compact(path: &Path) -> Result<()> {
    let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut config = ModuleConfig::new();
    config.generate_name_section(false).generate_producers_section(false);
    let mut module = config.parse(&bytes).with_context(|| format!("{} is not WebAssembly", path.display()))?;
    fs::write(path, module.emit_wasm()).with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::workspace;

    #[test]
    fn the_libraries_and_the_page_have_the_same_wasm_bindgen() {
        let lock = fs::read_to_string(workspace::root().join("Cargo.lock")).expect("the workspace has one");
        let versions = ["wasm-bindgen", "wasm-bindgen-cli", "wasm-bindgen-cli-support"].map(|package| {
            let entry =
                lock.split_once(&format!("name = \"{package}\"\nversion = \"")).expect("it names the package").1;
            entry.split('"').next()
        });
        assert!(versions[0].is_some() && versions[1..].iter().all(|version| *version == versions[0]), "{versions:?}");
    }
}
