//! One style sheet of the many that the page is written in: one request, and half as much to download.
//!
//! `trunk serve` leaves them apart, so that each can be changed by itself.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::{fingerprint, squeeze};

/// How Trunk links a style sheet, and what stands between its address and the rest.
const LINK: &str = "<link rel=\"stylesheet\" href=\"";

/// Puts the style sheets of `dist/index.html` into one file, in their order, and links that.
pub fn join(dist: &Path) -> Result<()> {
    let page = dist.join("index.html");
    let html = fs::read_to_string(&page).with_context(|| format!("{} cannot be read", page.display()))?;
    let (html, names) = unlinked(&html)?;
    ensure!(!names.is_empty(), "{} links no style sheet", page.display());
    let mut all = String::new();
    for name in &names {
        let file = dist.join(name);
        all += &fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        fs::remove_file(&file).with_context(|| format!("{} cannot be removed", file.display()))?;
    }
    let all = squeeze::sheet(&all);
    // Named as Trunk names what it hashes, so that browsers keep it.
    let name = format!("style-{:016x}.css", fingerprint::of_bytes(all.as_bytes()));
    fs::write(dist.join(&name), all).with_context(|| format!("{name} cannot be written"))?;
    let html = html.replacen("</title>", &format!("</title>{LINK}./{name}\"/>"), 1);
    fs::write(&page, html).with_context(|| format!("{} cannot be written", page.display()))
}

/// Takes the links out of a page; returns it, and the files that they named.
fn unlinked(html: &str) -> Result<(String, Vec<String>)> {
    let (mut left, mut rest, mut names) = (String::new(), html, Vec::new());
    while let Some((before, after)) = rest.split_once(LINK) {
        let (name, after) = after.split_once('"').context("the page's links are not as Trunk writes them")?;
        let (_, after) = after.split_once('>').context("the page's links are not as Trunk writes them")?;
        names.push(name.trim_start_matches("./").to_owned());
        left += before.trim_end();
        rest = after;
    }
    Ok((left + rest, names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_are_joined_in_their_order() {
        let dist = std::env::temp_dir().join(format!("baton-styles-{}", std::process::id()));
        fs::create_dir_all(&dist).expect("the temporary folder can be written");
        let html = "<title>t</title>\n <link rel=\"stylesheet\" href=\"./a-1.css\" integrity=\"x\"/>\n \
                    <link rel=\"stylesheet\" href=\"./b-2.css\"/>\n<body>";
        for (name, text) in [("index.html", html), ("a-1.css", "a {\n}\n"), ("b-2.css", "b {\n}\n")] {
            fs::write(dist.join(name), text).expect("the temporary folder can be written");
        }
        join(&dist).expect("they can be joined");
        let html = fs::read_to_string(dist.join("index.html")).expect("it is there");
        let name = html.split("href=\"./").nth(1).and_then(|rest| rest.split('"').next()).expect("one is linked");
        assert_eq!(html, format!("<title>t</title><link rel=\"stylesheet\" href=\"./{name}\"/>\n<body>"));
        assert_eq!(fs::read_to_string(dist.join(name)).ok().as_deref(), Some("a{}b{}"));
        assert!(!dist.join("a-1.css").exists());
        assert!(join(&dist).is_ok(), "a page that was joined already stays as it is");
        fs::remove_dir_all(&dist).expect("the folder is ours");
    }
}
