//! Names the page's program and its script after what they are when all is done to them.
//!
//! Trunk names them after what the compiler wrote. Browsers keep a file with such a name for ever, so two that differ
//! must not have the same: what is made of the compiler's output changes too, when this package does.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::fingerprint;

/// How the name of the program ends; before it, it is the name of the script.
const PROGRAM: &str = "_bg.wasm";

/// Gives both their names in `dist`, and tells `dist/index.html`.
pub fn rename(dist: &Path) -> Result<()> {
    let page = dist.join("index.html");
    let html = fs::read_to_string(&page).with_context(|| format!("{} cannot be read", page.display()))?;
    let (old, name) = names(&html).with_context(|| format!("{} names no program as Trunk does", page.display()))?;
    let files = [PROGRAM, ".js"];
    let mut contents = Vec::new();
    for end in files {
        let file = dist.join(format!("{old}{end}"));
        contents.extend(fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?);
    }
    let new = format!("{name}-{:016x}", fingerprint::of_bytes(&contents));
    for end in files {
        let (from, to) = (dist.join(format!("{old}{end}")), dist.join(format!("{new}{end}")));
        fs::rename(from, &to).with_context(|| format!("{} cannot be written", to.display()))?;
    }
    fs::write(&page, html.replace(old, &new)).with_context(|| format!("{} cannot be written", page.display()))
}

/// Returns the name of the script as the page has it, without its end, and the part of it before the hash.
fn names(html: &str) -> Option<(&str, &str)> {
    let (before, _) = html.split_once(PROGRAM)?;
    let (_, old) = before.rsplit_once('/')?;
    Some((old, old.rsplit_once('-')?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_content_has_another_name() {
        let dist = std::env::temp_dir().join(format!("baton-hashed-{}", std::process::id()));
        fs::create_dir_all(&dist).expect("the temporary folder can be written");
        let write = |name: &str, text: &str| fs::write(dist.join(name), text).expect("the folder can be written");
        let html = || fs::read_to_string(dist.join("index.html")).expect("it is there");
        let mut names = Vec::new();
        for (program, script) in [("1", "a"), ("2", "a"), ("2", "b"), ("1", "a")] {
            write("index.html", "import './page-old.js'; init('./page-old_bg.wasm') <link href=\"./page-old.js\">");
            write("page-old.js", script);
            write("page-old_bg.wasm", program);
            rename(&dist).expect("all is there");
            let name = super::names(&html()).expect("it is named").0.to_owned();
            let expected = format!("import './{name}.js'; init('./{name}_bg.wasm') <link href=\"./{name}.js\">");
            assert_eq!(html(), expected);
            assert_eq!(fs::read_to_string(dist.join(format!("{name}_bg.wasm"))).ok().as_deref(), Some(program));
            assert_eq!(fs::read_to_string(dist.join(format!("{name}.js"))).ok().as_deref(), Some(script));
            assert!(!dist.join("page-old.js").exists());
            names.push(name);
        }
        assert_eq!(names[0], names[3]);
        assert!(names[0] != names[1] && names[1] != names[2] && names[0] != names[2]);
        fs::remove_dir_all(&dist).expect("the folder is ours");
    }

    #[test]
    fn a_page_of_another_form_is_refused() {
        assert_eq!(names("<script src=page.js>"), None);
        assert_eq!(names("'./page_bg.wasm'"), None);
    }
}
