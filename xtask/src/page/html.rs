//! The third stage: `index.html` and one style sheet, made from `frontend/index.html` as `trunk serve` reads it.
//!
//! Each `<link data-trunk …>` stands on a line of its own there. A style sheet is joined to the one that is linked, the
//! program becomes the script that starts it, a file is copied.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use super::bundle::{LOADER, PROGRAM, SCRIPT};
use crate::fingerprint;

const STYLE: &str = "style.css";

/// How a line for Trunk begins.
const LINK: &str = "<link data-trunk ";

/// Writes the page into the empty folder `dist`: the files of `bundle` and what `index.html` in `frontend` names.
///
/// # Errors
/// When a file cannot be read or written, or a line for Trunk is of a kind that is not known here.
pub fn write(frontend: &Path, bundle: &Path, dist: &Path) -> Result<()> {
    let page = Template::parse(&read(&frontend.join("index.html"))?)?;
    ensure!(!page.styles.is_empty(), "index.html names no style sheet");
    let mut style = String::new();
    for sheet in &page.styles {
        style += &read(&frontend.join(sheet))?;
    }
    put(&bundle.join(STYLE), style.as_bytes())?;
    let name = format!("page-{:016x}", fingerprint::of_files(bundle, &["."])?);
    let folder = dist.join(&name);
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be written", folder.display()))?;
    for entry in fs::read_dir(bundle).with_context(|| format!("{} cannot be read", bundle.display()))? {
        let file = entry.with_context(|| format!("{} cannot be read", bundle.display()))?;
        copy(&file.path(), &folder.join(file.file_name()))?;
    }
    for file in &page.files {
        let from = frontend.join(file);
        copy(&from, &dist.join(from.file_name().context("a file that is copied has a name")?))?;
    }
    put(&dist.join("index.html"), page.filled(&name).as_bytes())
}

/// `frontend/index.html`, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
struct Template {
    /// The lines before the place of the program and behind it.
    parts: [String; 2],
    /// The style sheets, in their order.
    styles: Vec<String>,
    /// The files to copy beside the page.
    files: Vec<String>,
}

impl Template {
    fn parse(html: &str) -> Result<Template> {
        let (mut page, mut part) = (Template::default(), 0);
        for line in html.lines() {
            let Some(link) = line.trim().strip_prefix(LINK) else {
                ensure!(!line.contains("data-trunk"), "a line for Trunk holds one link and nothing else: {line}");
                page.parts[part] += line;
                page.parts[part].push('\n');
                continue;
            };
            let named = |key| attribute(link, key).with_context(|| format!("a link without `{key}`: {line}"));
            match named("rel")? {
                "css" => page.styles.push(named("href")?.to_owned()),
                "copy-file" => page.files.push(named("href")?.to_owned()),
                "rust" => part = 1,
                other => bail!("xtask does not know what Trunk does with rel=\"{other}\""),
            }
        }
        ensure!(part == 1, "index.html names no program");
        Ok(page)
    }

    /// Returns the page that loads the files in `folder`. All are asked for at once, not one when the other is read.
    fn filled(&self, folder: &str) -> String {
        let [before, behind] = &self.parts;
        format!(
            "{before}    <link rel=\"stylesheet\" href=\"./{folder}/{STYLE}\" />
    <link rel=\"modulepreload\" href=\"./{folder}/{SCRIPT}\" />
    <link rel=\"modulepreload\" href=\"./{folder}/{LOADER}\" />
    <link rel=\"preload\" href=\"./{folder}/{PROGRAM}\" as=\"fetch\" type=\"application/wasm\" crossorigin />
    <script type=\"module\">
      import init from \"./{folder}/{SCRIPT}\";
      await init({{ module_or_path: \"./{folder}/{PROGRAM}\" }});
    </script>
{behind}"
        )
    }
}

/// Returns the value of an attribute, as `key="value"`.
fn attribute<'a>(link: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = link.split_once(&format!("{key}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

fn put(path: &Path, content: &[u8]) -> Result<()> {
    fs::write(path, content).with_context(|| format!("{} cannot be written", path.display()))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).map(drop).with_context(|| format!("{} cannot be copied to {}", from.display(), to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    const PAGE: &str = "<head>\n <link data-trunk rel=\"rust\" data-bin=\"b\" />\n <link data-trunk rel=\"css\" \
                        href=\"a.css\" />\n <link data-trunk rel=\"css\" href=\"b.css\" />\n \
                        <link data-trunk rel=\"copy-file\" href=\"locales/ko.txt\" />\n</head>\n";

    #[test]
    fn the_lines_for_trunk_are_taken_out() {
        let page = Template::parse(PAGE).expect("it is as Trunk reads it");
        assert_eq!(
            (page.styles.join(" "), page.files.join(" ")),
            ("a.css b.css".to_owned(), "locales/ko.txt".to_owned())
        );
        let html = page.filled("page-1");
        assert!(html.starts_with("<head>\n") && html.ends_with("</script>\n</head>\n"), "{html}");
        assert!(!html.contains("data-trunk") && html.contains("\"./page-1/frontend_bg.wasm\""), "{html}");
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        assert!(Template::parse(&PAGE.replace("\"css\"", "\"sass\"")).is_err());
        assert!(Template::parse(&PAGE.replace("\"rust\"", "\"css\" href=\"c.css\"")).is_err());
        assert!(Template::parse(&PAGE.replace("<head>\n", "<head>")).is_err());
    }

    #[test]
    fn files_are_named_after_their_contents() {
        let place = std::env::temp_dir().join(format!("baton-html-{}", std::process::id()));
        let frontend = workspace::root().join("frontend");
        let mut folders = Vec::new();
        for (build, program) in ["1", "2", "1"].into_iter().enumerate() {
            let (bundle, dist) = (place.join(format!("bundle-{build}")), place.join(format!("dist-{build}")));
            fs::create_dir_all(&bundle).and_then(|()| fs::create_dir_all(&dist)).expect("the folder is ours");
            fs::write(bundle.join(PROGRAM), program).expect("the folder is ours");
            write(&frontend, &bundle, &dist).expect("the workspace has a page");
            assert!(dist.join("ko.txt").is_file());
            let html = fs::read_to_string(dist.join("index.html")).expect("it is there");
            let folder = html.split("href=\"./page-").nth(1).and_then(|rest| rest.split('/').next()).expect("a name");
            assert!(dist.join(format!("page-{folder}")).join(STYLE).is_file());
            folders.push(folder.to_owned());
        }
        assert!(folders[0] == folders[2] && folders[0] != folders[1], "{folders:?}");
        fs::remove_dir_all(&place).expect("the folder is ours");
    }
}
