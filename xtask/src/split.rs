//! Splits the page's program in two: what the first picture needs, and the parts that are fetched when they are opened.
//!
//! Trunk calls `wasm-bindgen` between compiling and bundling. For that one call this program stands in its place
//! ([`stand_in`]) and runs `wasm-split-cli` first, which cuts the program at the functions that the page marks with
//! `wasm_split`. The loader is put where Trunk looks for snippets; the later part goes to `dist/` beside the rest
//! ([`publish`]), because Trunk would have every file of the snippets loaded at once.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};

use crate::{command, fingerprint, squeeze, workspace};

/// How this program is called when it stands in for `wasm-bindgen`.
const STANDS_FOR: &str = "wasm-bindgen";
/// The variables by which it learns where things are.
const BINDGEN: &str = "BATON_WASM_BINDGEN";
const SPLIT: &str = "BATON_WASM_SPLIT";
const FOLDER: &str = "BATON_SPLIT_FOLDER";
/// What `wasm-split-cli` names the part that `wasm_split(later)` marks.
const PART: &str = "split_later.wasm";
const LOADER: &str = "__wasm_split.js";

/// Where the later part lies between the two; the stand-in is told, because it lies elsewhere than this program.
fn folder() -> Result<PathBuf> {
    match env::var_os(FOLDER) {
        Some(folder) => Ok(PathBuf::from(folder)),
        None => Ok(workspace::target_dir()?.join("xtask").join("split")),
    }
}

/// Makes a build with Trunk split the program; `bindgen` and `split` are the tools, `more` further flags for the compiler.
pub fn prepare(trunk: &mut Command, bindgen: &Path, split: &Path, more: &str) -> Result<PathBuf> {
    let folder = folder()?;
    let own = folder.join("bin");
    fs::create_dir_all(&own).with_context(|| format!("{} cannot be written", own.display()))?;
    let stand_in = own.join(format!("{STANDS_FOR}{}", env::consts::EXE_SUFFIX));
    let program = env::current_exe().context("where this program lies is not known")?;
    fs::copy(program, &stand_in).with_context(|| format!("{} cannot be written", stand_in.display()))?;
    trunk.args(["--features", "split"]).env(BINDGEN, bindgen).env(SPLIT, split).env(FOLDER, &folder);
    // The cut needs to know what refers to what, and the names of the functions; both are left out afterwards.
    let flags = "-Clink-arg=--keep-section=target_features --cfg=erase_components -Clink-args=--emit-relocs";
    let flags = [flags, more].concat();
    trunk.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags).env("CARGO_PROFILE_WASM_STRIP", "none");
    Ok(own)
}

/// Puts the later part beside the rest of the page.
pub fn publish(dist: &Path) -> Result<()> {
    let folder = folder()?.join("part");
    let entries = fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    for entry in entries {
        let path = entry.with_context(|| format!("{} cannot be read", folder.display()))?.path();
        let to = dist.join(path.file_name().unwrap_or_default());
        fs::copy(&path, &to).with_context(|| format!("{} cannot be written", to.display()))?;
    }
    Ok(())
}

/// Stands in for `wasm-bindgen` when called by its name; `None` when called by its own.
pub fn stand_in() -> Option<Result<ExitCode>> {
    let mut arguments = env::args_os();
    let name = PathBuf::from(arguments.next()?);
    (name.file_stem()? == STANDS_FOR).then(|| instead(&arguments.collect::<Vec<_>>()))
}

fn instead(arguments: &[OsString]) -> Result<ExitCode> {
    let bindgen = || env::var_os(BINDGEN).context("only `cargo xtask` may call this");
    let text: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    let value = |key: &str| text.iter().find_map(|argument| argument.strip_prefix(key).map(str::to_owned));
    let (Some(out), Some(name)) = (value("--out-dir="), value("--out-name=")) else {
        let status = Command::new(bindgen()?).args(arguments).status()?;
        return Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    };
    let program = text.iter().find(|argument| argument.ends_with(".wasm")).context("there is no program to split")?;
    let cut = folder()?.join("cut");
    renew(&cut)?;
    let split = env::var_os(SPLIT).context("only `cargo xtask` may call this")?;
    let mut command = Command::new(split);
    command.args(["--target", "web", "--out-name", &name, program]).arg(&cut);
    command::run(&mut command, "the page's program cannot be split; the lines above say why")?;
    let cut_program = cut.join(format!("{name}.wasm"));
    fs::write(&cut_program, squeeze::taken_out(&fs::read(&cut_program)?)?)?;
    let others = arguments.iter().filter(|argument| argument.to_string_lossy() != *program);
    let mut command = Command::new(bindgen()?);
    command.args(others).args(["--keep-lld-exports", "--no-demangle"]).arg(cut_program);
    command::run(&mut command, "wasm-bindgen fails; the lines above say why")?;
    squeeze(Path::new(&out), &name)?;
    connect(&cut, Path::new(&out), &name)?;
    Ok(ExitCode::SUCCESS)
}

/// Makes the program and its script smaller.
fn squeeze(out: &Path, name: &str) -> Result<()> {
    let (program, script) = (out.join(format!("{name}_bg.wasm")), out.join(format!("{name}.js")));
    let (smaller, text) = squeeze::first(&fs::read(&program)?, &fs::read_to_string(&script)?)?;
    fs::write(program, smaller)?;
    fs::write(script, text)?;
    Ok(())
}

/// Lets the program find its loader, and the loader the later part.
fn connect(cut: &Path, out: &Path, name: &str) -> Result<()> {
    let part = fs::read(cut.join(PART)).context("no function of the page is marked to be fetched later")?;
    let part = squeeze::part(&part)?;
    // Named as Trunk names what it hashes, so that browsers keep it.
    let part_name = format!("later-{:016x}.wasm", fingerprint::of_bytes(&part));
    let parts = folder()?.join("part");
    renew(&parts)?;
    fs::write(parts.join(&part_name), part)?;
    let snippets = out.join("snippets");
    renew(&snippets)?;
    let loader = fs::read_to_string(cut.join(LOADER))?;
    // Trunk gives the program's own script another name, and tells it to the page as `wasmBindings`.
    let loader = replaced(
        &loader,
        &format!("import {{ initSync }} from \"./{name}.js\";"),
        "const initSync = (...a) => window.wasmBindings.initSync(...a);",
    )?;
    let loader = replaced(&loader, &format!("./{PART}"), &format!("../{part_name}"))?;
    fs::write(snippets.join(LOADER), squeeze::script(&loader))?;
    let script = out.join(format!("{name}.js"));
    let text = replaced(
        &fs::read_to_string(&script)?,
        &format!("from \"./{LOADER}\""),
        &format!("from \"./snippets/{LOADER}\""),
    )?;
    fs::write(&script, text)?;
    Ok(())
}

fn replaced(text: &str, from: &str, to: &str) -> Result<String> {
    ensure!(text.contains(from), "wasm-split-cli wrote no `{from}`: its version is not the one that this was made for");
    Ok(text.replace(from, to))
}

fn renew(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{} cannot be emptied", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be written", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_of_the_splitter_is_noticed() {
        assert!(replaced("import x", "import y", "").is_err());
    }
}
