//! `.br` and `.gz` siblings of the page's files, so that the server compresses nothing while it runs.

use std::fs;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;
use zopfli::{Format, Options};

/// Files of these kinds shrink; images and fonts are compressed already.
const SHRINKING: [&str; 8] = ["html", "js", "css", "wasm", "json", "svg", "txt", "webmanifest"];

/// More rounds take longer and gain next to nothing.
const ITERATIONS: NonZeroU64 = NonZeroU64::new(5).expect("it is not zero");

/// Compresses what shrinks in `folder` and the folders below it.
///
/// # Errors
/// When a file cannot be read or written.
pub fn folder(folder: &Path) -> Result<()> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    // Each in a thread of its own: a few files take seconds, the rest nothing.
    thread::scope(|scope| {
        let packing: Vec<_> = files.iter().map(|path| (path, scope.spawn(|| file(path)))).collect();
        packing.into_iter().try_for_each(|(path, packed)| {
            let packed = packed.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            packed.with_context(|| format!("{} cannot be compressed", path.display()))
        })
    })
}

/// Finds the files that shrink in `folder` and the folders below it.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let cannot = || format!("{} cannot be read", folder.display());
    for entry in fs::read_dir(folder).with_context(cannot)? {
        let path = entry.with_context(cannot)?.path();
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            collect(&path, files)?;
        } else if SHRINKING.contains(&&*extension) {
            files.push(path);
        }
    }
    Ok(())
}

fn file(path: &Path) -> Result<()> {
    let plain = fs::read(path)?;
    for (extension, packed) in [("br", brotli(&plain)?), ("gz", gzip(&plain)?)] {
        if packed.len() < plain.len() {
            let mut name = path.as_os_str().to_owned();
            name.push(".");
            name.push(extension);
            fs::write(name, packed)?;
        }
    }
    Ok(())
}

fn brotli(plain: &[u8]) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    let parameters = BrotliEncoderParams { size_hint: plain.len(), ..BrotliEncoderParams::default() };
    brotli::BrotliCompress(&mut &*plain, &mut packed, &parameters)?;
    Ok(packed)
}

/// Zopfli takes seconds and makes what every browser unpacks: a twentieth less than gzip at its best level.
fn gzip(plain: &[u8]) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    let options = Options { iteration_count: ITERATIONS, ..Options::default() };
    zopfli::compress(options, Format::Gzip, plain, &mut packed)?;
    Ok(packed)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn what_is_packed_unpacks_to_the_same() {
        let plain = "the primary role is the baton; ".repeat(100).into_bytes();
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &*brotli(&plain).expect("it packs"), &mut unpacked).expect("it unpacks");
        assert_eq!(unpacked, plain);
        unpacked.clear();
        let packed = gzip(&plain).expect("it packs");
        flate2::read::GzDecoder::new(&*packed).read_to_end(&mut unpacked).expect("it unpacks");
        assert_eq!(unpacked, plain);
    }

    #[test]
    fn only_what_shrinks_gets_siblings() {
        let folder = std::env::temp_dir().join(format!("baton-precompress-{}", std::process::id()));
        let below = folder.join("below");
        fs::create_dir_all(&below).expect("the temporary folder can be written");
        let plain = "a ".repeat(500);
        for name in ["page.html", "photo.png", "below/app.js"] {
            fs::write(folder.join(name), &plain).expect("the temporary folder can be written");
        }
        fs::write(folder.join("tiny.js"), "1").expect("the temporary folder can be written");
        super::folder(&folder).expect("it can be compressed");
        let there = |name: &str| folder.join(name).is_file();
        assert!(there("page.html.br") && there("page.html.gz") && there("below/app.js.br"));
        assert!(!there("photo.png.br") && !there("tiny.js.gz"));
        fs::remove_dir_all(&folder).expect("the temporary folder is ours");
    }
}
